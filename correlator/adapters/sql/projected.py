"""What is projected for the console: from effects to table rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, assert_never

from correlator.adapters.sql import console
from correlator.adapters.sql.values import Row, json_of
from correlator.model import (
    AlarmKept,
    AlarmState,
    ApprovedText,
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

    from sqlalchemy import Table

    from correlator.ports import FeedStatus

Projected: TypeAlias = (
    Promised
    | TextApproved
    | ExternalMoved
    | CustomerTold
    | FiguresChanged
    | RateCounted
    | NeighboursSeen
)
"""Effects that have rows in the tables of `console`."""


def projected_row(effect: Projected) -> tuple[Table, Row]:  # noqa: PLR0911 -- one for each kind
    """Return the row that an effect asks for, with its table."""
    match effect:
        case Promised():
            return console.promises, _promise(effect)
        case TextApproved():
            return console.texts, _text(effect.incident.id, effect.text)
        case ExternalMoved():
            return console.externals, _external(effect)
        case CustomerTold():
            return console.told, _told(effect)
        case FiguresChanged():
            figures = effect.figures
            body = json_of(figures)
            row = {"incident": figures.incident, "time": figures.time, "body": body}
            return console.figures, row
        case RateCounted():
            count = effect.count
            row = {name: getattr(count, name) for name in count.__struct_fields__}
            return console.rates, {**row, "expected": float(count.expected)}
        case NeighboursSeen():
            near = effect.neighbourhood
            row = {"incident": near.incident, "time": near.time, "body": json_of(near)}
            return console.neighbourhoods, row
        case _:
            assert_never(effect)


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


def _text(incident: str, text: ApprovedText) -> Row:
    return {
        "incident": incident,
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


def alarm_span(kept: AlarmKept) -> Row:
    """Return the row of an alarm's life from its raise, so far."""
    alarm = kept.alarm
    return {
        "alarm": alarm.id,
        "raised": kept.raised,
        "managed_object": alarm.managed_object,
        "cause": kept.cause,
        "severity": kept.severity,
        "cleared": alarm.occurred if alarm.state is AlarmState.CLEARED else None,
    }


# ---------------------------------------------------------------------------- what has changed


def change_rows(effects: Iterable[Effect], at: Millis) -> list[Row]:
    """Return a row for each thing that these effects changed, the last state of each.

    A link is told by its incident, which counts it. What stays as it was in all that a list shows
    (the calls of a minute, the network around a cause) is read again by whoever looks at it, with
    the figures of its incident.
    """
    found: dict[tuple[str, str], Row] = {}
    for effect in effects:
        row = _change(effect)
        if row is not None:
            found.pop((row["kind"], row["id"]), None)
            found[row["kind"], row["id"]] = {**row, "at": at}
    return list(found.values())


def _change(effect: Effect) -> Row | None:
    match effect:
        case IncidentChanged():
            incident = effect.incident
            band = band_of(incident).value
            return _row("incident", incident.id, incident.rev, incident.version, band)
        case FiguresChanged():
            return _row("figures", effect.figures.incident)
        case TextApproved():
            return _row("text", effect.incident.id)
        case MaintenanceKept():
            return _row("works", effect.maintenance.id)
        case Journaled(change) if change.field == "note":
            return _row("note", change.subject_id)
        case _:
            return None


def _row(kind: str, subject: str, rev: int = 0, version: int = 0, band: str = "") -> Row:
    return {"kind": kind, "id": subject, "rev": rev, "version": version, "band": band}


def feed_rows(feeds: Iterable[FeedStatus]) -> list[Row]:
    """Return a row for each partition, and one for the engine."""
    return [{name: getattr(feed, name) for name in feed.__struct_fields__} for feed in feeds]
