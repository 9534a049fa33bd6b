"""What is still to be written about an incident: what should stand in the tool less the journal.

Nothing is remembered between two plans, so the newest text wins by itself: an older one that was
not sent is no longer part of any plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

from correlator.model import State
from correlator.ticket_tool import OWN, TIE, Picture, WriteState, Written
from correlator.writeback.messages import Messages

Journal: TypeAlias = Mapping[tuple[str, str], Written]
"""What was written about an incident, by ticket and key."""

_RESTORED, _WITHDRAWN = "r", "w"
"""Keys of the two messages that end what a ticket was told; what it is told later begins anew."""


class Own(NamedTuple):
    """See that the incident has a ticket of its own."""

    subject: str
    text: str


class Tie(NamedTuple):
    """Link a customer's ticket below the incident's own, or take that back."""

    ticket: str
    linked: bool


class Say(NamedTuple):
    """Add a message to a customer's ticket; `key` tells it from the others about the incident."""

    ticket: str
    key: str
    text: str


Write: TypeAlias = Own | Tie | Say


class Plan(NamedTuple):
    """What is to be written, in this order; `held`: more than a program should do unasked."""

    writes: tuple[Write, ...]
    held: bool = False


def plan(picture: Picture, journal: Journal, messages: Messages, most: int) -> Plan:
    """Return what is still to be written about an incident.

    `most`: tickets above which a person has to have confirmed it.
    """
    incident = picture.incident
    match incident.state:
        case State.OPEN:
            if len(picture.linked) > most and not incident.confirmed_by:
                return Plan((), held=True)
            return Plan((*_known(picture, journal, messages), *_gone(picture, journal, messages)))
        case State.RESOLVED | State.CLOSED:
            return Plan(
                (*_restored(picture, journal, messages), *_gone(picture, journal, messages))
            )
        case State.REJECTED | State.MERGED:
            nobody = picture._replace(linked=())
            return Plan(tuple(_gone(nobody, journal, messages)))
        case _:
            return Plan(())


def _known(picture: Picture, journal: Journal, messages: Messages) -> Iterator[Write]:
    incident = picture.incident
    if not picture.linked:
        return
    if not _is_over(journal, "", OWN):
        yield Own(messages.subject(incident), messages.opening(incident))
    version, text = _version(picture), messages.known(picture)
    for ticket in picture.linked:
        key = f"{version}{_again(journal, ticket)}"
        if not _is_over(journal, ticket, key):
            yield Say(ticket, key, text)
        yield from _tied(journal, ticket)


def _restored(picture: Picture, journal: Journal, messages: Messages) -> Iterator[Write]:
    if not _is_over(journal, "", OWN):
        return  # it was over before anything was written
    told, text = _told(journal), messages.restored(picture)
    for ticket in picture.linked:
        again = _again(journal, ticket)
        # Who calls after the end was told nothing yet.
        if (ticket, again) in told or not again:
            yield Say(ticket, f"{_RESTORED}{again}", text)
        yield from _tied(journal, ticket)


def _gone(picture: Picture, journal: Journal, messages: Messages) -> Iterator[Write]:
    """Yield what takes back what was written to tickets that are not the incident's any more."""
    linked, told = frozenset(picture.linked), _told(journal)
    for ticket in dict.fromkeys(ticket for ticket, _ in journal if ticket):
        if ticket in linked:
            continue
        again = _again(journal, ticket)
        if (ticket, again) in told and picture.incident.state is not State.MERGED:
            yield Say(ticket, f"{_WITHDRAWN}{again}", messages.withdrawn(picture.incident))
        tie = journal.get((ticket, TIE))
        if tie is not None and (tie.number or tie.state is WriteState.BEGUN):
            yield Tie(ticket, linked=False)


def _tied(journal: Journal, ticket: str) -> Iterator[Write]:
    own, tie = journal.get(("", OWN)), journal.get((ticket, TIE))
    if own is not None and own.state is WriteState.REFUSED:
        return  # there is nothing to be tied to
    untied = tie is not None and tie.state is WriteState.DONE and not tie.number
    if tie is None or tie.state is WriteState.BEGUN or untied:
        yield Tie(ticket, linked=True)


def _version(picture: Picture) -> str:
    """Return what tells one thing to say from another: the approved text and the promise."""
    text = 0 if picture.text is None else picture.text.n
    promise = picture.incident.promise
    return f"t{text}.p{0 if promise is None else promise.n}"


def _is_over(journal: Journal, ticket: str, key: str) -> bool:
    written = journal.get((ticket, key))
    return written is not None and written.state is not WriteState.BEGUN


def _again(journal: Journal, ticket: str) -> str:
    """Return what tells messages after an end from those before it: "", then `.2`, `.3`."""
    count = 1
    while any(
        _is_over(journal, ticket, f"{end}{_suffix(count)}") for end in (_RESTORED, _WITHDRAWN)
    ):
        count += 1
    return _suffix(count)


def _suffix(count: int) -> str:
    return "" if count == 1 else f".{count}"


def _told(journal: Journal) -> frozenset[tuple[str, str]]:
    """Return which tickets were told, or may have been, that it explains them, and since when.

    Since which end, as `_again` says it.
    """
    return frozenset(
        (ticket, _again_of(key))
        for (ticket, key), written in journal.items()
        if key.startswith("t") and key != TIE
        if written.state in {WriteState.DONE, WriteState.BEGUN}
    )


def _again_of(key: str) -> str:
    parts = key.split(".")
    return f".{parts[2]}" if len(parts) > 2 else ""
