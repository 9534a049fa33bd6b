"""`language.txt`: the words of the hotline, in sections, a term on each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from rules.findings import Finding
from rules.model import Language
from rules.terms import Step, TermError, parse, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rules.findings import Report

LANGUAGE_FILE = "language.txt"

_SECTION = re.compile(r"\[\s*([a-z]+)(?:\s+([^\s\]]+))?\s*\]")
_SHORT = re.compile(r"([a-z0-9]+)\s*=\s*([a-z0-9]+(?: [a-z0-9]+)*)")
_WORDS = frozenset({"fillers", "small"})
_TERMS = frozenset({"trouble", "fine", "breaks", "other", "ignore"})
_OF_SYMPTOMS = frozenset({"says", "about"})
_SECTIONS = sorted({"short", "vague", *_WORDS, *_TERMS, *_OF_SYMPTOMS})
_MOST_LINES = 20_000


class _Reading:
    """What has been read so far, and of which section the next line is."""

    def __init__(self, file: str, known: Collection[str] | None, report: Report) -> None:
        self._file, self._known, self._report = file, known, report
        self._section, self._symptom = "", ""
        self.short: dict[str, str] = {}
        self.lists: dict[str, list[str]] = {}
        self.of_symptoms: dict[str, dict[str, list[str]]] = {name: {} for name in _OF_SYMPTOMS}
        self._terms: list[tuple[int, tuple[Step, ...]]] = []

    def take(self, number: int, line: str) -> None:
        """Read a line that is neither empty nor left out."""
        if line.startswith("["):
            problem = self._open(line)
        elif not self._section:
            problem = "before the first section, such as [trouble]"
        elif self._section == "short":
            problem = self._abbreviate(line)
        else:
            problem = self._add(number, line)
        if problem:
            self._report.add(Finding(self._file, number, 1, problem))

    def end(self) -> None:
        """Check the terms, once it is known what is left of a text."""
        fillers = self.lists.get("fillers", [])
        for number, steps in self._terms:
            for word in sorted(frozenset().union(*(step.pieces for step in steps))):
                if word in fillers:
                    problem = f"'{word}' is left out of every text: it is one of [fillers]"
                elif word in self.short:
                    problem = f"'{word}' reads '{self.short[word]}' in every text: see [short]"
                else:
                    continue
                self._report.add(Finding(self._file, number, 1, problem))

    def _open(self, line: str) -> str:
        self._section = ""
        heading = _SECTION.fullmatch(line)
        if heading is None:
            # An optional word may be the first of a term: then the line does not end with it.
            return f"'{line}' is no section: [name], or [name symptom]"
        name, symptom = heading[1], heading[2] or ""
        if name not in _SECTIONS:
            return f"unknown section '{name}'{self._report.hint(name, _SECTIONS)}"
        if (name in _OF_SYMPTOMS) != bool(symptom):
            wants = "names its symptom" if name in _OF_SYMPTOMS else "names no symptom"
            return f"[{name}] {wants}"
        if symptom and self._known is not None and symptom not in self._known:
            return f"unknown symptom '{symptom}'{self._report.hint(symptom, self._known)}"
        self._section, self._symptom = name, symptom
        return ""

    def _abbreviate(self, line: str) -> str:
        found = _SHORT.fullmatch(plain(line))
        if found is None:
            return f"'{line}' is no abbreviation: tel = telephone"
        self.short[found[1]] = found[2]
        return ""

    def _add(self, number: int, line: str) -> str:
        if self._section == "vague":
            self.lists.setdefault("vague", []).append(line)
            return ""
        try:
            steps = parse(line)
        except TermError as error:
            return str(error)
        if self._section in _WORDS:
            if len(steps) > 1:
                return f"'{line}': words, with | between them"
            self.lists.setdefault(self._section, []).extend(plain(line).split("|"))
            return ""
        self._terms.append((number, steps))
        if self._section in _TERMS:
            self.lists.setdefault(self._section, []).append(line)
        else:
            terms = self.of_symptoms[self._section]
            terms.setdefault(self._symptom, []).append(line)
        return ""


def read_language(
    file: str, content: bytes | str, known: Collection[str] | None, report: Report
) -> Language:
    """Read a language; what is wrong is in the report, and left out.

    `known`: the symptoms there are; None: any.
    """
    reading = _Reading(file, known, report)
    for number, line in _lines(file, content, report):
        reading.take(number, line)
    reading.end()
    found = {
        "short": dict(sorted(reading.short.items())),
        **reading.lists,
        **{kind: dict(sorted(terms.items())) for kind, terms in reading.of_symptoms.items()},
    }
    return msgspec.convert(found, Language)


def _lines(file: str, content: bytes | str, report: Report) -> Iterator[tuple[int, str]]:
    """Yield the lines that say something, and their numbers from 1."""
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = content[: error.start].count(b"\n") + 1 if isinstance(content, bytes) else 1
        report.add(Finding(file, place, 1, "not UTF-8"))
        return
    for number, line in enumerate(text.splitlines(), 1):
        if number > _MOST_LINES:
            report.add(Finding(file, number, 1, f"more than {_MOST_LINES:,} lines"))
            return
        if line.strip() and not line.lstrip().startswith("#"):
            yield number, line.strip()
