"""Drools through drools-jpy: two rules that count events of a node within a window."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.benchmarks.peers.feed import as_json
from tests.benchmarks.peers.firings import COUNTS, Count, Firing
from tests.benchmarks.peers.process import Cost, MissingError, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.benchmarks.peers.feed import Item

PYTHON = Path(".cache/peers/bin/python")
"""Where `make bench_peers` puts the Python that has drools-jpy."""
CHILD = Path(__file__).with_name("drools_child.py")
_NEW = {"alarm": "raised", "ticket": "created"}


class Ran(NamedTuple):
    """A run: while the JVM was still compiling, and after that."""

    version: str
    start: float
    """Seconds of the clock until the JVM takes rules."""
    cold: Cost
    warm: Cost
    firings: list[Firing]


def ruleset(counts: Iterable[Count] = COUNTS) -> dict[str, Any]:
    """Return the rules in the syntax tree that drools-jpy takes."""
    return {
        "name": "peers",
        "hosts": ["localhost"],
        "sources": [],
        "rules": list(map(_rule, counts)),
    }


def _rule(count: Count) -> dict[str, Any]:
    wanted = {"kind": count.kind, "state": _NEW[count.kind]}
    conditions = [
        {"EqualsExpression": {"lhs": {"Event": key}, "rhs": {"String": value}}}
        for key, value in wanted.items()
    ]
    first, *others = conditions
    for other in others:
        first = {"AndExpression": {"lhs": first, "rhs": other}}
    rule = {
        "name": count.name,
        "enabled": True,
        "actions": [{"Action": {"action": "none", "action_args": {}}}],
        "condition": {"AllCondition": [first]},
        "throttle": {
            "accumulate_within": f"{count.minutes} minutes",
            "threshold": count.enough,
            "group_by_attributes": ["event.node"],
        },
    }
    return {"Rule": rule}


def firings_in(answers: Iterable[str]) -> list[Firing]:
    """Return the matches that Drools told: lists of rule → variable → event."""
    found = []
    for answer in answers:
        for match in json.loads(answer):
            for rule, variables in match.items():
                event = next(iter(variables.values()))
                found.append(Firing(rule, event["at"], event["node"]))
    return found


def drools(items: Sequence[Item], python: Path, folder: Path) -> Ran:
    """Run it over a feed. MissingError: it is not here."""
    if shutil.which("java") is None:
        raise MissingError("Drools needs Java 17, and there is no `java`")
    if not python.exists():
        raise MissingError(
            "Drools: there is no Python with drools-jpy; `make bench_peers` makes one"
        )
    rules, feed = folder / "rules.json", folder / "feed.jsonl"
    rules.write_text(json.dumps(ruleset()))
    feed.write_text("".join(as_json(item) + "\n" for item in items))
    ended = run([str(python), "-I", str(CHILD), str(rules), str(feed)], folder, _environment())
    told = json.loads(ended.out)
    cold, warm = (
        Cost(told["events"], told[name]["wall"], told[name]["cpu"], ended.rss)
        for name in ("cold", "warm")
    )
    return Ran(told["version"], told["start"], cold, warm, firings_in(told["told"]))


def _environment() -> dict[str, str]:
    """Return what drools-jpy finds its JVM by."""
    java = Path(shutil.which("java") or "java").resolve()
    return {**os.environ, "JAVA_HOME": os.environ.get("JAVA_HOME", str(java.parents[1]))}
