"""What an incident waits for before it may be closed, one condition at a time."""

from __future__ import annotations

from correlator.formats.wording import Language
from correlator.model import Figures, Incident, Millis, Phase, State
from correlator.web.board import Entry
from correlator.web.views import ConditionView
from correlator.web.words import say

_MOST = 20


def conditions(entry: Entry, now: Millis, lang: Language) -> tuple[ConditionView, ...]:
    """Return the conditions in order: alarms, calls, promise, customers."""
    return (
        _alarms(entry.figures, lang),
        _calls(entry, lang),
        _promise(entry.incident, now, lang),
        _told(entry, lang),
    )


def _alarms(figures: Figures | None, lang: Language) -> ConditionView:
    standing = () if figures is None else figures.closing.alarms
    key = "closing.alarms.open" if standing else "closing.alarms.met"
    sentence = say(lang, key, n=len(standing))
    return ConditionView(say(lang, "closing.alarms"), not standing, sentence, standing[:_MOST])


def _calls(entry: Entry, lang: Language) -> ConditionView:
    name = say(lang, "closing.rate")
    figures = entry.figures
    if figures is None:
        unknown = say(lang, "closing.rate.unknown")
        return ConditionView(name, met=entry.incident.state is State.RESOLVED, sentence=unknown)
    closing = figures.closing
    if not closing.tickets_alive:
        return ConditionView(name, met=False, sentence=say(lang, "closing.rate.silent"))
    met = entry.incident.state is State.RESOLVED or closing.quiet >= closing.needed
    quiet, needed = round(closing.quiet, 1), round(closing.needed, 1)
    return ConditionView(name, met, say(lang, "closing.rate.said", quiet=quiet, needed=needed))


def _promise(incident: Incident, now: Millis, lang: Language) -> ConditionView:
    promise = incident.promise
    if promise is None:
        key, met = "closing.promise.none", True
    elif promise.outcome is not None:
        key, met = "closing.promise.met", True
    elif now > promise.restore.time:
        key, met = "closing.promise.over", False
    else:
        key, met = "closing.promise.open", False
    return ConditionView(say(lang, "closing.promise"), met, say(lang, key))


def _told(entry: Entry, lang: Language) -> ConditionView:
    met = any(text.wording.phase is Phase.RESTORED for text in entry.texts.values())
    sentence = say(lang, "closing.told.met" if met else "closing.told.open")
    return ConditionView(say(lang, "closing.told"), met, sentence)
