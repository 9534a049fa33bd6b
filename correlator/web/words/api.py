"""The page of the API's documentation, and in French what its operations say in English."""

from correlator.formats.wording import typeset

WORDS = {
    "api.title": ("API", "API"),
    "api.lead": (
        "Pour les autres systèmes. Le document OpenAPI 3.1 dit la même chose à une machine.",
        "For other systems. The OpenAPI 3.1 document says the same to a machine.",
    ),
    "api.document": ("Document OpenAPI", "OpenAPI document"),
    "api.token": (
        "Un système présente un jeton, dans l'en-tête « Authorization: Bearer cor_… ».",
        "A system shows a token, in the header “Authorization: Bearer cor_…”.",
    ),
    "api.errors.shape": (
        "Toute erreur a la forme {shape}.",
        "Every error has the shape {shape}.",
    ),
    "api.list": ("Opérations", "Operations"),
    "api.scopes": ("Portée du jeton : {scopes}", "Scope of the token: {scopes}"),
    "api.nobody": ("Sans jeton", "Without a token"),
    "api.parameters": ("Paramètres", "Parameters"),
    "api.name": ("Nom", "Name"),
    "api.place": ("Où", "Where"),
    "api.kind": ("Type", "Type"),
    "api.says": ("Ce que c'est", "What it is"),
    "api.answers": ("Réponses", "Answers"),
    "api.status": ("Statut", "Status"),
    "api.request.type": ("Corps de la demande :", "Body of the request:"),
    "api.request": ("Exemple de demande", "Example of a request"),
    "api.example": ("Exemple de réponse {status}", "Example of an answer {status}"),
    "api.types": ("Types et attributs", "Types and attributes"),
    "api.needed": ("obligatoire", "mandatory"),
    "api.path": ("chemin", "path"),
    "api.query": ("requête", "query"),
    "api.header": ("en-tête", "header"),
}

FRENCH = {
    # -------------------------------------------------------------------------- the tags
    "What to tell a customer.": "Ce qu'il faut dire à un client.",
    "Generic incidents, and what there is about each.": (
        "Les incidents génériques, et ce qu'on sait de chacun."
    ),
    "What people and systems do.": "Ce que font les personnes et les systèmes.",
    "The rules, and what came of them.": "Les règles, et ce qu'elles ont donné.",
    "For systems that keep up, and for whoever watches.": (
        "Pour les systèmes qui suivent, et pour qui surveille."
    ),
    "The same as TM Forum has it.": "La même chose, au format du TM Forum.",
    # -------------------------------------------------------------------------- operations
    "What to tell a customer": "Ce qu'il faut dire à un client",
    "Incidents, the latest first": "Les incidents, le dernier d'abord",
    "An incident": "Un incident",
    "Its tickets, the latest link first": "Ses tickets, le dernier rattaché d'abord",
    "What happened to it": "Ce qui lui est arrivé",
    "What was on the table": "Ce qui était sur la table quand la cause a été nommée",
    "Its calls by minute, the last day": "Ses appels par minute, le dernier jour",
    "The domains around its cause": "Les domaines autour de sa cause",
    "What was approved to be said": "Les textes approuvés",
    "The restore times that were given": "Les heures de retour données",
    "The customers under its cause": "Les clients sous sa cause",
    "Whom to call back": "Qui rappeler",
    "The rules and what came of them": "Les règles et ce qu'elles ont donné",
    "A rule as it is written": "Une règle telle qu'elle est écrite",
    "What a rule is worth": "Ce que vaut une règle",
    "What changed after a number": "Ce qui a changé après un numéro",
    "Hints of what changes, live": "Ce qui change, en direct",
    "Records that could not be used": "Les messages inutilisables",
    "A record that could not be used": "Un message inutilisable",
    "Do something with incidents": "Agir sur des incidents",
    "What became of an action": "Ce qu'est devenue une action",
    "An agent's page for the frame of a CRM": "La page d'un agent pour le cadre d'un CRM",
    "What an action would move": "Ce qu'une action déplacerait",
    "Whether the console can answer": "La console peut-elle répondre",
    "How the feeds stand": "L'état des flux",
    "Take in Alertmanager's alerts as alarms": "Recevoir les alertes d'Alertmanager",
    "Service problems (TMF656), the latest first": (
        "Les « service problems » (TMF656), le dernier d'abord"
    ),
    "A service problem": "Un « service problem »",
    "Report a service problem": "Signaler un « service problem »",
    "Change a service problem": "Modifier un « service problem »",
    "Acknowledge service problems": "Prendre en compte des « service problems »",
    "Take back that service problems are acknowledged": "Annuler leur prise en compte",
    "Merge service problems into one": "Fusionner des « service problems »",
    "Take reported problems out of a group": "Sortir d'un groupe ce qui est signalé",
    "What happened to service problems, the latest first": (
        "Ce qui est arrivé aux « service problems », le dernier d'abord"
    ),
    "A thing that happened to a service problem": "Un événement d'un « service problem »",
    "The subscriptions": "Les abonnements",
    "Subscribe to events": "S'abonner aux événements",
    "End a subscription": "Terminer un abonnement",
    "Alarms (TMF642), the latest first": "Les alarmes (TMF642), la dernière d'abord",
    "An alarm": "Une alarme",
    "Take in an alarm": "Recevoir une alarme",
    "Change an alarm": "Modifier une alarme",
    "Trouble tickets (TMF621), the latest first": "Les tickets (TMF621), le dernier d'abord",
    "A trouble ticket": "Un ticket",
    "Take in a trouble ticket": "Recevoir un ticket",
    "Change a trouble ticket": "Modifier un ticket",
    # -------------------------------------------------------------------------- parameters
    "`fr` (the default) or `en`: of all sentences": (
        "`fr` (par défaut) ou `en` : la langue des phrases"
    ),
    "what the page before has as `after`": "le `after` de la page précédente",
    "these attributes only, with commas between them": (
        "ces attributs seulement, séparés par des virgules"
    ),
    "these attributes only, with commas between them; its `id` is always there": (
        "ces attributs seulement, séparés par des virgules ; son `id` est toujours là"
    ),
    "the ETag that is known: 304 where it is that still": (
        "l'ETag déjà connu : 304 si rien n'a changé"
    ),
    "how many": "combien",
    "how many to leave out": "combien en laisser de côté",
    "one of several with commas; so any other attribute": (
        "une valeur parmi d'autres, séparées par des virgules ; de même tout autre attribut"
    ),
    "the ETag that was seen; 412 where it is another by now": (
        "l'ETag qui a été vu ; 412 si c'en est un autre depuis"
    ),
    "its id": "son identifiant",
    "its number": "son numéro",
    "the incident": "l'incident",
    "the rule": "la règle",
    "a ticket or a customer": "un ticket ou un client",
    "whose ticket it is, where that is not known yet": (
        "le client du ticket, s'il n'est pas encore connu"
    ),
    "what they complain of": "ce dont il se plaint",
    "one of them; several times": "l'un d'eux ; plusieurs fois",
    "of this rule only": "de cette règle seulement",
    "on this failing domain only": "sur ce domaine en panne seulement",
    "of the link; `linked` unless told otherwise": "du lien ; `linked` sauf mention contraire",
    "all of them as CSV, or a page": "tous en CSV, ou une page",
    "of this incident only": "de cet incident seulement",
    "of this topic only": "de ce sujet seulement",
    "of this reason only": "pour cette raison seulement",
    "the `seq` of the page before, or an event's id": (
        "le `seq` de la page précédente, ou l'id d'un événement"
    ),
    "the id of the last event that was seen": "l'id du dernier événement vu",
    "the same, as a browser sends it": "la même chose, comme l'envoie un navigateur",
    "a repeat with the same key does nothing again": (
        "une répétition avec la même clé ne fait rien de plus"
    ),
    "the ETag of the one incident, in the place of its `rev`: 412 where it went on": (
        "l'ETag de l'unique incident, à la place de son `rev` : 412 s'il a changé depuis"
    ),
    "what would be done": "ce qui serait fait",
    "the incident; of a merge several with commas": (
        "l'incident ; pour une fusion plusieurs, séparés par des virgules"
    ),
    "the cause, of a scope or a split": "la cause, pour un périmètre ou une scission",
    "the incident that others are merged into": "l'incident qui absorbe les autres",
    "their ids with commas, of a split or a link": (
        "leurs identifiants séparés par des virgules, pour une scission ou un lien"
    ),
    # -------------------------------------------------------------------------- statuses
    "Done.": "Fait.",
    "Made.": "Créé.",
    "Taken, and not over yet.": "Pris, pas encore terminé.",
    "Done, and there is nothing to say.": "Fait, rien à ajouter.",
    "A part of it.": "Une partie.",
    "Different for each incident.": "Différent pour chaque incident.",
    "As it is known.": "Inchangé.",
    "Not valid.": "Non valide.",
    "The token opens nothing, or nobody has said who asks.": (
        "Le jeton n'ouvre rien, ou personne ne s'est présenté."
    ),
    "Not allowed.": "Interdit.",
    "Not found.": "Introuvable.",
    "Not to be had in this media type.": "N'existe pas dans ce format.",
    "Refused.": "Refusé.",
    "Changed since it was seen.": "Modifié depuis qu'il a été vu.",
    "Too large.": "Trop grand.",
    "In a media type that is not read.": "Dans un format qui n'est pas lu.",
    "Too many requests: `Retry-After` says when there may be more.": (
        "Trop de demandes : `Retry-After` dit quand recommencer."
    ),
    "Not just now.": "Pas en ce moment.",
}
"""By what a statement says in English."""


def french(text: str) -> str:
    """Return what a statement says in French; in English where nobody has translated it."""
    return typeset(FRENCH[text], "fr") if text in FRENCH else text
