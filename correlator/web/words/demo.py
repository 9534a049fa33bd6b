"""The bar of the demo."""

WORDS = {
    "demo.label": ("Démonstration", "Demo"),
    "demo.lead": ("Démonstration : un opérateur simulé", "Demo: a simulated operator"),
    "demo.pause": ("Pause", "Pause"),
    "demo.go": ("Reprendre", "Go on"),
    "demo.next": ("Événement suivant", "Next event"),
    "demo.replay": ("Rejouer", "Replay"),
    "demo.role": ("Vous êtes", "You are"),
    "demo.change": ("Changer", "Change"),
}
