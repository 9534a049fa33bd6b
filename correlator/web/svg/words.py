"""The words of the pictures, French and English."""

from __future__ import annotations

from correlator.formats.wording import Language, number, typeset

WORDS: dict[str, tuple[str, str]] = {
    "rate": ("Appels par minute", "Calls by minute"),
    "rate-by": ("Appels par {step} minutes", "Calls by {step} minutes"),
    "rate-summary": (
        "De {begin} à {end} : {observed} appels observés, {expected} attendus ; au plus {most}",
        "From {begin} to {end}: {observed} calls observed, {expected} expected; at most {most}",
    ),
    "rate-none": ("Pas encore de mesure", "Nothing measured yet"),
    "observed": ("observés", "observed"),
    "expected": ("attendus", "expected"),
    "minute": ("Heure", "Time"),
    "table": ("Appels observés et attendus", "Calls observed and expected"),
    "happened": ("À noter", "Notes"),
    "mark-onset": ("début", "onset"),
    "mark-announced": ("annonce", "announced"),
    "mark-taken": ("pris en charge", "taken"),
    "mark-confirmed": ("confirmé", "confirmed"),
    "mark-promise": ("retour prévu", "promised"),
    "mark-restored": ("rétabli", "restored"),
    "mark-text": ("message", "message"),
    "mark-closed": ("clos", "closed"),
    "network": ("Réseau autour de la cause", "Network around the cause"),
    "network-summary": (
        "{nodes} équipements, dont {failing} en panne, {calling} avec appels ; {healthy} sains",
        "{nodes} items of equipment, {failing} failing, {calling} with calls; {healthy} healthy",
    ),
    "network-none": ("Rien à dessiner", "Nothing to draw"),
    "layer-above": ("Plus haut", "Higher up"),
    "layer-parent": ("Au-dessus", "Above"),
    "layer-cause": ("Cause et voisins", "Cause and neighbours"),
    "layer-cause-alone": ("Cause", "Cause"),
    "layer-here": ("Ici et à côté", "Here and beside"),
    "layer-here-alone": ("Ici", "Here"),
    "layer-child": ("En dessous", "Below"),
    "layer-rival": ("Autres causes pesées", "Other causes weighed"),
    "health-failing": ("en panne", "failing"),
    "health-calling": ("appels", "calls"),
    "health-healthy": ("sain", "healthy"),
    "health-works": ("travaux", "works"),
    "health-unknown": ("sans incident", "no incident"),
    "alarm": ("{n} alarme", "{n} alarm"),
    "alarms": ("{n} alarmes", "{n} alarms"),
    "line": ("{n} ligne", "{n} line"),
    "lines": ("{n} lignes", "{n} lines"),
    "count": ("{n}", "{n}"),
    "calls-of": ("{observed} / {expected} att.", "{observed} / {expected} exp."),
    "healthy-one": ("{n} autre sain", "{n} other healthy"),
    "healthy-any": ("{n} autres sains", "{n} others healthy"),
    "healthy-line-card": ("{n} cartes saines", "{n} healthy cards"),
    "healthy-dslam": ("{n} DSLAM sains", "{n} healthy DSLAMs"),
    "healthy-olt": ("{n} OLT sains", "{n} healthy OLTs"),
    "healthy-aggregation-switch": ("{n} agrégations saines", "{n} healthy aggregations"),
    "timeline": ("Chronologie", "Time line"),
    "timeline-summary": (
        "De {begin} à {end} : {calls} appels, {alarms} alarmes, {marks} étapes",
        "From {begin} to {end}: {calls} calls, {alarms} alarms, {marks} steps",
    ),
    "row-steps": ("étapes", "steps"),
    "row-calls": ("appels", "calls"),
    "row-alarms": ("alarmes", "alarms"),
    "row-people": ("personnes", "people"),
    "row-promises": ("promesses", "promises"),
    "calls-at": ("{clock} : {n} appels", "{clock}: {n} calls"),
    "more": ("et {n} autres", "and {n} more"),
    "standing": ("en cours", "standing"),
}


def language_of(lang: str) -> Language:
    """Return the language; French where another is asked for."""
    return "en" if lang == "en" else "fr"


def say(lang: str, key: str, **values: str | float) -> str:
    """Return a phrase with its numbers set; a key that is not there is a `KeyError`."""
    language = language_of(lang)
    phrase = WORDS[key][0 if language == "fr" else 1]
    shown = {k: v if isinstance(v, str) else number(v, language) for k, v in values.items()}
    return typeset(phrase.format(**shown), language)
