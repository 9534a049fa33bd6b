"""What other systems report and nobody can place."""

WORDS = {
    "reported.title": ("Signalés par d'autres systèmes", "Reported by other systems"),
    "reported.lead": (
        "Aucun équipement de l'inventaire n'est nommé : le corrélateur ne peut pas les placer.",
        "No equipment of the inventory is named: the correlator cannot place them.",
    ),
    "reported.none": ("Rien n'est signalé.", "Nothing is reported."),
    "reported.by": ("par {by}, {at}", "by {by}, {at}"),
    "reported.priority": ("priorité {priority}", "priority {priority}"),
    "reported.take": ("Prendre en compte", "Acknowledge"),
    "reported.close": ("Clore", "Close"),
    "reported.waiting": (
        "{n} [signalé|signalés] par d'autres systèmes",
        "{n} reported by other systems",
    ),
    "reported.status.submitted": ("nouveau", "new"),
    "reported.status.acknowledged": ("pris en compte", "acknowledged"),
    "reported.status.closed": ("clos", "closed"),
    "do.moved": (
        "{id} : changé entre-temps, regardez à nouveau.",
        "{id}: changed meanwhile, look again.",
    ),
}
