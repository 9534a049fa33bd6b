"""Records of the four input topics: what is mandatory, what is optional, what is refused."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from correlator.formats.decode import (
    DECODERS,
    BadRecordError,
    decode_action,
    decode_alarm,
)
from correlator.model import Alarm, AlarmState, Event, Ticket, Verb
from tests.payloads import (
    ACTION,
    ALARM,
    GONE,
    RECORDS,
    alarm,
    but,
    maintenance,
    ticket,
)

MANDATORY = [
    ("gi.tickets", "eventTime"),
    ("gi.tickets", "event"),
    ("gi.tickets", "event.troubleTicket"),
    ("gi.tickets", "event.troubleTicket.id"),
    ("gi.tickets", "event.troubleTicket.creationDate"),
    ("gi.alarms", "eventTime"),
    ("gi.alarms", "event.alarm"),
    ("gi.alarms", "event.alarm.id"),
    ("gi.alarms", "event.alarm.alarmedObject"),
    ("gi.alarms", "event.alarm.alarmedObject.id"),
    ("gi.alarms", "event.alarm.state"),
    ("gi.maintenance", "eventTime"),
    ("gi.maintenance", "event.maintenance.id"),
    ("gi.maintenance", "event.maintenance.objects"),
    ("gi.maintenance", "event.maintenance.start"),
    ("gi.maintenance", "event.maintenance.end"),
    ("gi.actions", "eventTime"),
    ("gi.actions", "event.action.id"),
    ("gi.actions", "event.action.actor"),
    ("gi.actions", "event.action.verb"),
    ("gi.actions", "event.action.incidentId"),
]
TIMES = [
    ("gi.tickets", "eventTime"),
    ("gi.tickets", "event.troubleTicket.creationDate"),
    ("gi.alarms", "event.alarm.alarmRaisedTime"),
    ("gi.maintenance", "event.maintenance.start"),
]
# ------------------------------------------------------------------------- as the contract


def test_the_contracts_ticket() -> None:
    assert ticket() == Ticket(
        id="T00884213", arrived=1_795_337_534_000, occurred=1_795_337_530_000, event_id="e1",
        customer="C0010442", symptom="no-sync", text="plus de synchro depuis ce matin",
        status="acknowledged", severity="minor", channel="phone",
    )  # fmt: skip


@pytest.mark.parametrize("place", ["DSL-00042", "offer=triple", "Étoile & fils + 1"])
def test_a_place_is_read_beside_a_customer_or_without_one(place: str) -> None:
    assert ticket(place=place).place == place
    assert ticket(place=place).customer == "C0010442"
    alone = ticket(place=place, relatedParty=GONE)
    assert (alone.place, alone.customer) == (place, None)


@pytest.mark.parametrize("place", [None, "", GONE])
def test_a_ticket_need_not_name_a_place(place: object) -> None:
    changes = {} if place is GONE else {"place": place}
    assert ticket(**changes) == ticket()
    assert ticket(**changes).place == ""


@pytest.mark.parametrize("place", [7, True, {"id": "DSL-00042"}, ["DSL-00042"]])
def test_a_place_that_is_no_name_is_refused_at_its_place(place: object) -> None:
    with pytest.raises(BadRecordError, match=r"troubleTicket\.place`") as error:
        ticket(place=place)
    assert error.value.reason == "invalid"


def test_the_contracts_alarm() -> None:
    assert alarm() == Alarm(
        id="A5512", arrived=1_795_336_744_000, occurred=1_795_336_742_000, event_id="e2",
        managed_object="DSL-00042/C07", state=AlarmState.RAISED, object_type="line-card",
        severity="critical", cause="equipmentMalfunction", alarm_type="equipmentAlarm",
    )  # fmt: skip


def test_the_contracts_maintenance() -> None:
    found = maintenance()
    assert (found.objects, found.title, found.cancelled) == (
        ("AGG-0012",),
        "travaux programmés",
        False,
    )
    assert found.end - found.start == 2 * 3_600_000


@pytest.mark.parametrize("verb", list(Verb))
def test_every_verb_of_the_contract_is_read(verb: Verb) -> None:
    found = decode_action(but(ACTION, event__action__verb=verb.value))
    assert (found.verb, found.actor, found.incident) == (verb, "anna", "GI-20261122-7f3a91c2")


# --------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(("topic", "path"), MANDATORY)
def test_a_missing_mandatory_key_is_named(topic: str, path: str) -> None:
    value = but(RECORDS[topic], **{path.replace(".", "__"): GONE})
    with pytest.raises(BadRecordError, match=path.rsplit(".", 1)[-1]) as error:
        DECODERS[topic](value)
    assert error.value.reason == "invalid"


@pytest.mark.parametrize("topic", RECORDS)
@pytest.mark.parametrize("value", [b"", b"{", b"nonsense", b"\xff\xfe", b'{"a":\xff}'])
def test_what_is_no_json_is_refused_as_such(topic: str, value: bytes) -> None:
    with pytest.raises(BadRecordError) as error:
        DECODERS[topic](value)
    assert error.value.reason == "not-json"


@pytest.mark.parametrize("topic", RECORDS)
@pytest.mark.parametrize("value", [b"[]", b"null", b'"text"', b"17", b"{}"])
def test_json_of_another_shape_is_refused(topic: str, value: bytes) -> None:
    with pytest.raises(BadRecordError) as error:
        DECODERS[topic](value)
    assert error.value.reason == "invalid"


@pytest.mark.parametrize(("topic", "path"), TIMES)
@pytest.mark.parametrize("time", ["2026-11-22T08:52:14", "2026-11-22", "yesterday", "", 17])
def test_a_time_without_offset_or_sense_is_refused(topic: str, path: str, time: object) -> None:
    with pytest.raises(BadRecordError, match=path.rsplit(".", 1)[-1]):
        DECODERS[topic](but(RECORDS[topic], **{path.replace(".", "__"): time}))


@pytest.mark.parametrize("change", [{"id": ""}, {"id": 17}, {"id": None}, {"id": "x" * 513}])
def test_an_id_must_be_a_name(change: dict[str, Any]) -> None:
    with pytest.raises(BadRecordError, match="id"):
        ticket(**change)


def test_an_alarm_state_must_be_one_of_three() -> None:
    with pytest.raises(BadRecordError, match="state"):
        alarm(state="exploded")


def test_an_unknown_verb_is_refused() -> None:
    with pytest.raises(BadRecordError, match="verb"):
        decode_action(but(ACTION, event__action__verb="celebrate"))


def test_works_that_end_before_they_start_are_refused() -> None:
    with pytest.raises(BadRecordError, match="end"):
        maintenance(event__maintenance__end="2026-11-22T00:59:59+01:00")


# ---------------------------------------------------------------------- optional, forgiving


def test_unknown_keys_are_ignored() -> None:
    assert ticket(weather="rain", note=[1, {"x": None}]) == ticket()
    assert decode_alarm(but(ALARM, extra={"a": 1})) == alarm()


OPTIONAL_OF_A_TICKET = (
    "description", "ticketType", "severity", "status", "channel", "relatedParty",
)  # fmt: skip


@pytest.mark.parametrize("key", OPTIONAL_OF_A_TICKET)
@pytest.mark.parametrize("value", [GONE, None])
def test_the_rest_of_a_ticket_may_be_missing_or_null(key: str, value: object) -> None:
    assert ticket(**{key: value}).id == "T00884213"


def test_a_ticket_without_its_optional_keys() -> None:
    found = ticket(**dict.fromkeys(OPTIONAL_OF_A_TICKET, GONE))
    assert (found.customer, found.symptom, found.text) == (None, None, "")


@pytest.mark.parametrize(
    "parties",
    [
        [],
        [{"id": "A1", "role": "agent"}],
        [{"role": "agent"}],
        [{"id": "A1"}],
        [{"id": "A1", "role": None}],
        [{"id": None, "role": "agent"}],
    ],
)
def test_a_ticket_whose_parties_name_no_customer_is_kept(parties: list[Any]) -> None:
    assert ticket(relatedParty=parties).customer is None


def test_the_customer_is_found_among_other_parties() -> None:
    parties = [{"id": "A1", "role": "agent"}, {"id": "C7", "role": "customer"}]
    assert ticket(relatedParty=parties).customer == "C7"


@pytest.mark.parametrize("channel", [{}, {"name": None}, {"id": "7"}])
def test_a_ticket_whose_channel_has_no_name_is_kept(channel: dict[str, Any]) -> None:
    assert ticket(channel=channel).channel == ""


def test_an_empty_symptom_is_none() -> None:
    assert ticket(ticketType="").symptom is None


@pytest.mark.parametrize("value", [GONE, None])
def test_without_event_id_the_records_own_id_stands_in(value: object) -> None:
    assert ticket(eventId=value).event_id == "T00884213"


@pytest.mark.parametrize(
    "key",
    ["alarmedObjectType", "perceivedSeverity", "probableCause", "alarmType", "alarmRaisedTime"],
)
@pytest.mark.parametrize("value", [GONE, None])
def test_the_rest_of_an_alarm_may_be_missing_or_null(key: str, value: object) -> None:
    assert alarm(**{key: value}).id == "A5512"


def test_an_alarm_without_severity_is_indeterminate() -> None:
    assert alarm(perceivedSeverity=GONE).severity == "indeterminate"


def test_cancelled_works_need_only_their_id() -> None:
    changes = {f"event__maintenance__{k}": GONE for k in ("objects", "start", "end", "title")}
    found = maintenance(eventType="MaintenanceCancelEvent", **changes)
    assert (found.id, found.cancelled) == ("M17", True)


@pytest.mark.parametrize("value", [GONE, None, "AnythingEvent"])
def test_works_are_planned_whatever_their_event_is_called(value: object) -> None:
    assert maintenance(eventType=value) == maintenance()


# ------------------------------------------------------------------------------- the clocks


def test_a_ticket_that_occurs_after_its_arrival_occurred_then() -> None:
    found = ticket(creationDate="2026-11-22T09:30:00Z")
    assert found.occurred == found.arrived == ticket().arrived


def test_an_alarm_that_occurs_after_its_arrival_occurred_then() -> None:
    found = alarm(alarmRaisedTime="2027-01-01T00:00:00Z")
    assert found.occurred == found.arrived


def test_an_alarm_without_time_occurred_on_arrival() -> None:
    found = alarm(alarmRaisedTime=GONE)
    assert found.occurred == found.arrived


def test_a_clear_occurred_when_it_cleared() -> None:
    found = alarm(state="cleared", alarmClearedTime="2026-11-22T08:39:03Z")
    assert found.occurred == alarm().occurred + 1_000


@pytest.mark.parametrize(
    "time",
    ["2026-11-22T09:52:10+01:00", "2026-11-22T03:22:10-05:30", "2026-11-22T08:52:10.000Z"],
)
def test_an_offset_names_the_same_moment(time: str) -> None:
    assert ticket(creationDate=time).occurred == ticket().occurred


def test_milliseconds_are_kept() -> None:
    assert ticket(creationDate="2026-11-22T08:52:10.123Z").occurred == ticket().occurred + 123


@pytest.mark.parametrize("topic", RECORDS)
def test_each_topic_has_its_decoder(topic: str) -> None:
    decode: Callable[[bytes], Event] = DECODERS[topic]
    assert decode(json.dumps(RECORDS[topic]).encode()).event_id.startswith("e")
