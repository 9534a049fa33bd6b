"""Reasons in words, French and English. The numbers are those stored with the decision.

On the wire, in logs and in the journal words are plain (`reason_text`). On a screen they are set as
each language sets them (`reason_prose`, `typeset`, `number`): decimal comma, spaces that do not
break.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from correlator.model import Reason, ReasonCode
from rules.model import OUTSIDE

Language: TypeAlias = Literal["fr", "en"]

_R = ReasonCode
_SAID = (" ; on nous dit : {quoted}", "; customers say: {quoted}")
_QUOTES = ("« {} »", "“{}”")
_OUTSIDE = ("une cause hors du réseau", "a cause outside the network")
_TEXTS: dict[ReasonCode, tuple[str, str]] = {
    _R.BURST: (
        "{customers} clients en {minutes} min, {expected} attendu(s) ; {silent} lignes muettes",
        "burst: {customers} customers in {minutes} min, {expected} expected; {silent} lines silent",
    ),
    _R.BURST_WITH_ALARM: (
        "{customers} clients en {minutes} min, {expected} attendu(s) ; {alarms} alarme(s)",
        "burst: {customers} customers in {minutes} min, {expected} expected; {alarms} alarm(s)",
    ),
    _R.EXTERNAL_SURGE: (
        "afflux : {customers} clients en {minutes} min, {expected} attendus, hors du réseau",
        "surge: {customers} customers in {minutes} min, {expected} expected, outside the network",
    ),
    _R.PREDICTED: (
        "alarme {cause} ({alarm}) sur {lines} lignes ; {calls_an_hour} appels par heure à prévoir",
        "alarm {cause} ({alarm}) over {lines} lines; {calls_an_hour} calls an hour to come",
    ),
    _R.ALARMS_TOGETHER: (
        "{alarms} alarme(s), {standing} en cours, sur {equipment} équipements de {lines} lignes",
        "{alarms} alarm(s), {standing} standing, on {equipment} equipments of {lines} lines",
    ),
    _R.BELOW_DIAL: (
        "{customers} clients en {minutes} min, {expected} attendu(s) : sous le seuil d'annonce",
        "{customers} customers in {minutes} min, {expected} expected: below the dial",
    ),
    _R.IN_DOUBT: (
        "{customers} clients en {minutes} min : {best} ou {rival} ? un autre appel le dira",
        "{customers} customers in {minutes} min: {best} or {rival}? another caller will tell",
    ),
    _R.EXPLAINED: (
        "expliqué à {probability:.0%} par l'incident",
        "explained by the incident with probability {probability:.0%}",
    ),
    _R.PERHAPS_EXPLAINED: (
        "peut-être expliqué par l'incident ({probability:.0%})",
        "perhaps explained by the incident ({probability:.0%})",
    ),
    _R.TOO_IMPROBABLE: (
        "l'incident ne l'explique pas assez ({probability:.0%}, il faut {needed:.0%})",
        "the incident does not explain it enough ({probability:.0%}, {needed:.0%} needed)",
    ),
    _R.TICKET_CHANGED: (
        "le ticket a changé de client, de symptôme ou est annulé ({status})",
        "the ticket changed customer or symptom, or was cancelled ({status})",
    ),
    _R.SAME_CUSTOMER: (
        "même client qu'un ticket déjà rattaché",
        "same customer as a ticket already linked",
    ),
    _R.NO_CUSTOMER: ("ticket sans client", "ticket without a customer"),
    _R.UNKNOWN_CUSTOMER: (
        "client inconnu de l'inventaire",
        "customer unknown to the inventory",
    ),
    _R.TICKETS_SILENT: (
        "aucun ticket n'arrivait depuis {minutes} min : on ne peut pas encore dire non",
        "no ticket had arrived for {minutes} min: too early to say no",
    ),
    _R.ALARMS_SILENT: (
        "aucune alarme n'arrive depuis {minutes} min : la supervision est peut-être aveugle",
        "no alarm has arrived for {minutes} min: supervision may be blind",
    ),
    _R.NO_INCIDENT: (
        "aucun incident sur les {paths} domaines de ce client",
        "no incident on any of this customer's {paths} domains",
    ),
    _R.OTHER_SYMPTOM: (
        "« {symptom} » : {domain} ne l'explique guère ({probability:.0%}, il faut {needed:.0%})",
        "“{symptom}”: {domain} hardly explains it ({probability:.0%}, {needed:.0%} needed)",
    ),
    _R.NOT_BELOW: (
        "incident sur {domain} ({below} lignes), ligne à côté, sous {shared} ({lines} lignes)",
        "incident on {domain} ({below} lines), line beside it, below {shared} ({lines} lines)",
    ),
    _R.BEFORE_ONSET: (
        "{minutes} min avant le début de l'incident sur {domain}",
        "{minutes} min before the onset of the incident on {domain}",
    ),
    _R.AFTER_END: (
        "{minutes} min après la fin sur {domain} ({probability:.0%}, il faut {needed:.0%})",
        "{minutes} min after the end on {domain} ({probability:.0%}, {needed:.0%} needed)",
    ),
    _R.IN_MAINTENANCE: ("travaux programmés {works}", "planned works {works}"),
    _R.WEAK_CAUSE: (
        "aucune cause assez nette (meilleure : {best}, {gain} nats)",
        "no cause clear enough (best: {best}, {gain} nats)",
    ),
    _R.BETTER_CAUSE: (
        "{domain} l'explique mieux ({gain} nats)",
        "{domain} explains it better ({gain} nats)",
    ),
    _R.ABSORBED: ("rattaché à un incident plus large", "part of another incident"),
    _R.EXCESS_GONE: (
        "plus d'appel depuis {quiet_hours} h d'activité",
        "no call for {quiet_hours} h of hotline activity",
    ),
    _R.FAILS_AGAIN: (
        "alarme terminée depuis {hours} h ; une nouvelle panne commence",
        "alarm cleared {hours} h ago; it begins to fail again",
    ),
    _R.FADED: ("sans suite", "nothing followed"),
    _R.ALARM_CLEARED: ("alarme {alarm} terminée", "alarm {alarm} cleared"),
    _R.CLOSED_AFTER_HOLD: ("clos {hours} h après le rétablissement", "closed {hours} h after"),
    _R.EQUIPMENT_GONE: (
        "l'équipement ou la règle n'existe plus",
        "the equipment or the rule is gone",
    ),
    _R.PERSON: ("{actor} : {verb} {text}", "{actor}: {verb} {text}"),
}


class _Numbers(dict[str, Any]):
    """Numbers by name; one that was not stored shows as a dash."""

    def __missing__(self, key: str) -> Any:
        return _Absent()


class _Absent:
    """Formats as a dash under any format."""

    def __format__(self, spec: str) -> str:
        return "–"


def reason_text(reason: Reason, language: Language) -> str:
    """Return the sentence of a reason."""
    which = 0 if language == "fr" else 1
    named = {name: _named(value, which) for name, value in reason.numbers.items()}
    sentence = _TEXTS[reason.code][which].format_map(_Numbers(named)).strip()
    return sentence + _said(reason, which)


def _named(value: Any, which: int) -> Any:
    """Return a stored value; what is outside the network has no name of its own."""
    return _OUTSIDE[which] if value == OUTSIDE else value


def _said(reason: Reason, which: int) -> str:
    """Return what callers said, in their own words, where that was kept."""
    quoted = ", ".join(_QUOTES[which].format(one) for one in reason.numbers.get("sentences", ()))
    return _SAID[which].format(quoted=quoted) if quoted else ""


# -------------------------------------------------------------------------------- on a screen

NBSP, NARROW = "\u00a0", "\u202f"
_DIGITS = {"fr": str.maketrans({",": NARROW, ".": ","}), "en": {}}
_FRENCH = (
    (re.compile(r" (?=[:»%])"), NBSP),
    (re.compile(r"(?<=«) "), NBSP),
    (re.compile(r" (?=[;!?])"), NARROW),
)


def number(value: float, language: Language) -> str:
    """Return a number with at most four digits after the first that counts: `2 140`, `0,026`."""
    if isinstance(value, int):
        text = f"{value:,}"
    else:
        text = f"{Decimal(f'{value:.5g}'):,f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", "−").translate(_DIGITS[language])


def signed(value: float, language: Language) -> str:
    """Return a number with its sign."""
    return ("+" if value >= 0 else "") + number(value, language)


def percent(share: float, language: Language) -> str:
    """Return a share in whole per cent; with a digit more where it would look like none or all."""
    hundredths = 100.0 * share
    whole = 0.5 <= hundredths < 99.5
    shown = round(hundredths, 0 if whole else 1)
    text = number(min(shown, 99.9) if share < 1.0 else shown, language)
    return f"{text}{NBSP}%" if language == "fr" else f"{text}%"


def typeset(text: str, language: Language) -> str:
    """Set the spaces of a sentence: French ones that must not break do not."""
    for pattern, space in _FRENCH if language == "fr" else ():
        text = pattern.sub(space, text)
    return text


def reason_prose(reason: Reason, language: Language) -> str:
    """Return the sentence of a reason, numbers and spaces set for a screen."""
    template = _TEXTS[reason.code][0 if language == "fr" else 1]
    numbers = {name: _Set(value, language) for name, value in reason.numbers.items()}
    sentence = template.format_map(_Numbers(numbers)).strip()
    return typeset(sentence + _said(reason, 0 if language == "fr" else 1), language)


class _Set:
    """Formats a stored value as the language sets it."""

    def __init__(self, value: Any, language: Language) -> None:
        self._value, self._language = value, language

    def __format__(self, spec: str) -> str:
        if isinstance(self._value, str | bool) or self._value is None:
            return str(_named(self._value, 0 if self._language == "fr" else 1))
        if spec.endswith("%"):
            return percent(self._value, self._language)
        return number(self._value, self._language)
