"""What reading a ticket's text costs, and a training, beside the floor: splitting and looking up.

Texts are those of `tests/text/development.jsonl` in other combinations: halves of two of them
(words all known, the text never read before), and the same with a slip in every fourth word.

python -m tests.benchmarks.bench_text [--texts N] [--turns N]
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator, Sequence

import rules
from correlator.model import DAY
from correlator.text import SymptomClassifier, SymptomClusters, begin
from tests.harness.texts import texts

TAUGHT = 1_000  # typed tickets of a training: as many as one takes
SLIP = 4  # one word in so many
LETTERS = "abcdefghijklmnopqrstuvwxyz"
SEED = 5


def spent(work: Callable[[], object]) -> float:
    """Return the CPU seconds of this thread that `work` takes."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def combined(chance: random.Random, count: int) -> list[str]:
    """Return texts of known words: the first half of one, the second of another."""
    words = [said.text.split() for said in texts("development")]
    found: dict[str, None] = {}
    while len(found) < count:
        one, other = chance.sample(words, 2)
        found[" ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])] = None
    return [*found]


def slipped(text: str, chance: random.Random) -> str:
    """Return a text in which every fourth word has got two letters by chance."""
    words = text.split()
    for place in range(0, len(words), SLIP):
        middle = len(words[place]) // 2
        letters = "".join(chance.choices(LETTERS, k=2))
        words[place] = words[place][:middle] + letters + words[place][middle:]
    return " ".join(words)


def floor(some: Sequence[str], known: dict[str, int]) -> None:
    """Split texts, and look every word up."""
    for text in some:
        for word in text.split():
            known.get(word)


def read(classifier: SymptomClassifier, some: Sequence[str]) -> None:
    """Read texts as those of tickets without a category."""
    for text in some:
        classifier.read(text, None)


def measured(count: int, chance: random.Random) -> Iterator[tuple[str, float]]:
    """Yield what is measured, and µs a text or ms a training."""
    catalog = rules.load()
    classifier = SymptomClassifier(begin(catalog))
    symptoms = [symptom.id for symptom in catalog.symptoms]
    some = combined(chance, 2 * count + TAUGHT)
    taught, known, warm = some[:TAUGHT], some[TAUGHT : TAUGHT + count], some[TAUGHT + count :]
    read(classifier, warm)
    each = 1e6 / count
    words = dict.fromkeys((word for text in some for word in text.split()), 1)
    yield "floor, µs a text", spent(lambda: floor(known, words)) * each
    yield "known words, µs a text", spent(lambda: read(classifier, known)) * each
    yield "the same text again, µs", spent(lambda: read(classifier, known)) * each
    new = [slipped(text, chance) for text in known]
    yield "new words, µs a text", spent(lambda: read(classifier, new)) * each
    for turn in range(2):
        for text in taught:
            classifier.read(text, chance.choice(symptoms))
        name = "ms a training" + (" on the same texts" if turn else "")
        yield name, spent(lambda: classifier.train(turn * DAY)) * 1e3  # noqa: B023 - called here
    yield "known texts after a training, µs", spent(lambda: read(classifier, taught)) * 1e6 / TAUGHT
    clusters = SymptomClusters(begin(catalog).words, {s.id: s.examples for s in catalog.symptoms})
    for place, text in enumerate(known[:400]):
        clusters.take(str(place), text, place, "other")
    yield "ms a look for clusters, 400 texts", spent(lambda: clusters.discover(DAY)) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=2_000)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    found: dict[str, list[float]] = {}
    for _ in range(options.turns):
        for name, value in measured(options.texts, random.Random(SEED)):
            found.setdefault(name, []).append(value)
    for name, values in found.items():
        ordered = sorted(values)
        print(f"{name:36} {ordered[0]:8.2f} least {ordered[len(ordered) // 2]:8.2f} median")


if __name__ == "__main__":
    main()
