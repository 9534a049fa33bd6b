"""Why: the stored numbers behind an incident, or behind a ticket that was (not) linked.

Nothing is weighed again here: what is printed was stored when it was decided.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from correlator.adapters.sql import Queries
from correlator.formats.times import to_rfc3339
from correlator.formats.wording import Language, number, percent, reason_prose, signed, typeset
from correlator.model import (
    AlarmEvidence,
    Change,
    Evidence,
    Incident,
    Level,
    Link,
    LinkState,
    ReasonCode,
    Rival,
    TicketKept,
    Verdict,
)
from correlator.tools.screen import clip, screen, table
from rules.model import OUTSIDE

Rows: TypeAlias = list[tuple[str, str]]
"""Label (a key of `_LABELS`) and text, which may have several lines; an empty text is left out."""

_TICKETS = 8
_ALARMS = 3
_CHANGES = 4
_WORDS = 200  # characters of a ticket's text
_NAME = 40  # columns of a rival's name
_OUTSIDE = ("hors du réseau", "outside the network")


class UnknownIdError(LookupError):
    """Neither an incident nor a ticket of the store."""


class Explanation(msgspec.Struct, frozen=True):
    """Rows (label, text) for people, and the same as plain values for programs."""

    title: str
    rows: tuple[tuple[str, str], ...]
    values: dict[str, Any]

    def screen(self) -> list[str]:
        """Return the lines of one screen."""
        return screen(self.title, self.rows)


_LABELS: dict[str, tuple[str, str]] = {
    "state": ("état", "state"),
    "cause": ("cause", "cause"),
    "why": ("pourquoi", "why"),
    "first": ("première cause", "first cause"),
    "times": ("quand", "when"),
    "noted": ("chiffres relevés", "figures taken"),
    "windows": ("appels", "calls"),
    "now": ("en tout", "in all"),
    "level": ("statistique", "statistic"),
    "alert": ("alerte venue de", "alert from"),
    "gain": ("preuve", "evidence"),
    "lines": ("lignes", "lines"),
    "alarms": ("alarmes", "alarms"),
    "rivals": ("causes rivales", "rivals"),
    "healthy": ("voisins sains", "healthy siblings"),
    "equivalents": ("indiscernables", "equivalents"),
    "rule": ("règle", "rule"),
    "tickets": ("tickets rattachés", "linked tickets"),
    "say": ("à dire", "to say"),
    "journal": ("journal", "journal"),
    "ticket": ("ticket", "ticket"),
    "answer": ("réponse à l'appel", "answer at call time"),
    "link": ("lien", "link"),
}

_WORDS_FOR: dict[str, tuple[str, str]] = {
    "candidate": ("candidat", "candidate"),
    "proposed": ("proposé", "proposed"),
    "open": ("ouvert", "open"),
    "resolved": ("rétabli", "resolved"),
    "closed": ("clos", "closed"),
    "rejected": ("rejeté", "rejected"),
    "merged": ("fusionné", "merged"),
    "linked": ("rattaché", "linked"),
    "suggested": ("suggéré", "suggested"),
    "unlinked": ("détaché", "unlinked"),
    "yes": ("OUI", "YES"),
    "probable": ("PROBABLE", "PROBABLE"),
    "no": ("NON", "NO"),
    "restored": ("RÉTABLI", "RESTORED"),
    "maintenance": ("TRAVAUX", "MAINTENANCE"),
    "unknown": ("INCONNU", "UNKNOWN"),
}


def explain(queries: Queries, subject: str, language: Language) -> Explanation:
    """Explain an incident or a ticket; raises `UnknownIdError`."""
    incident = queries.incident(subject)
    if incident is not None:
        return _incident(queries, incident, language)
    kept = queries.ticket(subject)
    if kept is None:
        raise UnknownIdError(f"no incident and no ticket {subject!r} in this store")
    return _ticket(queries, kept, language)


class _Words:
    """Sentences and numbers of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def of(self, french: str, english: str) -> str:
        return typeset(french if self.language == "fr" else english, self.language)

    def named(self, key: str) -> str:
        return self.of(*_WORDS_FOR[key])

    def number(self, value: float | None) -> str:
        return "–" if value is None else number(value, self.language)

    def signed(self, value: float) -> str:
        return signed(value, self.language)

    def percent(self, share: float) -> str:
        return percent(share, self.language)

    def labelled(self, rows: Rows) -> tuple[tuple[str, str], ...]:
        return tuple((self.of(*_LABELS[key]), text) for key, text in rows if text)


# ---------------------------------------------------------------------------------- an incident


def _incident(queries: Queries, incident: Incident, language: Language) -> Explanation:
    links = queries.links_of_incident(incident.id)
    journal = queries.journal_of("incident", incident.id)
    words = _Words(language)
    rows = [
        *_what(incident, words),
        *_evidence(incident, words),
        *_around(incident, words),
        *_since(incident, links, journal, words),
    ]
    values = {
        "incident": msgspec.to_builtins(incident),
        "links": msgspec.to_builtins(links),
        "journal": msgspec.to_builtins(journal),
    }
    name = typeset(incident.names.get(language, incident.domain), language)
    return Explanation(f"{incident.id} — {name}", words.labelled(rows), values)


def _what(incident: Incident, words: _Words) -> Rows:
    state = words.named(incident.state)
    if incident.ended is not None:
        state += f" — {reason_prose(incident.ended, words.language)}"
    cause = f"{incident.domain} ({incident.domain_type})" if incident.domain else ""
    times = words.of(f"début {to_rfc3339(incident.onset)}", f"onset {to_rfc3339(incident.onset)}")
    if incident.announced is not None:
        announced = to_rfc3339(incident.announced)
        times += words.of(f", annoncé {announced}", f", announced {announced}")
    revised = incident.first_domain if incident.first_domain != incident.domain else ""
    return [
        ("state", state),
        ("cause", cause or words.of(*_OUTSIDE)),
        ("first", revised),
        ("why", reason_prose(incident.reason, words.language)),
        ("times", times),
    ]


def _evidence(incident: Incident, words: _Words) -> Rows:
    """Return what was on the table when the cause was named."""
    found = incident.evidence
    observed, usual = words.number(incident.observed), words.number(incident.expected)
    now = (
        ""
        if incident.announced is None
        else words.of(
            f"clients : {observed} ; attendus lors de l'annonce : {usual}",
            f"customers: {observed}; expected when it was announced: {usual}",
        )
    )
    if found is None:
        return [("now", now), ("gain", _old_gain(incident, words))]
    return [
        ("noted", _noted(incident, found)),
        ("windows", _windows(found, words)),
        ("now", now),
        ("level", "" if found.level is None else _level(found.level, found, words)),
        ("alert", "" if found.alert is None else _alert(found.alert, words)),
        ("gain", _gain(found, words)),
        ("lines", _lines(incident, found, words)),
        ("alarms", _alarms(found, words)),
    ]


def _old_gain(incident: Incident, words: _Words) -> str:
    """Return the evidence of an incident that was stored without its details."""
    numbers = incident.reason.numbers
    if "gain" not in numbers:
        return ""
    gain, alarms = words.number(numbers["gain"]), words.number(numbers.get("alarm_gain"))
    return words.of(f"{gain} nats, dont alarmes {alarms}", f"{gain} nats, of which alarms {alarms}")


def _noted(incident: Incident, found: Evidence) -> str:
    """Say when and where the figures were taken, unless it goes without saying."""
    same = found.domain == (incident.domain or found.domain)
    if found.time == incident.announced and same:
        return ""
    return to_rfc3339(found.time) + ("" if same else f", {found.domain}")


def _windows(found: Evidence, words: _Words) -> str:
    if not found.windows:
        return ""
    observed, expected = words.of("observés", "observed"), words.of("attendus", "expected")
    return table(
        [
            [words.of("en", "in"), *(f"{w.minutes} min" for w in found.windows)],
            [observed, *(words.number(w.observed) for w in found.windows)],
            [expected, *(words.number(w.expected) for w in found.windows)],
        ]
    )


def _level(level: Level, found: Evidence, words: _Words) -> str:
    value, threshold = words.number(level.value), words.number(level.threshold)
    dial, share = words.number(found.dial), words.percent(found.dial_share)
    return words.of(
        f"{value}, le seuil est {threshold} "
        f"({dial} faux incidents par semaine admis, dont {share} pour cette règle)",
        f"{value}, the dial asks {threshold} "
        f"({dial} false incidents a week allowed, {share} of them for this rule)",
    )


def _alert(level: Level, words: _Words) -> str:
    value, threshold = words.number(level.value), words.number(level.threshold)
    return words.of(
        f"{level.domain}, règle {level.rule} : {value}, le seuil est {threshold}",
        f"{level.domain}, rule {level.rule}: {value}, the dial asks {threshold}",
    )


def _gain(found: Evidence, words: _Words) -> str:
    gain, needed = words.signed(found.gain), words.number(found.gain_needed)
    alarms, rate = words.signed(found.alarm_gain), words.number(found.call_rate)
    return words.of(
        f"{gain} nats, dont alarmes {alarms} ; il en faut {needed} ; "
        f"{rate} appel par ligne et heure d'activité",
        f"{gain} nats, of which alarms {alarms}; {needed} needed; "
        f"{rate} calls per line and hour of activity",
    )


def _lines(incident: Incident, found: Evidence, words: _Words) -> str:
    lines, silent = words.number(incident.customers), words.number(found.silent)
    callers = words.number(found.callers)
    return words.of(
        f"{lines} sous la cause ; appels de {callers}, muettes : {silent}",
        f"{lines} below the cause; {callers} called, {silent} silent",
    )


def _alarms(found: Evidence, words: _Words) -> str:
    shown = [
        f"{a.alarm}{words.of(' : ', ': ')}{_weight(a, found, words)}, "
        f"{a.domain}, {a.cause}, {a.severity}"
        for a in found.alarms[:_ALARMS]
    ]
    more = found.alarm_count - len(shown)
    if more > 0:
        shown.append(words.of(f"et {more} de plus", f"and {more} more"))
    return "\n".join(shown)


def _weight(alarm: AlarmEvidence, found: Evidence, words: _Words) -> str:
    """Return an alarm's weight; those below the cause count together, in the evidence."""
    if alarm.domain != found.domain:
        return words.of("dessous", "below")
    return f"{words.signed(alarm.weight)} nats"


def _around(incident: Incident, words: _Words) -> Rows:
    """Return rivals, neighbours, and which rule it was."""
    healthy = f"{words.number(incident.healthy)} / {words.number(incident.siblings)}"
    return [
        ("rivals", _rivals(incident, words)),
        ("healthy", healthy if incident.siblings else ""),
        ("equivalents", clip(", ".join(incident.equivalents), 160)),
        ("rule", incident.rule),
    ]


def _rivals(incident: Incident, words: _Words) -> str:
    """Return the table of the rivals; one that became the cause since is none any more."""
    cause = incident.domain or OUTSIDE
    rivals = [rival for rival in incident.rivals if rival.domain != cause]
    if not rivals:
        return ""
    heads = words.of("|nats|dont alarmes|expliqués|muettes", "|nats|alarms|explained|silent")
    return table(
        [
            heads.split("|"),
            *(
                [
                    clip(_rival(rival, words), _NAME),
                    words.signed(rival.gain),
                    words.signed(rival.alarm_gain),
                    words.number(rival.callers),
                    words.number(rival.silent),
                ]
                for rival in rivals
            ),
        ]
    )


def _rival(rival: Rival, words: _Words) -> str:
    if rival.domain == OUTSIDE:
        return words.of(*_OUTSIDE)
    return f"{rival.domain} ({rival.type})"


def _since(incident: Incident, links: list[Link], journal: list[Change], words: _Words) -> Rows:
    """Return what became of it: tickets, words for customers, the last changes."""
    linked = [link.ticket for link in links if link.state is LinkState.LINKED]
    names = ", ".join(linked[:_TICKETS]) + (" …" if len(linked) > _TICKETS else "")
    count = words.number(len(linked))
    say = typeset(incident.wordings.get(words.language, ""), words.language)
    earlier = len(journal) - _CHANGES
    lines = [_change(change) for change in journal[-_CHANGES:]]
    if earlier > 0:
        lines[0] += words.of(f" (et {earlier} avant)", f" (and {earlier} before)")
    return [
        ("tickets", words.of(f"{count} : {names}", f"{count}: {names}") if linked else count),
        ("say", say),
        ("journal", "\n".join(lines)),
    ]


def _change(change: Change) -> str:
    old, new = change.old, change.new
    if change.field == "onset":
        old, new = (to_rfc3339(int(time)) if time else "" for time in (old, new))
    return f"{to_rfc3339(change.time)} {change.actor}: {change.field} {old or '–'} → {new or '–'}"


# ------------------------------------------------------------------------------------- a ticket


def _ticket(queries: Queries, kept: TicketKept, language: Language) -> Explanation:
    ticket = kept.ticket
    verdict, links = queries.verdict_of(ticket.id), queries.links_of_ticket(ticket.id)
    words = _Words(language)
    said = clip(" ".join(ticket.text.split()), _WORDS)
    rows = [("ticket", f"{ticket.customer or '–'}, {_symptom(kept, words)}" + _quoted(said, words))]
    if verdict is not None:
        rows.append(("answer", _answer(verdict, words)))
    rows += [("link", _link(link, words)) for link in links]
    values = {
        "ticket": msgspec.to_builtins(kept),
        "verdict": msgspec.to_builtins(verdict),
        "links": msgspec.to_builtins(links),
    }
    return Explanation(ticket.id, words.labelled(rows), values)


def _symptom(kept: TicketKept, words: _Words) -> str:
    """Return what the ticket was taken for, beside the category if that says something else."""
    typed = kept.ticket.symptom
    parts = ", ".join(f"{symptom} {words.percent(share)}" for symptom, share in kept.shares)
    if typed not in {None, kept.symptom}:
        parts = "; ".join(filter(None, (words.of(f"saisi : {typed}", f"typed: {typed}"), parts)))
    return f"{kept.symptom} ({parts})" if parts else kept.symptom


def _quoted(said: str, words: _Words) -> str:
    return words.of(f" : « {said} »", f": “{said}”") if said else ""


def _answer(verdict: Verdict, words: _Words) -> str:
    """Return the word, to which incident with what probability, or what kept it out."""
    about = " ".join(text for text in (verdict.cause, verdict.incident) if text) or _named(
        verdict.reason.numbers
    )
    probability = words.percent(verdict.probability) if verdict.incident else ""
    parts = [words.named(verdict.answer), about, probability]
    head = ", ".join(part for part in parts if part)
    return f"{to_rfc3339(verdict.time)} {head} — {reason_prose(verdict.reason, words.language)}"


def _named(numbers: dict[str, Any]) -> str:
    return str(numbers.get("incident", ""))


def _link(link: Link, words: _Words) -> str:
    """Return state, incident, reason, and the rates that stood against each other."""
    head = f"{words.named(link.state)} → {link.incident}"
    text = f"{head}{words.of(' : ', ': ')}{reason_prose(link.reason, words.language)}"
    numbers = link.reason.numbers
    if not {"incident_rate", "usual_rate", "needed"} <= numbers.keys():
        return text
    if link.reason.code is not ReasonCode.TOO_IMPROBABLE:  # which says so itself
        needed = words.percent(numbers["needed"])
        text += words.of(f" ; il faut {needed}", f"; {needed} needed")
    rate, usual = words.number(numbers["incident_rate"]), words.number(numbers["usual_rate"])
    return text + words.of(
        f" ; par ligne et heure : {rate} de l'incident, {usual} d'ordinaire",
        f"; per line and hour: {rate} of the incident, {usual} usually",
    )
