"""What the API says beside incidents themselves: around them, of rules, of feeds; see `models`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

import msgspec

from correlator.model import Audience, Band, Phase, PromiseOutcome, Relation
from correlator.web.api.models import Model, Time, one_of

_Relation: TypeAlias = Annotated[str, one_of(Relation)]
_Audience: TypeAlias = Annotated[str, one_of(Audience)]
_Phase: TypeAlias = Annotated[str, one_of(Phase)]
_Outcome: TypeAlias = Annotated[str, one_of(PromiseOutcome)]
_Band: TypeAlias = Annotated[str, one_of(Band, "")]
_Bytes: TypeAlias = Annotated[str, msgspec.Meta(extra_json_schema={"contentEncoding": "base64"})]

# ------------------------------------------------------------------------- around an incident


class Neighbour(Model, frozen=True):
    """A domain near the cause: callers since the onset, and as many as usual.

    `alarms`: how many stand on it; `works`: the id of the works under way there.
    """

    domain: str
    type: str
    relation: _Relation
    lines: int
    observed: int
    expected: float
    alarms: int
    works: str | None


class Neighbours(Model, frozen=True):
    """The domains around a cause, the worst first, and how many healthy ones are not listed."""

    listed: ClassVar[str] = "neighbours"
    at: Time
    neighbours: list[Neighbour]
    healthy_children: int
    healthy_siblings: int


class Line(Model, frozen=True):
    """A customer under a cause. `equipment`: the nearest that fails with it; `region` or site."""

    customer: str
    equipment: str | None
    region: str | None


class Impact(Model, frozen=True):
    """Customers under a cause, in the order of the inventory. `inventory`: its version."""

    listed: ClassVar[str] = "lines"
    lines: list[Line]
    inventory: str
    after: str | None


class Text(Model, frozen=True):
    """What somebody approved to be said. `promise`: the number of the one that it names."""

    n: int
    audience: _Audience
    phase: _Phase
    fr: str
    en: str | None
    by: str
    at: Time
    promise: int | None
    withdrawn: Time | None


class Texts(Model, frozen=True):
    """The texts of an incident, the latest first."""

    listed: ClassVar[str] = "texts"
    texts: list[Text]


class PromiseMade(Model, frozen=True):
    """A restore time that was given. `outcome`: null while it holds."""

    n: int
    restore_time: Time
    source: str | None
    confidence: str | None
    by: str
    at: Time
    outcome: _Outcome | None
    overdue: bool


class Promises(Model, frozen=True):
    """The restore times of an incident, the latest first."""

    listed: ClassVar[str] = "promises"
    promises: list[PromiseMade]


class Callback(Model, frozen=True):
    """A customer who was told a restore time that holds no longer; null for who may not see them.

    `restoreTime`: what they were told.
    """

    incident_id: str
    customer: str | None
    ticket: str | None
    channel: str | None
    promise: int
    restore_time: Time
    by: str
    at: Time


class Callbacks(Model, frozen=True):
    """Whom to call back, in the order in which they were told."""

    listed: ClassVar[str] = "callbacks"
    callbacks: list[Callback]
    after: str | None


# ------------------------------------------------------------------------------------- rules


class RuleSaid(Model, frozen=True):
    """A rule, and what came of it in 28 days.

    `share`: its part of the false alerts allowed, 0…1. `precision`: confirmed ÷ judged, with half
    its 90 % interval; null where there is too little. `leadMinutes`: median, from announcement to
    the first alarm on the cause. `nearest`: value ÷ threshold of what came nearest.
    """

    id: str
    family: str
    raises: Literal["open", "proposed"]
    share: float
    announced: int
    confirmed: int
    rejected: int
    false: int
    precision: float | None
    margin: float | None
    lead_minutes: float | None
    nearest: float | None
    nearest_at: Time | None
    tests: int


class Rules(Model, frozen=True):
    """The rules in force. `version`: of the catalog."""

    listed: ClassVar[str] = "rules"
    version: str
    rules: list[RuleSaid]


class RuleWhole(Model, frozen=True):
    """A rule as it is written. `line`: where it begins in its file."""

    id: str
    family: str
    raises: Literal["open", "proposed"]
    share: float
    title: dict[str, str]
    domains: list[str]
    symptoms: list[str]
    file: str | None
    line: int | None
    source: str | None
    version: str


class RuleVersion(Model, frozen=True):
    """What a rule was worth under a version of the catalog. `codes`: rejections by reason."""

    version: str
    since: Time | None
    why: str | None
    announced: int
    confirmed: int
    rejected: int
    codes: dict[str, int]
    precision: float | None
    margin: float | None


class RuleDay(Model, frozen=True):
    """What a rule announced on a day of the operator, and what became of it since."""

    day: Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
    announced: int
    confirmed: int
    rejected: int
    codes: dict[str, int]


class Miss(Model, frozen=True):
    """A candidate that was not announced: its level beside the threshold."""

    at: Time
    domain: str
    value: float
    threshold: float


class RuleQuality(Model, frozen=True):
    """What a rule is worth: by version, the latest first; by day, the latest 28; nearest misses.

    `notThis`: how often people said in 28 days that one of its incidents is not why somebody calls.
    """

    id: str
    versions: list[RuleVersion]
    days: list[RuleDay]
    misses: list[Miss]
    not_this: int


# ------------------------------------------------------------------------------------- feeds


class DeadLetter(Model, frozen=True):
    """A record that could not be used, and where it stood.

    `error`, `key` and `value` (base64) may hold customers: null for who may not see them. The bytes
    are those of one letter; a list is without.
    """

    seq: int
    topic: str
    partition: int
    offset: int
    reason: str
    at: Time
    replayed: Time | None
    size: int
    error: str | None
    key: _Bytes | None = None
    value: _Bytes | None = None


class DeadLetters(Model, frozen=True):
    """Records that could not be used, the latest first."""

    listed: ClassVar[str] = "letters"
    letters: list[DeadLetter]
    after: str | None


class ChangeSeen(Model, frozen=True):
    """That something changed: what a stream hints. `band`: its place in the queue, of incidents."""

    seq: int
    kind: str
    id: str
    rev: int
    version: int
    band: _Band
    at: Time


class Changes(Model, frozen=True):
    """What changed, in the order of the commits. `seq`: what to ask with next time.

    `more`: there is more already. `gone`: some of it is no longer kept, so read all anew.
    """

    listed: ClassVar[str] = "changes"
    changes: list[ChangeSeen]
    seq: int
    more: bool
    gone: bool


class Event(Model, frozen=True):
    """An event of the stream. `id`: up to which change all has been told; `data`: JSON.

    `hello` and `beat`: how everything stands; `hints`: `h` holds [kind, id, rev, version, band] of
    what changed; `bye`: why it ends.
    """

    event: Literal["hello", "hints", "beat", "bye"]
    data: str
    id: str = ""
