"""Events written as the records they came in: decoded again they are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from correlator.formats.decode import DECODERS
from correlator.formats.records import record_of
from correlator.model import Action, Event, RulesChanged, Verb
from correlator.tools.feeds import feeds_in, merged
from tests.payloads import ALARM, MAINTENANCE, TICKET, but

if TYPE_CHECKING:
    from pathlib import Path

RECORDS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("gi.tickets", TICKET, {}),
    ("gi.tickets", TICKET, {"relatedParty": [], "place": "DSL-1", "ticketType": None}),
    ("gi.tickets", TICKET, {"channel": None, "creationDate": "2026-11-22T08:52:10.123+01:00"}),
    ("gi.alarms", ALARM, {}),
    ("gi.alarms", ALARM, {"state": "cleared", "alarmClearedTime": "2026-11-22T08:39:03Z"}),
    ("gi.alarms", ALARM, {"probableCause": None, "perceivedSeverity": None}),
    ("gi.maintenance", MAINTENANCE, {}),
]


def same_again(event: Event) -> bool:
    found = record_of(event)
    assert found is not None
    source, record = found
    return source.decode(record) == event


@pytest.mark.parametrize(("topic", "record", "changes"), RECORDS)
def test_it_decodes_to_the_same_event(
    topic: str, record: dict[str, Any], changes: dict[str, Any]
) -> None:
    (kind,) = record["event"]
    inside = {f"event__{kind}__{key}": value for key, value in changes.items()}
    assert same_again(DECODERS[topic](but(record, **inside)))


def test_so_do_works_that_are_cancelled() -> None:
    record = but(MAINTENANCE, eventType="MaintenanceCancelEvent", event__maintenance__start=None)
    event = DECODERS["gi.maintenance"](record)
    assert event.cancelled  # type: ignore[union-attr]
    assert same_again(event)


def test_all_of_a_world_is_the_same_again(small_world: Path) -> None:
    events = merged(feeds_in(small_world), lambda _letter: None)
    assert len(events) > 300
    assert all(map(same_again, events))


def test_what_people_do_and_what_is_swapped_is_no_record() -> None:
    assert record_of(Action("x1", 1, "x1", "zoé", Verb.CONFIRM, "GI-1")) is None
    assert record_of(RulesChanged("v", 1, "v")) is None
