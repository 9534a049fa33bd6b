"""A simulated operator with a history: an archive, with what a cell that knows the truth said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree
from statistics import median
from typing import NamedTuple

import rules
import topology
from correlator.adapters.archive import keepers_of, open_archive
from correlator.engine import Engine, EngineSettings
from correlator.model import HOUR, Action, Event, Millis, RejectCode, Verb
from correlator.simulate import WorldSettings, simulate
from correlator.tools.backtest import Decided
from correlator.tools.backtest.importing import Importer
from correlator.tools.feeds import feeds_of, merged
from correlator.tools.replay import Outcome
from correlator.tools.worldfiles import Outage, Truth, read_truth, seconds
from rules.common import packaged

JUDGED_AFTER: Millis = HOUR
IN_FORCE, BETTER, WORSE = (0.002, 30.0), (0.26, 3.0), (0.0001, 90.0)
"""Of the rule about DSLAMs: its share of the dial, and the nats that a cause must bring."""
NODE_SHARE, CABLE_SHARE = 0.26, 0.07  # of the packaged rules; what one loses the other gets


class History(NamedTuple):
    """An archive under the rules in force, and what was true."""

    archive: str
    rules: Path
    truth: Truth


def catalog(
    folder: Path, node: tuple[float, float], title: str = "{symptom} — {domain}[, {site}]"
) -> Path:
    """Write the packaged rules with another share, evidence and title of the rule about DSLAMs."""
    copytree(str(packaged()), folder)
    path, (share, gain) = folder / "access.yaml", node
    head, rest = path.read_text(encoding="utf-8").split("  - id: access-node\n")
    own, others = rest.split("  - id: access-cable\n")
    own = own.replace(f"dial_share: {NODE_SHARE}", f"dial_share: {share}\n    cause_gain: {gain:g}")
    own = own.replace("{symptom} — {domain}[, {site}]", title)
    cable = round(CABLE_SHARE + NODE_SHARE - share, 6)
    others = others.replace(f"dial_share: {CABLE_SHARE}", f"dial_share: {cable}")
    text = f"{head}  - id: access-node\n{own}  - id: access-cable\n{others}"
    path.write_text(text, encoding="utf-8")
    assert rules.load(folder).rule("access-node").cause_gain == gain
    return folder


def made(folder: Path, settings: WorldSettings) -> History:
    """Simulate a world and make an archive of it, with labels."""
    world, in_force = folder / "world", catalog(folder / "live", IN_FORCE)
    simulate(settings, world)
    truth = read_truth(world)
    engine_settings = EngineSettings()
    inventory = topology.load(world / "topology")
    engine = Engine(inventory, rules.load(in_force), engine_settings)
    archive = open_archive(str(folder / "archive"))
    importer = Importer(archive, engine, engine_settings)
    importer.keep_versions(keepers_of(world / "topology", None, topology.CORE_TYPES, in_force))
    files = {n: world / f"{n}.jsonl" for n in ("tickets", "alarms", "maintenance")}
    events = merged(feeds_of({**files, "actions": None}), lambda _letter: None)
    importer.run(_judged(importer, events, truth), lambda _done: None)
    return History(str(folder / "archive"), in_force, truth)


def _judged(importer: Importer, events: Sequence[Event], truth: Truth) -> Iterator[Event]:
    """Yield the events, and what the cell says of each incident an hour after it is announced."""
    owner = {ticket: one for one in truth.outages for ticket in one.tickets}
    waiting: list[tuple[Millis, str]] = []
    known: set[str] = set()
    for event in events:
        while waiting and waiting[0][0] <= event.arrived:
            due, name = waiting.pop(0)
            yield from _verdict(importer.outcome, owner, name, due)
        yield event
        if len(importer.outcome.incidents) > len(known):
            for incident in importer.outcome.announced():
                if incident.id not in known:
                    known.add(incident.id)
                    waiting.append(((incident.announced or 0) + JUDGED_AFTER, incident.id))
            waiting.sort()


def _verdict(
    outcome: Outcome, owner: dict[str, Outage], name: str, due: Millis
) -> Iterator[Action]:
    """Yield what the cell says: confirmed where an outage explains half of the tickets.

    With its right cause, where another one is named.
    """
    tickets = outcome.linked(name)
    shares = Counter(owner[t].id for t in tickets if t in owner).most_common(1)
    if shares and shares[0][1] >= 2 and 2 * shares[0][1] >= len(tickets):
        outage = next(o for o in owner.values() if o.id == shares[0][0])
        if outcome.incidents[name].domain not in outage.right:
            yield Action(
                f"S-{name}", due, f"S-{name}", "cell", Verb.SCOPE, name, domain=outage.cause
            )
        yield Action(f"C-{name}", due, f"C-{name}", "cell", Verb.CONFIRM, name)
    elif not shares:
        reject = {"reason": "nothing was wrong", "code": RejectCode.COINCIDENCE}
        yield Action(f"R-{name}", due, f"R-{name}", "cell", Verb.REJECT, name, **reject)


class Quality(NamedTuple):
    """What a run was worth by the truth: outages found, false incidents, minutes to announce."""

    found: int
    false: int
    delay: float


def quality(decided: Sequence[Decided], truth: Truth, *, since: Millis, kind: str = "") -> Quality:
    """Measure a run's incidents; `kind`: only outages whose cause's name begins so."""
    owner = {ticket: one for one in truth.outages for ticket in one.tickets}
    first: dict[str, float] = {}
    false = 0
    for one in decided:
        shares = Counter(owner[t].id for t in one.tickets if t in owner).most_common(1)
        if shares and 2 * shares[0][1] >= len(one.tickets):
            at = one.announced / 1000
            first[shares[0][0]] = min(at, first.get(shares[0][0], at))
        else:
            false += 1
    due = {
        o.id: o for o in truth.outages
        if o.due and o.cause.startswith(kind) and seconds(o.start) * 1000 >= since
    }  # fmt: skip
    delays = [(first[name] - seconds(o.start)) / 60 for name, o in due.items() if name in first]
    return Quality(len(delays), false, median(delays) if delays else 0.0)
