"""How well ticket texts are read: both sets, by symptom and by writer, and whether it is certain.

python -m tests.benchmarks.reading [--show]

A probability is true when of all texts that are said to say a symptom with 0.7, seven in ten do.
The last line prints the Platt scaling that would make those of the development set truest, beside
what is in force already: 1 and 0 where nothing is left to scale.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from sklearn.linear_model import LogisticRegression

import rules
from correlator.text import SymptomClassifier, begin
from tests.harness.texts import Said, score, texts

SETS = ("development", "unseen")
BINS = 10


def chances(reader: SymptomClassifier, said: tuple[Said, ...]) -> Iterator[tuple[float, bool]]:
    """Yield P(a text says a symptom), and whether it does; what is open is left out."""
    for one in said:
        for symptom, chance in reader.chances(one.text).items():
            if symptom not in one.also:
                yield chance, symptom in one.symptoms


def reliability(found: list[tuple[float, bool]]) -> list[tuple[int, float, float]]:
    """Return (how many, mean probability, share that is true) of each tenth."""
    tenths: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for chance, true in found:
        tenths[min(BINS - 1, int(chance * BINS))].append((chance, true))
    return [
        (len(one), float(np.mean([c for c, _ in one])), float(np.mean([t for _, t in one])))
        for _, one in sorted(tenths.items())
    ]


def off(found: list[tuple[float, bool]]) -> float:
    """Return the expected calibration error: how far probabilities are off, on average."""
    curve = reliability(found)
    return sum(n * abs(said - true) for n, said, true in curve) / len(found)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.reading")
    parser.add_argument("--show", action="store_true", help="what is read wrong, not of `unseen`")
    show = parser.parse_args().show
    reader = SymptomClassifier(begin(rules.load()))
    for name in SETS:
        _report(reader, name, show=show and name != "unseen")
    known = np.array([(chance, true) for chance, true in chances(reader, texts("development"))])
    odds = np.log(known[:, 0] / (1.0 - known[:, 0])).reshape(-1, 1)
    model = LogisticRegression(C=1e6).fit(odds, known[:, 1])
    print(f"Platt scaling: slope {model.coef_[0, 0]:.2f}, shift {model.intercept_[0]:.2f}")
    return 0


def _report(reader: SymptomClassifier, name: str, *, show: bool) -> None:
    said = texts(name)
    found = score(lambda text: reader.predict(text).symptom, said)
    print(f"\n## {name}: {len(said)} texts\n")
    print(f"macro-F1 {found.macro:.3f}, plain read as other {found.plain_missed:.1%}", end=", ")
    print(f"vague given a symptom {found.vague_named:.1%}\n")
    print("| symptom | F1 |\n|---|---|")
    for symptom, value in found.f1.items():
        print(f"| {symptom} | {value:.2f} |")
    print("\n| writer | texts | right |\n|---|---|---|")
    by_writer: dict[str, list[bool]] = defaultdict(list)
    for one in said:
        symptom = reader.predict(one.text).symptom
        right = symptom in one.symptoms | one.also if symptom else one.symptoms <= {"other"}
        by_writer[one.writer].append(right)
        if show and not right:
            print(f"  {symptom} for {sorted(one.symptoms)}: {one.text}")
    for writer, right in sorted(by_writer.items()):
        print(f"| {writer} | {len(right)} | {np.mean(right):.2f} |")
    pairs = list(chances(reader, said))
    print(f"\nprobabilities are off by {off(pairs):.3f} on average\n")
    print("| said | true | pairs |\n|---|---|---|")
    for count, chance, true in reliability(pairs):
        print(f"| {chance:.2f} | {true:.2f} | {count:,} |")


if __name__ == "__main__":
    sys.exit(main())
