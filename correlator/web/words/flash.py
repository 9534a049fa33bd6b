"""The flash for level 1: what to say to callers."""

WORDS = {
    "flash.title": ("Flash : à dire aux appelants", "Flash: what to tell callers"),
    "flash.ask": ("Quelle région, quel trouble ?", "Which region, what trouble?"),
    "flash.region": ("Région", "Region"),
    "flash.symptom": ("Service", "Service"),
    "flash.all_regions": ("toutes les régions", "all regions"),
    "flash.all_symptoms": ("tous les services", "all services"),
    "flash.filter": ("Filtrer", "Filter"),
    "flash.everywhere": ("Partout", "Everywhere"),
    "flash.back": ("retour {at}", "back {at}"),
    "flash.no_time": ("pas encore d'heure", "no time yet"),
    "flash.since": ("depuis {at}", "since {at}"),
    "flash.new": ("nouveau", "new"),
    "flash.failing": ("En panne", "Failing"),
    "flash.external": ("Hors du réseau", "Outside the network"),
    "flash.restored": ("Rétabli", "Restored"),
    "flash.last": ("Derniers rétablissements", "Lately restored"),
    "flash.none": (
        "Rien à annoncer. Traiter l'appel comme d'habitude.",
        "Nothing to announce. Handle the call as usual.",
    ),
    "flash.none_filtered": (
        "Rien pour ce choix. Traiter l'appel comme d'habitude.",
        "Nothing for this choice. Handle the call as usual.",
    ),
    "flash.english": ("En anglais", "In French"),
    "does.read": ("dire que l'on a lu", "say that one has read it"),
    "flash.read": ("Lu", "Read"),
    "flash.read_done": ("Vous avez lu ce flash.", "You have read this flash."),
    "flash.readers": ("lu par {n} [personne|personnes]", "read by {n} [person|people]"),
}
