"""The words and weights an incident gets from its rule: titles, sentences, priority."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from correlator.engine.settings import EngineSettings
from correlator.model import MINUTE, Incident, Millis
from correlator.text import SymptomClusters
from rules.model import Catalog, Rule
from rules.templates import render
from topology import Topology

Language = Literal["fr", "en"]
_LANGUAGES: tuple[Language, ...] = ("fr", "en")


class Teller:
    """Fills an incident's picture in from its rule's templates."""

    def __init__(self, topology: Topology, catalog: Catalog, settings: EngineSettings) -> None:
        self._topology = topology
        self._rules = {rule.id: rule for rule in catalog.rules}
        self._symptoms = {symptom.id: symptom.name for symptom in catalog.symptoms}
        self._zone = ZoneInfo(settings.timezone)

    def enrich(self, incident: Incident) -> Incident:
        """Return the incident with severity, priority, names, wordings and procedure."""
        rule = self._rules[incident.rule]
        return msgspec.structs.replace(
            incident,
            priority=rule.priority_of(incident.customers),
            severity=rule.severity_of(incident.customers),
            names={la: self._fill(rule, incident, la, title=True) for la in _LANGUAGES},
            wordings={la: self._fill(rule, incident, la, title=False) for la in _LANGUAGES},
            procedure=rule.procedure,
        )

    def _fill(self, rule: Rule, incident: Incident, language: Language, *, title: bool) -> str:
        template = rule.title if title else rule.customer
        return render(getattr(template, language), self._values(incident, language))

    def _values(self, incident: Incident, language: Language) -> dict[str, str]:
        attributes = self._topology.attributes_of(incident.domain)
        symptom = self._symptoms.get(incident.symptom)
        minutes = incident.reason.numbers.get("minutes", "")
        return {
            "domain": incident.domain,
            "domain_type": incident.domain_type,
            "site": attributes.get("site", ""),
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


def said(clusters: SymptomClusters, symptom: str) -> dict[str, Any]:
    """Return what people say of a provisional symptom, for a reason; nothing for any other."""
    sentences = clusters.sentences(symptom)
    return {"sentences": list(sentences)} if sentences else {}


def _since(elapsed: Millis) -> str:
    hours, minutes = divmod(max(0, elapsed) // MINUTE, 60)
    return f"{hours} h {minutes:02d}" if hours else f"{minutes} min"
