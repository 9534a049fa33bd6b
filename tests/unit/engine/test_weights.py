"""What a cause pays for its type, and what alarms and all other calls say of one."""

from functools import cache

import numpy as np
import pytest

from correlator.engine.deciding import Decider
from correlator.engine.judging import Judge
from correlator.engine.linking import Linker
from correlator.engine.localise import Cause
from correlator.engine.parts import Parts
from correlator.engine.recent import Seen
from correlator.engine.settings import EngineSettings
from correlator.engine.tickets import Tickets
from correlator.model import HOUR
from tests.builders import Desk, alarm, calls, catalog, load
from topology import Topology

LINES = 40
ACCESS = ("no-internet", "no-sync")


@cache
def network() -> Topology:
    """Return CORE-1 over everybody: two switches with twenty DSLAMs of forty lines each."""
    switches = {f"DSL-{n}": "AGG-1" if n <= 20 else "AGG-2" for n in range(1, 41)}
    return load(
        [
            ("CORE-1", "core-router"),
            *((switch, "aggregation-switch") for switch in ("AGG-1", "AGG-2")),
            *((node, "dslam") for node in switches),
        ],
        [
            *((switch, "CORE-1", "") for switch in ("AGG-1", "AGG-2")),
            *((node, switch, "") for node, switch in switches.items()),
        ],
        [(f"{node}:{n}", node, f"9.{n % 2}") for node in switches for n in range(LINES)],
    )


def place(name: str) -> int:
    found = network().domain(name)
    assert found is not None
    return found


def at_rest() -> Parts:
    """Return the rooms of an engine to which nothing has happened."""
    return Parts(network(), catalog(), EngineSettings(), lambda _effect: None)


# -------------------------------------------------------------------- what a cause is worth


@pytest.mark.parametrize(
    ("name", "spoken_for", "pays"),
    [
        ("DSL-1", 0.0, 0.0),
        ("AGG-1", 0.0, 0.0),
        ("CORE-1", 0.0, 2.0),
        ("CORE-1", -0.5, 2.0),
        ("CORE-1", 3.0, 0.0),
        ("cpe_firmware=9.0", 0.0, 2.0),
        ("cpe_firmware=9.0", 3.0, 2.0),
        ("*", 0.0, 3.0),
    ],
)
def test_what_everybody_hangs_on_pays_like_a_group_until_it_alarms(
    name: str, spoken_for: float, pays: float
) -> None:
    parts = at_rest()
    domain = place(name)
    (rule, *_) = parts.watches.rules_for(domain)
    cause = Cause(domain, rule, 20.0, 0.1, 0.0, (), spoken_for)
    assert Judge(parts).worth(cause) == 20.0 - pays


# --------------------------------------------------------------- alarms since the onset


def weighed(desk: Desk, name: str, hours_ago: float) -> float:
    """Return what alarms say now of a failure that began so many τ ago, in nats."""
    parts = desk.engine._parts
    (rule, *_) = parts.watches.rules_for(place(name))
    return parts.alarm_weight(place(name), rule, parts.tau() - hours_ago)


def fades(desk: Desk, name: str) -> float:
    """Return the τ in which an alarm fades by the rule of that place."""
    parts = desk.engine._parts
    (rule, *_) = parts.watches.rules_for(place(name))
    return parts.catalog.rules[rule].alarm_fade / HOUR


def test_an_alarm_counts_while_the_failure_lasts() -> None:
    """It may stand for hours: what speaks of the onset does not fade."""
    desk = Desk(inventory=network()).feed(alarm("DSL-1", 0)).until(1)
    then, before = desk.engine._parts.tau(), weighed(desk, "DSL-1", 0.0)
    assert before > 2.0
    desk.until(240)
    since = desk.engine._parts.tau() - then
    assert since > 3.0 * fades(desk, "DSL-1")
    assert weighed(desk, "DSL-1", since) > 0.0


def test_an_alarm_of_long_before_the_onset_says_nothing_for_it() -> None:
    desk = Desk(inventory=network()).feed(alarm("DSL-1", 0)).until(240)
    assert weighed(desk, "DSL-1", 0.0) <= 0.0


def test_the_longer_one_waits_for_an_alarm_the_less_it_says() -> None:
    """In a failure's first minutes few other things alarm; in its hours many do."""
    desk = Desk(inventory=network()).feed(alarm("DSL-1", 0)).until(1)
    fade = fades(desk, "DSL-1")
    at_once, late = weighed(desk, "DSL-1", 0.0), weighed(desk, "DSL-1", 3.0 * fade)
    assert at_once - late == pytest.approx(np.log(4.0), abs=0.02)


def test_what_alarms_below_an_incident_counts_for_what_would_take_its_place() -> None:
    lines = [f"DSL-{1 + n % 20}:{n % LINES}" for n in range(60)]
    nodes = [alarm("AGG-1", 0), *(alarm(f"DSL-{n}", 1) for n in (1, 2))]
    desk = Desk(inventory=network()).feed(nodes, calls(lines, 2, 0.5, ACCESS))
    assert desk.causes() == ["AGG-1"]
    parts = desk.engine._parts
    (live,) = (one for one in parts.incidents if one.announced is not None)
    (rule, *_) = parts.watches.rules_for(place("DSL-1"))
    found = (place("DSL-1"), rule, live.onset_tau)
    assert parts.alarm_weight(*found) == 0.0
    assert parts.alarm_weight(*found, without=frozenset((live.number,))) > 0.0


# ------------------------------------------------------------------- what all others do


def lately(name: str, about: float, others: float) -> tuple[Parts, int, float]:
    """Let so many call about each symptom of the place's rule, and of the others, for two expected.

    Returns the rooms, the rule, and how many calls about the others were expected.
    """
    parts = at_rest()
    (rule, *_) = parts.watches.rules_for(place(name))
    told = parts.about(rule)
    elsewhere = parts.baseline.elsewhere
    elsewhere.expected[: len(told)] = 2.0
    elsewhere.seen[-1, : len(told)] = np.where(told, about, others)
    return parts, rule, 2.0 * float((~told).sum())


def test_a_domain_is_judged_by_calls_about_other_things_as_well() -> None:
    """Bills, mails, everything is called about: that DSL-1 is called about too is no failure."""
    parts, rule, others = lately("DSL-1", 2.0, 6.0)
    usual = parts.usual(place("DSL-1"), rule, rest=False)
    risen = (2.0 + 3.0 * others) / (2.0 + others)
    assert parts.usual(place("DSL-1"), rule) == pytest.approx(usual * risen)


def test_its_own_symptoms_do_not_speak_against_each_other() -> None:
    """What fails raises all the symptoms of its rule, for everybody below it."""
    parts, rule, _ = lately("CORE-1", 40.0, 2.0)
    usual = parts.usual(place("CORE-1"), rule, rest=False)
    assert parts.usual(place("CORE-1"), rule) == pytest.approx(usual)


def test_a_rule_is_about_what_its_failures_are_called_about_with() -> None:
    parts, rule, _ = lately("DSL-1", 2.0, 2.0)
    named = dict(zip(parts.baseline.symptoms, parts.about(rule).tolist(), strict=True))
    assert named["no-sync"]
    assert named["no-internet"]
    assert not named["billing"]
    assert not named["mail"]


# ------------------------------------------------------------------- what is asked again later


class InVain(Decider):
    """Finds nothing to say, whatever it is asked."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def alert(self, row: int, seen: Seen, *, announce: bool) -> list[int]:  # noqa: ARG002 - the same
        self.asked.append(row)
        return []


@pytest.mark.parametrize("paused", [False, True])
def test_a_domain_that_waits_for_another_caller_is_not_taken_for_decided(*, paused: bool) -> None:
    """After three decisions on a ticket the rest is lowered, but for what is asked again later."""
    parts, decider = at_rest(), InVain()
    domains = network().domains_of("DSL-1:0")
    assert domains is not None
    rows = parts.watches.place(domains).rows
    seen = Seen("T", "t", "DSL-1:0", domains, 1, 0, 0, 0.0, 1e-4, counted=True)
    parts.burst.add_ticket(rows, *parts.row_terms(rows, seen), 1.0)
    parts.burst._mass[rows] *= 1.5 / parts.burst.level(rows)[:, None]
    if paused:
        parts.paused[place("AGG-1")] = parts.now + 1_000
    Tickets(parts, Linker(parts), decider)._decide(rows, seen)
    at_switch = np.isin(rows, parts.watches.rows_of(place("AGG-1")))
    assert parts.burst.level(rows)[~at_switch] == pytest.approx(0.5)
    assert parts.burst.level(rows)[at_switch] == pytest.approx(1.5 if paused else 0.5)
    assert not paused or not set(decider.asked) & set(rows[at_switch].tolist())
