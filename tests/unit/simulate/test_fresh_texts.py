"""Fresh texts: enough ways to say each symptom, and none that an example has."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from correlator.simulate import WorldSettings, simulate
from correlator.simulate.fresh_texts import cores, fresh_text
from correlator.simulate.texts import SYMPTOMS

CATALOG = Path(__file__).resolve().parents[3] / "rules" / "catalog"
KINDS = ("copper", "fibre", "outside", "vague")
NO_FAULTS = {"billing", "activation"}


def plainly(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def texts_in(value: Any) -> set[str]:
    if isinstance(value, str):
        return {plainly(value)}
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {text for part in parts for text in texts_in(part)}


def examples() -> set[str]:
    sentences = (CATALOG / "sentences.jsonl").read_text(encoding="utf-8").splitlines()
    symptoms = yaml.safe_load((CATALOG / "symptoms.yaml").read_text(encoding="utf-8"))
    return texts_in([json.loads(line) for line in sentences]) | texts_in(symptoms)


def said(symptom: str, kind: str) -> set[str]:
    return {core for by in (True, False) for core in cores(symptom, kind, by_agent=by)}


@pytest.mark.parametrize("symptom", [name for name in SYMPTOMS if name not in NO_FAULTS])
def test_a_fault_is_said_in_thirty_ways_and_more(symptom: str) -> None:
    everywhere = said(symptom, "copper") | said(symptom, "fibre")
    assert len({plainly(core) for core in everywhere}) >= 30
    assert all(len(cores(symptom, "copper", by_agent=by)) >= 13 for by in (True, False))


def test_no_two_symptoms_are_said_alike() -> None:
    every = [core for symptom in SYMPTOMS for core in said(symptom, "copper")]
    assert len({plainly(core) for core in every}) == len(every)


def test_no_text_is_an_example() -> None:
    known = examples()
    assert len(known) > 2_000
    rng = np.random.default_rng(1)
    found = {
        plainly(core) for symptom, kind in product(SYMPTOMS, KINDS) for core in said(symptom, kind)
    }
    for symptom, kind, by_agent in product(SYMPTOMS, KINDS, (True, False)):
        for first, second, third in rng.integers(0, 10_000, (300, 3)).tolist():
            text = fresh_text(symptom, kind, (first, second, third), by_agent=by_agent)
            assert "{" not in text
            found.add(plainly(text))
    assert not found & known


def test_tickets_of_a_world_speak_freshly(tmp_path: Path) -> None:
    settings = WorldSettings.plain(seed=3, customers=5_000, days=3)
    simulate(settings, tmp_path / "plain")
    fresh = WorldSettings(seed=3, customers=5_000, days=3, texts="fresh")
    simulate(fresh, tmp_path / "fresh")

    def described(name: str) -> list[str]:
        lines = (tmp_path / name / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["event"]["troubleTicket"]["description"] for line in lines]

    old, new = described("plain"), described("fresh")
    assert len(old) == len(new)
    assert not set(old) & set(new)
    assert len(set(new)) > 0.8 * len(new)
    assert not {plainly(text) for text in new} & examples()
