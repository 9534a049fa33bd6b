"""Decisions → the contract's formats, as bytes."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from correlator.formats.times import to_rfc3339
from correlator.formats.wording import reason_text
from correlator.model import (
    CORRELATOR,
    Incident,
    IncidentChanged,
    Link,
    LinkChanged,
    Millis,
    State,
    TextApproved,
    Verdict,
)
from correlator.ports import DeadLetter, OutMessage

INCIDENTS = "gi.incidents"
LINKS = "gi.ticket-links"
TEXTS = "gi.texts"
NETWORK = "gi.network-incidents"
DEAD_LETTERS = "gi.dead-letters"

# Unless told otherwise, a topic takes records of 1,048,588 bytes.
_MOST_OF_A_VALUE = 1_000_000
_MOST_OF_A_KEY = 10_000
_ENCODER = msgspec.json.Encoder()
_EVENT_TYPES = {
    "created": "ServiceProblemCreateEvent",
    "state": "ServiceProblemStateChangeEvent",
    "attributes": "ServiceProblemAttributeValueChangeEvent",
}
_STATUS = {
    State.CANDIDATE: "submitted",
    State.PROPOSED: "pending",
    State.OPEN: "acknowledged",
    State.RESOLVED: "resolved",
    State.CLOSED: "closed",
    State.REJECTED: "rejected",
    State.MERGED: "cancelled",
}


def status(incident: Incident) -> str:
    """Return TMF656's word for where the incident stands."""
    if incident.state is State.OPEN and incident.acknowledged_by:
        return "inProgress"
    return _STATUS[incident.state]


def _version(changed: Millis, n: int) -> int:
    """Return what rises with every change of a key: its time (ms), and the how manieth it is.

    A database that has forgotten its last commits (a replica that lagged, a backup) counts once
    more from there, and readers would drop what they have from before; the time goes on.
    """
    return changed + n


def service_problem(incident: Incident, tickets: tuple[str, ...] | None) -> dict[str, Any]:
    """Return the incident as a TMF656 service problem; `tickets` None leaves the list out."""
    problem: dict[str, Any] = {
        "id": incident.id,
        "@type": "GenericIncident",
        "@baseType": "ServiceProblem",
        "version": _version(incident.changed, incident.version),
        "name": incident.names.get("fr", ""),
        "category": incident.symptom,
        "priority": incident.priority,
        "status": status(incident),
        "creationDate": to_rfc3339(incident.announced or incident.created),
        "reason": reason_text(incident.reason, "en"),
        "description": reason_text(incident.reason, "fr"),
        "rootCauseResource": _root_cause(incident),
        "affectedNumberOfServices": incident.customers,
        "underlyingAlarm": [{"id": alarm} for alarm in incident.alarms],
        "characteristic": _characteristics(incident),
        "originatorParty": {"id": CORRELATOR, "role": "originator"},
        "trackingRecord": [_tracking(incident)],
    }
    if incident.parent:
        problem["parentProblem"] = [{"id": incident.parent}]
    if incident.resolved is not None:
        problem["resolutionDate"] = to_rfc3339(incident.resolved)
    if tickets is not None:
        problem["troubleTicket"] = [{"id": ticket} for ticket in tickets]
    return problem


def _root_cause(incident: Incident) -> list[dict[str, str]]:
    if not incident.domain:
        return []
    names = incident.among or (incident.domain,)
    return [{"id": name, "@referredType": incident.domain_type} for name in names]


def _characteristics(incident: Incident) -> list[dict[str, Any]]:
    values: dict[str, Any] = {
        "state": incident.state,
        "rule": incident.rule,
        "severity": incident.severity,
        "onset": to_rfc3339(incident.onset),
        "observed": incident.observed,
        "expected": incident.expected,
        "firstCause": incident.first_domain,
        "equivalents": list(incident.equivalents),
        "healthySiblings": f"{incident.healthy}/{incident.siblings}",
        "owner": incident.owner,
        "linkedTickets": incident.linked,
        "confirmedBy": incident.confirmed_by,
        "customerText": incident.wordings,
        "procedure": incident.procedure,
        "rev": incident.rev,
        "catalog": incident.catalog,
        **_promised(incident),
    }
    return [{"name": k, "value": v} for k, v in values.items() if v not in ("", [], "0/0")]


def _promised(incident: Incident) -> dict[str, Any]:
    promise = incident.promise
    if promise is None or promise.outcome is not None:
        return {}
    return {
        "restoreTime": to_rfc3339(promise.restore.time),
        "restoreSource": promise.restore.source,
        "restoreConfidence": promise.restore.confidence,
    }


def _tracking(incident: Incident) -> dict[str, str]:
    return {
        "time": to_rfc3339(incident.changed),
        "user": incident.acknowledged_by or CORRELATOR,
        "systemId": CORRELATOR,
        "description": f"{incident.state}: {(incident.ended or incident.reason).code}",
    }


def incident_message(effect: IncidentChanged) -> OutMessage:
    """Return the record for `gi.incidents`."""
    return _event(INCIDENTS, effect, service_problem(effect.incident, None))


def network_value(incident: Incident) -> dict[str, Any]:
    """Return an incident that began as alarms alone, as the NOC reads it.

    `customersToo`: it has been announced as a generic incident as well, under the same id.
    """
    problem = service_problem(incident, None)
    problem["@type"] = "NetworkIncident"
    problem["creationDate"] = to_rfc3339(incident.created)
    problem["customersToo"] = incident.announced is not None
    return problem


def network_message(effect: IncidentChanged) -> OutMessage:
    """Return the record for `gi.network-incidents`."""
    return _event(NETWORK, effect, network_value(effect.incident))


def _event(topic: str, effect: IncidentChanged, problem: dict[str, Any]) -> OutMessage:
    """Return a change of an incident as an event of a topic."""
    incident = effect.incident
    envelope = {
        "eventId": f"{incident.id}-{_version(incident.changed, incident.version)}",
        "eventType": _EVENT_TYPES[effect.kind],
        "eventTime": to_rfc3339(incident.changed),
        "event": {"serviceProblem": problem},
    }
    return OutMessage(topic, incident.id.encode(), _ENCODER.encode(envelope))


def network_line(incident: Incident) -> bytes:
    """Return one line of `network.jsonl`."""
    return _ENCODER.encode(network_value(incident))


def link_value(link: Link) -> dict[str, Any]:
    """Return a link as the contract writes it."""
    return {
        "ticketId": link.ticket,
        "incidentId": link.incident,
        "relationshipType": "isChildOf",
        "linkState": link.state,
        "score": link.probability,
        "reason": reason_text(link.reason, "en"),
        "actor": link.actor,
        "version": _version(link.time, link.version),
        "eventTime": to_rfc3339(link.time),
    }


def link_message(effect: LinkChanged) -> OutMessage:
    """Return the record for `gi.ticket-links`."""
    link = effect.link
    key = f"{link.ticket}|{link.incident}".encode()
    return OutMessage(LINKS, key, _ENCODER.encode(link_value(link)))


def text_value(effect: TextApproved) -> dict[str, Any]:
    """Return an approved text as the contract writes it; one withdrawn says since when.

    That has a version of its own: who drops what is no higher would else go on telling the text.
    """
    incident, text = effect.incident, effect.text
    at, n = (text.at, 2 * text.n - 1) if text.withdrawn is None else (text.withdrawn, 2 * text.n)
    promise = incident.promise
    known = promise is not None and promise.n == text.promise and bool(text.promise)
    return {
        "incidentId": incident.id,
        "audience": text.wording.audience,
        "phase": text.wording.phase,
        "version": _version(at, n),
        "text": {"fr": text.wording.fr, "en": text.wording.en},
        "rootCauseResource": _root_cause(incident),
        "category": incident.symptom,
        "restoreTime": to_rfc3339(promise.restore.time) if known and promise else None,
        "approvedBy": text.by,
        "approvedAt": to_rfc3339(text.at),
        "withdrawnAt": None if text.withdrawn is None else to_rfc3339(text.withdrawn),
    }


def text_message(effect: TextApproved) -> OutMessage:
    """Return the record for `gi.texts`."""
    key = f"{effect.incident.id}|{effect.text.wording.audience}".encode()
    return OutMessage(TEXTS, key, _ENCODER.encode(text_value(effect)))


def dead_letter_message(letter: DeadLetter) -> OutMessage:
    """Return the record for `gi.dead-letters`: the original bytes, the reason in the headers.

    What Kafka would not take together with the headers is cut; the database has all of it.
    """
    record = letter.record
    headers: tuple[tuple[str, bytes], ...] = (
        ("dlq.topic", record.topic.encode()),
        ("dlq.partition", str(record.partition).encode()),
        ("dlq.offset", str(record.offset).encode()),
        ("dlq.reason", letter.reason.encode()),
        ("dlq.error", letter.error.encode()),
    )
    if len(record.value) > _MOST_OF_A_VALUE:
        digest = hashlib.sha256(record.value).hexdigest()
        headers += (("dlq.size", b"%d" % len(record.value)), ("dlq.sha256", digest.encode()))
    key = None if record.key is None else record.key[:_MOST_OF_A_KEY]
    return OutMessage(DEAD_LETTERS, key, record.value[:_MOST_OF_A_VALUE], headers)


def verdict_line(verdict: Verdict) -> bytes:
    """Return a line of `verdicts.jsonl`, without its end."""
    return _ENCODER.encode(
        {
            "ticketId": verdict.ticket,
            "verdict": verdict.answer,
            "incidentId": verdict.incident or None,
            "cause": verdict.cause or None,
            "probability": verdict.probability,
        }
    )


def incident_line(incident: Incident, tickets: tuple[str, ...]) -> bytes:
    """Return a line of `incidents.jsonl`, without its end."""
    return _ENCODER.encode(service_problem(incident, tickets))
