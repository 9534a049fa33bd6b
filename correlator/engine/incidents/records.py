"""Records handed to an incident: seed, fit of its cause, description, link."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2s
from typing import NamedTuple

import msgspec
import numpy as np

from correlator.model import DAY, LinkState, Millis, Reason, ReasonCode, Rival
from topology import Scope


class LinkRecord(msgspec.Struct, frozen=True, gc=False):
    """The link of a ticket to an incident; the engine does not change one by a person."""

    state: LinkState
    probability: float
    by_person: bool = False


class Fit(NamedTuple):
    """The fit of an incident's cause by localisation: rule, onset, call rate.

    `taus`: of its callers, ascending, at least one; `rate`: i in calls per line and τ; `unnamed`:
    the unnamed symptom that it is about, −1 for none, None for as it was.
    """

    rule: int
    onset: Millis
    onset_tau: float
    rate: float
    taus: Sequence[float]
    symptom: str
    unnamed: int | None = None


class Description(NamedTuple):
    """The description of an incident's cause, for people.

    `expected`: calls that would have been usual; `alarms`: ids of the alarms on the cause and below
    it; of its `siblings`, so many are `healthy`: without an unexplained call.
    """

    reason: Reason
    rivals: tuple[Rival, ...]
    expected: float
    alarms: tuple[str, ...]
    siblings: int
    healthy: int


class IncidentSeed(NamedTuple):
    """The seed of an incident: what it is opened with; the registry adds number and id.

    `trigger`: id of the event that made it; `calls` over `exposure` is its call rate, per line and
    τ; `tau`: when it was last called about; `confirmed_by`: the person who made it, or "";
    `noc`: the NOC is told of its alarms.
    """

    trigger: str
    rule: int
    scope: Scope
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
    noc: bool = False


def incident_id(created: Millis, event_id: str, domain: str) -> str:
    """`GI-<UTC day>-<8 hex of a hash of trigger event and domain>`."""
    day = np.datetime64(created // DAY, "D").astype(str).replace("-", "")
    digest = blake2s(f"{event_id}\n{domain}".encode(), digest_size=4).hexdigest()
    return f"GI-{day}-{digest}"


def person(verb: str, actor: str, text: str = "") -> Reason:
    """Return the reason for what a person did."""
    return Reason(ReasonCode.PERSON, {"verb": verb, "actor": actor, "text": text})
