"""What stands in tickets, in French and English."""

from __future__ import annotations

from typing import Final

from correlator.formats.wording import Language

WORDS: Final = {
    "own.subject": ("{incident} : {cause}", "{incident}: {cause}"),
    "own.text": (
        "Incident collectif {incident}, depuis {onset} : {cause}.\n{customers} clients concernés.",
        "Generic incident {incident}, since {onset}: {cause}.\n{customers} customers concerned.",
    ),
    "outside": ("hors du réseau", "outside the network"),
    "known": (
        "OUI, c'est nous. Incident collectif {incident}, depuis {onset} : {cause}.",
        "YES, it is us. Generic incident {incident}, since {onset}: {cause}.",
    ),
    "say": ("À dire : « {text} »", "Say: “{text}”"),
    "restore": ("Retour du service : {time}", "Back in service: {time}"),
    "no_time": (
        "Retour du service : pas encore d'heure, ne pas en annoncer.",
        "Back in service: no time yet, give none.",
    ),
    "no_visit": (
        "Surtout : pas de visite de technicien, pas d'échange de box pour cette panne.",
        "Above all: no technician's visit and no box swap for this failure.",
    ),
    "external": (
        "Déjà déclaré à {owner}, ticket {number} : ne pas en ouvrir d'autre.",
        "Reported to {owner} already, ticket {number}: do not open another one.",
    ),
    "restored": (
        "RÉTABLI à {resolved} (incident collectif {incident} : {cause}).",
        "RESTORED at {resolved} (generic incident {incident}: {cause}).",
    ),
    "restored.do": (
        "Faire confirmer par le client avant de clore ; sinon, traiter comme une panne à part.",
        "Have the customer confirm before you close; if not, treat it as a failure of its own.",
    ),
    "withdrawn": (
        "Ce ticket n'est plus rattaché à l'incident collectif {incident} : traiter à part.",
        "This ticket no longer belongs to generic incident {incident}: treat it by itself.",
    ),
}


def say(lang: Language, key: str, **values: object) -> str:
    """Return words in a language."""
    return WORDS[key][lang == "en"].format(**values)
