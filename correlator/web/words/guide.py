"""Around the guides; they are written in French."""

WORDS = {
    "guide.list": ("Guides", "Guides"),
    "guide.french": ("", "The guides are written in French."),
}
