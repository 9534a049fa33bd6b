"""The rule workshop."""

WORDS = {
    "workshop.title": ("Atelier des règles", "Rule workshop"),
    "workshop.lead": (
        (
            "Un brouillon est essayé (tests, rejeu de l'historique, ombre) avant d'entrer en"
            " vigueur. Les fichiers de git viennent et vont par « correlator rules pull » et"
            " « push »."
        ),
        (
            "A draft is tried (tests, backtest of history, shadow) before it comes into force."
            " Files in git come and go by “correlator rules pull” and “push”."
        ),
    ),
    "workshop.now": ("En vigueur", "In force"),
    "workshop.nothing": (
        "Aucun moteur n'a encore mis de règles en vigueur.",
        "No engine has put rules in force yet.",
    ),
    "workshop.since": ("depuis {at}", "since {at}"),
    "workshop.how.files": ("par le dossier du moteur", "by the daemon's folder"),
    "workshop.how.promoted": ("brouillon promu", "a draft, promoted"),
    "workshop.how.rolled-back": ("retour en arrière", "rolled back"),
    "workshop.folder": ("le dossier du moteur", "the daemon's folder"),
    "workshop.folder.first": ("les premières règles", "the first rules"),
    "workshop.folder.changed": ("le dossier a changé", "the folder has changed"),
    "workshop.override": ("passé outre : {why}", "overridden: {why}"),
    "workshop.drafts": ("Brouillons", "Drafts"),
    "workshop.no_drafts": ("Aucun brouillon.", "No draft."),
    "workshop.new": ("Nouveau brouillon", "New draft"),
    "workshop.history": ("Ce qui a été en vigueur", "What has been in force"),
    "workshop.when": ("Quand", "When"),
    "workshop.who": ("Qui", "Who"),
    "workshop.why": ("Pourquoi", "Why"),
    "workshop.how": ("Comment", "How"),
    "workshop.state": ("État", "State"),
    "workshop.version": ("Version", "Version"),
    "workshop.back": ("L'atelier", "The workshop"),
    "draft.state.draft": ("brouillon", "draft"),
    "draft.state.shadow": ("dans l'ombre", "in the shadow"),
    "draft.state.promoted": ("promu", "promoted"),
    "draft.state.withdrawn": ("retiré", "withdrawn"),
    "draft.by": ("{actor}, {at}", "{actor}, {at}"),
    "draft.tests": ("Tests", "Tests"),
    "draft.tests.again": ("Relancer les tests", "Run the tests again"),
    "draft.no_tests": ("Pas encore lancés.", "Not run yet."),
    "draft.backtest": ("Rejeu", "Backtest"),
    "draft.no_backtest": ("Pas encore fait.", "Not made yet."),
    "draft.backtest.go": ("Lancer le rejeu", "Run the backtest"),
    "draft.backtest.days": ("Jours d'historique", "Days of history"),
    "draft.report": ("Voir ce qui change", "See what changes"),
    "draft.shadow": ("Ombre", "Shadow"),
    "draft.shadow.lead": (
        "Tourne à côté des règles en vigueur, sans rien changer pour personne ; vu du NOC seul.",
        "Runs beside the rules in force and changes nothing for anybody; seen by the NOC alone.",
    ),
    "draft.shadow.on": ("Mettre dans l'ombre", "Put in the shadow"),
    "draft.shadow.off": ("Sortir de l'ombre", "Take out of the shadow"),
    "draft.shadow.waits": (
        "Rien à comparer encore : le premier point arrive avec l'archive.",
        "Nothing to compare yet: the first figures come with the archive.",
    ),
    "draft.costs": (
        "Coût : {cost} µs de processeur par événement, hors du moteur en vigueur.",
        "Cost: {cost} µs of CPU for each event, outside the engine in force.",
    ),
    "draft.gates": ("Conditions", "Gates"),
    "draft.promote": ("Mettre en vigueur", "Put in force"),
    "draft.promote.override": (
        "Pourquoi passer outre (signé de votre nom)",
        "Why override (signed with your name)",
    ),
    "draft.promote.anyway": ("Mettre en vigueur malgré tout", "Put in force anyway"),
    "draft.moved": (
        (
            "Les règles en vigueur ont changé depuis : reprenez ce brouillon sur elles"
            " (« rules pull », puis « rules push --draft {id} »)."
        ),
        (
            "The rules in force have changed since: base this draft on them"
            " (“rules pull”, then “rules push --draft {id}”)."
        ),
    ),
    "draft.withdraw": ("Retirer le brouillon", "Withdraw the draft"),
    "draft.files": ("Changer un fichier", "Change a file"),
    "draft.diff": ("Ce que le brouillon change", "What the draft changes"),
    "draft.same": ("Rien.", "Nothing."),
    "job.tests.waiting": ("En attente.", "Waiting."),
    "job.tests.running": ("En cours : {done} sur {all}.", "Running: {done} of {all}."),
    "job.tests.done": ("{done} tests passés.", "{done} tests passed."),
    "job.tests.found": ("{n} [écart|écarts].", "{n} [difference|differences]."),
    "job.tests.failed": ("N'ont pas pu tourner.", "Could not be run."),
    "job.backtest.waiting": ("En attente.", "Waiting."),
    "job.backtest.running": (
        "En cours : {done} jours sur {all}, pour les deux côtés.",
        "Running: {done} days of {all}, both sides counted.",
    ),
    "job.backtest.done": ("Fait.", "Made."),
    "job.backtest.found": ("Fait.", "Made."),
    "job.backtest.failed": ("N'a pas pu tourner.", "Could not be run."),
    "gate.base.passed": (
        "Personne n'a changé les règles entre-temps.",
        "Nobody has changed the rules meanwhile.",
    ),
    "gate.base.failed": (
        "D'autres règles sont entrées en vigueur entre-temps.",
        "Other rules have come into force meanwhile.",
    ),
    "gate.tests.passed": ("Les tests passent.", "The tests pass."),
    "gate.tests.failed": (
        "Les tests ne passent pas : {n} [écart|écarts].",
        "The tests do not pass: {n} [difference|differences].",
    ),
    "gate.tests.unknown": (
        "Les tests n'ont pas encore tourné.",
        "The tests have not been run yet.",
    ),
    "gate.history.passed": (
        "Essayé sur {n} jours d'historique.",
        "Tried on {n} days of history.",
    ),
    "gate.history.failed": (
        "Essayé sur {n} jours d'historique ; il en faut {most}.",
        "Tried on {n} days of history; {most} are needed.",
    ),
    "gate.history.unknown": (
        "Pas encore essayé, ni sur l'historique ni dans l'ombre.",
        "Not tried yet, on history or in the shadow.",
    ),
    "gate.confirmed.passed": (
        "Aucun incident confirmé n'est perdu.",
        "No confirmed incident is lost.",
    ),
    "gate.confirmed.failed": (
        "{n} [incident confirmé perdu|incidents confirmés perdus].",
        "{n} confirmed [incident|incidents] lost.",
    ),
    "gate.confirmed.unknown": (
        "Incidents confirmés perdus : pas encore connu.",
        "Confirmed incidents lost: not known yet.",
    ),
    "gate.noise.passed": (
        "Bruit : {n} par semaine, pour {most} admis.",
        "Noise: {n} a week, {most} allowed.",
    ),
    "gate.noise.failed": (
        "Trop de bruit : {n} par semaine, pour {most} admis.",
        "Too much noise: {n} a week, {most} allowed.",
    ),
    "gate.noise.unknown": ("Bruit : pas encore connu.", "Noise: not known yet."),
    "gate.passed": ("rempli", "passed"),
    "gate.not_passed": ("pas rempli", "not passed"),
    "edit.title": ("Changer {file}", "Change {file}"),
    "edit.file": ("Contenu de {file}", "Content of {file}"),
    "edit.reason": ("Pourquoi ce changement", "Why this change"),
    "edit.save": ("Enregistrer le brouillon", "Save the draft"),
    "edit.wrong": (
        "Rien n'est enregistré : {n} [erreur|erreurs].",
        "Nothing is saved: {n} [error|errors].",
    ),
    "edit.others": ("Autres fichiers", "Other files"),
    "edit.same": ("Le fichier n'a pas changé.", "The file has not changed."),
    "edit.moved": (
        "Quelqu'un a changé ce brouillon entre-temps : rouvrez-le.",
        "Somebody has changed this draft meanwhile: open it again.",
    ),
    "edit.reason_missing": (
        "Dites pourquoi, en quelques mots.",
        "Say why, in a few words.",
    ),
    "ruleset.title": ("Règles {id}", "Rules {id}"),
    "ruleset.diff": ("Ce qui les distingue des précédentes", "How they differ from those before"),
    "ruleset.first": ("Les premières.", "The first ones."),
    "ruleset.back": ("Revenir à ces règles", "Go back to these rules"),
    "ruleset.back.why": ("Pourquoi", "Why"),
    "do.draft.tests": ("Les tests sont demandés", "The tests are asked for"),
    "do.draft.backtest": ("Le rejeu est demandé", "The backtest is asked for"),
    "do.draft.shadow": ("Le brouillon est dans l'ombre", "The draft is in the shadow"),
    "do.draft.unshadow": ("Le brouillon est sorti de l'ombre", "The draft is out of the shadow"),
    "do.draft.promote": (
        "En vigueur dès que le moteur l'a lu",
        "In force as soon as the daemon has read it",
    ),
    "do.draft.withdraw": ("Le brouillon est retiré", "The draft is withdrawn"),
    "do.rules.back": (
        "De retour dès que le moteur les a lues",
        "Back as soon as the daemon has read them",
    ),
    "do.rules.gates": (
        "Il manque une raison de passer outre, ou d'autres règles sont entrées en vigueur",
        "A reason to override is missing, or other rules have come into force",
    ),
    "do.rules.moved": (
        "D'autres règles sont entrées en vigueur entre-temps",
        "Other rules have come into force meanwhile",
    ),
    "do.rules.gone": ("Ce brouillon n'en est plus un", "That is no draft any more"),
    "do.rules.reason": ("Dites pourquoi, en quelques mots", "Say why, in a few words"),
    "do.rules.unreadable": (
        "Cette version du corrélateur ne lit pas ces règles",
        "This version of the correlator does not read these rules",
    ),
    "do.rules.never": (
        "Ces règles n'ont jamais été en vigueur",
        "These rules have never been in force",
    ),
    "do.rules.same": ("Ce sont déjà ces règles", "These are in force already"),
    "rule.versions": ("Qualité par version", "Quality by version"),
    "rule.versions.none": ("Aucun incident encore.", "No incident yet."),
    "rule.versions.before": ("avant l'atelier", "before the workshop"),
}
