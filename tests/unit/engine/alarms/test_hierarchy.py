"""Alarms of an optical network: who alarms with whom, and what that says of what cannot alarm."""

from functools import cache

from correlator.engine.alarms import CHILD_WINDOW, Alarms
from tests.builders import alarm, load
from topology import Topology

CARDS, PORTS, LINES = 4, 4, 10
OWN = 8.0  # nats, of a domain's own alarm


@cache
def fibre() -> Topology:
    """Return an OLT of four cards with four ports. The cable C1 feeds the cabinet K1, on card 1.

    Every port of card 1 has half of its lines on that cable.
    """
    cards = [f"OLT/{card}" for card in range(1, CARDS + 1)]
    ports = [f"{card}.{port}" for card in cards for port in range(1, PORTS + 1)]
    customers = [
        (f"{port}:{line}", f"{port} K1" if port.startswith("OLT/1") and line % 2 else port, "1")
        for port in ports
        for line in range(LINES)
    ]
    return load(
        [
            ("OLT", "olt"), ("FAR", "olt"), ("C1", "cable"), ("K1", "cabinet"),
            *((card, "line-card") for card in cards), *((port, "pon-port") for port in ports),
        ],
        [
            ("K1", "C1", ""),
            *((card, "OLT", "") for card in cards),
            *((port, port.split(".")[0], "") for port in ports),
        ],
        customers,
    )  # fmt: skip


def place(name: str) -> int:
    found = fibre().domain(name)
    assert found is not None
    return found


def heard() -> Alarms:
    """Return what knows by sixty old alarms that OLTs, cards and ports alarm, and nothing else."""
    alarms = Alarms(fibre())
    for n in range(60):
        where = ("FAR", "OLT/4", "OLT/4.4")[n % 3]
        for state in ("raised", "cleared"):
            alarms.take(alarm(where, n, id=f"old-{n}", state=state), place(where), n / 10)
    return alarms


def said(alarms: Alarms, where: str, own: float = 0.0) -> float:
    now = 100.0
    return alarms.evidence(place(where), own, now - CHILD_WINDOW, now)


def raise_on(alarms: Alarms, *places: str) -> None:
    for where in places:
        alarms.take(alarm(where, 90), place(where), 99.9)


PORTS_OF_CARD_1 = [f"OLT/1.{port}" for port in range(1, PORTS + 1)]


def test_a_cable_above_a_cabinet_is_seen_through_the_ports_that_share_its_customers() -> None:
    alarms = heard()
    assert said(alarms, "C1") == 0.0
    raise_on(alarms, *PORTS_OF_CARD_1)
    assert said(alarms, "C1") > 3.0


def test_a_passive_cabinet_is_seen_the_same_way() -> None:
    alarms = heard()
    raise_on(alarms, *PORTS_OF_CARD_1)
    assert said(alarms, "K1") > 3.0


def test_what_alarms_below_a_card_follows_from_its_olt_too_if_that_has_alarmed() -> None:
    alarms = heard()
    raise_on(alarms, "OLT", "OLT/1", *PORTS_OF_CARD_1)
    assert said(alarms, "OLT", OWN) > said(alarms, "OLT/1", OWN)


def test_ports_speak_for_their_card_while_the_olt_is_silent() -> None:
    alarms = heard()
    raise_on(alarms, "OLT/1", *PORTS_OF_CARD_1)
    assert said(alarms, "OLT/1", OWN) > said(alarms, "OLT")
