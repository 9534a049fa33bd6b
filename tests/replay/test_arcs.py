"""Incidents on an arc of a ring: its alarms are those of each switch on it."""

from functools import cache

from correlator.model import Incident
from tests.builders import Desk, alarm, at, calls, load, spread
from topology import Topology

SWITCHES = ("A", "B", "C", "D")
ARC = "B+C"


@cache
def ring() -> Topology:
    """Return CORE – A – B – C – D – CORE with two DSLAMs of 200 lines on each switch."""
    nodes = [f"{switch}/{n}" for switch in SWITCHES for n in (1, 2)]
    return load(
        [
            ("CORE", "core-router"),
            *((switch, "aggregation-switch") for switch in SWITCHES),
            *((node, "dslam") for node in nodes),
        ],
        [(node, node[0]) for node in nodes],
        [(f"{node}:{n}", node, f"9.{n % 2}") for node in nodes for n in range(200)],
        links=[("CORE", "A"), ("A", "B"), ("B", "C"), ("C", "D"), ("D", "CORE")],
    )


def under(*names: str) -> list[str]:
    domains = [ring().domain(name) for name in names]
    return [c for d in domains if d is not None for c in ring().customers_under(d)]


def cut(minute: float = 20) -> tuple[Desk, Incident]:
    """Return a desk on which B and C are cut off: both alarm, and both their customers call."""
    alarms = [alarm(switch, minute + n / 10) for n, switch in enumerate("BC")]
    callers = [*spread(under("B"), 10), *spread(under("C"), 10)]
    desk = Desk(inventory=ring())
    desk.feed(alarms, calls(spread(callers, 20), minute + 8, 1, ("no-internet", "no-tv")))
    incident = desk.incident()
    assert (incident.domain, incident.among) == (ARC, ("B", "C"))
    return desk, incident


def test_the_alarm_of_a_switch_on_it_dates_its_onset() -> None:
    assert cut()[1].onset == at(20)


def test_it_has_alarmed_itself() -> None:
    desk, incident = cut()
    assert desk.live(desk.until(60).now(incident)).own_alarm


def test_it_is_clear_once_each_switch_on_it_is() -> None:
    desk, incident = cut()
    desk.feed(alarm("B", 60, state="cleared"))
    assert desk.live(incident).alarms_clear_since is None
    desk.feed(alarm("C", 70, state="cleared"))
    assert desk.live(incident).alarms_clear_since == at(70)


def test_it_stands_again_with_the_next_alarm_of_any() -> None:
    desk, incident = cut()
    desk.feed(alarm(switch, 60, state="cleared") for switch in "BC")
    assert desk.live(incident).alarms_clear_since == at(60)
    desk.feed(alarm("C", 61, id="again"))
    assert desk.live(incident).alarms_clear_since is None


def test_no_stream_counts_an_arc_so_no_level_is_shown() -> None:
    evidence = cut()[1].evidence
    assert evidence is not None
    assert evidence.level is None
    assert evidence.alarm_gain > 0
