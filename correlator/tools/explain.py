"""Why: the stored numbers behind an incident, or behind a ticket that was (not) linked."""

from __future__ import annotations

from typing import Any

import msgspec

from correlator.adapters.sql import Queries
from correlator.model import Incident, Link
from correlator.times import to_rfc3339
from correlator.wording import Language, reason_text


class UnknownIdError(LookupError):
    """Neither an incident nor a ticket of the store."""


class Explanation(msgspec.Struct, frozen=True):
    """Rows (label, text) for people, and the same as plain values for programs."""

    title: str
    rows: tuple[tuple[str, str], ...]
    values: dict[str, Any]


_LABELS: dict[str, tuple[str, str]] = {
    "state": ("état", "state"),
    "cause": ("cause", "cause"),
    "outside": ("hors du réseau", "outside the network"),
    "why": ("pourquoi", "why"),
    "first": ("première cause nommée", "first cause named"),
    "onset": ("début", "onset"),
    "announced": ("annoncé", "announced"),
    "observed": ("observé / attendu", "observed / expected"),
    "lines": ("lignes dessous", "lines below"),
    "healthy": ("voisins sains", "healthy siblings"),
    "gain": ("preuve (nats)", "evidence (nats)"),
    "alarms": ("alarmes", "alarms"),
    "rival": ("autre cause", "rival"),
    "rule": ("règle", "rule"),
    "say": ("à dire", "to say"),
    "ended": ("fin", "ended"),
    "tickets": ("tickets rattachés", "linked tickets"),
    "journal": ("journal", "journal"),
    "ticket": ("ticket", "ticket"),
    "answer": ("réponse à l'appel", "answer at call time"),
    "link": ("lien", "link"),
}


def _label(key: str, language: Language) -> str:
    return _LABELS[key][0 if language == "fr" else 1]


def explain(queries: Queries, subject: str, language: Language) -> Explanation:
    """Explain an incident or a ticket; raises `UnknownIdError`."""
    incident = queries.incident(subject)
    if incident is not None:
        return _incident(queries, incident, language)
    kept = queries.ticket(subject)
    if kept is None:
        raise UnknownIdError(f"no incident and no ticket {subject!r} in this store")
    return _ticket(queries, subject, language)


def _incident(queries: Queries, incident: Incident, language: Language) -> Explanation:
    links = queries.links_of_incident(incident.id)
    rows = [*_facts(incident, language), *_ends(queries, incident, links, language)]
    values = {
        "incident": msgspec.to_builtins(incident),
        "links": msgspec.to_builtins(links),
        "journal": msgspec.to_builtins(queries.journal_of("incident", incident.id)),
    }
    title = f"{incident.id} — {incident.names.get(language, incident.domain)}"
    labelled = tuple((_label(key, language), text) for key, text in rows if text)
    return Explanation(title, labelled, values)


def _facts(incident: Incident, language: Language) -> list[tuple[str, str]]:
    numbers = incident.reason.numbers
    cause = f"{incident.domain} ({incident.domain_type})" if incident.domain else ""
    revised = incident.first_domain if incident.first_domain != incident.domain else ""
    alarms = "dont alarmes" if language == "fr" else "of which alarms"
    gain = f"{numbers['gain']} ({alarms} {numbers['alarm_gain']})" if "gain" in numbers else ""
    return [
        ("state", incident.state),
        ("cause", cause or _label("outside", language)),
        ("why", reason_text(incident.reason, language)),
        ("first", revised),
        ("onset", to_rfc3339(incident.onset)),
        ("announced", to_rfc3339(incident.announced) if incident.announced else ""),
        ("observed", f"{incident.observed} / {incident.expected:g}"),
        ("lines", str(incident.customers)),
        ("healthy", f"{incident.healthy}/{incident.siblings}" if incident.siblings else ""),
        ("gain", gain),
        ("alarms", ", ".join(incident.alarms)),
        *(
            ("rival", f"{r.domain} ({r.type}): {r.gain:+g} nats, {r.callers}/{r.customers}")
            for r in incident.rivals
        ),
        ("rule", incident.rule),
        ("say", incident.wordings.get(language, "")),
    ]


def _ends(
    queries: Queries, incident: Incident, links: list[Link], language: Language
) -> list[tuple[str, str]]:
    linked = [link.ticket for link in links if link.state == "linked"]
    journal = [
        f"{to_rfc3339(c.time)} {c.actor}: {c.field} {c.old or '–'} → {c.new or '–'}"
        for c in queries.journal_of("incident", incident.id)
    ]
    ended = "" if incident.ended is None else reason_text(incident.ended, language)
    return [
        ("ended", ended),
        ("tickets", f"{len(linked)}: {', '.join(linked[:12])}{' …' if len(linked) > 12 else ''}"),
        *(("journal", line) for line in journal),
    ]


def _ticket(queries: Queries, ticket: str, language: Language) -> Explanation:
    kept, verdict = queries.ticket(ticket), queries.verdict_of(ticket)
    links = queries.links_of_ticket(ticket)
    rows: list[tuple[str, str]] = []
    if kept is not None:
        customer = kept.ticket.customer or "–"
        rows.append(("ticket", f"{customer}, {kept.symptom}: « {kept.ticket.text} »"))
    if verdict is not None:
        word = f"{verdict.answer.upper()} {verdict.cause} ({verdict.probability:.0%})"
        rows.append(("answer", f"{word} — {reason_text(verdict.reason, language)}"))
    rows += [
        ("link", f"{link.state} → {link.incident}: {reason_text(link.reason, language)}")
        for link in links
    ]
    values = {
        "ticket": msgspec.to_builtins(kept),
        "verdict": msgspec.to_builtins(verdict),
        "links": msgspec.to_builtins(links),
    }
    labelled = tuple((_label(key, language), text) for key, text in rows)
    return Explanation(ticket, labelled, values)
