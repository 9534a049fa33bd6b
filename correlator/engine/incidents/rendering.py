"""Rendering: titles, sentences and priority of an incident, from its rule's templates."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from correlator.engine.settings import EngineSettings
from correlator.model import MINUTE, Incident, Millis
from rules import templates
from rules.model import Catalog, Text
from topology import ALL_OF, Topology

Language = Literal["fr", "en"]
_LANGUAGES: tuple[Language, ...] = ("fr", "en")


class Renderer:
    """Fills an incident's picture in from its rule's templates."""

    def __init__(self, topology: Topology, catalog: Catalog, settings: EngineSettings) -> None:
        self._topology = topology
        self._rules = {rule.id: rule for rule in catalog.rules}
        self._symptoms = {symptom.id: symptom.name for symptom in catalog.symptoms}
        self._zone = ZoneInfo(settings.timezone)

    def render(self, incident: Incident) -> Incident:
        """Return the incident with severity, priority, names, wordings and procedure."""
        rule = self._rules[incident.rule]
        site = self._topology.attributes_of(incident.domain).get("site", "")
        values = {language: self._values(incident, language, site) for language in _LANGUAGES}
        return msgspec.structs.replace(
            incident,
            priority=rule.priority_of(incident.customers),
            severity=rule.severity_of(incident.customers),
            names=_filled(rule.title, values),
            wordings=_filled(rule.customer, values),
            procedure=rule.procedure,
        )

    def _values(self, incident: Incident, language: Language, site: str) -> dict[str, str]:
        symptom = self._symptoms.get(incident.symptom)
        minutes = incident.reason.numbers.get("minutes", "")
        return {
            "domain": incident.domain,
            "domain_type": "" if _says_type(incident) else incident.domain_type,
            "site": site,
            "symptom": incident.symptom if symptom is None else getattr(symptom, language),
            "customers": str(incident.customers),
            "observed": str(incident.observed),
            "expected": f"{incident.expected:.2g}",
            "minutes": str(minutes),
            "onset": self._local(incident.onset),
            "since": _since(incident.created - incident.onset),
            "restore": "",
            "owner": incident.owner,
            "incident": incident.id,
        }

    def _local(self, time: Millis) -> str:
        return datetime.fromtimestamp(time / 1000, UTC).astimezone(self._zone).strftime("%H:%M")


def _says_type(incident: Incident) -> bool:
    """Return whether the name of a cause has its type in it: `offer=premium`, of type `offer`."""
    column, equals, _ = incident.domain.partition("=")
    return bool(equals) and column in incident.domain_type.split(ALL_OF)


def _filled(text: Text, values: dict[Language, dict[str, str]]) -> dict[str, str]:
    """Return a template filled in, by language."""
    return {la: templates.render(getattr(text, la), known) for la, known in values.items()}


def _since(elapsed: Millis) -> str:
    hours, minutes = divmod(max(0, elapsed) // MINUTE, 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
