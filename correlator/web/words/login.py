"""Logging in and out."""

WORDS = {
    "login.title": ("Connexion", "Login"),
    "login.leave": ("Quitter", "Log out"),
    "login.again": ("Se connecter", "Log in"),
    "login.other": ("Se connecter sous un autre nom", "Log in as somebody else"),
    "login.onward": ("Terminer la déconnexion", "Finish logging out"),
    "login.out": ("Vous n'êtes pas connecté.", "You are not logged in."),
    "login.out_there": (
        "Vous êtes déconnecté ici. La déconnexion continue chez votre opérateur.",
        "You are logged out here. Logging out goes on at your operator's provider.",
    ),
    "login.no_role": (
        "{name} n'est dans aucun groupe qui ait un rôle ici. Demandez à qui gère les comptes.",
        "{name} is in no group that has a role here. Ask whoever manages the accounts.",
    ),
    "login.stale": (
        "Cette connexion n'est plus valable : trop ancienne, déjà faite, ou d'un autre navigateur.",
        "This login is not good any more: too old, done already, or of another browser.",
    ),
    "login.failed": (
        "La connexion a échoué : la réponse reçue n'a pas pu être acceptée.",
        "The login failed: the answer that came back could not be accepted.",
    ),
    "login.away": (
        "Le service de connexion de l'opérateur ne répond pas. Réessayer dans un instant.",
        "The operator's login does not answer. Try again in a moment.",
    ),
    "login.link_over": (
        "Ce lien a déjà servi, ou date de plus d'une minute. Rouvrir le ticket dans l'outil.",
        "This link was used already, or is over a minute old. Open the ticket again in your tool.",
    ),
    "login.frame_over": (
        "Cette session est terminée. Rouvrir le ticket dans l'outil.",
        "This session is over. Open the ticket again in your tool.",
    ),
}
