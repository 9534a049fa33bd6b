"""What is projected for the console: from effects to table rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Table

from correlator.adapters.sql import console
from correlator.adapters.sql.values import Row, Values, json_of
from correlator.model import (
    AlarmKept,
    AlarmState,
    CustomerTold,
    Effect,
    ExternalMoved,
    FiguresChanged,
    IncidentChanged,
    Journaled,
    MaintenanceKept,
    Millis,
    NeighboursSeen,
    Promised,
    RateCounted,
    TextApproved,
    band_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from correlator.ports import FeedStatus

# ---------------------------------------------------------------------------- effects → rows


def _promise(effect: Promised) -> Row:
    promise = effect.promise
    return {
        "incident": effect.incident,
        "n": promise.n,
        "restore": promise.restore.time,
        "source": promise.restore.source,
        "confidence": promise.restore.confidence,
        "by": promise.by,
        "at": promise.at,
        "outcome": "" if promise.outcome is None else promise.outcome.value,
    }


def _text(effect: TextApproved) -> Row:
    text = effect.text
    return {
        "incident": effect.incident.id,
        "n": text.n,
        "audience": text.wording.audience.value,
        "phase": text.wording.phase.value,
        "fr": text.wording.fr,
        "en": text.wording.en,
        "by": text.by,
        "at": text.at,
        "promise": text.promise,
        "withdrawn": text.withdrawn,
    }


def _external(effect: ExternalMoved) -> Row:
    external = effect.external
    return {
        "incident": effect.incident,
        "n": effect.n,
        "owner": external.owner,
        "number": external.number,
        "state": external.state.value,
        "by": effect.by,
        "at": effect.at,
    }


def _told(effect: CustomerTold) -> Row:
    told = effect.told
    return {
        "incident": effect.incident,
        "customer": told.customer,
        "ticket": told.ticket,
        "channel": told.channel,
        "promise": told.promise,
        "by": effect.by,
        "at": effect.at,
    }


def _figures(effect: FiguresChanged) -> Row:
    figures = effect.figures
    return {"incident": figures.incident, "time": figures.time, "body": json_of(figures)}


def _rate(effect: RateCounted) -> Row:
    count = effect.count
    row = {name: getattr(count, name) for name in count.__struct_fields__}
    return {**row, "expected": float(count.expected)}


def _neighbours(effect: NeighboursSeen) -> Row:
    near = effect.neighbourhood
    return {"incident": near.incident, "time": near.time, "body": json_of(near)}


PROJECTED: Final[Mapping[type[Effect], tuple[Table, Callable[[Any], Row]]]] = MappingProxyType(
    {
        Promised: (console.promises, _promise),
        TextApproved: (console.texts, _text),
        ExternalMoved: (console.externals, _external),
        CustomerTold: (console.told, _told),
        FiguresChanged: (console.figures, _figures),
        RateCounted: (console.rates, _rate),
        NeighboursSeen: (console.neighbourhoods, _neighbours),
    }
)
"""Effects that have rows in the tables of `console`: which, and what makes them."""


def alarm_span(kept: AlarmKept) -> Values:
    """Return the row of an alarm's life from its raise, so far."""
    alarm = kept.alarm
    cleared = alarm.occurred if alarm.state is AlarmState.CLEARED else None
    return alarm.id, kept.raised, alarm.managed_object, kept.cause, kept.severity, cleared


# ---------------------------------------------------------------------------- what has changed


def change_rows(effects: Iterable[Effect], at: Millis) -> list[Row]:
    """Return a row for each thing that these effects changed, the last state of each.

    A link is told by its incident, which counts it. What stays as it was in all that a list shows
    (the calls of a minute, the network around a cause) is read again by whoever looks at it, with
    the figures of its incident.
    """
    found: dict[tuple[str, str], Row] = {}
    for effect in effects:
        changed = _CHANGED.get(type(effect))
        row = changed and changed(effect)
        if row:
            found.pop((row["kind"], row["id"]), None)
            found[row["kind"], row["id"]] = {**row, "at": at}
    return list(found.values())


def _incident(effect: IncidentChanged) -> Row:
    incident = effect.incident
    band = band_of(incident).value
    return _row("incident", incident.id, incident.rev, incident.version, band)


def _note(effect: Journaled) -> Row | None:
    change = effect.change
    return _row("note", change.subject_id) if change.field == "note" else None


_CHANGED: Final[Mapping[type[Effect], Callable[[Any], Row | None]]] = MappingProxyType(
    {
        IncidentChanged: _incident,
        FiguresChanged: lambda effect: _row("figures", effect.figures.incident),
        TextApproved: lambda effect: _row("text", effect.incident.id),
        MaintenanceKept: lambda effect: _row("works", effect.maintenance.id),
        Journaled: _note,
    }
)


def _row(kind: str, subject: str, rev: int = 0, version: int = 0, band: str = "") -> Row:
    return {"kind": kind, "id": subject, "rev": rev, "version": version, "band": band}


def feed_rows(feeds: Iterable[FeedStatus]) -> list[Row]:
    """Return a row for each partition, and one for the engine."""
    return [{name: getattr(feed, name) for name in feed.__struct_fields__} for feed in feeds]
