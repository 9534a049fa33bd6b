"""Forgetting a customer in a state: what every owner drops, and what it may keep.

On the state as a snapshot has it, so that an engine that runs and the snapshots of an archive
forget in the same way. The customer's calls stay as those of another customer, under the id that
stands for them: every count stays what it was. What they wrote goes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from correlator.model.forgetting import Eraser, Forgotten
from correlator.text import masked

State: TypeAlias = dict[str, Any]
Forget: TypeAlias = Callable[[State, Eraser], State]

_VERSION = "version"


def forget(state: State, who: Forgotten) -> tuple[State, Forgotten]:
    """Return a state without a customer, and the customer with all that it knew of them."""
    who = _completed(state, who)
    eraser = Eraser(who)
    kept = {
        name: FORGETTING[name](own, eraser) if name in FORGETTING else own
        for name, own in state.items()
    }
    return kept, who


def _completed(state: State, who: Forgotten) -> Forgotten:
    """Return the customer with the tickets that the state knows as theirs, and their texts."""
    known = state["known"]["known"].items()
    own = {ticket: one["text"] for ticket, one in known if one["customer"] == who.customer}
    tickets = who.tickets | own.keys()
    texts = {*own.values()}
    texts |= {row[0] for row in _read(state) if row[3] in tickets}
    clusters = state["clusters"]
    texts |= {one["sentence"] for one in clusters["texts"] if one["ticket"] in tickets}
    for cluster in clusters["clusters"]:
        said = zip(cluster["sentences"], cluster.get("tickets", ()), strict=False)
        texts |= {sentence for sentence, ticket in said if ticket in tickets}
    every = texts | who.texts
    return who.and_more(frozenset(tickets), frozenset(every | set(map(masked, every))))


def _read(state: State) -> list[Any]:
    return [*state["classifier"]["kept"], *state["classifier"]["waiting"]]


# ------------------------------------------------------------------------- one for each owner


def _known(state: State, eraser: Eraser) -> State:
    who = eraser.who
    known = {
        ticket: {**one, "customer": who.stand_in, "text": ""}
        if one["customer"] == who.customer
        else {**one, "text": eraser.without(one["text"])}
        for ticket, one in state["known"].items()
    }
    return {**state, "known": known}


def _calls(state: State, eraser: Eraser) -> State:
    who = eraser.who
    calls = [
        {**call, "customer": who.stand_in} if call["customer"] == who.customer else call
        for call in state["calls"]
    ]
    renamed = {
        who.stand_in if customer == who.customer else customer: positions
        for customer, positions in state["by_customer"].items()
    }
    return {**state, "calls": calls, "by_customer": renamed}


def _incidents(state: State, eraser: Eraser) -> State:
    """Rename callers, erase words; what is published otherwise has another version."""
    pictures = [later_without(one, eraser) for one in state["published"]]
    changed = {
        one["id"] for one, before in zip(pictures, state["published"], strict=True) if one != before
    }

    def erased(live: Any) -> Any:
        other = eraser.without(live)
        if other["id"] in changed:
            other[_VERSION] = live[_VERSION] + 1
        return other

    return {
        **state,
        "live": list(map(erased, state["live"])),
        "closed": list(map(erased, state["closed"])),
        "published": pictures,
    }


def later_without(picture: Any, eraser: Eraser) -> Any:
    """Return the picture of an incident without the customer: the next version, if it changes."""
    other = eraser.without(picture)
    return {**other, _VERSION: picture[_VERSION] + 1} if other != picture else picture


def _classifier(state: State, eraser: Eraser) -> State:
    """Drop the texts; the weights that have been learned from them are nobody's."""
    who = eraser.who
    rows = {
        name: [
            row
            for row in state[name]
            if row[3] not in who.tickets and row[0] not in eraser.words and not eraser.names(row[0])
        ]
        for name in ("kept", "waiting")
    }
    return {**state, **rows}


def _clusters(state: State, eraser: Eraser) -> State:
    """Drop texts, and sentences of what they helped to find; its name has words that many wrote."""
    tickets = eraser.who.tickets
    return {
        **state,
        "texts": [
            one
            for one in state["texts"]
            if one["ticket"] not in tickets and not eraser.names(one["sentence"])
        ],
        "fresh": [ticket for ticket in state["fresh"] if ticket not in tickets],
        "clusters": [_cluster(one, eraser) for one in state["clusters"]],
    }


def _cluster(cluster: Any, eraser: Eraser) -> Any:
    tickets = cluster.get("tickets") or [""] * len(cluster["sentences"])
    kept = [
        (sentence, ticket)
        for sentence, ticket in zip(cluster["sentences"], tickets, strict=True)
        if ticket not in eraser.who.tickets and not eraser.names(sentence)
    ]
    # A cluster without a sentence is none: its own words stand for them.
    kept = kept or [(" ".join(cluster["stems"]), "")]
    return {**cluster, "sentences": [s for s, _ in kept], "tickets": [t for _, t in kept]}


FORGETTING: Final[Mapping[str, Forget]] = MappingProxyType(
    {
        "known": _known,
        "calls": _calls,
        "incidents": _incidents,
        "classifier": _classifier,
        "clusters": _clusters,
    }
)
"""By owner, as it is called in a snapshot: what it does to forget."""

KNOWS_NOBODY: Final = frozenset(
    {"rates", "detector", "alarms", "works", "groups", "feeds", "ledger", "actions"}
)
"""Owners that hold counts, equipment, and ids of tickets, incidents and actions; no customer."""
