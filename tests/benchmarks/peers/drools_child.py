"""Drools over a feed, in a Python that has `drools-jpy`; prints what it cost and found as JSON.

python drools_child.py RULES.json FEED.jsonl

It goes over the feed twice, with a session each: the first time the JVM is still compiling. The
clock of a session is set by the events, which `Ruleset` of drools-jpy does not offer: it is the
same Java object that it calls, made with one option more. Nothing of this project is imported.
"""

import json
import logging
import sys
import time
from importlib.metadata import version
from typing import Any

from drools.ruleset import RulesetCollection

OPTION = "org.drools.ansible.rulebook.integration.api.RuleConfigurationOption"


def session(engine: Any, rules: str) -> int:
    """Return the number of a session whose clock stands still until it is told."""
    import jpy  # noqa: PLC0415 - there is none before the JVM runs

    manual = jpy.get_type(OPTION).FULLY_MANUAL_PSEUDOCLOCK
    return int(engine.createRuleset(rules, jpy.array(OPTION, [manual])))


def go(engine: Any, rules: str, feed: list[tuple[int, str]]) -> tuple[dict[str, float], list[str]]:
    """Return what one pass over the feed costs, and the matches as Drools tells them."""
    number = session(engine, rules)
    told = []
    before = feed[0][0]
    wall, cpu = time.perf_counter(), time.process_time()
    for at, event in feed:
        if at > before:
            engine.advanceTime(number, at - before, "MILLISECONDS")
            before = at
        answer = engine.assertEvent(number, event)
        if answer is not None and len(answer) > 2:
            told.append(answer)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    engine.dispose(number)
    return spent, told


def main() -> None:
    """Read, go over it twice, print."""
    logging.getLogger().setLevel(logging.ERROR)  # which drools-jpy hands on to the JVM
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 - as short as it can be
        rules = file.read()
    with open(sys.argv[2], encoding="utf-8") as file:  # noqa: PTH123
        feed = [(json.loads(line)["at"], line) for line in file]
    began = time.perf_counter()
    engine = RulesetCollection.api()
    start = time.perf_counter() - began
    cold, _ = go(engine, rules, feed)
    warm, told = go(engine, rules, feed)
    engine.shutdown()
    found = {"version": version("drools-jpy"), "start": start, "cold": cold, "warm": warm}
    json.dump({**found, "events": len(feed), "told": told}, sys.stdout)


if __name__ == "__main__":
    main()
