"""What an agent is told while the customer is on the line: from the board alone, no SQL.

The same answer as the engine gives a ticket at its arrival (`engine.handlers.answers`), from the
figures that it projects: the incident that explains the line's calls best, if it does with P ≥ 0.5
(*yes*) or 0.2 (*probable*), both cautious; else works; else a candidate; else *no*. Not known here
are the hours at which a place always calls (`engine.rates.habits`), which the engine counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from correlator.model import (
    PROBABLE,
    YES,
    Answer,
    Maintenance,
    Millis,
    State,
    SymptomRate,
    cautious,
    works_rate,
)
from correlator.web.board import Board, Entry

ALARMS, TICKETS = "gi.alarms", "gi.tickets"


class Found(NamedTuple):
    """An answer: the word, the incident or the works that it is about, and how probable it is.

    `paths`: how many domains were looked at; `near`: the nearest incident, where it is *no*, and
    `near_on_path`: that one is on the line, but about other troubles; `silent`: the feed that is
    silent, where nothing can be said.
    """

    word: Answer
    entry: Entry | None = None
    works: Maintenance | None = None
    probability: float = 0.0
    paths: int = 0
    near: Entry | None = None
    near_on_path: bool = False
    silent: str = ""


class Answerer:
    """Answers from the board."""

    def __init__(self, board: Board, faults: Mapping[str, bool]) -> None:
        """`faults`: by symptom of the catalog, whether a network failure can cause it."""
        self._board = board
        self._faults = faults

    def answer(self, customer: str, symptom: str, now: Millis) -> Found:
        """Return the answer for a customer and a symptom; "" assumes that of each incident.

        `now`: the engine's time (ms).
        """
        domains = self._board.topology.domains_of(customer) if customer else None
        if domains is None:
            return Found(Answer.UNKNOWN)
        fault = self._faults.get(symptom, True)
        on = self._board.on(domains)
        planned, works = self._planned(domains, now) if fault else (0.0, None)
        found = self._explained([e for e in on if e.explains], symptom, planned)
        if found is None:
            found = self._works(on, symptom, planned, works)
        if found is None:
            found = self._candidate(on, symptom)
        if found is None:
            found = self._no(domains, on, fault=fault)
        return found._replace(paths=len(domains))

    def _planned(self, domains: Sequence[int], now: Millis) -> tuple[float, Maintenance | None]:
        works = [
            (works_rate(work.start, work.end, now), work) for work in self._board.works_on(domains)
        ]
        return max(works, key=lambda pair: pair[0], default=(0.0, None))

    def _explained(self, entries: list[Entry], symptom: str, planned: float) -> Found | None:
        rated = [(rate, entry) for entry in entries if (rate := _rate(entry, symptom)) is not None]
        if not rated:
            return None
        total = rated[0][0].usual + planned + sum(rate.adds for rate, _ in rated)
        strongest, entry = max(rated, key=lambda pair: pair[0].adds)
        probability = cautious(strongest.adds / total)
        if probability < PROBABLE:
            return None
        word = Answer.YES if probability >= YES else Answer.PROBABLE
        if entry.incident.state is State.RESOLVED:
            word = Answer.RESTORED
        return Found(word, entry, probability=probability)

    @staticmethod
    def _works(
        on: list[Entry], symptom: str, planned: float, works: Maintenance | None
    ) -> Found | None:
        """Return *maintenance*, where works explain the call rather than chance or incidents."""
        rates = [rate for entry in on if entry.explains and (rate := _rate(entry, symptom))]
        usual = rates[0].usual if rates else 0.0
        total = usual + planned + sum(rate.adds for rate in rates)
        if works is None or not planned or planned < YES * total:
            return None
        return Found(Answer.MAINTENANCE, works=works, probability=planned)

    @staticmethod
    def _candidate(on: list[Entry], symptom: str) -> Found | None:
        for entry in on:
            rate = _rate(entry, symptom)
            if entry.incident.state is not State.CANDIDATE or rate is None:
                continue
            if rate.adds > rate.usual * PROBABLE:
                chance = cautious(rate.adds / (rate.adds + rate.usual))
                return Found(Answer.PROBABLE, entry, probability=min(chance, YES))
        return None

    def _no(self, domains: Sequence[int], on: list[Entry], *, fault: bool) -> Found:
        """Return *no*; without any incident near, while a feed is silent, *unknown*."""
        near = next((entry for entry in on if entry.explains), None)
        on_path = near is not None
        if near is None and fault:
            below = self._board.nearest_below(domains)
            near = None if below is None else below[0]
        silent = next((feed.topic for feed in self._board.feeds if feed.silent), "")
        if near is None and silent:
            return Found(Answer.UNKNOWN, silent=silent)
        return Found(Answer.NO, near=near, near_on_path=on_path)


def _rate(entry: Entry, symptom: str) -> SymptomRate | None:
    """Return what an incident adds to calls about a symptom; None where it adds nothing."""
    if entry.figures is None:
        return None
    return entry.figures.symptoms.get(symptom or entry.incident.symptom)
