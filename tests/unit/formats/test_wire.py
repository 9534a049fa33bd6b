"""Decisions in the contract's formats."""

import hashlib
import json
from typing import Any

import msgspec
import pytest

from correlator.formats.times import to_rfc3339
from correlator.formats.wire import (
    dead_letter_message,
    incident_line,
    incident_message,
    link_message,
    network_line,
    network_message,
    network_value,
    service_problem,
    status,
    text_value,
    verdict_line,
)
from correlator.model import (
    Answer,
    ApprovedText,
    Audience,
    Incident,
    IncidentChanged,
    Link,
    LinkChanged,
    LinkState,
    Phase,
    Reason,
    ReasonCode,
    State,
    TextApproved,
    Verdict,
    Wording,
)
from correlator.ports import DeadLetter, Record

RAISED = 1_795_337_851_000  # 2026-11-22T08:57:31Z
ONSET = 1_795_336_742_000
BURST = Reason(
    ReasonCode.BURST,
    {"customers": 5, "minutes": 18, "expected": 0.04, "silent": 407, "alarms": 0},
)
INCIDENT = Incident(
    id="GI-20261122-7f3a91c2",
    version=3,
    rule="access-node",
    state=State.OPEN,
    symptom="no-sync",
    domain="DSL-00042",
    domain_type="dslam",
    first_domain="DSL-00042",
    created=RAISED - 60_000,
    onset=ONSET,
    changed=RAISED + 60_000,
    reason=BURST,
    announced=RAISED,
    priority=3,
    customers=412,
    linked=1,
    observed=5,
    expected=0.04,
    alarms=("A5512",),
    names={"fr": "Perte de synchro — DSL-00042", "en": "No sync — DSL-00042"},
)
KEYS = {
    "id", "@type", "@baseType", "version", "name", "category", "priority", "status",
    "creationDate", "reason", "description", "rootCauseResource", "affectedNumberOfServices",
    "troubleTicket", "underlyingAlarm", "characteristic", "originatorParty", "trackingRecord",
}  # fmt: skip
"""Of the contract's example."""


def but(**changes: Any) -> Incident:
    return msgspec.structs.replace(INCIDENT, **changes)


def characteristics(incident: Incident) -> dict[str, Any]:
    found = service_problem(incident, None)["characteristic"]
    return {one["name"]: one["value"] for one in found}


def test_a_generic_incident_has_the_contracts_keys() -> None:
    assert set(service_problem(INCIDENT, ("T00884213",))) == KEYS


def test_a_generic_incident_says_what_the_contract_says() -> None:
    found = service_problem(INCIDENT, ("T00884213",))
    expected = {
        "id": "GI-20261122-7f3a91c2",
        "@type": "GenericIncident",
        "@baseType": "ServiceProblem",
        "version": INCIDENT.changed + 3,
        "name": "Perte de synchro — DSL-00042",
        "category": "no-sync",
        "priority": 3,
        "status": "acknowledged",
        "creationDate": "2026-11-22T08:57:31Z",
        "rootCauseResource": [{"id": "DSL-00042", "@referredType": "dslam"}],
        "affectedNumberOfServices": 412,
        "troubleTicket": [{"id": "T00884213"}],
        "underlyingAlarm": [{"id": "A5512"}],
        "originatorParty": {"id": "correlator", "role": "originator"},
    }
    assert {key: found[key] for key in expected} == expected
    assert found["reason"].startswith("burst: 5 customers in 18 min, 0.04 expected")


def test_onset_and_expected_are_characteristics() -> None:
    found = characteristics(INCIDENT)
    assert found["onset"] == "2026-11-22T08:39:02Z"
    assert found["expected"] == 0.04


def test_the_creation_date_is_when_it_was_announced() -> None:
    assert service_problem(but(announced=RAISED + 5), None)["creationDate"] == (
        "2026-11-22T08:57:31.005Z"
    )


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (State.PROPOSED, "pending"),
        (State.OPEN, "acknowledged"),
        (State.RESOLVED, "resolved"),
        (State.CLOSED, "closed"),
        (State.REJECTED, "rejected"),
        (State.MERGED, "cancelled"),
    ],
)
def test_states_in_tmf656s_words(state: State, word: str) -> None:
    assert status(but(state=state)) == word


def test_an_open_incident_that_a_person_owns_is_in_progress() -> None:
    assert status(but(acknowledged_by="anna")) == "inProgress"


@pytest.mark.parametrize("state", sorted(set(State) - {State.OPEN}))
def test_an_owner_changes_no_other_status(state: State) -> None:
    assert status(but(state=state, acknowledged_by="anna")) == status(but(state=state))


def test_a_cause_outside_the_network_is_an_empty_list() -> None:
    outside = but(domain="", domain_type="*", first_domain="")
    assert service_problem(outside, None)["rootCauseResource"] == []


def test_a_merged_incident_names_the_one_that_stays() -> None:
    found = service_problem(but(state=State.MERGED, parent="GI-1"), None)
    assert found["status"] == "cancelled"
    assert found["parentProblem"] == [{"id": "GI-1"}]
    assert "parentProblem" not in service_problem(INCIDENT, None)


def test_a_resolved_incident_says_when() -> None:
    found = service_problem(but(state=State.RESOLVED, resolved=RAISED + 3_600_000), None)
    assert found["resolutionDate"] == "2026-11-22T09:57:31Z"


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("created", "ServiceProblemCreateEvent"),
        ("state", "ServiceProblemStateChangeEvent"),
        ("attributes", "ServiceProblemAttributeValueChangeEvent"),
    ],
)
def test_incidents_are_published_under_their_id_without_their_tickets(kind: str, name: str) -> None:
    message = incident_message(IncidentChanged(INCIDENT, kind))
    envelope = json.loads(message.value or b"")
    assert (message.topic, message.key) == ("gi.incidents", b"GI-20261122-7f3a91c2")
    assert envelope["eventType"] == name
    assert envelope["eventTime"] == to_rfc3339(INCIDENT.changed)
    assert set(envelope["event"]["serviceProblem"]) == KEYS - {"troubleTicket"}


ALARMS = Reason(
    ReasonCode.ALARMS_TOGETHER,
    {"alarms": 5, "equipment": 3, "standing": 4, "lines": 412, "calls_an_hour": 8.2},
)
TOGETHER = msgspec.structs.replace(
    INCIDENT, state=State.CANDIDATE, announced=None, linked=0, observed=0, reason=ALARMS, noc=True
)


def test_an_incident_of_the_network_has_the_keys_of_an_incident_and_one_more() -> None:
    found = network_value(TOGETHER)
    assert set(found) == (KEYS - {"troubleTicket"}) | {"customersToo"}
    assert (found["@type"], found["status"]) == ("NetworkIncident", "submitted")
    assert found["reason"] == "5 alarm(s), 4 standing, on 3 equipments of 412 lines"
    assert found["underlyingAlarm"] == [{"id": "A5512"}]


@pytest.mark.parametrize(("announced", "too"), [(None, False), (RAISED, True)])
def test_the_noc_is_told_whether_customers_count_too(announced: int | None, *, too: bool) -> None:
    one = msgspec.structs.replace(TOGETHER, announced=announced)
    assert network_value(one)["customersToo"] is too


def test_an_incident_of_the_network_is_published_under_its_id_on_a_topic_of_its_own() -> None:
    message = network_message(IncidentChanged(TOGETHER, "created"))
    envelope = json.loads(message.value or b"")
    assert (message.topic, message.key) == ("gi.network-incidents", b"GI-20261122-7f3a91c2")
    assert envelope["eventType"] == "ServiceProblemCreateEvent"
    assert envelope["eventTime"] == to_rfc3339(TOGETHER.changed)
    assert envelope["event"]["serviceProblem"] == json.loads(network_line(TOGETHER))


def test_each_version_is_an_event_of_its_own() -> None:
    ids = {
        json.loads(incident_message(IncidentChanged(but(version=v), "state")).value or b"")[
            "eventId"
        ]
        for v in range(1, 5)
    }
    assert len(ids) == 4


def test_a_link_is_published_under_ticket_and_incident() -> None:
    reason = Reason(ReasonCode.EXPLAINED, {"probability": 0.93})
    link = Link("T1", "GI-1", LinkState.LINKED, 0.93, reason, 7, RAISED)
    message = link_message(LinkChanged(link))
    assert (message.topic, message.key) == ("gi.ticket-links", b"T1|GI-1")
    assert json.loads(message.value or b"") == {
        "ticketId": "T1",
        "incidentId": "GI-1",
        "relationshipType": "isChildOf",
        "linkState": "linked",
        "score": 0.93,
        "reason": "explained by the incident with probability 93%",
        "actor": "correlator",
        "version": RAISED + 7,
        "eventTime": "2026-11-22T08:57:31Z",
    }


def test_a_dead_letter_carries_the_original_bytes_and_the_reason() -> None:
    record = Record("gi.tickets", 2, 41, b"key", b"\xff{", 0)
    message = dead_letter_message(DeadLetter(record, "not-json", "no é JSON", 0))
    assert (message.topic, message.key, message.value) == ("gi.dead-letters", b"key", b"\xff{")
    assert dict(message.headers) == {
        "dlq.topic": b"gi.tickets",
        "dlq.partition": b"2",
        "dlq.offset": b"41",
        "dlq.reason": b"not-json",
        "dlq.error": "no é JSON".encode(),
    }


def test_a_dead_letter_that_kafka_would_not_take_is_cut_and_says_so() -> None:
    value = b"x" * 1_000_001
    message = dead_letter_message(
        DeadLetter(Record("gi.tickets", 2, 41, b"k" * 1_000_000, value, 0), "not-json", "x", 0)
    )
    assert message.value == value[:-1]
    assert message.key == b"k" * 10_000
    headers = dict(message.headers)
    assert headers["dlq.size"] == b"1000001"
    assert headers["dlq.sha256"].decode() == hashlib.sha256(value).hexdigest()


def test_a_text_that_is_withdrawn_has_a_higher_version_and_its_successor_a_higher_one() -> None:
    """Who drops what is no higher version would else go on telling it."""
    wording = Wording(Audience.SMS, Phase.DETECTED, "une panne", "an outage")
    first, second = (ApprovedText(n, wording, "zoé", RAISED) for n in (1, 2))
    gone = msgspec.structs.replace(first, withdrawn=RAISED)
    texts = (TextApproved(INCIDENT, text) for text in (first, gone, second))
    versions = [text_value(text)["version"] for text in texts]
    assert versions == sorted(set(versions))


def test_a_version_is_higher_than_those_that_a_database_has_forgotten() -> None:
    forgotten, since = but(version=9), but(version=4, changed=INCIDENT.changed + 1_000)
    versions = [service_problem(incident, None)["version"] for incident in (forgotten, since)]
    assert versions == sorted(set(versions))


def test_a_verdict_line_has_the_contracts_keys() -> None:
    reason = Reason(ReasonCode.EXPLAINED)
    verdict = Verdict("T1", RAISED, Answer.YES, reason, "GI-1", "DSL-1", 0.9)
    assert json.loads(verdict_line(verdict)) == {
        "ticketId": "T1",
        "verdict": "yes",
        "incidentId": "GI-1",
        "cause": "DSL-1",
        "probability": 0.9,
    }


def test_a_verdict_without_incident_says_null() -> None:
    line = json.loads(
        verdict_line(Verdict("T1", RAISED, Answer.NO, Reason(ReasonCode.NO_INCIDENT)))
    )
    assert (line["incidentId"], line["cause"]) == (None, None)


def test_an_incident_line_holds_the_linked_tickets_on_one_line() -> None:
    line = incident_line(INCIDENT, ("T1", "T2"))
    assert b"\n" not in line
    assert json.loads(line)["troubleTicket"] == [{"id": "T1"}, {"id": "T2"}]


def test_text_is_written_as_utf_8() -> None:
    assert "Perte de synchro — DSL-00042".encode() in incident_line(INCIDENT, ())


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.001Z"),
        (RAISED, "2026-11-22T08:57:31Z"),
    ],
)
def test_times_are_rfc_3339_in_utc(time: int, text: str) -> None:
    assert to_rfc3339(time) == text
