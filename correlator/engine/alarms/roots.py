"""The root of a group of alarms: which cause explains them best."""

from __future__ import annotations

import msgspec

from correlator.engine.alarms.relations import Relations
from correlator.engine.alarms.tuning import TUNING
from correlator.engine.state.carry import Renumbering
from correlator.model import Millis
from topology import Scope, Topology


class AlarmGroup(msgspec.Struct):
    """Alarms of one cause. `root` is a domain; `alarms`: alarm → domain, in the order they came.

    `began`: when the first alarm of each domain arrived; `standing`: those that have not cleared;
    `first` and `last`: when the first and the last one arrived; `over`: since when none stands,
    None while one does; `incident`: number of the live incident that it is part of, or 0;
    `name`: the public id of that incident, over or not; `replaced`: the numbers of those of the
    groups that it has taken in since it was shown.
    """

    number: int
    root: int
    alarms: dict[str, int]
    standing: dict[str, None]
    began: dict[int, Millis]
    first: Millis
    last: Millis
    tau: float
    over: Millis | None = None
    incident: int = 0
    name: str = ""
    replaced: list[int] = []

    def carried_over(self, moved: Renumbering) -> AlarmGroup | None:
        """Return it under the domains of another inventory; None where nothing of it is left."""
        root = moved.domain(self.root)
        known = {a: d for a, was in self.alarms.items() if (d := moved.domain(was)) is not None}
        if root is None or not known:
            return None
        standing = {alarm: None for alarm in self.standing if alarm in known}
        return msgspec.structs.replace(
            self,
            root=root,
            alarms=known,
            standing=standing,
            began={d: t for was, t in self.began.items() if (d := moved.domain(was)) is not None},
            over=self.over if self.over is not None or standing else moved.now,
        )


class AlarmRoots:
    """Finds the cause of a group; no state."""

    def __init__(self, topology: Topology, relations: Relations) -> None:
        self._topology = topology
        self._relations = relations

    def of(self, group: AlarmGroup) -> Scope:
        """Return the cause that explains the alarms of a group best: one domain, or an arc.

        Each alarmed equipment that a cause takes along speaks for it, each silent child against it.
        """
        alarmed = set(group.alarms.values())
        # Of a link that is cut both ends alarm: what is below them tells which of them has failed.
        links = self._relations.links
        ends = {d for d in alarmed if not alarmed.isdisjoint(links(d))}
        unseen = self._unseen(group)
        told = alarmed - ends - unseen
        candidates = sorted({group.root, *told, *ends} - unseen) or [group.root]
        score = {domain: self._score(domain, told) for domain in candidates}
        best = max(candidates, key=lambda domain: (score[domain], -domain))
        failed = {d for d in candidates if score[d] > 0.0 and links(d)}
        if best not in failed or len(failed) == 1:
            return Scope(best)
        arcs = (arc for arc in self._topology.arcs([best]) if failed.issuperset(arc))
        widest = max(arcs, key=len, default=())
        return self._topology.scope_among(widest) if widest else Scope(best)

    def _unseen(self, group: AlarmGroup) -> set[int]:
        """Return what alarmed no sooner than that through which supervision sees it."""
        began = group.began
        return {
            domain
            for domain, since in began.items()
            for hider in self._relations.hides.get(domain, ())
            if hider in began and since >= began[hider] - TUNING.at_once
        }

    def _score(self, domain: int, alarmed: set[int]) -> float:
        """Return the log likelihood ratio, in nats, of the alarms for a failure of a domain."""
        under = alarmed.intersection((domain, *self._topology.equipment_under(domain)))
        children = self._topology.children(domain)
        silent = len(children) - len(alarmed.intersection(children))
        return TUNING.alarmed_below * len(under) - TUNING.silent_child * silent
