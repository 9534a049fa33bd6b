"""What other systems report and nobody can place."""

WORDS = {
    "reported.title": ("Signalés par d'autres systèmes", "Reported by other systems"),
    "reported.lead": (
        "Sans équipement de l'inventaire, le corrélateur ne peut pas placer ces problèmes.",
        "Without equipment of the inventory, the correlator cannot place these problems.",
    ),
    "reported.declare": (
        "Si c'est chez nous, déclarez l'incident sur la page de l'équipement.",
        "Where it is ours, declare the incident on the page of the equipment.",
    ),
    "reported.none": ("Rien n'est signalé.", "Nothing is reported."),
    "reported.by": ("par {by}, {at}", "by {by}, {at}"),
    "reported.priority": ("priorité {priority}", "priority {priority}"),
    "reported.reason": ("motif : {reason}", "reason: {reason}"),
    "reported.take": ("Prendre en compte", "Acknowledge"),
    "reported.close": ("Clore", "Close"),
    "reported.status.submitted": ("nouveau", "new"),
    "reported.status.acknowledged": ("pris en compte", "acknowledged"),
    "reported.status.inProgress": ("en cours", "in progress"),
    "reported.status.held": ("suspendu", "held"),
    "reported.status.pending": ("en attente", "pending"),
    "reported.status.resolved": ("résolu", "resolved"),
    "reported.status.rejected": ("rejeté", "rejected"),
    "reported.status.cancelled": ("annulé", "cancelled"),
    "reported.status.closed": ("clos", "closed"),
    "do.moved": (
        "{id} : changé entre-temps, regardez à nouveau.",
        "{id}: changed meanwhile, look again.",
    ),
}
