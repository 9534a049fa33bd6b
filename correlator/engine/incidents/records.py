"""What is handed to an incident: what it begins with, a fit of its cause, its words, a link."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2s
from typing import NamedTuple

import msgspec
import numpy as np

from correlator.model import DAY, LinkState, Millis, Reason, ReasonCode, Rival


class LinkRecord(msgspec.Struct, frozen=True, gc=False):
    """How a ticket is linked to an incident; what a person said is not changed by the engine."""

    state: LinkState
    probability: float
    by_person: bool = False


class Fit(NamedTuple):
    """What localisation found for an incident's cause: the rule, the onset, the call rate.

    `taus`: of its callers, ascending, at least one; `rate`: i in calls per line and τ; `unnamed`:
    the symptom nobody has named that it is about, −1 for none, None for as it was.
    """

    rule: int
    onset: Millis
    onset_tau: float
    rate: float
    taus: Sequence[float]
    symptom: str
    unnamed: int | None = None


class Description(NamedTuple):
    """What is told of an incident's cause.

    `expected`: calls that would have been usual; `alarms`: ids of the alarms on the cause and below
    it; of its `siblings`, so many are `healthy`: nobody has called there.
    """

    reason: Reason
    rivals: tuple[Rival, ...]
    expected: float
    alarms: tuple[str, ...]
    siblings: int
    healthy: int


class IncidentSeed(NamedTuple):
    """What an incident begins with; the registry gives it number, id and name.

    `trigger`: id of the event that made it; `calls` over `exposure` is its call rate, per line and
    τ; `tau`: when it was last called about; `confirmed_by`: the person who made it, or "".
    """

    trigger: str
    rule: int
    domain: int
    symptom: str
    unnamed: int
    onset: Millis
    onset_tau: float
    reason: Reason
    calls: float
    exposure: float
    tau: float
    gap: float = 0.0
    alarms: tuple[str, ...] = ()
    owner: str = ""
    equivalents: tuple[str, ...] = ()
    confirmed_by: str = ""


def incident_id(created: Millis, event_id: str, domain: str) -> str:
    """`GI-<UTC day>-<8 hex of a hash of trigger event and domain>`."""
    day = np.datetime64(created // DAY, "D").astype(str).replace("-", "")
    digest = blake2s(f"{event_id}\n{domain}".encode(), digest_size=4).hexdigest()
    return f"GI-{day}-{digest}"


def person(verb: str, actor: str, text: str = "") -> Reason:
    """Return the reason of what a person did."""
    return Reason(ReasonCode.PERSON, {"verb": verb, "actor": actor, "text": text})
