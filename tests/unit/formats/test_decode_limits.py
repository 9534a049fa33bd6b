"""Records that no index, no database and no calendar would take."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from correlator.formats.decode import DECODERS, BadRecordError
from correlator.formats.decode.record import (
    MOST_LEVELS,
    MOST_OF_A_TEXT,
    MOST_OF_A_WORD,
    MOST_OF_AN_ID,
)
from correlator.formats.times import LATEST
from tests.payloads import EMPTY_DATES, IDS, RECORDS, alarm, but, deep, maintenance, ticket


@pytest.mark.parametrize("topic", RECORDS)
@pytest.mark.parametrize("depth", [MOST_LEVELS, 1_100, 100_000])
@pytest.mark.parametrize(("opening", "inner", "end"), [("[", "", "]"), ('{"a":', "1", "}")])
def test_what_is_nested_too_deeply_is_refused(
    topic: str, depth: int, opening: str, inner: str, end: str
) -> None:
    with pytest.raises(BadRecordError, match="nested") as error:
        DECODERS[topic](deep(RECORDS[topic], depth, opening, inner, end))
    assert error.value.reason == "invalid"


@pytest.mark.parametrize("topic", RECORDS)
@pytest.mark.parametrize(("opening", "inner", "end"), [("[", "", "]"), ('{"a":', "1", "}")])
def test_what_is_nested_just_so_deeply_is_read(
    topic: str, opening: str, inner: str, end: str
) -> None:
    DECODERS[topic](deep(RECORDS[topic], MOST_LEVELS - 1, opening, inner, end))


@pytest.mark.parametrize("topic", RECORDS)
def test_brackets_beside_each_other_or_in_words_are_no_nesting(topic: str) -> None:
    whole = RECORDS[topic]
    beside = {"a": [{}] * 500, "b": ['\\"[[[{{{' * 100, "\\\\", "]["], "c": "[" * 500}
    assert DECODERS[topic](but(whole, **beside)) == DECODERS[topic](but(whole))


@pytest.mark.parametrize("value", [b'"' + rb"\"" * 300_000, b"[" * 50 + rb'"\\' * 300_000, b"{\\"])
def test_a_string_without_end_is_looked_at_once(value: bytes) -> None:
    with pytest.raises(BadRecordError) as error:
        DECODERS["gi.tickets"](value + b"{" * 101)
    assert error.value.reason in {"not-json", "invalid"}


@pytest.mark.parametrize(("topic", "path"), IDS)
@pytest.mark.parametrize("value", ["é" * (MOST_OF_AN_ID + 1), "a\0b", "\0"])
def test_an_id_that_no_index_takes_is_refused_at_its_place(
    topic: str, path: str, value: str
) -> None:
    place = f"$.{path}".replace(".0", "[0]")
    with pytest.raises(BadRecordError, match=re.escape(f"at `{place}`")) as error:
        DECODERS[topic](but(RECORDS[topic], **{path.replace(".", "__"): value}))
    assert error.value.reason == "invalid"


@pytest.mark.parametrize(("topic", "path"), IDS)
def test_the_longest_id_is_read_whole(topic: str, path: str) -> None:
    longest = "é" * MOST_OF_AN_ID
    event = DECODERS[topic](but(RECORDS[topic], **{path.replace(".", "__"): longest}))
    told = [getattr(event, name) for name in event.__struct_fields__]
    assert longest in told or (longest,) in told


def test_an_error_does_not_repeat_a_value_of_a_megabyte() -> None:
    with pytest.raises(BadRecordError, match=r"alarm.state`$") as error:
        alarm(state="x" * 1_000_000)
    assert len(str(error.value)) < 1_000


def test_an_agents_long_id_does_not_lose_the_ticket() -> None:
    parties = [{"id": "x" * 9_999, "role": "agent"}, {"id": "C7", "role": "customer"}]
    assert ticket(relatedParty=parties).customer == "C7"


@pytest.mark.parametrize("topic", RECORDS)
@pytest.mark.parametrize(
    "time", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00", "1969-12-31T23:59:59.999Z"]
)
def test_an_arrival_before_1970_is_refused(topic: str, time: str) -> None:
    with pytest.raises(BadRecordError, match=r"`eventTime` is before 1970"):
        DECODERS[topic](but(RECORDS[topic], eventTime=time))


@pytest.mark.parametrize("key", ["start", "end"])
@pytest.mark.parametrize("time", EMPTY_DATES)
def test_works_with_an_empty_date_are_refused_by_name(key: str, time: str) -> None:
    with pytest.raises(BadRecordError, match=f"`{key}` is an empty date"):
        maintenance(**{f"event__maintenance__{key}": time})


WORDS = [
    ("gi.tickets", "troubleTicket.ticketType", "symptom", MOST_OF_A_WORD),
    ("gi.tickets", "troubleTicket.description", "text", MOST_OF_A_TEXT),
    ("gi.tickets", "troubleTicket.severity", "severity", MOST_OF_A_WORD),
    ("gi.tickets", "troubleTicket.status", "status", MOST_OF_A_WORD),
    ("gi.tickets", "troubleTicket.channel.name", "channel", MOST_OF_A_WORD),
    ("gi.alarms", "alarm.alarmedObjectType", "object_type", MOST_OF_A_WORD),
    ("gi.alarms", "alarm.perceivedSeverity", "severity", MOST_OF_A_WORD),
    ("gi.alarms", "alarm.probableCause", "cause", MOST_OF_A_WORD),
    ("gi.alarms", "alarm.alarmType", "alarm_type", MOST_OF_A_WORD),
    ("gi.maintenance", "maintenance.title", "title", MOST_OF_A_TEXT),
    ("gi.actions", "action.reason", "reason", MOST_OF_A_TEXT),
    ("gi.actions", "action.text", "text", MOST_OF_A_TEXT),
]


@pytest.mark.parametrize(("topic", "path", "field", "most"), WORDS)
def test_words_are_cut_and_mended(topic: str, path: str, field: str, most: int) -> None:
    value = "a\0é" + "x" * 100_000
    found = DECODERS[topic](but(RECORDS[topic], **{f"event__{path.replace('.', '__')}": value}))
    assert getattr(found, field) == "a\ufffdé" + "x" * (most - 4) + "…"


@pytest.mark.parametrize(("topic", "path", "field", "most"), WORDS)
def test_what_fits_is_kept_whole(topic: str, path: str, field: str, most: int) -> None:
    changes = {f"event__{path.replace('.', '__')}": "x" * most}
    assert getattr(DECODERS[topic](but(RECORDS[topic], **changes)), field) == "x" * most


@pytest.mark.parametrize("time", EMPTY_DATES)
def test_cancelled_works_may_have_empty_dates(time: str) -> None:
    changes = {f"event__maintenance__{k}": time for k in ("start", "end")}
    assert maintenance(eventType="MaintenanceCancelEvent", **changes).start == 0


@pytest.mark.parametrize("time", EMPTY_DATES)
def test_an_empty_date_is_no_date(time: str) -> None:
    assert ticket(creationDate=time).occurred == ticket().arrived
    assert alarm(alarmRaisedTime=time).occurred == alarm().arrived
    assert alarm(state="cleared", alarmClearedTime=time).occurred == alarm().arrived


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_the_end_of_time_can_be_written_in_every_zone(time: str) -> None:
    assert maintenance(event__maintenance__end=time).end == LATEST
    assert ticket(eventTime=time).arrived == LATEST
    assert ticket(creationDate=time).occurred == ticket().arrived
    zone = ZoneInfo("Pacific/Kiritimati")
    assert datetime.fromtimestamp(LATEST / 1000, UTC).astimezone(zone).year == 9999
