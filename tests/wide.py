"""An operator of 20,000 lines under six switches, for causes that a tenth or most of them share.

Every line has one value of each of several columns, drawn independently, so that a value is
nowhere near a place of the network. Minute 0 comes after two ordinary days.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

import topology
from correlator.engine import Engine, EngineSettings
from correlator.model import DAY, MINUTE, Event
from tests.builders import Desk, catalog, step, ticket, write_inventory
from topology import Topology

LINES = 20_000
SWITCHES = 6
DSLAMS = 6  # of one switch
SHARES = (5, 20, 40, 55, 70)
"""In per cent: of all lines, those with the value `yes` of the column `share<n>`."""
COLUMNS = (*(f"share{n}" for n in SHARES), "offer", "cpe_model")
ORDINARY = {
    "no-internet": 0.3, "slow": 0.2, "no-sync": 0.15, "no-tv": 0.1, "no-phone": 0.1,
    "wifi": 0.07, "billing": 0.08,
}  # fmt: skip
"""What people call about on an ordinary day."""
TROUBLE = {"no-internet": 0.5, "slow": 0.3, "box-reboot": 0.2}
"""What they call about when something wide fails."""
BY_HOUR = np.array([
    0.15, 0.1, 0.08, 0.06, 0.06, 0.1, 0.3, 0.8, 1.6, 2.1, 2.2, 2.0,
    1.5, 1.5, 1.8, 1.8, 1.8, 2.0, 2.3, 2.3, 1.9, 1.3, 0.7, 0.3,
])  # fmt: skip
PER_HOUR = 17.0 / BY_HOUR.mean()  # ordinary calls
TEN = 10  # minute 0, in Paris


def switches() -> list[str]:
    return [f"AGG-{n}" for n in range(1, SWITCHES + 1)]


def dslams(switch: str) -> list[str]:
    return [f"{switch}/D{n}" for n in range(1, DSLAMS + 1)]


@cache
def columns() -> dict[str, np.ndarray[tuple[int], np.dtype[np.str_]]]:
    """Return the values of each column, by line."""
    dice = np.random.default_rng(1)
    found = {}
    for share in SHARES:
        others = np.char.add("v", dice.integers(1, 5, LINES).astype(str))
        found[f"share{share}"] = np.where(dice.random(LINES) < share / 100, "yes", others)
    found["offer"] = dice.choice(["basic", "triple", "premium"], LINES, p=[0.5, 0.3, 0.2])
    found["cpe_model"] = dice.choice(["NB4", "NB5", "NB6", "FX1"], LINES, p=[0.2, 0.3, 0.3, 0.2])
    return found


def inventory(without: str = "", lines: Sequence[str] = ()) -> Topology:
    """Return the network; `without`: a value that no line has any more, or none of `lines`."""
    places = [dslam for switch in switches() for dslam in dslams(switch)]
    lost = set(lines)
    values = [
        [
            "" if f"{name}={value}" == without and (not lost or f"c{n}" in lost) else str(value)
            for n, value in enumerate(column)
        ]
        for name, column in columns().items()
    ]
    rows = (
        (f"c{n}", places[n % len(places)], *of) for n, of in enumerate(zip(*values, strict=True))
    )
    with tempfile.TemporaryDirectory() as name:
        folder = write_inventory(
            Path(name),
            {
                "equipment": [
                    ("id", "type"),
                    ("CORE", "core-router"),
                    *((one, "aggregation-switch") for one in switches()),
                    *((place, "dslam") for place in places),
                ],
                "dependencies": [
                    ("id", "depends_on"),
                    *((one, "CORE") for one in switches()),
                    *((place, place.partition("/")[0]) for place in places),
                ],
                "customers": [("customer_id", "depends_on", *COLUMNS), *rows],
            },
        )
        return topology.load(folder, attributes=COLUMNS)


@cache
def network() -> Topology:
    return inventory()


def under(*names: str) -> list[str]:
    """Return the customers of some domains, each once."""
    found = [network().domain(name) for name in names]
    return sorted({c for d in found if d is not None for c in network().customers_under(d)})


def having(*values: str) -> list[str]:
    """Return the customers who have all of some values."""
    return sorted(set.intersection(*(set(under(value)) for value in values)))


def ordinary(first: int, last: int, seed: int = 2) -> list[Event]:
    """Return ordinary calls between two minutes, more of them by day."""
    dice = np.random.default_rng(seed)
    found: list[Event] = []
    for hour in range(first // 60, -(-last // 60)):
        count = dice.poisson(PER_HOUR * BY_HOUR[(TEN + hour) % 24])
        symptoms = dice.choice(list(ORDINARY), count, p=list(ORDINARY.values()))
        for minute, symptom in zip(dice.random(count) * 60, symptoms, strict=True):
            who = f"c{dice.integers(LINES)}"
            found.append(ticket(who, 60 * hour + minute, str(symptom), id=f"B{hour}-{minute:.5f}"))
    return found


def failure(
    customers: Sequence[str], count: int, start: float = 0, seed: int = 3, **more: object
) -> list[Event]:
    """Return the calls of so many of some customers: half within half an hour, nine in ten in 100.

    `more`: of each ticket.
    """
    dice = np.random.default_rng(seed)
    who = dice.choice(np.array(customers), count, replace=False)
    when = start + 33 * dice.lognormal(0.0, 0.85, count)
    symptoms = dice.choice(list(TROUBLE), count, p=list(TROUBLE.values()))
    return [
        ticket(str(one), float(minute), str(symptom), **more)
        for one, minute, symptom in zip(who, when, symptoms, strict=True)
    ]


@cache
def warmed() -> bytes:
    """Return the snapshot of an engine after two ordinary days."""
    engine = Engine(network(), catalog(), EngineSettings())
    for event in sorted(ordinary(-2 * DAY // MINUTE, 0), key=lambda event: event.arrived):
        step(engine, event)
    return engine.snapshot()


def desk() -> Desk:
    """Return a desk that has learned from two ordinary days."""
    found = Desk(inventory=network())
    found.engine.restore(warmed())
    return found


def inside(scope: str) -> list[str]:
    """Return the customers of a combination or of neighbours, by name."""
    return under(*scope.split("+")) if "+" in scope else having(*scope.split("&"))
