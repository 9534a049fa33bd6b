"""Migration: turns the state in a snapshot of an older version into one of the next.

Version 6 kept the whole engine under one key, by the private names of its attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

State: TypeAlias = dict[str, Any]

_HOURS_A_WEEK = 7 * 24


def _of_version_6(state: State) -> State:
    parts = state["parts"]
    return {
        "versions": state["versions"],
        "names": state["names"],
        "rules": state["rules"],
        "last_tick": state["last_tick"],
        "rates": _rates(parts["baseline"], [parts["now"], parts["tau"]]),
        "feeds": _feeds(parts["feeds"]),
        "detector": {
            "streams": {
                "rows": parts["watches"]["dynamic"],
                "symptoms": parts["watches"]["symptoms"],
                "provisional": parts["watches"]["provisional"],
            },
            "burst": {name.strip("_"): kept for name, kept in parts["burst"].items()},
            "cooldowns": {"resting": parts["resting"], "paused": parts["paused"]},
            "profiles": {"matrix": parts["watches"]["profile"]},
            "learned": parts["learned"],
        },
        "calls": _calls(parts["recent"], _assigned(parts["incidents"])),
        "known": state["tickets"],
        "incidents": _incidents(parts["incidents"]),
        "ledger": {"made": parts["links_made"]},
        "alarms": _alarms(parts["alarms"]),
        "works": parts["works"],
        "classifier": parts["classifier"],
        "clusters": parts["clusters"],
        "actions": state["acts"],
    }


def _rates(before: State, moment: list[Any]) -> State:
    elsewhere = before["elsewhere"]
    return {
        "moment": moment,
        "day": before["_day"],
        "domain_tickets": before["_domain_tickets"],
        "multiplier": before["multiplier"],
        "symptoms": {
            "names": before["symptoms"],
            "tickets": before["_tickets"],
            "hours": before["_symptom_hours"],
            "rates": before["rates"],
            "upper": before["upper_rates"],
            "ratio": before["_ratio"],
        },
        "week": {
            "tickets": before["_hour_tickets"],
            "exposure": before["_hour_exposure"],
            "squares": before["_hour_squares"],
            "profile": before["_profile"],
        },
        "level": {
            "value": before["_level"],
            "seen": before["_level_seen"],
            "expected": before["_level_expected"],
        },
        "time": {"slot": before["_slot"], "taus": before["_taus"]},
        "concurrent": {
            "seen": elsewhere["seen"],
            "expected": elsewhere["expected"],
            "hours": elsewhere["forecast"],
        },
    }


def _assigned(incidents: State) -> dict[str, int]:
    """Return the incident that a person has linked each ticket to, one that is not over first."""
    return {
        ticket: live["number"]
        for live in (*incidents["closed"], *incidents["live"])
        for ticket, tie in live["ties"].items()
        if tie["by_person"] and tie["state"] == "linked"
    }


def _calls(before: State, assigned: dict[str, int]) -> State:
    """Return the calls; it was not kept which of them had been retracted.

    Those that something explains had been, or had hardly counted.
    """
    calls = []
    for seen in before["seen"]:
        call = dict(seen)
        call["attributions"] = call.pop("parts")
        call["retracted"] = bool(call["attributions"])
        call["assigned"] = assigned.get(call["ticket"], 0)
        calls.append(call)
    kept = {name: before[name] for name in ("first", "oldest", "came", "positions", "by_customer")}
    return {**kept, "calls": calls}


def _incidents(before: State) -> State:
    return {
        "live": [_renamed(live) for live in before["live"]],
        "closed": [_renamed(live) for live in before["closed"]],
        "published": before["told"],
        "numbers": before["numbers"],
        "next": before["next"],
    }


def _renamed(live: State) -> State:
    renamed = dict(live)
    renamed["links"] = renamed.pop("ties")
    return renamed


def _feeds(before: State) -> State:
    renamed = dict(before)
    renamed["stall"] = renamed.pop("gap")
    return renamed


def _alarms(before: State) -> State:
    return {
        "standing": before["standing"],
        "heard": before["heard"],
        "expected": before["expected"],
        "outcomes": {
            "trials": before["trials"],
            "booked": before["booked"],
            "counts": before["outcomes"],
        },
        "types": {
            "rates": before["rates"],
            "own": before["own"],
            "heard": before["heard_in_all"],
        },
    }


def _of_version_7(state: State) -> State:
    """Calls were about one symptom. Its profiles are not read: the catalog has other words now."""
    calls = [{**call, "mark": call["symptom"]} for call in state["calls"]["calls"]]
    return {**state, "calls": {**state["calls"], "calls": calls}}


def _of_version_8(state: State) -> State:
    """A cause was one failure domain, every caller was known, and no hour was a habit.

    The classifier learned from typed tickets alone.
    """
    read = state["classifier"]
    rows = {name: [(*row, 1.0) for row in read[name]] for name in ("kept", "waiting")}
    rates = state["rates"]
    rates = {
        "habits": {"hour": ((), ()), "high": ()},
        **rates,
        "concurrent": {"placed": (0.0, 0.0), **rates["concurrent"]},
        "week": {"unheard": np.zeros(_HOURS_A_WEEK), "heard": 0.0, **rates["week"]},
    }
    before = state["incidents"]
    incidents = {
        **before,
        "live": [_scoped(live) for live in before["live"]],
        "closed": [_scoped(live) for live in before["closed"]],
    }
    changed = {"rates": rates, "incidents": incidents, "classifier": {"begun": "", **read, **rows}}
    return {"ticked": True, **state, **changed}


def _scoped(live: State) -> State:
    scoped = dict(live)
    scoped["scope"] = [scoped.pop("domain"), [], []]
    scoped["first_scope"] = [scoped.pop("first_domain"), [], []]
    return scoped


def _of_version_9(state: State) -> State:
    """It was not kept which ticket a text that was learned from came in."""
    read = state["classifier"]
    rows = {name: [(*row, "") for row in read[name]] for name in ("kept", "waiting")}
    return {**state, "classifier": {**read, **rows}}


MIGRATIONS: dict[int, Callable[[State], State]] = {
    6: _of_version_6, 7: _of_version_7, 8: _of_version_8, 9: _of_version_9,
}  # fmt: skip
"""By version: what makes a state of it one of the next version."""
