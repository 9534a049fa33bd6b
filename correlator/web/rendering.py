"""Pages and fragments: Jinja2 templates, compiled once.

Each language has an environment of its own, so that filters and `t` know theirs without being
told; times are set in the operator's zone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import partial
from types import CodeType
from typing import Any, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.bccache import Bucket
from jinja2.runtime import Context
from markupsafe import Markup

from correlator.formats.times import to_rfc3339
from correlator.formats.wording import NBSP, Language, number, percent, signed
from correlator.model import DAY, HOUR, MINUTE, Millis
from correlator.web import svg
from correlator.web.hours import local
from correlator.web.keys import KEYS
from correlator.web.statics import Statics
from correlator.web.texts import changed, sms_parts
from correlator.web.views import Frame, RowView
from correlator.web.words import browser_words, language, say

SECOND = 1_000
_LANGUAGES: tuple[Language, ...] = ("fr", "en")
_DAYS = {
    "fr": {-1: "hier", 1: "demain"},
    "en": {-1: "yesterday", 1: "tomorrow"},
}
_MONTHS = {
    "fr": "janv.,févr.,mars,avr.,mai,juin,juill.,août,sept.,oct.,nov.,déc.",
    "en": "Jan,Feb,Mar,Apr,May,Jun,Jul,Aug,Sep,Oct,Nov,Dec",
}


_AGE = Markup("<!age>")  # which no text from outside can hold: there it is escaped
_PAUSE = 0.01  # seconds between two templates that are compiled ahead
_IN_TURN = 20  # rows that are drawn before whoever else asks gets a turn


class _Drawn(NamedTuple):
    """A row as it was drawn, before and after its age; times depend on which day it is."""

    row: RowView
    day: date
    before: str
    after: str


class _Code(BytecodeCache):
    """What templates are compiled to, once for all languages: only what they call is another."""

    def __init__(self) -> None:
        self._known: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what is known."""
        bucket.code = self._known.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        if bucket.code is not None:
            self._known[bucket.key] = bucket.code


class Templates:
    """All templates, ready to be filled with views."""

    def __init__(self, zone: str, statics: Statics | None = None) -> None:
        self.statics = statics or Statics()
        code = _Code()
        self._environments = {
            lang: _environment(lang, zone, self.statics, code) for lang in _LANGUAGES
        }
        self._zone = ZoneInfo(zone)
        self._drawn: dict[Language, dict[str, _Drawn]] = {lang: {} for lang in _LANGUAGES}
        for made in self._environments.values():
            made.globals["drawn"] = self.row

    def render(self, name: str, frame: Frame, **views: Any) -> str:
        """Return a page or a fragment in the language of the frame."""
        template = self._environments[language(frame.lang)].get_template(name)
        return template.render(frame=frame, **views)

    async def compile_ahead(self) -> None:
        """Compile all templates, so that nobody's first page does; others go first."""
        for made in self._environments.values():
            for name in made.list_templates():
                made.get_template(name)
                await asyncio.sleep(_PAUSE)

    def row(self, frame: Frame, row: RowView) -> Markup:
        """Return a row of the queue: the same for everybody, so drawn once; its age is new."""
        drawn = self._known(frame, row) or self._draw(frame, row)
        age = ago(frame.now - row.since, language(frame.lang))
        return Markup(drawn.before + age + drawn.after)  # noqa: S704 - a template's, and a time

    async def draw_ahead(self, frame: Frame, rows: Iterable[RowView]) -> None:
        """Draw rows that a page will show; others get a turn between new ones."""
        drawn = 0
        for row in rows:
            if self._known(frame, row) is None:
                self._draw(frame, row)
                drawn += 1
                if drawn % _IN_TURN == 0:
                    await asyncio.sleep(0)

    def forget_rows(self, ids: Iterable[str]) -> None:
        """Forget how the rows of these incidents were drawn."""
        for one in ids:
            for drawn in self._drawn.values():
                drawn.pop(one, None)

    def _known(self, frame: Frame, row: RowView) -> _Drawn | None:
        drawn = self._drawn[language(frame.lang)].get(row.id)
        if drawn is None or drawn.day != local(frame.now, self._zone).date():
            return None
        return drawn if drawn.row is row or drawn.row == row else None

    def _draw(self, frame: Frame, row: RowView) -> _Drawn:
        html = self.render("parts/row.html", frame, row=row, age=_AGE)
        before, _, after = html.partition(_AGE)
        drawn = _Drawn(row, local(frame.now, self._zone).date(), before, after)
        self._drawn[language(frame.lang)][row.id] = drawn
        return drawn


def _environment(lang: Language, zone: str, statics: Statics, code: _Code) -> Environment:
    """Return the templates of one language; `code`: that of all of them."""
    made = Environment(
        loader=PackageLoader("correlator.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        optimized=False,  # which works filters out beforehand: those of the other language
        bytecode_cache=code,
    )
    made.filters |= _filters(lang, ZoneInfo(zone))
    made.globals |= {
        "t": partial(say, lang),
        "zone": zone,
        "static": statics.url,
        "icon": icon,
        "within": within,
        "without": without,
        "key_list": KEYS.__getitem__,
        "js_words": Markup(_data_block(browser_words(lang))),  # noqa: S704 - escaped there
    }
    made.globals |= {name: _drawn(name, lang, zone) for name in svg.__all__}
    return made


def _drawn(name: str, lang: Language, zone: str) -> Callable[[Any], Markup]:
    """Return a picture's function for one language and zone; `svg` escapes what it is given."""
    draw = getattr(svg, name)
    return lambda view: Markup(draw(view, lang, zone))  # noqa: S704


def _filters(lang: Language, zone: ZoneInfo) -> dict[str, Callable[..., Any]]:
    """Return the filters of one language."""

    @pass_context
    def moment_of(context: Context, time: Millis) -> str:
        return moment(time, context["frame"].now, zone, lang)

    return {
        "clock": lambda time: local(time, zone).strftime("%H:%M"),
        "seconds": lambda time: local(time, zone).strftime("%H:%M:%S"),
        "moment": moment_of,
        "stamp": to_rfc3339,
        "ago": lambda span: ago(span, lang),
        "num": lambda value: number(value, lang),
        "short": lambda value: short(value, lang),
        "signed": lambda value: signed(value, lang),
        "pct": lambda share: percent(share, lang),
        "changed": changed,
        "sms": sms_parts,
    }


def icon(name: str) -> Markup:
    """Return a symbol of `parts/icons.html`; the word beside it says the same."""
    return Markup('<svg class="i {0}" aria-hidden=true><use href="#i-{0}"/></svg>').format(name)


def within(filters: Mapping[str, str], name: str, value: str) -> str:
    """Return the address of the queue with one filter more."""
    return "/?" + urlencode({**filters, name: value})


def without(filters: Mapping[str, str], name: str) -> str:
    """Return the address of the queue with one filter less."""
    left = {key: value for key, value in filters.items() if key != name}
    return "/?" + urlencode(left) if left else "/"


def moment(time: Millis, now: Millis, zone: ZoneInfo, lang: Language) -> str:
    """Return `18:36`, with `hier`, `demain` or the day before it where that is not today."""
    at, today = local(time, zone), local(now, zone).date()
    clock = at.strftime("%H:%M")
    days = (at.date() - today) // timedelta(days=1)
    if days == 0:
        return clock
    month = _MONTHS[lang].split(",")[at.month - 1]
    day = _DAYS[lang].get(days) or f"{at.day}{NBSP}{month}"
    return f"{day}{NBSP}{clock}"


def ago(span: Millis, lang: Language) -> str:
    """Return how long: `12 s`, `4 min`, `1 h 05`, `3 j`. What is not yet counts as no time."""
    span = max(span, 0)
    if span < MINUTE:
        return f"{span // SECOND}{NBSP}s"
    if span < HOUR:
        return f"{span // MINUTE}{NBSP}min"
    if span < 2 * DAY:
        return f"{span // HOUR}{NBSP}h{NBSP}{span % HOUR // MINUTE:02d}"
    return f"{span // DAY}{NBSP}{'j' if lang == 'fr' else 'd'}"


def short(value: float, lang: Language) -> str:
    """Return a number to be read at a glance: two digits that count, whole ones from ten."""
    return number(round(value) if abs(value) >= 10 else float(f"{value:.2g}"), lang)


def _data_block(data: object) -> str:
    """Return JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e")
