"""The door of the trial mode."""

WORDS = {
    "enter.title": ("Entrer", "Enter"),
    "enter.lead": (
        "Mode d'essai : un seul mot de passe pour tous.",
        "Trial mode: one password for everybody.",
    ),
    "enter.password": ("Mot de passe", "Password"),
    "enter.wrong": ("Ce n'est pas le mot de passe.", "That is not the password."),
    "enter.go": ("Entrer", "Enter"),
}
