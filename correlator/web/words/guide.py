"""Around the guides; they are written in French."""

WORDS = {
    "guide.list": ("Guides", "Guides"),
    "guide.french": ("Les guides sont en français.", "The guides are written in French."),
}
