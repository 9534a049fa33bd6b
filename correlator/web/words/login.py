"""Logging in and out."""

WORDS = {
    "login.title": ("Connexion", "Login"),
    "login.refused": ("Accès refusé", "No access"),
    "login.over": ("Session terminée", "Session over"),
    "login.link": ("Lien expiré", "Link over"),
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
        "{name} n'est dans aucun groupe qui a un rôle ici. Voyez avec qui gère les comptes.",
        "{name} is in no group that has a role here. Ask whoever manages the accounts.",
    ),
    "login.stale": (
        "Connexion périmée, déjà utilisée, ou commencée dans un autre navigateur. Recommencez.",
        "Login too old, used already, or begun in another browser. Begin again.",
    ),
    "login.failed": (
        "La connexion a échoué : la réponse reçue n'a pas pu être acceptée.",
        "The login failed: the answer that came back could not be accepted.",
    ),
    "login.away": (
        "Le service de connexion de l'opérateur ne répond pas. Réessayez dans un instant.",
        "The operator's login does not answer. Try again in a moment.",
    ),
    "login.link_over": (
        "Ce lien a déjà servi, ou date de plus d'une minute. Rouvrez le ticket dans votre outil.",
        "This link was used already, or is over a minute old. Open the ticket again in your tool.",
    ),
    "login.frame_over": (
        "Cette session est terminée. Rouvrez le ticket dans votre outil.",
        "This session is over. Open the ticket again in your tool.",
    ),
}
