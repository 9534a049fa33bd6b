"""The settings of the engine as a whole."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec


class EngineSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The dial and the local time.

    `false_incidents_per_week` is the number of false incidents a week, over all rules, that the
    operator accepts. `timezone` is the local time of the hotline. The four switches are
    for ablations only: each takes one kind of evidence away.
    """

    false_incidents_per_week: float = 2.0
    timezone: str = "Europe/Paris"
    use_alarms: bool = True
    use_explaining_away: bool = True
    use_learned_rates: bool = True
    use_text: bool = True

    def __post_init__(self) -> None:
        """Reject invalid values."""
        if not self.false_incidents_per_week > 0:
            raise ValueError("false_incidents_per_week must be above 0")
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"timezone: no such zone: {self.timezone!r}") from error
