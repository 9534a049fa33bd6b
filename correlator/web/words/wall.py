"""The wall: few words, read from six metres."""

WORDS = {
    "wall.title": ("Mur", "Wall"),
    "wall.now": ("Heure du corrélateur", "Time of the correlator"),
    "wall.counts": ("Incidents", "Incidents"),
    "wall.triage": ("à qualifier", "to triage"),
    "wall.confirmed": ("[confirmé|confirmés]", "confirmed"),
    "wall.repair": ("en réparation", "in repair"),
    "wall.restored": ("[rétabli|rétablis]", "restored"),
    "wall.tiles": ("Régions", "Regions"),
    "wall.lines": ("{n} [ligne|lignes]", "{n} [line|lines]"),
    "wall.back": ("retour {at}", "back {at}"),
    "wall.late": ("retour {at} dépassé", "back {at}, overdue"),
    "wall.more": ("et {n} [autre|autres]", "and {n} more"),
    "wall.left_out": (
        "et {n} [région non affichée|régions non affichées]",
        "and {n} [region|regions] not shown",
    ),
    "wall.calls": ("appels par heure", "calls an hour"),
    "wall.expected": ("attendus {expected}", "{expected} expected"),
    "wall.unowned": ("sans prise depuis 10 min", "not taken for 10 min"),
    "wall.overdue": ("retours dépassés", "restore times passed"),
    "wall.external": ("Hors du réseau", "Outside the network"),
    "wall.ratio": (
        "{observed} appels, {expected} attendus",
        "{observed} calls, {expected} expected",
    ),
    "wall.figures": ("Chiffres", "Figures"),
    "js.wall.left": ("et {n} de plus", "and {n} more"),
}
