"""One evening's incident, and what is published about it: the examples of the description."""

from __future__ import annotations

from typing import Final

from correlator.formats.decode import TICKETS
from correlator.formats.wire import (
    dead_letter_message,
    incident_message,
    link_message,
    network_message,
    text_message,
)
from correlator.model import (
    MINUTE,
    ApprovedText,
    Audience,
    Incident,
    IncidentChanged,
    Link,
    LinkChanged,
    LinkState,
    Millis,
    Phase,
    Promise,
    Reason,
    ReasonCode,
    Restore,
    State,
    TextApproved,
    Wording,
)
from correlator.ports import DeadLetter, OutMessage, Record

_RAISED: Final[Millis] = 1_795_337_851_000  # 2026-11-22T08:57:31Z
_ALARMED: Final = ("A5512", "A5513")
_BURST: Final = Reason(
    ReasonCode.BURST_WITH_ALARM, {"customers": 5, "minutes": 18, "expected": 0.04, "alarms": 2}
)
_TOGETHER: Final = Reason(
    ReasonCode.ALARMS_TOGETHER, {"alarms": 2, "standing": 2, "equipment": 2, "lines": 412}
)
_INCIDENT: Final = Incident(
    id="GI-20261122-7f3a91c2",
    version=3,
    rule="access-node",
    state=State.OPEN,
    symptom="no-sync",
    domain="DSL-00042",
    domain_type="dslam",
    first_domain="DSL-00042",
    created=_RAISED,
    onset=1_795_336_742_000,  # 2026-11-22T08:39:02Z
    changed=_RAISED,
    reason=_BURST,
    announced=_RAISED,
    priority=3,
    severity="major",
    customers=412,
    linked=5,
    observed=5,
    expected=0.04,
    alarms=_ALARMED,
    healthy=8,
    siblings=9,
    owner="réseau nord",
    names={"fr": "Perte de synchronisation — DSL-00042, NRA00042", "en": "No sync — DSL-00042"},
    wordings={"fr": "Une panne touche votre ligne.", "en": "A failure affects your line."},
    rev=2,
    promise=Promise(
        n=1, restore=Restore(1_795_374_900_000, "NOC", "firm"), by="m.durand", at=_RAISED
    ),
)
_LINK: Final = Link(
    ticket="T00884213",
    incident=_INCIDENT.id,
    state=LinkState.LINKED,
    probability=0.99,
    reason=Reason(ReasonCode.EXPLAINED, {"probability": 0.99}),
    version=12,
    time=_RAISED,
)
_TEXT: Final = ApprovedText(
    n=3,
    wording=Wording(
        Audience.SMS,
        Phase.TIMED,
        "Une panne de notre réseau touche votre secteur. Retour prévu vers 20:15.",
        "A failure of our network affects your area. Service is expected back around 20:15.",
    ),
    by="m.durand",
    at=_RAISED + 7 * MINUTE,
    promise=1,
)


def published() -> tuple[OutMessage, ...]:
    """Return a message for each topic that goes out."""
    return (
        incident_message(IncidentChanged(_INCIDENT, "created")),
        network_message(IncidentChanged(_told_to_the_noc(), "created")),
        link_message(LinkChanged(_LINK)),
        text_message(TextApproved(_INCIDENT, _TEXT)),
        dead_letter_message(_letter()),
    )


def _told_to_the_noc() -> Incident:
    """Return an incident of which nobody has called yet."""
    return Incident(
        id="GI-20261122-52c0de17",
        version=1,
        rule="access-node",
        state=State.CANDIDATE,
        symptom="no-internet",
        domain="DSL-00042",
        domain_type="dslam",
        first_domain="DSL-00042",
        created=_RAISED,
        onset=_RAISED - MINUTE,
        changed=_RAISED,
        reason=_TOGETHER,
        customers=412,
        alarms=_ALARMED,
        names={"fr": "Plus d'internet — DSL-00042", "en": "No internet — DSL-00042"},
        noc=True,
    )


def _letter() -> DeadLetter:
    """Return a ticket that has no id, as a dead letter."""
    value = b'{"eventTime": "2026-11-22T08:52:14Z", "event": {"troubleTicket": {}}}'
    record = Record(TICKETS.topic, 0, 4711, b"T00884213", value, _RAISED)
    why = "Object missing required field `id` - at `$.event.troubleTicket`"
    return DeadLetter(record, "invalid", why, _RAISED)
