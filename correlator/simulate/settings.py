"""What a made-up operator looks like: its size, its troubles, and how badly its feeds behave."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
import numpy as np

HOUR = 3_600_000
"""Milliseconds in an hour."""
MINUTE = 60_000
"""Milliseconds in a minute."""
DAY = 24 * HOUR
"""Milliseconds in a day."""
TEXTS = ("plain", "fresh")
NEEDS = {
    "wide_per_week": "vendor_share",
    "ring_cuts_per_week": "rings",
    "ring_single_cuts_per_week": "rings",
    "power_cuts_per_week": "power",
}
"""Settings that mean nothing without another one."""


class SettingsError(ValueError):
    """A setting is out of its range; the message names every such setting."""


class WorldSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that decides a simulated world; the same settings give the same bytes.

    Names that end in ``_share`` are fractions 0…1, in ``_per_week`` mean counts per week.
    The defaults are the plain world.
    """

    seed: int = 1
    customers: int = 20_000
    """1,000 … 100,000,000."""
    days: int = 4
    start: str = "2026-03-02T00:00:00Z"
    """First instant of the world, RFC 3339."""
    zone: str = "Europe/Paris"
    """Where the hotline lives: its opening hours are local."""
    contact_rate: float = 1.0
    """Multiplier of background tickets; 1 = 0.00085 tickets per customer and hour."""
    call_rate: float = 1.0
    """Multiplier of the share of struck customers who call."""
    outages_per_day: float | None = None
    """Unplanned outages a day; None = 4 at 20k customers, 6 at 120k, growing slowly with size."""
    alarm_noise: float = 1.0
    """Multiplier of alarms that mean nothing."""

    fibre_share: float = 0.2
    """Customers on OLT and PON; the others are on copper."""
    redundant_share: float = 0.0
    """Aggregation switches and BNGs with a second uplink, which masks a failure of the first."""
    wrong_rows_share: float = 0.0
    """Customers whose inventory row names another card and cable than the real ones."""
    missing_rows_share: float = 0.0
    """Customers without an inventory row."""

    silent_share: float = 0.3
    """Outages without an alarm; half of those of platforms and firmware are always silent."""
    slow_share: float = 0.1
    """Outages that degrade instead of cutting: part of the lines, 1-3 % call."""
    nested_share: float = 0.0
    """Outages that get a second, narrower one inside."""
    twice_share: float = 0.0
    """Outages whose domain fails again some hours later."""
    storms_per_week: float = 0.0
    """Windows of hours with dozens of separate faults in one region."""
    surges_per_week: float = 0.0
    """Surges of tickets whose cause is outside the network."""
    days_between_works: float = 3.0
    """Mean days between planned works; 0 = none."""
    overrun_share: float = 0.0
    """Planned works that last longer than announced."""
    cancelled_works_share: float = 0.0
    """Planned works announced, then cancelled."""

    wrong_symptom_share: float = 0.02
    missing_symptom_share: float = 0.10
    untyped: bool = False
    """No ticket at all has a ticketType."""
    vague_texts_share: float = 0.04
    """Texts that only say that nothing works."""
    anonymous_share: float = 0.02
    """Tickets without a customer."""
    repeat_share: float = 0.05
    """Tickets followed by another one of the same customer."""
    change_share: float = 0.04
    """Tickets with a later status or attribute change event."""
    contact_shift_hours: float = 0.0
    """Hours by which the weekly profile of contacts is moved (positive = later)."""
    old_copper_share: float = 0.0
    """DSLAMs whose lines are old and call 2 to 6 times as often for sync and speed."""
    growth_per_week: float = 0.0
    """Relative growth of background contacts a week."""

    stalls_per_week: float = 0.0
    """Times the ticket feed stops for 20-120 minutes and then empties at once."""
    mail_import: bool = False
    """E-mails of the night are imported at 8 in the morning."""
    alarm_gaps_per_week: float = 0.0
    """Times the alarm feed stops for 10-60 minutes and then arrives in bulk."""
    wrong_clock_share: float = 0.0
    """Equipments whose alarm times are wrong by minutes to hours."""
    unknown_objects_share: float = 0.0
    """Alarms of objects the inventory does not know, relative to all noise."""
    flapping: float = 1.0
    """Multiplier of flapping episodes."""
    lost_sight_per_week: float = 0.0
    """Times supervision loses sight of a healthy branch: a shower of alarms, no customer hit."""

    vendor_share: float = 0.0
    """Customers with the value V0 of a further column `vendor`, the others V1…V4; 0 = no column."""
    wide_per_week: float = 0.0
    """Outages of all customers with `vendor=V0`; needs `vendor_share`."""
    combinations_per_week: float = 0.0
    """Outages of a combination of two or three values, such as `cpe_model=NB6&offer=premium`."""
    placed_share: float = 0.0
    """Tickets without a customer that name the caller's DSLAM or OLT as `place`."""
    habit_places: int = 0
    """DSLAMs and OLTs that bring a batch of tickets each weekday at an hour of their own."""
    rings: int = 0
    """Rings of 4-8 aggregation switches on links between core routers, instead of uplinks."""
    ring_cuts_per_week: float = 0.0
    """Outages in which two links of a ring are cut at once; needs `rings`."""
    ring_single_cuts_per_week: float = 0.0
    """Single links of a ring cut: alarms on both sides, no customer hit; needs `rings`."""
    power: bool = False
    """Each site has a UPS that feeds its equipment and is supervised through it."""
    power_cuts_per_week: float = 0.0
    """Outages after a UPS has lost the mains and emptied its battery; needs `power`."""
    management_losses_per_week: float = 0.0
    """Times the path of supervision to one site is lost: alarms, no customer hit."""
    quiet_outages_per_week: float = 0.0
    """Outages of equipment with the usual alarms about which nobody calls."""
    texts: str = "plain"
    """What tickets say: `plain`, or `fresh` for sentences that no example has."""

    def __post_init__(self) -> None:
        problems = [*_number_problems(self), *_time_problems(self), *_missing_needs(self)]
        if problems:
            raise SettingsError("; ".join(problems))

    @classmethod
    def plain(cls, seed: int = 1, customers: int = 20_000, days: int = 4) -> WorldSettings:
        """Return a world whose feeds behave."""
        return cls(seed=seed, customers=customers, days=days)

    @classmethod
    def hard(cls, seed: int = 1, customers: int = 20_000, days: int = 4) -> WorldSettings:
        """Return a world with every real-feed trouble at a realistic share."""
        return cls(
            seed=seed,
            customers=customers,
            days=days,
            redundant_share=0.3,
            wrong_rows_share=0.03,
            missing_rows_share=0.03,
            slow_share=0.2,
            nested_share=0.05,
            twice_share=0.06,
            storms_per_week=0.5,
            surges_per_week=1.5,
            overrun_share=0.3,
            cancelled_works_share=0.15,
            wrong_symptom_share=0.11,
            missing_symptom_share=0.2,
            vague_texts_share=0.15,
            anonymous_share=0.08,
            repeat_share=0.15,
            change_share=0.08,
            old_copper_share=0.1,
            growth_per_week=0.03,
            stalls_per_week=1.5,
            mail_import=True,
            alarm_gaps_per_week=1.5,
            wrong_clock_share=0.02,
            unknown_objects_share=0.03,
            flapping=2.0,
            lost_sight_per_week=1.5,
            alarm_noise=1.5,
        )

    @property
    def start_ms(self) -> int:
        """First instant, milliseconds UTC."""
        return to_ms(self.start)

    @property
    def end_ms(self) -> int:
        """First instant after the world, milliseconds UTC."""
        return self.start_ms + self.days * DAY

    @property
    def weeks(self) -> float:
        """Length in weeks."""
        return self.days / 7

    @property
    def daily_outages(self) -> float:
        """Mean unplanned outages a day."""
        if self.outages_per_day is not None:
            return self.outages_per_day
        # 4 a day at 20k customers and 6 at 120k: exponent ln 1.5 / ln 6
        return 4.0 * float((self.customers / 20_000) ** 0.226)


def _number_problems(settings: WorldSettings) -> list[str]:
    problems = []
    if not 1_000 <= settings.customers <= 100_000_000:
        problems.append(f"customers: {settings.customers} is not in 1,000 … 100,000,000")
    if settings.days < 1:
        problems.append(f"days: {settings.days} is less than 1")
    if settings.seed < 0:
        problems.append(f"seed: {settings.seed} is negative")
    counts = {"habit_places": settings.habit_places, "rings": settings.rings}
    problems += [f"{name}: {count} is negative" for name, count in counts.items() if count < 0]
    for name in settings.__struct_fields__:
        value = getattr(settings, name)
        if name.endswith("_share") and not 0 <= value <= 1:
            problems.append(f"{name}: {value} is not in 0 … 1")
        elif isinstance(value, float) and value < 0 and name != "contact_shift_hours":
            problems.append(f"{name}: {value} is negative")
    return problems


def _time_problems(settings: WorldSettings) -> list[str]:
    problems = []
    try:
        moment = datetime.fromisoformat(settings.start)
    except ValueError:
        problems.append(f"start: {settings.start!r} is not an RFC 3339 time")
    else:
        if moment.tzinfo is None:
            problems.append(f"start: {settings.start!r} has no offset")
    try:
        ZoneInfo(settings.zone)
    except (ZoneInfoNotFoundError, ValueError):
        problems.append(f"zone: {settings.zone!r} is not a time zone")
    return problems


def _missing_needs(settings: WorldSettings) -> list[str]:
    """Return what is asked for without what it happens to."""
    problems = [
        f"{name}: needs {needed}"
        for name, needed in NEEDS.items()
        if getattr(settings, name) and not getattr(settings, needed)
    ]
    if settings.texts not in TEXTS:
        problems.append(f"texts: {settings.texts!r} is none of {', '.join(TEXTS)}")
    return problems


def to_ms(text: str) -> int:
    """Milliseconds UTC of an RFC 3339 time."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def to_text(ms: int) -> str:
    """RFC 3339 of integer milliseconds UTC, with milliseconds and Z."""
    whole, rest = divmod(int(ms), 1000)
    day, second = divmod(whole, 86_400)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    return f"{_day_text(day)}T{clock}.{rest:03d}Z"


def _day_text(day: int) -> str:
    return (datetime(1970, 1, 1) + timedelta(days=day)).strftime("%Y-%m-%d")  # noqa: DTZ001 - a date


def chance(seed: int, room: str) -> np.random.Generator:
    """Return the random stream of one room, independent of what the other rooms draw."""
    return np.random.default_rng([seed, zlib.crc32(room.encode())])
