"""A rule, as the engine reads it. Frozen; durations are integer milliseconds.

A rule is about some *symptoms* on some kinds of *failure domain*. What each key means to the person
who tunes it is in `docs/rules.md`; here are units and ranges.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Literal, TypeAlias

import msgspec

Millis: TypeAlias = int
Level: TypeAlias = Literal["high", "medium", "low"]

OUTSIDE = "*"
"""The domain type of the world outside the network: every customer at once, no equipment."""

ANY_TYPE = "any"
"""Stands for every domain type except `OUTSIDE`."""

UNLISTED_TYPES = "unlisted"
"""Stands for every domain type that no rule of the catalog names, except `OUTSIDE`."""

UNNAMED_SYMPTOMS = "unnamed"
"""Stands for every symptom that the catalog's `symptoms.yaml` does not name, each on its own."""

# ITIL's matrix: row impact, column urgency, both high → low; 1 is the most pressing.
_PRIORITY: dict[Level, dict[Level, int]] = {
    "high": {"high": 1, "medium": 2, "low": 3},
    "medium": {"high": 2, "medium": 3, "low": 4},
    "low": {"high": 3, "medium": 4, "low": 5},
}
_REMEMBERED = 1 << 12  # causes of alarms whose names are known
_SEVERITY: dict[Level, str] = {"high": "critical", "medium": "major", "low": "minor"}


class _Frozen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of the frozen types."""


class Text(_Frozen, frozen=True):
    """A template in both languages; variables in braces, see `rules.templates`."""

    fr: str
    en: str


class Symptom(_Frozen, frozen=True):
    """A kind of trouble that has a name: the value of a ticket's `ticketType`.

    `examples` are sentences customers or agents write; the text classifier starts from them, and
    from the catalog's sentences.
    `fault` is false for what no network failure causes (a question about a bill).
    """

    id: str
    name: Text
    fault: bool = True
    examples: tuple[str, ...] = ()


class Language(_Frozen, frozen=True):
    """The words of the hotline; see `rules/catalog/language.txt`, and `rules.terms` for terms.

    `short`: abbreviations, spelt out; `fillers`: words that change nothing; then terms: of trouble,
    of its opposite (`fine`), where another thought begins (`breaks`), of `other` business, of what
    only looks like a term (`ignore`). `vague` sentences and `small` words say nothing of what is
    wrong. `says`, `about`: terms by symptom.
    """

    short: dict[str, str] = {}
    fillers: tuple[str, ...] = ()
    trouble: tuple[str, ...] = ()
    fine: tuple[str, ...] = ()
    breaks: tuple[str, ...] = ()
    other: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    vague: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    says: dict[str, tuple[str, ...]] = {}
    about: dict[str, tuple[str, ...]] = {}


class Sentence(_Frozen, frozen=True):
    """What somebody wrote, the symptoms it says, and those that it may be taken for besides.

    `symptoms` is empty where it says nothing of what is wrong, or `other`: nothing of the catalog.
    """

    text: str
    symptoms: tuple[str, ...]
    also: tuple[str, ...] = ()


class AlarmWeight(_Frozen, frozen=True):
    """Alarms that count as evidence, and how often customers follow them at first.

    `causes` are probable causes, or patterns (`*`, `?`) of what supervision calls them (empty:
    any); `severities` are perceived severities (empty: any).
    `follows`, in 0…1, is the starting share of such alarms after which customers call; the engine
    learns the real share from there.
    """

    follows: float
    causes: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()


class Predict(_Frozen, frozen=True):
    """When an alarm without any ticket is shown as a predicted incident.

    The alarm has stood for `after` ms on a domain with at least `customers` customers. `raises`:
    who is told of several that have one cause, `nobody` or the `noc`.
    """

    customers: int
    after: Millis
    raises: Literal["nobody", "noc"] = "nobody"


class Impact(_Frozen, frozen=True):
    """Customers below the cause from which the impact is medium or high."""

    medium: int
    high: int


class Linking(_Frozen, frozen=True):
    """Probabilities, in 0…1, from which a ticket is linked or only suggested."""

    linked: float
    suggested: float


class Resolving(_Frozen, frozen=True):
    """When an incident is over.

    `quiet`: ms of hotline activity without an explained ticket; `alarms_cleared`: ms that the
    cause's alarms must have been clear; `close_after`: ms from resolved to closed.
    """

    quiet: Millis
    alarms_cleared: Millis
    close_after: Millis


FEWEST_CALLERS = 2


class Rule(_Frozen, frozen=True):
    """One correlation rule.

    `symptoms` gives relative weights (any positive unit); `other_symptoms`, in 0…1, is the share of
    a failure's tickets that come under any other symptom. `dial_share`, in 0…1, is this rule's part
    of the operator's false incidents a week; the shares of a catalog sum to one. `only`: patterns
    (`*`, `?`, `[…]`) of the names of the domains it is about, of those types; empty: all of them;
    `unlisted` alone: those whose name no pattern of the catalog matches.
    `cause_gain` is the evidence in nats that a cause must bring to be named, `callers` how many
    customers must have called about it, unless the method itself asks for more.
    """

    id: str
    family: str
    domains: tuple[str, ...]
    symptoms: dict[str, float] | Literal["unnamed"]
    dial_share: float
    raises: Literal["open", "proposed"]
    title: Text
    customer: Text
    procedure: str
    urgency: Level
    impact: Impact
    link: Linking
    resolve: Resolving
    only: tuple[str, ...] = ()
    predict: Predict | None = None
    alarms: tuple[AlarmWeight, ...] = ()
    alarm_fade: Millis = 30 * 60_000
    other_symptoms: float = 0.1
    cause_gain: float = 3.0
    callers: int = FEWEST_CALLERS

    def impact_of(self, customers: int) -> Level:
        """Rate the impact of a cause with this many customers below it."""
        if customers >= self.impact.high:
            return "high"
        return "medium" if customers >= self.impact.medium else "low"

    def priority_of(self, customers: int) -> int:
        """Return 1 (most pressing) to 5: impact × urgency."""
        return _PRIORITY[self.impact_of(customers)][self.urgency]

    def severity_of(self, customers: int) -> str:
        """Return critical, major or minor."""
        return _SEVERITY[self.impact_of(customers)]

    def alarm_follows(self, cause: str, severity: str) -> float:
        """Return the starting share of such alarms that customers follow; 0: does not count."""
        for weight in self.alarms:
            if weight.causes and not _is_one_of(cause, weight.causes):
                continue
            if weight.severities and severity not in weight.severities:
                continue
            return weight.follows
        return 0.0


class Catalog(_Frozen, frozen=True):
    """All rules and symptoms that are in force together. `version` is a hash of their content."""

    version: str
    rules: tuple[Rule, ...]
    symptoms: tuple[Symptom, ...]
    language: Language = Language()
    sentences: tuple[Sentence, ...] = ()

    def rule(self, rule_id: str) -> Rule:
        """Return one rule; raises KeyError."""
        for rule in self.rules:
            if rule.id == rule_id:
                return rule
        raise KeyError(rule_id)


@lru_cache(_REMEMBERED)
def _is_one_of(cause: str, patterns: tuple[str, ...]) -> bool:
    """Return whether one of the patterns matches a cause; capital letters are as small ones."""
    small = cause.casefold()
    return any(fnmatchcase(small, pattern.casefold()) for pattern in patterns)
