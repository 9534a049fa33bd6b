"""What an incident asks for beyond its repair: a contract's deadline, emergency calls."""

from __future__ import annotations

from collections.abc import Iterable

from correlator.formats.wording import Language
from correlator.model import ANNOUNCED, Band
from correlator.web.board import Entry
from correlator.web.console import Console
from correlator.web.views import FlagView
from correlator.web.words import say
from topology import Scope, Topology

_CHECKS = ("ask", "warn", "mobile", "note")


def flags_of(console: Console, entry: Entry, lang: Language) -> tuple[FlagView, ...]:
    """Return the flags of an incident on the network; one outside it and one that is over: none."""
    outside = console.board.topology.domain_count - 1
    if entry.band is Band.OVER or entry.domain in {-1, outside}:
        return ()
    return (*_voice(console, entry, lang), *_business(console, entry, lang))


def _voice(console: Console, entry: Entry, lang: Language) -> Iterable[FlagView]:
    """Yield a flag while fixed voice is out for so many lines that emergency calls may be, too."""
    incident, settings = entry.incident, console.settings
    if (
        incident.state in ANNOUNCED
        and incident.symptom in settings.voice_symptoms
        and incident.customers >= settings.voice_lines
    ):
        least = settings.voice_lines
        sentence = say(lang, "flag.voice", n=incident.customers, least=least)
        checks = tuple(say(lang, f"flag.voice.{check}") for check in _CHECKS)
        yield FlagView("voice", sentence, checks)


def _business(console: Console, entry: Entry, lang: Language) -> Iterable[FlagView]:
    """Yield a flag for each attribute value that is said to be business, with its lines below."""
    topology = console.board.topology
    for name in console.settings.business:
        value = topology.domain(name)
        lines = 0 if value is None else _shared(topology, entry.scope, value)
        if lines:
            yield FlagView("business", say(lang, "flag.business", n=lines, value=name))


def _shared(topology: Topology, scope: Scope | None, value: int) -> int:
    """Count the customers of a scope that have an attribute value."""
    if scope is None:
        return 0
    if scope.also:
        return topology.lines(topology.combination(sorted({*scope.parts, value})))
    return sum(topology.shared(value, part) for part in scope.parts)
