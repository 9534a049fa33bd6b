"""Views: what localisation reads of the other packages; none changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from correlator.engine.alarms import Standing
from correlator.engine.arrays import Bools, Floats, Ints
from correlator.engine.calls import Call, CallColumns, WindowColumns
from correlator.engine.detection import Reading, UsualColumns
from correlator.engine.incidents import LiveIncident
from correlator.engine.rates import Moment
from topology import Scope

NOBODY: frozenset[int] = frozenset()
"""No incidents are left out."""


class Calls(Protocol):
    """The recent calls; see `calls.CallWindow`."""

    @property
    def latest(self) -> float:
        """τ of the latest call."""

    @property
    def nowhere(self) -> int:
        """Where callers are of whom neither customer nor place is known, beside `*`."""

    def under(self, domain: int, since: float = ..., most: int = ...) -> Ints:
        """Return the positions of the counted calls under a domain, oldest first."""

    def callers(self, domain: int, since: float) -> int:
        """Count the calls under a domain since τ, but for those that a person has assigned."""

    def columns(self, positions: Ints, without: frozenset[int] = ...) -> CallColumns:
        """Return the calls at these positions in columns."""

    def table(self, without: frozenset[int] = ...) -> WindowColumns:
        """Return all columns, for compiled loops."""

    def calls(self, positions: Ints | tuple[int, ...]) -> list[Call]:
        """Return the calls at these positions."""

    def last_of(self, customer: str) -> Call | None:
        """Return the customer's last recent call, or None."""

    def silent(self, domains: Iterable[int], since: float) -> int:
        """Count the domains without a call since τ that nothing explains."""


class Profiles(Protocol):
    """π of every rule; see `detection.SymptomProfiles`."""

    @property
    def matrix(self) -> Floats:
        """π[rule, symptom]."""

    @property
    def of_marks(self) -> Floats:
        """π[rule, mark]."""


class Usual(Protocol):
    """How many times as much a domain calls as the average line; see `detection.UsualRates`."""

    def about(self, rule: int) -> Bools:
        """Return, per symptom, whether a rule is about it: π(s) above its share of all calls."""

    def columns(self) -> UsualColumns:
        """Return all columns, for compiled loops."""

    def of(self, domain: int, rules: Sequence[int], *, controlled: bool = ...) -> list[Floats]:
        """Return, per rule, how many times as much a domain calls, shape (symptoms,)."""


class Concurrent(Protocol):
    """The concurrent ratio; see `rates.concurrent.ConcurrentRatio`."""

    @property
    def large(self) -> Bools:
        """Whether a domain has many customers, and others are left."""

    @property
    def everybody(self) -> Bools:
        """Whether a domain has (nearly) all customers."""

    def ratio(self, domain: int, symptoms: Bools) -> float:
        """Return seen ÷ expected of some symptoms together."""


class National(Protocol):
    """National rates by symptom; see `rates.symptom_rates.SymptomRates`."""

    @property
    def names(self) -> Sequence[str]:
        """The names of the symptoms by index."""

    @property
    def rates(self) -> Floats:
        """Calls per line and unit of τ, by symptom."""


class Rates(Protocol):
    """Expected rates and operational time; see `rates.Baseline`."""

    @property
    def moment(self) -> Moment:
        """The moment of the event under way."""

    @property
    def concurrent(self) -> Concurrent:
        """The concurrent ratio."""

    @property
    def national(self) -> National:
        """Names and rates of the symptoms."""

    @property
    def multiplier(self) -> Floats:
        """The multiplier of each domain, by symptom."""

    def tau(self, time: int) -> float:
        """Return the operational time at `time` in ms."""

    def knows_a_day(self) -> bool:
        """Return whether a whole day has been seen."""


class Streams(Protocol):
    """Which rules are about which domains; see `detection.streams.Streams`."""

    @property
    def other_business(self) -> frozenset[int]:
        """The rules about what is no fault of the network."""

    @property
    def rules_on(self) -> Mapping[int, list[int]]:
        """The rules about named symptoms on each domain that has any."""

    def unnamed_rules_for(self, domain: int) -> list[int]:
        """Return the rules about unnamed symptoms on this domain."""


class Levels(Protocol):
    """The burst statistic; see `detection.Detector`."""

    def read(self, domain: int, rule: int, unnamed: int) -> Reading | None:
        """Read the highest row of a rule on a domain; None where it has none."""

    def read_rows(self, rows: Sequence[int]) -> Reading:
        """Read the highest of some rows, at least one."""


class Incidents(Protocol):
    """The live incidents; see `incidents.Registry`."""

    def explaining(self, domains: tuple[int, ...]) -> list[LiveIncident]:
        """Return the incidents on one of these domains that explain calls."""

    def all_announced(self) -> list[LiveIncident]:
        """Return every announced incident that is not resolved."""

    def announced_above(self, domain: int) -> list[LiveIncident]:
        """Return the announced incidents on equipment that takes this domain along."""


class StandingAlarms(Protocol):
    """The standing alarms; see `alarms.AlarmBook`."""

    @property
    def changes(self) -> int:
        """Rises with every alarm that comes to stand, or no longer does."""

    @property
    def empty(self) -> bool:
        """Whether no alarm stands."""

    def on(self, domain: int) -> list[Standing]:
        """Return the standing alarms of a domain, in the order in which they were raised."""

    def weight(self, standing: Standing, start: float) -> float:
        """Return the alarm's weight in nats for a rule with this starting share."""


class AlarmRelations(Protocol):
    """Evidence of alarms along the network; see `alarms.AlarmHierarchy`."""

    def log_odds(self, domain: int, own: float, since: float, now: float) -> float:
        """Return the evidence, in nats, of own and children's alarms for a failure of `domain`."""

    def is_quiet(self, domain: int) -> bool:
        """Return whether no alarm stands on a domain, nor near it."""

    def out_of_sight(self, alarm: Standing) -> bool:
        """Return whether what supervision sees its equipment through alarms no later."""


class AlarmTypes(Protocol):
    """How equipment of each type alarms; see `alarms.AlarmingTypes`."""

    @property
    def changes(self) -> int:
        """Rises with everything that changes what is known."""

    def silence(self, domain: int) -> float:
        """Return the evidence, in nats, of a domain without alarm."""

    def is_passive(self, domain: int) -> bool:
        """Return whether no equipment of the domain's type has ever alarmed, while others did."""


class Prior(Protocol):
    """The alarm prior of a cause; see `alarm_prior.AlarmPrior`."""

    def weights(
        self, scope: Scope, onsets: Sequence[tuple[int, float]], without: frozenset[int] = ...
    ) -> list[float]:
        """Return the weight of the alarms, in nats, per rule and onset in τ."""


class Works(Protocol):
    """Planned maintenance; see `alarms.MaintenanceCalendar`."""

    def covers(self, domain: int, time: int) -> str:
        """Return the works under way on `domain` or on what it needs, or ""."""


class Sentences(Protocol):
    """Typical sentences of a provisional symptom; see `text.SymptomClusters`."""

    def sentences(self, name: str) -> tuple[str, ...]:
        """Return some sentences of it; none where it is not provisional."""


class Feeds(Protocol):
    """Whether tickets arrive; see `rates.FeedLiveness`."""

    @property
    def stall(self) -> int:
        """Length, in ms, of the stall whose backlog is arriving; 0 without one."""
