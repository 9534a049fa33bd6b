"""`sentences.jsonl`: what customers and agents write, and which symptoms they say."""

from __future__ import annotations

from codecs import BOM_UTF8
from typing import TYPE_CHECKING

import msgspec

from rules.findings import Finding
from rules.model import Sentence

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.findings import Report

SENTENCES_FILE = "sentences.jsonl"
MOST_BYTES = 8 << 20
OTHER = "other"
"""Stands for whatever the catalog does not name."""

_MOST_CHARACTERS = 4_000


class _Line(Sentence, frozen=True):
    """A sentence, and for whoever reads the file what kind of writer it is of."""

    writer: str = ""


_DECODER = msgspec.json.Decoder(_Line)


def read_sentences(
    file: str, content: bytes | str, known: Collection[str] | None, report: Report
) -> tuple[Sentence, ...]:
    """Read sentences, one JSON object on each line; what is wrong is in the report.

    `known`: the symptoms there are; None: any.
    """
    raw = content.encode() if isinstance(content, str) else content.removeprefix(BOM_UTF8)
    found: dict[str, Sentence] = {}
    for number, line in enumerate(raw.splitlines(), 1):
        if not line.strip():
            continue
        try:
            line_read = _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            report.add(Finding(file, number, 1, str(error)))
            continue
        sentence = Sentence(line_read.text, line_read.symptoms, line_read.also)
        problem = _problem(sentence, known, found, report)
        if problem:
            report.add(Finding(file, number, 1, problem))
        else:
            found[sentence.text] = sentence
    return tuple(found.values())


def _problem(
    sentence: Sentence,
    known: Collection[str] | None,
    found: Collection[str],
    report: Report,
) -> str:
    """Say what is wrong with a sentence; empty: nothing."""
    if not sentence.text.strip():
        return "the text is empty"
    if len(sentence.text) > _MOST_CHARACTERS:
        return f"the text has more than {_MOST_CHARACTERS:,} characters"
    if sentence.text in found:
        return "the same text again"
    if known is not None:
        for name in (*sentence.symptoms, *sentence.also):
            if name not in known and name != OTHER:
                return f"unknown symptom '{name}'{report.hint(name, known)}"
    return ""
