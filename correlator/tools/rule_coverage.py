"""What the tests of rules notice: each key of each rule is spoilt, and its tests run again.

A key that no test notices may say anything; one that a test notices is held by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeAlias

import msgspec

from correlator.model import MINUTE
from correlator.tools.rule_check import check_rules
from rules.model import Catalog, Level, Linking, Resolving, Rule
from rules.testing import RuleTest
from rules.testing.model import Announced, External

_OTHER_URGENCY: dict[Level, Level] = {"high": "low", "medium": "low", "low": "high"}


def _symptoms(rule: Rule) -> Rule | None:
    """Return it with the rarest of its symptoms alone."""
    if isinstance(rule.symptoms, str) or len(rule.symptoms) < 2:
        return None
    rarest = min(rule.symptoms, key=rule.symptoms.__getitem__)
    return msgspec.structs.replace(rule, symptoms={rarest: 1.0}, other_symptoms=0.001)


def _raises(rule: Rule) -> Rule:
    other = "proposed" if rule.raises == "open" else "open"
    return msgspec.structs.replace(rule, raises=other)


SPOILT: dict[str, Callable[[Rule], Rule | None]] = {
    "symptoms": _symptoms,
    "dial_share": lambda r: msgspec.structs.replace(r, dial_share=r.dial_share / 1e9),
    "cause_gain": lambda r: msgspec.structs.replace(r, cause_gain=1e3),
    "callers": lambda r: msgspec.structs.replace(r, callers=10**6),
    "raises": _raises,
    "alarms": lambda r: msgspec.structs.replace(r, alarms=()) if r.alarms else None,
    "urgency": lambda r: msgspec.structs.replace(r, urgency=_OTHER_URGENCY[r.urgency]),
    "link": lambda r: msgspec.structs.replace(r, link=Linking(1.0, 1.0)),
    "resolve": lambda r: msgspec.structs.replace(r, resolve=Resolving(MINUTE, MINUTE, MINUTE)),
}
"""By key: the rule with that key spoilt, None where it has none to spoil."""


class RuleCoverage(msgspec.Struct, frozen=True):
    """What the tests of a rule hold.

    `tests`: how many; `raising` of them expect an incident, `quiet` that there is none. `noticed`
    and `unnoticed`: keys that some test notices when they are spoilt, and that none does.
    """

    rule: str
    tests: int
    raising: int
    quiet: int
    noticed: tuple[str, ...]
    unnoticed: tuple[str, ...]


Task: TypeAlias = tuple[Catalog, tuple[RuleTest, ...], str, str]


def coverage(
    catalog: Catalog,
    tests: Sequence[RuleTest],
    jobs: int = 1,
    seen: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[RuleCoverage]:
    """Return the coverage of each rule; `seen(done, all)` is told of the progress."""
    own = {rule.id: tuple(t for t in tests if t.rule == rule.id) for rule in catalog.rules}
    tasks = [(catalog, own[rule.id], rule.id, key) for rule in catalog.rules for key in SPOILT]
    results: dict[tuple[str, str], bool | None] = {}
    for done, (task, found) in enumerate(zip(tasks, _run(tasks, jobs), strict=True), 1):
        results[task[2], task[3]] = found
        seen(done, len(tasks))
    return [_of(rule, own[rule.id], results) for rule in catalog.rules]


def _run(tasks: Sequence[Task], jobs: int) -> Iterable[bool | None]:
    if jobs <= 1:
        yield from map(_notices, tasks)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_notices, tasks)


def _notices(task: Task) -> bool | None:
    """Return whether a test of a rule fails once a key is spoilt; None: there is none to spoil."""
    catalog, tests, name, key = task
    spoilt = SPOILT[key](catalog.rule(name))
    if spoilt is None:
        return None
    rules = tuple(spoilt if rule.id == name else rule for rule in catalog.rules)
    other = msgspec.structs.replace(catalog, version=f"{catalog.version}-{key}", rules=rules)
    return any(check_rules(other, [test])[0].failures for test in tests)


def _of(
    rule: Rule, tests: Sequence[RuleTest], results: dict[tuple[str, str], bool | None]
) -> RuleCoverage:
    found = {key: results[rule.id, key] for key in SPOILT}
    quiet = sum(not any(isinstance(e, Announced | External) for e in t.expect) for t in tests)
    return RuleCoverage(
        rule=rule.id,
        tests=len(tests),
        raising=len(tests) - quiet,
        quiet=quiet,
        noticed=tuple(key for key, held in found.items() if held),
        unnoticed=tuple(key for key, held in found.items() if held is False),
    )
