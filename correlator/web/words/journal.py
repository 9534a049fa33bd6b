"""The fields of the journal."""

WORDS = {
    "field.state": ("état", "state"),
    "field.domain": ("cause", "cause"),
    "field.priority": ("priorité", "priority"),
    "field.acknowledged_by": ("pris par", "owner"),
    "field.confirmed_by": ("confirmé par", "confirmed by"),
    "field.parent": ("fusionné dans", "merged into"),
    "field.message": ("message", "message"),
    "field.onset": ("début", "onset"),
    "field.promise": ("heure de retour", "restore time"),
    "field.text": ("texte", "text"),
    "field.note": ("note", "note"),
    "field.external": ("opérateur tiers", "other operator"),
    "field.label": ("avis", "label"),
}
