"""Carrying the living over to a new inventory or catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from correlator.engine.live import Live

if TYPE_CHECKING:
    from correlator.engine.parts import Parts


def transfer(new: Parts, old: Parts) -> None:
    """Move recent tickets, incidents, alarms, works and texts from `old` to `new`."""
    _tickets(new, old)
    _incidents(new, old)
    _alarms(new, old)
    new.classifier.restore(old.classifier.state())
    works = [
        msgspec.structs.replace(work, domains=domains)
        for work in old.works.all()
        if (domains := _domains(new, old, work.domains))
    ]
    new.works.restore({"works": [msgspec.to_builtins(work) for work in works]})


def _domains(new: Parts, old: Parts, domains: tuple[int, ...]) -> tuple[int, ...]:
    found = (new.topology.domain(old.topology.name(d)) for d in domains)
    return tuple(d for d in found if d is not None)


def _tickets(new: Parts, old: Parts) -> None:
    """Every recent ticket, where its customer stands now."""
    for seen in old.recent:
        domains = new.topology.domains_of(seen.customer)
        if domains is not None:
            new.recent.add(msgspec.structs.replace(seen, domains=domains))


def _incidents(new: Parts, old: Parts) -> None:
    rules = {rule.id: i for i, rule in enumerate(new.catalog.rules)}
    kept = []
    for live in old.incidents:
        place = new.topology.domain(old.topology.name(live.domain))
        first = new.topology.domain(old.topology.name(live.first_domain))
        rule = rules.get(old.rule(live).id)
        if place is not None and rule is not None:
            kept.append(_moved(live, place, place if first is None else first, rule, new))
    new.incidents.take_over(old.incidents, kept)


def _moved(live: Live, domain: int, first: int, rule: int, new: Parts) -> Live:
    return msgspec.structs.replace(
        live,
        domain=domain,
        first_domain=first,
        rule=rule,
        customers=int(new.topology.sizes[domain]),
    )


def _alarms(new: Parts, old: Parts) -> None:
    standing = []
    for alarm in old.alarms.standing():
        domain = new.topology.domain(old.topology.name(alarm.domain))
        if domain is not None:
            standing.append(msgspec.structs.replace(alarm, domain=domain))
    state = {**old.alarms.state(), "standing": standing, "expected": [], "trials": []}
    new.alarms.restore(msgspec.to_builtins(state))
