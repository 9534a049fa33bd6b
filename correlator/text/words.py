"""French hotline sentences, brought to one form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What agents type for speed. Nothing here may drop "plus", "pas", "sans" or "ne": usual French
# stop lists do, and then "plus de synchro" reads like a working line.
_SHORT = {
    "pb": "probleme",
    "pbs": "problemes",
    "pbm": "probleme",
    "cnx": "connexion",
    "co": "connexion",
    "deco": "deconnexion",
    "tel": "telephone",
    "num": "numero",
    "clt": "client",
    "cl": "client",
    "bcp": "beaucoup",
    "tjrs": "toujours",
    "tjs": "toujours",
    "rdv": "rendez vous",
    "hs": "hors service",
    "nav": "navigation",
    "dsl": "adsl",
    "tv": "tele",
}
_TEXTS_KEPT = 2_000  # a ticket's text is read by several
_WORD = re.compile(r"[a-z0-9]+")
# What has no canonical decomposition; any other sign is a space between words.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "«": " ", "»": " ", "–": " ", "—": " "})


VAGUE = (
    "plus rien ne marche",
    "plus rien ne fonctionne",
    "ca ne marche plus",
    "ca ne marche pas",
    "rien ne marche",
    "tout est coupe",
    "tout est en panne",
    "service indisponible",
    "probleme de connexion",
    "probleme technique",
    "en panne",
    "ne fonctionne plus",
    "client en panne depuis ce matin",
    "coupure depuis hier",
    "rappeler le client",
    "merci de rappeler",
    "bonjour merci de me rappeler",
    "voir avec le client",
    "demande de rappel",
    "synchro ok",
    "tests ok, ligne ok",
)
"""Sentences that name no symptom: what resembles them most stays without a name."""


@lru_cache(_TEXTS_KEPT)
def normalise(text: str) -> str:
    """Return lower-case words without accents, short forms spelled out, identifiers as `9`."""
    plain = text.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.translate(_LETTERS))
        plain = plain.encode("ascii", "ignore").decode("ascii")
    words = _WORD.findall(plain)
    return " ".join([_SHORT.get(word, word) if word.isalpha() else "9" for word in words])
