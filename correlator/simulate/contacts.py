"""Who contacts the hotline, when, and about what: background, outages and surges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from correlator.simulate.habits import habit_calls
from correlator.simulate.settings import HOUR, MINUTE, WorldSettings, chance
from correlator.simulate.texts import BACKGROUND, SYMPTOMS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from correlator.simulate.network import Network
    from correlator.simulate.outages import Outage, Script, Surge
    from correlator.simulate.rhythm import Rhythm

BACKGROUND_RATE: Final = 0.00085
"""Background tickets per customer and hour."""
NO_OUTAGE: Final = -1
OUTSIDE: Final = -2
_FIRST_HABIT: Final = -3
TELEVISION, TELEPHONE = 8, 16

# What callers say, per level of the failed object.
_ACCESS: Final = {"no-sync": 0.62, "no-internet": 0.22, "no-tv": 0.07, "no-phone": 0.09}
_UPSTREAM: Final = {"no-internet": 0.76, "no-tv": 0.11, "no-phone": 0.13}
_SLOW: Final = {"slow": 0.7, "no-tv": 0.18, "no-internet": 0.12}
_WIDE: Final = {"no-internet": 0.5, "slow": 0.3, "box-reboot": 0.2}
MIXES: Final = {
    "card": _ACCESS,
    "dslam": _ACCESS,
    "cable": {"no-sync": 0.72, "no-phone": 0.14, "no-internet": 0.09, "slow": 0.05},
    "pon": {"no-sync": 0.66, "no-internet": 0.24, "no-tv": 0.05, "no-phone": 0.05},
    "olt": _ACCESS,
    "agg": _UPSTREAM,
    "bng": _UPSTREAM,
    "core": _UPSTREAM,
    "SVC-MAIL": {"mail": 1.0},
    "SVC-DNS-1": {"no-internet": 0.74, "slow": 0.26},
    "SVC-DNS-2": {"no-internet": 0.74, "slow": 0.26},
    "SVC-IPTV": {"no-tv": 0.95, "slow": 0.05},
    "SVC-VOIP": {"no-phone": 0.96, "no-internet": 0.04},
    "vendor": _WIDE,
    "combination": _WIDE,
    "cpe_firmware": {"box-reboot": 0.6, "wifi": 0.16, "slow": 0.12, "no-internet": 0.12},
}


@dataclass(frozen=True, eq=False)
class Contacts:
    """Contacts in no order; one entry each."""

    created: NDArray[np.int64]
    """Occurrence, ms."""
    customer: NDArray[np.int64]
    symptom: NDArray[np.int64]
    """Index in SYMPTOMS: what it really is."""
    outage: NDArray[np.int64]
    """Index of the outage, NO_OUTAGE, OUTSIDE, or the code of a habit."""
    again: NDArray[np.bool_]
    """A further contact of the same customer about the same."""

    def __len__(self) -> int:
        return len(self.created)

    def take(self, keep: NDArray[np.int64] | NDArray[np.bool_]) -> Contacts:
        """Return some of them."""
        return Contacts(
            self.created[keep],
            self.customer[keep],
            self.symptom[keep],
            self.outage[keep],
            self.again[keep],
        )


def all_contacts(
    settings: WorldSettings, network: Network, rhythm: Rhythm, script: Script
) -> Contacts:
    """Draw every contact of a world."""
    rng = chance(settings.seed, "contacts")
    parts = [
        _background(settings, network, rhythm, rng),
        _old_copper(settings, network, rhythm, rng),
    ]
    parts += [_surge(surge, network, rhythm, rng) for surge in script.surges]
    apart = chance(settings.seed, "further-contacts")
    for place, outage in enumerate(script.outages):
        calls = outage_calls(settings, rhythm, outage, apart if outage.further else rng)
        parts.append(_as_outage(calls, place))
    first = _joined(parts)
    parts = [first, _repeats(settings, rhythm, script, first)]
    parts += [
        _as_outage(_contacts(*batches), habit_code(place))
        for place, batches in enumerate(habit_calls(settings, network))
    ]
    everything = _joined(parts)
    inside = (everything.created >= settings.start_ms) & (everything.created < settings.end_ms)
    everything = everything.take(inside)
    return _possible_symptoms(everything, network)


def habit_code(place: int) -> int:
    """Return what stands for a habit, by its place, where contacts tell their outage."""
    return _FIRST_HABIT - place


def _contacts(
    created: NDArray[np.int64], customer: NDArray[np.int64], symptom: NDArray[np.int64]
) -> Contacts:
    count = len(created)
    return Contacts(
        created, customer, symptom, np.full(count, NO_OUTAGE), np.zeros(count, dtype=np.bool_)
    )


def _as_outage(calls: Contacts, place: int) -> Contacts:
    return Contacts(
        calls.created, calls.customer, calls.symptom, np.full(len(calls), place), calls.again
    )


def _joined(parts: Sequence[Contacts]) -> Contacts:
    return Contacts(
        np.concatenate([part.created for part in parts]),
        np.concatenate([part.customer for part in parts]),
        np.concatenate([part.symptom for part in parts]),
        np.concatenate([part.outage for part in parts]),
        np.concatenate([part.again for part in parts]),
    )


def _background(
    settings: WorldSettings, network: Network, rhythm: Rhythm, rng: np.random.Generator
) -> Contacts:
    window = (settings.start_ms, settings.end_ms)
    rate = BACKGROUND_RATE * settings.contact_rate
    count = int(rng.poisson(rate * network.customers * rhythm.load(window)))
    return _contacts(
        rhythm.spread(count, window, rng),
        rng.integers(0, network.customers, count),
        rng.choice(len(SYMPTOMS), count, p=BACKGROUND),
    )


def _old_copper(
    settings: WorldSettings, network: Network, rhythm: Rhythm, rng: np.random.Generator
) -> Contacts:
    """Draw the further contacts of old copper: sync and speed, 2 to 6 times the usual."""
    window = (settings.start_ms, settings.end_ms)
    usual = BACKGROUND_RATE * settings.contact_rate * rhythm.load(window)
    told = [SYMPTOMS.index(name) for name in ("no-sync", "slow", "no-internet")]
    parts = [_contacts(*(np.zeros(0, np.int64),) * 3)]
    for dslam in network.of_type.get("dslam", ()):
        if rng.random() >= settings.old_copper_share:
            continue
        low, high = network.spans[int(dslam)]
        more = (high - low) * usual * (BACKGROUND[1] + BACKGROUND[2]) * rng.uniform(1, 5)
        count = int(rng.poisson(more))
        symptom = rng.choice(told, count, p=[0.6, 0.3, 0.1])
        parts.append(
            _contacts(rhythm.spread(count, window, rng), rng.integers(low, high, count), symptom)
        )
    return _joined(parts)


def _surge(surge: Surge, network: Network, rhythm: Rhythm, rng: np.random.Generator) -> Contacts:
    symptoms = [SYMPTOMS.index(name) for name, _ in surge.symptoms]
    shares = [share for _, share in surge.symptoms]
    # Dense at first, fading.
    begin = rhythm.active_at(np.array([surge.start, surge.end]))
    spread = begin[0] + (begin[1] - begin[0]) * rng.beta(1.3, 2.2, surge.contacts)
    calls = _contacts(
        rhythm.clock_at(spread),
        rng.integers(0, network.customers, surge.contacts),
        rng.choice(symptoms, surge.contacts, p=shares),
    )
    return _as_outage(calls, OUTSIDE)


def outage_calls(
    settings: WorldSettings, rhythm: Rhythm, outage: Outage, rng: np.random.Generator
) -> Contacts:
    """Draw the first contacts of those an outage strikes: delays in activity time."""
    share = min(1.0, outage.call_share * settings.call_rate)
    callers = outage.hits[rng.random(len(outage.hits)) < share]
    median = 1.1 if outage.slow or outage.kind in {"firmware", "value"} else 0.55
    delays = rng.lognormal(np.log(median), 0.85, len(callers))
    start = rhythm.active_at(np.array([outage.start]))
    created = rhythm.clock_at(start + delays)
    keep = (created < outage.end) | _late(created, outage.end, rng)
    mix = _SLOW if outage.slow and outage.kind == "equipment" else mix_of(outage)
    symptoms = [SYMPTOMS.index(name) for name in mix]
    told = rng.choice(symptoms, len(callers), p=list(mix.values()))
    return _contacts(created, callers, told).take(keep)


def mix_of(outage: Outage) -> dict[str, float]:
    """Return how often each symptom is told of a cause."""
    return MIXES[outage.cause if outage.level == "service" else outage.like or outage.level]


def _late(created: NDArray[np.int64], end: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Few contacts come after the recovery: a third at once, fewer by the minute."""
    after = np.maximum(created - end, 0)
    kept = rng.random(len(created)) < 0.3 * np.exp(-after / (15 * MINUTE))
    return np.asarray(kept & (after < HOUR))


def _repeats(settings: WorldSettings, rhythm: Rhythm, script: Script, first: Contacts) -> Contacts:
    """Draw the further contacts of those who already called."""
    rng = chance(settings.seed, "repeats")
    source = first.take(rng.random(len(first)) < settings.repeat_share)
    ends = np.array([outage.end for outage in script.outages] or [0])
    of_outage = source.outage >= 0
    quick = rng.lognormal(np.log(0.6), 0.7, len(source))
    slow = rng.uniform(2, 30, len(source))
    begin = rhythm.active_at(source.created)
    created = rhythm.clock_at(begin + np.where(of_outage, quick, slow))
    end = ends[np.maximum(source.outage, 0)]
    keep = ~of_outage | (created < end)
    again = np.ones(len(source), dtype=np.bool_)
    return Contacts(created, source.customer, source.symptom, source.outage, again).take(keep)


def _possible_symptoms(contacts: Contacts, network: Network) -> Contacts:
    """Nobody without television misses it: those say that the internet is gone."""
    services = network.services[contacts.customer]
    symptom = contacts.symptom.copy()
    for name, bit in (("no-tv", TELEVISION), ("no-phone", TELEPHONE)):
        lacking = (symptom == SYMPTOMS.index(name)) & ((services & bit) == 0)
        symptom[lacking] = SYMPTOMS.index("no-internet")
    return Contacts(contacts.created, contacts.customer, symptom, contacts.outage, contacts.again)
