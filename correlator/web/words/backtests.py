"""Backtests: what other rules would have made of history."""

WORDS = {
    "backtests.title": ("Rejeux", "Backtests"),
    "backtests.lead": (
        (
            "Ce que d'autres règles auraient fait de l'historique, et ce qu'en disent les avis"
            " de la cellule. « correlator backtest -c FICHIER » en ajoute un."
        ),
        (
            "What other rules would have made of history, and what the cell's verdicts say of it."
            " “correlator backtest -c FILE” adds one."
        ),
    ),
    "backtests.none": ("Aucun rejeu encore.", "No backtest yet."),
    "backtests.when": ("Fait", "Made"),
    "backtests.rules": ("Règles", "Rules"),
    "backtests.span": ("Période", "Time"),
    "backtests.says": ("Résultat", "Result"),
    "backtests.from_to": ("du {since} au {until}", "from {since} to {until}"),
    "backtests.against": ("{rules} contre {against}", "{rules} against {against}"),
    "backtests.live": ("les règles en vigueur", "the rules of then"),
    "backtests.named": ("« {rules} »", "“{rules}”"),
    "backtest.back": ("Tous les rejeux", "All backtests"),
    "backtest.better": ("{n} mieux", "{n} better"),
    "backtest.worse": ("{n} moins bien", "{n} worse"),
    "backtest.unknown": ("{n} sans avis", "{n} not judged"),
    "backtest.cut": (
        (
            "Découpé en {n} [semaine|semaines], chacune après un jour de mise en route : aux bords,"
            " un incident peut différer."
        ),
        (
            "Cut into {n} [week|weeks], each after a day of warming up: at the edges an incident"
            " may differ."
        ),
    ),
    "backtest.whole": (
        "D'un seul tenant : les règles en vigueur y refont exactement ce qui a été publié.",
        "In one piece: the rules of then make of it exactly what was published.",
    ),
    "backtest.before": ("Avant", "Before"),
    "backtest.after": ("Après", "After"),
    "backtest.incidents": ("Incidents", "Incidents"),
    "backtest.a_week": ("par semaine", "a week"),
    "backtest.right": ("Confirmés, parmi ceux qui ont un avis", "Confirmed, of those judged"),
    "backtest.of": ("{right} sur {judged}", "{right} of {judged}"),
    "backtest.interval": ("95 % : {low} à {high}", "95%: {low} to {high}"),
    "backtest.tickets": ("Tickets rattachés", "Tickets linked"),
    "backtest.not_this": ("dont « ce n'est pas ça »", "of them “it is not that”"),
    "backtest.median": (
        "Les confirmés sont annoncés {minutes} min {when} (médiane de {n}).",
        "Confirmed ones are announced {minutes} min {when} (median of {n}).",
    ),
    "backtest.sooner": ("plus tôt", "earlier"),
    "backtest.later_on": ("plus tard", "later"),
    "backtest.changes": ("Ce qui change", "What changes"),
    "backtest.same": ("{n} [incident inchangé|incidents inchangés].", "{n} as [it was|they were]."),
    "backtest.nothing": ("Rien ne change.", "Nothing changes."),
    "backtest.all": ("Tous", "All"),
    "backtest.filter": ("Montrer", "Show"),
    "backtest.minutes": ("{minutes} min {kind}", "{minutes} min {kind}"),
    "backtest.outside": ("hors du réseau", "outside the network"),
    "backtest.evidence": ("Preuves des deux côtés", "Evidence on both sides"),
    "backtest.absent": ("Aucun incident de ce côté.", "No incident on this side."),
    "backtest.announced": ("Annoncé", "Announced"),
    "backtest.cause": ("Cause", "Cause"),
    "backtest.why": ("Pourquoi", "Why"),
    "backtest.gain": ("Preuve, en nats", "Evidence, in nats"),
    "backtest.alarm_gain": ("dont alarmes {gain}", "{gain} of it alarms"),
    "backtest.level": ("Niveau", "Level"),
    "backtest.level.of": ("{value} sur {threshold}", "{value} of {threshold}"),
    "backtest.counts": (
        "{tickets} tickets, {alarms} alarmes, {customers} lignes",
        "{tickets} tickets, {alarms} alarms, {customers} lines",
    ),
    "kind.same": ("inchangé", "same"),
    "kind.earlier": ("plus tôt", "earlier"),
    "kind.later": ("plus tard", "later"),
    "kind.renamed": ("autre cause", "renamed"),
    "kind.split": ("scindé", "split"),
    "kind.merged": ("fusionné", "merged"),
    "kind.lost": ("perdu", "lost"),
    "kind.gained": ("gagné", "gained"),
    "verdict.better": ("mieux", "better"),
    "verdict.worse": ("moins bien", "worse"),
    "verdict.unknown": ("sans avis", "not judged"),
    "verdict.neutral": ("égal", "equal"),
    "label.confirmed": ("confirmé", "confirmed"),
    "label.rejected": ("rejeté", "rejected"),
    "label.none": ("sans avis", "not judged"),
}
