"""What alarms say of a failure: since its onset, and of what fails beside or above it."""

import numpy as np
import pytest

from correlator.engine.localisation import AlarmPrior
from correlator.engine.settings import EngineSettings
from correlator.model import HOUR
from tests.builders import Desk, alarm, calls, wide_network
from topology import Scope

LINES = 40
ACCESS = ("no-internet", "no-sync")


def desk() -> Desk:
    return Desk(inventory=wide_network())


def rule_on(desk: Desk, name: str) -> int:
    return desk.inside.owners.detector.streams.rules_for(desk.domain(name))[0]


def prior_of(desk: Desk) -> AlarmPrior:
    owners = desk.inside.owners
    return AlarmPrior(
        desk.inventory, desk.catalog.rules, EngineSettings(), owners.rates, owners.detector.streams,
        owners.alarms, owners.alarms.types, desk.inside.reasoning.hierarchy, owners.incidents,
    )  # fmt: skip


def weight(desk: Desk, name: str, onset: float, without: frozenset[int] = frozenset()) -> float:
    """Return what alarms say of a failure that began at τ = `onset`, in nats."""
    asked = [(rule_on(desk, name), onset)]
    (found,) = prior_of(desk).weights(Scope(desk.domain(name)), asked, without)
    return found


def tau(desk: Desk) -> float:
    return desk.inside.owners.rates.moment.tau


def fades(desk: Desk, name: str) -> float:
    """Return the τ in which an alarm fades by the rule of that place."""
    return desk.catalog.rules[rule_on(desk, name)].alarm_fade / HOUR


def test_an_alarm_counts_while_the_failure_lasts() -> None:
    """It may stand for hours: what speaks of the onset does not fade."""
    one = desk().feed(alarm("DSL-1", 0)).until(1)
    then = tau(one)
    assert weight(one, "DSL-1", then) > 2.0
    one.until(240)
    assert tau(one) - then > 3.0 * fades(one, "DSL-1")
    assert weight(one, "DSL-1", then) > 0.0


def test_an_alarm_of_long_before_the_onset_says_nothing_for_it() -> None:
    one = desk().feed(alarm("DSL-1", 0)).until(240)
    assert weight(one, "DSL-1", tau(one)) <= 0.0


def test_the_longer_one_waits_for_an_alarm_the_less_it_says() -> None:
    """In a failure's first minutes few other things alarm; in its hours many do."""
    one = desk().feed(alarm("DSL-1", 0)).until(1)
    now, fade = tau(one), fades(one, "DSL-1")
    at_once, late = weight(one, "DSL-1", now), weight(one, "DSL-1", now - 3.0 * fade)
    assert at_once - late == pytest.approx(np.log(4.0), abs=0.02)


def test_what_alarms_below_an_incident_counts_for_what_would_take_its_place() -> None:
    lines = [f"DSL-{1 + n % 20}:{n % LINES}" for n in range(60)]
    nodes = [alarm("AGG-1", 0), *(alarm(f"DSL-{n}", 1) for n in (1, 2))]
    one = desk().feed(nodes, calls(lines, 2, 0.5, ACCESS))
    assert one.causes() == ["AGG-1"]
    live = one.live(one.incident())
    assert weight(one, "DSL-1", live.onset_tau) == 0.0
    assert weight(one, "DSL-1", live.onset_tau, frozenset((live.number,))) > 0.0


@pytest.mark.parametrize("before", [0, 60])
def test_what_is_kept_of_quiet_domains_is_what_would_be_weighed(before: int) -> None:
    """After each alarm, raised or cleared, near and far; `before`: of a type that is no card."""
    one = Desk()
    for n in range(before):
        name = f"AGG-{1 + n % 2}"
        one.feed(alarm(name, n, id=f"B{n}"), alarm(name, n, id=f"B{n}", state="cleared"))
    kept = prior_of(one)
    news = [("DSL-1", "raised"), ("DSL-2/C1", "raised"), ("AGG-1", "raised")]
    for minute, (name, state) in enumerate([*news, ("DSL-1", "cleared"), ("AGG-1", "cleared")]):
        one.feed(alarm(name, before + minute, state=state))
        for where in ("DSL-1", "DSL-1/C1", "DSL-2", "DSL-2/C1", "DSL-3", "AGG-1", "AGG-2"):
            domain, rule, now = one.domain(where), rule_on(one, where), tau(one)
            found = kept.weights(Scope(domain), [(rule, now)])
            standing = one.inside.owners.alarms.on(domain)
            full = kept._weight(domain, rule, now, standing, frozenset())  # noqa: SLF001
            assert found == [full] == [weight(one, where, now)], (name, state, where)
