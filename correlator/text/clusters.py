"""A symptom nobody has named: texts that stay without a name and resemble each other.

HDBSCAN (Campello, Moulavi & Sander 2013) over the cosine distance of inverse-frequency vectors. A
cluster that is tight, large enough and has words of its own becomes a provisional symptom with a
name such as `~decodeur-ecran-bleu`; a later text belongs to the nearest one. Nothing here knows
where the customers are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import msgspec
import numpy as np

from correlator.text.grouping import SMALLEST, Vector, cosine, grouped, mean
from correlator.text.kernels.likeness import Rows, crowded
from correlator.text.vocabulary import Vocabulary, masked
from correlator.text.words import Words

PROVISIONAL = "~"
"""The first character of a provisional symptom's name."""

MOST_CLUSTERS = 30
"""Provisional symptoms that live at a time."""

_HOUR = 3_600_000  # ms
_HEARD_OF = 4  # named texts, of which one is listened to: enough to know what is usual
_MOST_TEXTS = 2_000
_FORGOTTEN = 28 * 24 * _HOUR  # ms without a text, then a cluster is forgotten; also a text
_EVICTABLE = 48 * _HOUR  # ms without a text, then a cluster may give way to a new one
_FEWEST_STEMS = 2  # that a text must have to say anything
_ALIKE = 0.5  # cosine from which a text belongs to a cluster
_SAME = 0.6  # cosine of two centroids from which they are one cluster
_TIGHT = 0.6  # mean cosine of a cluster's texts to its centroid, at least
_REFITS = 3
_OFTEN = 0.5  # share of a cluster's texts that a telling word is in
_LIFT = 15.0  # times as usual in the cluster as in named tickets makes a word telling
_UNHEARD = 0.005  # share of named tickets below which a word is new
_NAME_WORDS = 3
_LONGEST_WORD = 16
_SENTENCES = 3


class Text(msgspec.Struct, gc=False):
    """A text that nobody named for sure.

    `time` in ms; `symptom`: what it was taken for; `name`: its provisional symptom, or empty.
    """

    ticket: str
    time: int
    sentence: str
    symptom: str
    name: str = ""


class Cluster(msgspec.Struct):
    """A provisional symptom: its telling stems, centroid, what people wrote, when last (ms).

    `tickets`: where each of the sentences comes from.
    """

    name: str
    stems: tuple[str, ...]
    centroid: Vector
    sentences: tuple[str, ...]
    last: int
    tickets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What a look found: tickets that have got a name, by name; names that are forgotten."""

    named: dict[str, list[Text]]
    gone: list[str]


class SymptomClusters:
    """The texts without a name, and the provisional symptoms found among them."""

    def __init__(self, words: Words, examples: Mapping[str, Sequence[str]]) -> None:
        """`examples`: sentences per symptom, from the catalog: words that are nothing new."""
        self._words = words
        self._vocabulary = Vocabulary(words, (t for texts in examples.values() for t in texts))
        self._texts: dict[str, Text] = {}  # by ticket, oldest first
        self._stems: dict[str, dict[str, str]] = {}  # by ticket; follows `_texts`
        self._fresh: dict[str, None] = {}  # tickets that came since the last look
        self._clusters: dict[str, Cluster] = {}
        self._weighed: dict[tuple[str, ...], Vector] = {}  # by stems, during a look
        self._since: int | None = None
        self._named = 0

    # --------------------------------------------------------------------------- every ticket

    def hear(self, ticket: str, text: str) -> None:
        """Take note of a text that has a symptom: its words are nothing new."""
        self._drop(ticket)
        self._named += 1
        if self._named % _HEARD_OF == 0:
            self._vocabulary.hear(text)

    def take(self, ticket: str, text: str, time: int, symptom: str, *, sure: bool = False) -> str:
        """Return the provisional symptom of a text that no agent named, or `symptom`.

        Keeps it for the next look, unless `symptom` is `sure` and the text belongs nowhere.
        """
        sentence = masked(text)
        stems = self._words.telling(sentence)
        if sure and self._nearest(stems) is None:
            self.hear(ticket, text)
            return symptom
        self._drop(ticket)
        if len(stems) < _FEWEST_STEMS:
            return symptom
        kept = Text(ticket, time, sentence, symptom, self._nearest(stems) or "")
        self._keep(kept, stems)
        if not kept.name:
            self._fresh[ticket] = None
            return symptom
        cluster = self._clusters[kept.name]
        cluster.last = max(cluster.last, time)
        return kept.name

    def _keep(self, text: Text, stems: dict[str, str]) -> None:
        self._texts[text.ticket] = text
        self._stems[text.ticket] = stems
        if len(self._texts) > _MOST_TEXTS:
            oldest = next(iter(self._texts))
            self._since = self._texts[oldest].time
            self._drop(oldest)

    def _drop(self, ticket: str) -> None:
        if self._texts.pop(ticket, None) is not None:
            del self._stems[ticket]
            self._fresh.pop(ticket, None)

    def _nearest(self, stems: Mapping[str, str]) -> str | None:
        """Return the most alike of the clusters whose own words the text has."""
        own = [one for one in self._clusters.values() if _holds(stems, one.stems)]
        return self._most_alike(self._vocabulary.weights(stems), own) if own else None

    @staticmethod
    def _most_alike(vector: Vector, own: Sequence[Cluster]) -> str | None:
        near = {one.name: cosine(vector, one.centroid) for one in own}
        best = max(near, key=lambda name: near[name])
        return best if near[best] >= _ALIKE else None

    # --------------------------------------------------------------------------- now and then

    def discover(self, now: int) -> Found:
        """Look for clusters, when texts have come that have enough like them. `now` in ms."""
        self._since = now if self._since is None else self._since
        gone = self._forget(now)
        fresh = frozenset(ticket for ticket in self._fresh if ticket in self._texts)
        self._fresh.clear()
        self._weighed.clear()
        if not fresh or not self._crowded(fresh):
            return Found({}, gone)
        tickets = self._few_of_each()
        changed: list[str] = []
        for members in grouped(self._rows(tickets)):
            group = [t for t in (tickets[m] for m in members) if t in self._texts]
            if fresh.isdisjoint(group):
                continue  # was looked at when its last text came
            name, given_way = self._found(group, now)
            gone += given_way
            changed.append(name)
        return Found(self._name_all(changed), gone)

    def _vector(self, ticket: str) -> Vector:
        """Return a kept text as a vector; those of the same stems are worked out once a look."""
        stems = tuple(self._stems[ticket])
        vector = self._weighed.get(stems)
        if vector is None:
            vector = self._weighed[stems] = self._vocabulary.weights(stems)
        return vector

    def _few_of_each(self) -> list[str]:
        """Return the tickets, of those with the same words only the last few: enough to group."""
        same: Counter[frozenset[str]] = Counter()
        kept = []
        for ticket in reversed(self._texts):
            words = frozenset(self._stems[ticket])
            same[words] += 1
            if same[words] <= SMALLEST:
                kept.append(ticket)
        return kept[::-1]

    def _crowded(self, fresh: Collection[str]) -> bool:
        """Say whether one of the new texts has enough others without a name like it."""
        tickets = [ticket for ticket, text in self._texts.items() if not text.name]
        asked = np.array([row for row, one in enumerate(tickets) if one in fresh], np.int64)
        return len(asked) > 0 and crowded(self._rows(tickets), asked, _ALIKE, SMALLEST)

    def _rows(self, tickets: Sequence[str]) -> Rows:
        """Return kept texts as vectors, a column for each stem."""
        stems: dict[str, int] = {}
        columns: list[int] = []
        values: list[float] = []
        ends: list[int] = []
        for ticket in tickets:
            weights = self._vector(ticket)
            columns += [stems.setdefault(stem, len(stems)) for stem in weights]
            values += weights.values()
            ends.append(len(columns))
        return Rows(
            np.array(ends, np.int64), np.array(columns, np.int32), np.array(values), len(stems)
        )

    def _found(self, tickets: list[str], now: int) -> tuple[str, list[str]]:
        """Make a cluster of a group, or find one again.

        Returns its name, empty if there is none, and what had to give way.
        """
        members, centroid = self._refined(tickets)
        if not members:
            return "", []
        stems = self._telling(members)
        members = [ticket for ticket in members if _holds(self._stems[ticket], stems)]
        # Those that have two of three stems may all lack the third.
        stems = [stem for stem in stems if any(stem in self._stems[t] for t in members)]
        if len(members) < SMALLEST or len(stems) < _FEWEST_STEMS:
            return "", []
        known = self._like(centroid)
        if not known and not self._new(stems):
            return "", []
        gone = [] if known else self._make_room(now)
        if not known and len(self._clusters) >= MOST_CLUSTERS:
            return "", []
        typical = self._typical(members, centroid)
        sentences = tuple(self._texts[ticket].sentence for ticket in typical)
        name = known or self._new_name(members, stems, sentences)
        last = max(self._texts[ticket].time for ticket in members)
        last = max(last, self._clusters[known].last) if known else last
        self._clusters[name] = Cluster(name, tuple(stems), centroid, sentences, last, typical)
        return name, gone

    def _like(self, centroid: Vector) -> str:
        near = {name: cosine(one.centroid, centroid) for name, one in self._clusters.items()}
        best = max(near, key=lambda name: near[name], default="")
        return best if best and near[best] >= _SAME else ""

    def _refined(self, tickets: list[str]) -> tuple[list[str], Vector]:
        """Leave out, round by round, what does not resemble the middle; empty if not tight."""
        if len(tickets) < SMALLEST:
            return [], {}
        vectors = {t: self._vector(t) for t in tickets}
        members, centroid = tickets, mean(list(vectors.values()))
        for _ in range(_REFITS):
            members = [t for t in tickets if cosine(vectors[t], centroid) >= _ALIKE]
            if len(members) < SMALLEST:
                return [], {}
            centroid = mean([vectors[t] for t in members])
        near = sum(cosine(vectors[t], centroid) for t in members) / len(members)
        return (members, centroid) if near >= _TIGHT else ([], {})

    def _telling(self, members: list[str]) -> list[str]:
        """Return up to three stems that set these texts apart from named tickets, best first."""
        counts = Counter(stem for ticket in members for stem in self._stems[ticket])
        shares = {stem: n / len(members) for stem, n in counts.items()}
        lift = {stem: share / self._vocabulary.share(stem) for stem, share in shares.items()}
        often = [s for s, share in shares.items() if share >= _OFTEN and lift[s] >= _LIFT]
        often.sort(key=lambda stem: (-shares[stem], -lift[stem], stem))
        return often[:_NAME_WORDS]

    def _new(self, stems: list[str]) -> bool:
        """Say whether at least one of the words is as good as unheard in named tickets."""
        return any(self._vocabulary.share(stem) < _UNHEARD for stem in stems)

    def _typical(self, members: list[str], centroid: Vector) -> tuple[str, ...]:
        """Return whose sentences are nearest to the centroid and do not say quite the same."""
        nearness = {t: cosine(self._vector(t), centroid) for t in members}
        found: dict[frozenset[str], str] = {}
        for ticket in sorted(members, key=lambda t: (-round(nearness[t], 6), t)):
            found.setdefault(frozenset(self._stems[ticket]), ticket)
        return tuple(found.values())[:_SENTENCES]

    def _new_name(self, members: list[str], stems: list[str], sentences: Sequence[str]) -> str:
        """`~` and up to three telling words, in the order of the most typical sentence."""
        order = list(self._words.telling(sentences[0]))
        chosen = sorted(
            stems,
            key=lambda stem: order.index(stem) if stem in order else len(order),
        )
        name = PROVISIONAL + "-".join(self._word(stem, members) for stem in chosen)
        others = (f"{name}-{number}" for number in count(2))
        return next(
            one for one in (name, *islice(others, MOST_CLUSTERS)) if one not in self._clusters
        )

    def _word(self, stem: str, members: list[str]) -> str:
        words = Counter(
            self._stems[ticket][stem] for ticket in members if stem in self._stems[ticket]
        )
        return min(words, key=lambda word: (-words[word], word))[:_LONGEST_WORD]

    def _name_all(self, changed: Collection[str]) -> dict[str, list[Text]]:
        """Name the texts that belong to one of the clusters that a look has changed."""
        named: dict[str, list[Text]] = {}
        clusters = [one for name, one in self._clusters.items() if name in changed]
        for ticket, text in self._texts.items() if clusters else ():
            if text.name:
                continue
            own = [one for one in clusters if _holds(self._stems[ticket], one.stems)]
            if own:
                text.name = self._most_alike(self._vector(ticket), own) or ""
                if text.name:
                    named.setdefault(text.name, []).append(text)
                    cluster = self._clusters[text.name]
                    cluster.last = max(cluster.last, text.time)
        return named

    # ------------------------------------------------------------------------------ forgetting

    def _forget(self, now: int) -> list[str]:
        old = [ticket for ticket, text in self._texts.items() if text.time < now - _FORGOTTEN]
        for ticket in old:
            self._drop(ticket)
        if old:
            self._since = now - _FORGOTTEN
        gone = [name for name, one in self._clusters.items() if one.last < now - _FORGOTTEN]
        for name in gone:
            self._remove(name)
        return gone

    def _make_room(self, now: int) -> list[str]:
        if len(self._clusters) < MOST_CLUSTERS:
            return []
        longest = min(self._clusters.values(), key=lambda one: (one.last, one.name))
        if longest.last > now - _EVICTABLE:
            return []
        self._remove(longest.name)
        return [longest.name]

    def _remove(self, name: str) -> None:
        del self._clusters[name]
        for ticket in [t for t, text in self._texts.items() if text.name == name]:
            self._drop(ticket)

    # ---------------------------------------------------------------------------------- asking

    def names(self) -> list[str]:
        """Return the provisional symptoms, in the order in which they were found."""
        return list(self._clusters)

    def sentences(self, name: str) -> tuple[str, ...]:
        """Return the typical sentences of a provisional symptom; empty for any other."""
        cluster = self._clusters.get(name)
        return () if cluster is None else cluster.sentences

    def hours(self, now: int) -> float:
        """Return for how many hours up to `now` (ms) the kept texts are complete, at least 1."""
        since = now if self._since is None else self._since
        return max(1.0, (now - since) / _HOUR)

    # -------------------------------------------------------------------------------- snapshot

    def state(self) -> dict[str, Any]:
        """Return the texts, the clusters and the usual words, for a snapshot."""
        return {
            "vocabulary": self._vocabulary.state(),
            "texts": list(self._texts.values()),
            "fresh": list(self._fresh),
            "clusters": list(self._clusters.values()),
            "since": self._since,
            "named": self._named,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Stand where `state` was taken."""
        self._vocabulary.restore(state["vocabulary"])
        texts = msgspec.convert(state["texts"], list[Text])
        self._texts = {text.ticket: text for text in texts}
        self._stems = {text.ticket: self._words.telling(text.sentence) for text in texts}
        self._weighed.clear()
        self._fresh = dict.fromkeys(state["fresh"])
        clusters = msgspec.convert(state["clusters"], list[Cluster])
        self._clusters = {cluster.name: cluster for cluster in clusters}
        self._since = state["since"]
        self._named = state["named"]


def _holds(stems: Collection[str], telling_stems: Sequence[str]) -> bool:
    """Say whether a text has at least two of a cluster's own words."""
    return sum(stem in stems for stem in telling_stems) >= _FEWEST_STEMS
