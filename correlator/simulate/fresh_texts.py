"""Texts of tickets put together from a grammar of their own, in two registers.

Agents: who, what, since when, and what they noted besides. Customers who write: a greeting, what,
since when, and a farewell. No sentence of it was taken from the examples that texts are read by.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from correlator.simulate import fresh_agent, fresh_mail

if TYPE_CHECKING:
    from types import ModuleType

SUBJECTS: Final = (
    *("", "", "", "clt : ", "abo : ", "mme au tel, ", "titulaire / ", "conjoint appelle. "),
    *("sté, contact sur place : ", "abonnée agacée ; ", "fils du titulaire : ", "[N1] ", "tel : "),
)
WHENS: Final = {
    "agent": (
        *("", "", "", " (ce matin)", " / h-{h}", " dps {h} h", " dep. hier", " ds la nuit"),
        *(" apparu vers midi", " auj.", " en continu", " dps orage", " soudain"),
    ),
    "mail": (
        *("", "", "", " depuis {h} heures", " depuis hier soir", " depuis ce matin"),
        *(" et cela dure depuis mon réveil", ", d'un coup, vers {h} heures"),
        *(" depuis l'heure du déjeuner", " depuis le week-end", " sans discontinuer"),
    ),
}
NOISES: Final = (
    *("", "", "", "", ". chk câblage ok", ". hard reboot fait", " -> escalade svp"),
    *(". rappeler ap 18h", ". rdv tech ?", ". insiste bcp", " // dossier à suivre", ". vu avec N1"),
    *(" !!", ". menace de résil", ". pers. âgée seule", ". procédure déroulée, ras"),
)
GREETINGS: Final = (
    *(
        "",
        "",
        "Bonjour, ",
        "Bonsoir, ",
        "Madame, Monsieur, ",
        "bjr, ",
        "Salut, ",
        "Bonjour à vous, ",
    ),
    *("Bonjour à vous, ", "Cher service client, ", "Allô ? "),
)
FAREWELLS: Final = (
    *("", "", ".", ". Merci de faire le nécessaire.", ". Cordialement", ". Cdt", " !!!", " svp"),
    *(". Bien à vous, une cliente fidèle", ". J'attends votre retour rapidement.", " ??"),
    *(". Comptez-vous intervenir ?", ". Dans l'attente de vous lire", ". C'est inadmissible."),
)


def cores(symptom: str, kind: str, *, by_agent: bool) -> tuple[str, ...]:
    """Return the ways to say a symptom.

    ``kind`` is ``copper``, ``fibre``, ``outside`` (a surge from outside) or ``vague``.
    """
    said: ModuleType = fresh_agent if by_agent else fresh_mail
    known: dict[str, tuple[str, ...]] = said.AGENT if by_agent else said.MAIL
    found: tuple[str, ...]
    if kind == "vague":
        found = said.VAGUE
    elif kind == "outside" and symptom in said.OUTSIDE:
        found = said.OUTSIDE[symptom]
    elif symptom == "no-sync":
        found = said.SYNC + (said.SYNC_FIBRE if kind == "fibre" else said.SYNC_COPPER)
    else:
        found = known[symptom]
    return found


def fresh_text(symptom: str, kind: str, draws: tuple[int, int, int], *, by_agent: bool) -> str:
    """Return the text of a ticket; ``draws`` are three random numbers in 0…9999."""
    first, second, third = draws
    said = cores(symptom, kind, by_agent=by_agent)
    core = said[first % len(said)]
    # Independent of what picked the core.
    mixed = zlib.crc32(f"{first} {second} {third}".encode())
    when = WHENS["agent" if by_agent else "mail"]
    before, after = (SUBJECTS, NOISES) if by_agent else (GREETINGS, FAREWELLS)
    begin = before[second % len(before)]
    text = core + when[third % len(when)]
    if not by_agent and (not begin or mixed % 3 == 0):
        text = text[0].upper() + text[1:]
    text = begin + text + after[(mixed >> 8) % len(after)]
    return text.format(h=2 + mixed % 7, n=2 + second % 5, d=1 + third % 8)
