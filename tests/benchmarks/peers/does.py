"""What each does for an event in this run, and what it does not: read in their documentation.

`yes`; `part`: only in part, or with much written by hand; `no`.
"""

from __future__ import annotations

from typing import NamedTuple

PEERS = ("correlator", "Drools", "Alertmanager", "SEC")


class Deed(NamedTuple):
    """Something that may be done for an event."""

    short: str
    """For a heading."""
    words: str
    does: tuple[str, str, str, str]
    """By the order of `PEERS`."""
    why: str
    """What "part" means."""


DEEDS = (
    Deed(
        "time", "goes by the time of the events, so that a replay decides what was decided live",
        ("yes", "part", "no", "no"),
        "Drools can, drools-jpy has no setting for it: the benchmark calls the Java object beneath",
    ),
    Deed(
        "text", "reads what the ticket says", ("yes", "part", "no", "part"),
        "Drools and SEC match patterns that somebody writes",
    ),
    Deed(
        "topology", "knows what fails with what, and who hangs on it", ("yes", "no", "no", "no"),
        "the node of every event is looked up for them before the run",
    ),
    Deed(
        "count", "counts within a window", ("yes", "yes", "no", "yes"),
        "",
    ),
    Deed(
        "usual rate", "compares with what is usual there at that hour", ("yes", "no", "no", "no"),
        "",
    ),
    Deed(
        "cause", "weighs rival causes and names one", ("yes", "no", "part", "no"),
        "Alertmanager hides alerts below another one where a rule says so",
    ),
    Deed(
        "groups", "gathers alarms of one failure", ("yes", "part", "part", "part"),
        "the others gather what has one label, here the node: a failure above it is many groups",
    ),
    Deed(
        "links", "ties every ticket to its incident, with a probability",
        ("yes", "no", "no", "part"),
        "SEC can collect the lines of a window",
    ),
    Deed(
        "answer", "answers the agent when the ticket arrives", ("yes", "no", "no", "no"),
        "",
    ),
    Deed(
        "end", "says when it is over", ("yes", "part", "yes", "part"),
        "Drools and SEC by further rules, for what has a clear",
    ),
    Deed(
        "why", "keeps the numbers it decided by", ("yes", "no", "no", "no"),
        "",
    ),
    Deed(
        "told", "tells people, with silences", ("part", "part", "yes", "part"),
        "the console and topics here; a function that Drools calls, a command that SEC runs; only"
        " Alertmanager has routes, repeats and silences",
    ),
    Deed(
        "kept", "survives a restart", ("no", "part", "part", "no"),
        "nobody in this run: here it is the daemon that keeps, and pays for it; Drools does with a"
        " database behind, Alertmanager keeps silences and what it has sent, not the alerts",
    ),
)  # fmt: skip
