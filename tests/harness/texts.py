"""The sets of ticket texts, and how well a reader reads them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parents[1] / "text"
OTHER = "other"


class Said(NamedTuple):
    """A text, who wrote it, what it says, and what it may be taken for besides.

    `symptoms` is empty where it does not say what is wrong.
    """

    text: str
    writer: str
    symptoms: frozenset[str]
    also: frozenset[str]


@cache
def texts(name: str) -> tuple[Said, ...]:
    """Return a set: `development`, which is there to learn from, or `unseen`, which is not."""
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(
        Said(
            row["text"],
            row["writer"],
            frozenset(row["symptoms"]),
            frozenset(row.get("also", ())) | ({""} if row.get("vague") else frozenset()),
        )
        for row in map(json.loads, lines)
    )


class Score(NamedTuple):
    """`f1`: of each symptom, *other* among them; `plain_missed`: the share of texts that say a
    symptom and are given none; `vague_named`: of those that say none and are given one."""

    f1: dict[str, float]
    plain_missed: float
    vague_named: float

    @property
    def macro(self) -> float:
        return sum(self.f1.values()) / len(self.f1)


def score(read: Callable[[str], str | None], said: tuple[Said, ...]) -> Score:
    """Judge a reader; it is right when what it says is among what may be said of the text."""
    hits: Counter[str] = Counter()
    false: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for one in said:
        found = read(one.text) or OTHER
        if not one.symptoms:
            false[found] += found != OTHER and found not in one.also
        elif found in one.symptoms | one.also:
            hits[found] += 1
        else:
            false[found] += 1
            missed[min(one.symptoms)] += 1
    names = set(hits) | set(missed)
    f1 = {s: 2 * hits[s] / (2 * hits[s] + false[s] + missed[s]) for s in sorted(names)}
    plain = [one for one in said if one.symptoms - {OTHER}]
    vague = [one for one in said if not one.symptoms]
    return Score(
        f1,
        sum((read(one.text) or OTHER) == OTHER for one in plain) / len(plain),
        sum((read(one.text) or OTHER) != OTHER for one in vague) / len(vague),
    )
