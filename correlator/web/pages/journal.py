"""Rows of the journal as people read them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from correlator.formats.wording import Language
from correlator.model import Change, Verb
from correlator.web.hours import clock
from correlator.web.views import ChangeView
from correlator.web.words import WORDS, say

_CODED = {"state": "state.", "code": "code."}
"""Fields whose values have words, and the beginning of their keys."""


def change_view(change: Change, lang: Language, zone: ZoneInfo) -> ChangeView:
    """Return a row with the words of its field and its values."""
    return ChangeView(
        time=change.time,
        actor=change.actor,
        field=field_name(change.field, lang),
        old=_value(change.field, change.old, lang, zone),
        new=_value(change.field, change.new, lang, zone),
        why=_word(f"code.{change.reason}", change.reason, lang),
    )


def field_name(field: str, lang: Language) -> str:
    """Return the name of a field; that of a text says for whom it is."""
    kind, _, audience = field.partition(" ")
    if kind == "text" and audience:
        return f"{say(lang, 'field.text')} · {say(lang, f'audience.{audience}')}"
    return _word(f"field.{field}", field, lang)


def _value(field: str, value: str, lang: Language, zone: ZoneInfo) -> str:
    if field in {"promise", "onset"} and value.isdigit():
        return clock(int(value), zone)
    if field == "label" and value == Verb.NOT_THIS:
        return say(lang, "verb.not-this")
    return _word(_CODED.get(field, "") + value, value, lang) if field in _CODED else value


def _word(key: str, otherwise: str, lang: Language) -> str:
    return say(lang, key) if key in WORDS else otherwise
