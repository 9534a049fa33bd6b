"""Drafts of texts for customers: what the cell approves, or writes anew."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from correlator.model import Audience, Phase, State
from correlator.web.board import Entry
from correlator.web.hours import clock
from correlator.web.views import TextView

TEXTS: dict[tuple[Phase, bool], tuple[str, str]] = {
    (Phase.DETECTED, False): (
        (
            "Nous avons détecté une panne qui peut expliquer votre problème depuis {onset}."
            " Nos équipes la vérifient. Il n'y a rien à faire chez vous."
        ),
        (
            "We have detected a failure that may explain your problem since {onset}."
            " Our teams are checking it. There is nothing you need to do."
        ),
    ),
    (Phase.CONFIRMED, False): (
        (
            "Une panne de notre réseau touche votre secteur depuis {onset}."
            " Nos équipes travaillent à la réparation. Il n'y a rien à faire chez vous."
        ),
        (
            "A failure of our network has affected your area since {onset}."
            " Our teams are working on it. There is nothing you need to do."
        ),
    ),
    (Phase.TIMED, False): (
        (
            "Une panne de notre réseau touche votre secteur depuis {onset}."
            " Le retour du service est prévu vers {restore}. Il n'y a rien à faire chez vous."
        ),
        (
            "A failure of our network has affected your area since {onset}."
            " Service is expected back around {restore}. There is nothing you need to do."
        ),
    ),
    (Phase.POSTPONED, False): (
        (
            "La réparation prend plus de temps que prévu : le retour du service est maintenant"
            " attendu vers {restore}. Nous vous prions de nous en excuser."
        ),
        (
            "The repair takes longer than planned: service is now expected back around {restore}."
            " We apologise."
        ),
    ),
    (Phase.RESTORED, False): (
        (
            "La panne de votre secteur est réparée. Si le service ne revient pas, redémarrez votre"
            " box une fois."
        ),
        (
            "The failure in your area is repaired. If service does not come back, restart your box"
            " once."
        ),
    ),
    (Phase.DETECTED, True): (
        "Un service hors de notre réseau semble en panne depuis {onset}. Votre ligne va bien.",
        "A service outside our network seems to have failed since {onset}. Your line is fine.",
    ),
    (Phase.CONFIRMED, True): (
        "Un service hors de notre réseau est en panne depuis {onset}. Votre ligne va bien.",
        "A service outside our network has failed since {onset}. Your line is fine.",
    ),
    (Phase.TIMED, True): (
        (
            "Un service hors de notre réseau est en panne. Son retour est annoncé vers {restore}."
            " Votre ligne va bien."
        ),
        (
            "A service outside our network has failed. It is announced back around {restore}."
            " Your line is fine."
        ),
    ),
    (Phase.POSTPONED, True): (
        (
            "Le service hors de notre réseau n'est pas encore rétabli ; son retour est annoncé vers"
            " {restore}."
        ),
        "The service outside our network is not back yet; it is announced around {restore}.",
    ),
    (Phase.RESTORED, True): (
        "Le service hors de notre réseau fonctionne de nouveau.",
        "The service outside our network works again.",
    ),
}
"""By phase, and whether the cause is outside the network: French and English."""


def phase_of(entry: Entry) -> Phase:
    """Return what there is to tell now."""
    incident = entry.incident
    if incident.state is State.RESOLVED:
        return Phase.RESTORED
    if incident.promise is not None and incident.promise.outcome is None:
        return Phase.POSTPONED if incident.promise.n > 1 else Phase.TIMED
    return Phase.CONFIRMED if incident.confirmed_by else Phase.DETECTED


def drafts(entry: Entry, zone: ZoneInfo) -> tuple[TextView, ...]:
    """Return a draft for each audience, for what there is to tell now."""
    phase = phase_of(entry)
    incident = entry.incident
    values = {
        "onset": clock(incident.onset, zone),
        "restore": clock(incident.promise.restore.time, zone) if incident.promise else "",
    }
    french, english = (text.format_map(values) for text in TEXTS[phase, not incident.domain])
    return tuple(
        TextView(
            audience=audience.value,
            phase=phase.value,
            n=0,
            fr=french,
            en=english,
            before_fr=entry.texts[audience].wording.fr if audience in entry.texts else "",
            before_en=entry.texts[audience].wording.en if audience in entry.texts else "",
        )
        for audience in Audience
    )
