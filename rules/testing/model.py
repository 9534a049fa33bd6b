"""A rule's test: a small network, what happens there, and what must come of it.

Everything is frozen. Moments are milliseconds after the test's `start`.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from rules.findings import Finding
from rules.model import OUTSIDE, Millis
from rules.testing.events import Moment


class _Frozen(msgspec.Struct, frozen=True):
    """Base of the frozen types."""


class Place(_Frozen, frozen=True):
    """Where something is written, counted from 1."""

    file: str
    line: int
    column: int

    def finding(self, message: str) -> Finding:
        """Return an error at this place."""
        return Finding(self.file, self.line, self.column, message)


# ------------------------------------------------------------------------------- the network


class Dependency(_Frozen, frozen=True):
    """`id` fails when `on` fails; rows of one `group` are alternatives."""

    id: str
    on: str
    group: str = ""


class Customer(_Frozen, frozen=True):
    """A customer, what the service needs, and the attributes."""

    id: str
    on: tuple[str, ...]
    attributes: dict[str, str]


class World(_Frozen, frozen=True):
    """The network of a test: `equipment` gives the type of each id."""

    equipment: dict[str, str]
    dependencies: tuple[Dependency, ...]
    customers: tuple[Customer, ...]

    def domains(self) -> frozenset[str]:
        """Return everything that may be named as a cause: equipment and `column=value`."""
        pairs = {f"{k}={v}" for one in self.customers for k, v in one.attributes.items()}
        return frozenset(pairs | self.equipment.keys())

    def below(self, domain: str) -> tuple[Customer, ...]:
        """Return the customers whose service touches a domain, redundant or not; `*`: everyone."""
        if domain == OUTSIDE:
            return self.customers
        if domain not in self.equipment:
            column, _, value = domain.partition("=")
            return tuple(one for one in self.customers if one.attributes.get(column) == value)
        touched = self._above_which(domain)
        return tuple(one for one in self.customers if touched.intersection(one.on))

    def _above_which(self, domain: str) -> set[str]:
        """Return the domain and everything that depends on it, directly or not."""
        children: dict[str, list[str]] = {}
        for one in self.dependencies:
            children.setdefault(one.on, []).append(one.id)
        found, waiting = {domain}, [domain]
        while waiting:
            new = set(children.get(waiting.pop(), ())) - found
            found |= new
            waiting += sorted(new)
        return found


class Background(_Frozen, frozen=True):
    """Ordinary calls: contacts per customer and opening hour, by symptom, over `history` ms."""

    history: Millis
    rates: dict[str, float]


# ------------------------------------------------------------------------- what must come of it


class Announced(_Frozen, frozen=True):
    """An incident on this cause is announced; what is None may be anything."""

    place: Place
    cause: str
    rule: str | None = None
    state: str | None = None
    by: Millis | None = None
    first_cause: str | None = None
    linked_at_least: int | None = None
    symptom: str | None = None
    priority: int | None = None
    raises: str | None = None


class NotAnnounced(_Frozen, frozen=True):
    """No incident is announced at all, or none on this domain, or none of this rule."""

    place: Place
    domain: str | None = None
    rule: str | None = None


class Suppressed(_Frozen, frozen=True):
    """Something was kept back, for this reason."""

    place: Place
    code: str
    domain: str | None = None
    rule: str | None = None


class Resolved(_Frozen, frozen=True):
    """The incident on this cause is over."""

    place: Place
    cause: str
    by: Millis | None = None


class External(_Frozen, frozen=True):
    """An incident outside the network is announced."""

    place: Place


Expectation: TypeAlias = Announced | NotAnnounced | Suppressed | Resolved | External


class RuleTest(_Frozen, frozen=True):
    """One test. `start` is in ms UTC, `utc_offset` in ms; `rule` is empty for a quiet day."""

    name: str
    place: Place
    start: Millis
    utc_offset: Millis
    world: World
    moments: tuple[Moment, ...]
    expect: tuple[Expectation, ...]
    until: Millis
    rule: str = ""
    background: Background | None = None

    def clock(self, moment: Millis) -> str:
        """Write a moment (ms UTC) as the test's local time."""
        minutes = (moment + self.utc_offset) // 60_000
        return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"
