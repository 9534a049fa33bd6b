"""An upgrade keeps what was learned: a snapshot that an older version wrote is taken on.

`upgrade/snapshot_of_version_6.xz` was written by version 6 of the state over the network of
`tests.builders`, after two ordinary days and a morning with incidents in every state; beside it
stands what was in it.
"""

import json
import lzma
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

from correlator.engine import Engine, EngineSettings
from correlator.engine.state import VERSION, SnapshotError, load
from correlator.model import Answer, State
from tests.builders import Desk, calls, catalog, customers_of, network, spread, ticket

HERE = Path(__file__).parent / "upgrade"
LAST = 240
"""The minute at which it was written."""


@cache
def snapshot() -> bytes:
    return lzma.decompress((HERE / "snapshot_of_version_6.xz").read_bytes())


@cache
def content() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "snapshot_of_version_6.json").read_text())
    return found


def upgraded() -> Desk:
    desk = Desk(cold=True)
    desk.engine.restore(snapshot())
    return desk


def test_it_was_written_by_an_older_version() -> None:
    assert b"\xa7version\x06" in snapshot()[:64]
    assert VERSION > 6


def test_every_incident_lives_on_with_its_links_and_its_callers() -> None:
    lives = {live.id: live for live in upgraded().inside.owners.incidents}
    assert lives.keys() == content()["incidents"].keys()
    for incident, before in content()["incidents"].items():
        live = lives[incident]
        assert live.state == before["state"]
        assert network().name(live.scope.domain) == before["domain"]
        assert sorted(live.linked_tickets()) == before["linked"]
        assert len(live.callers) == before["customers_called"]
        assert (live.confirmed_by, live.message) == (before["confirmed_by"], before["message"])


def test_what_is_over_is_remembered() -> None:
    incidents = upgraded().inside.owners.incidents
    for incident, state in content()["over"].items():
        picture = incidents.picture(incident)
        assert picture is not None
        assert picture.state == state


def test_learned_rates_and_profiles_are_kept() -> None:
    owners = upgraded().inside.owners
    rates = dict(zip(owners.rates.symptoms, owners.rates.rates.tolist(), strict=True))
    assert {name: rates[name] for name in content()["rates"]} == pytest.approx(
        content()["rates"], rel=1e-5
    )
    assert owners.detector.learned.counts == content()["profiles"]


def test_alarms_works_calls_and_actions_are_kept() -> None:
    desk = upgraded()
    owners = desk.inside.owners
    assert sorted(one.id for one in owners.alarms.standing()) == content()["standing_alarms"]
    assert sorted(one.id for one in owners.works.state()["works"]) == content()["works"]
    assert len(list(owners.calls)) == content()["recent_calls"]
    assert len(owners.known.state()["known"]) == content()["known_tickets"]
    assert sorted(desk.inside.actions.state()["done"]) == content()["actions_done"]


def test_the_next_caller_is_told_of_the_incident_and_linked() -> None:
    desk = upgraded()
    (incident,) = [one for one, kept in content()["incidents"].items() if kept["domain"] == "DSL-4"]
    desk.feed(ticket(customers_of("DSL-4/C1")[9], LAST + 1, id="next"))
    verdict = desk.verdict("next")
    assert (verdict.answer, verdict.incident) == (Answer.YES, incident)
    assert "next" in desk.outcome.linked(incident)


def test_what_a_person_linked_before_the_upgrade_stays_theirs() -> None:
    """`stray` is of DSL-2; whatever fails there now does not get it."""
    desk = upgraded()
    (theirs,) = [one for one in desk.inside.owners.incidents if "stray" in one.links]
    assert desk.call("stray").assigned == theirs.number
    more = spread(customers_of("DSL-2/C1"), 12)
    desk.feed(calls(more, LAST + 1, 1)).until(LAST + 40)
    others = [one for one in desk.inside.owners.incidents if one is not theirs]
    assert not any(one.is_linked("stray") for one in others)
    assert theirs.is_linked("stray")


def test_a_new_failure_is_found_with_what_was_known_before() -> None:
    """Two cards of DSL-3 were candidates already: with a third one it is the DSLAM."""
    fault = calls(spread(customers_of("DSL-3/C1"), 7), LAST + 1, 3)
    desk = upgraded().feed(fault)
    (found,) = [one for one in desk.announced() if one.state is State.OPEN]
    assert found.domain == "DSL-3"
    assert {one.id for one in fault} <= set(desk.linked(found))


def test_it_is_written_again_in_the_version_of_now() -> None:
    again = upgraded().engine.snapshot()
    fresh = Engine(network(), catalog(), EngineSettings())
    fresh.restore(again)
    assert fresh.snapshot() == again


def test_a_damaged_old_snapshot_is_refused_by_name() -> None:
    bare = msgspec.msgpack.encode({"version": 6, "state": {"versions": ["a", "b"]}})
    with pytest.raises(SnapshotError, match=r"damaged snapshot of version 6.*parts"):
        load(bare)


@pytest.mark.parametrize("version", [1, 5, VERSION + 1])
def test_a_version_that_nobody_reads_is_refused_with_those_that_are(version: int) -> None:
    written = msgspec.msgpack.encode({"version": version, "state": {}})
    with pytest.raises(SnapshotError, match=f"version {version}.*versions 6 to {VERSION}"):
        load(written)
