"""A customer taken out of what is kept as bytes: inputs, decisions, JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from correlator.model import Action, Eraser, Forgotten, Ticket
from correlator.ports import Decision, Input

_ENCODER = msgspec.msgpack.Encoder()
_INPUTS: msgspec.msgpack.Decoder[list[Input]] = msgspec.msgpack.Decoder(list[Input])
_DECISIONS: msgspec.msgpack.Decoder[list[Decision]] = msgspec.msgpack.Decoder(list[Decision])


def found_in(inputs: Iterable[Input], who: Forgotten) -> Forgotten:
    """Return the customer with the tickets that these inputs bring of theirs, and the words.

    A change that does not repeat the customer is of whom its ticket is.
    """
    tickets, texts = set(who.tickets), set()
    for one in inputs:
        if isinstance(one, Ticket) and is_theirs(one.customer, one.id, who.customer, tickets):
            tickets.add(one.id)
            texts.add(one.text)
    return who.and_more(frozenset(tickets), frozenset(texts))


def is_theirs(of: str | None, ticket: str, customer: str, tickets: Iterable[str]) -> bool:
    """Whether a record about a ticket is a customer's, of whom these `tickets` are known."""
    return of == customer or (of is None and ticket in tickets)


def decoded_inputs(data: bytes) -> list[Input]:
    """Return inputs as the daemon has them encoded."""
    return _INPUTS.decode(data) if data else []


def inputs_without(data: bytes, eraser: Eraser) -> bytes:
    """Return encoded inputs without the customer; the same bytes where they are not in them."""
    inputs = decoded_inputs(data)
    others = [_input_without(one, eraser) for one in inputs]
    return data if others == inputs else _ENCODER.encode(others)


def _input_without(one: Input, eraser: Eraser) -> Input:
    if isinstance(one, Ticket):
        return ticket_without(one, eraser)
    if isinstance(one, Action):
        action: Action = _rebuilt(one, Action, eraser)
        return action
    return one


def ticket_without(ticket: Ticket, eraser: Eraser) -> Ticket:
    """Return a record about a ticket without the customer: of whom it is, and what they wrote."""
    who = eraser.who
    if not is_theirs(ticket.customer, ticket.id, who.customer, who.tickets):
        return msgspec.structs.replace(ticket, text=eraser.without(ticket.text))
    of = who.stand_in if ticket.customer == who.customer else ticket.customer
    return msgspec.structs.replace(ticket, customer=of, text="")


def decisions_without(data: bytes, eraser: Eraser) -> bytes:
    """Return encoded decisions without the customer; the same bytes where they are not in them."""
    if not data:
        return data
    decisions = _DECISIONS.decode(data)
    others = [_rebuilt(one, Decision, eraser) for one in decisions]
    return data if others == decisions else _ENCODER.encode(others)


def _rebuilt(one: Any, kind: Any, eraser: Eraser) -> Any:
    return msgspec.convert(eraser.without(msgspec.to_builtins(one)), kind)


def json_without(text: str | bytes, eraser: Eraser) -> str:
    """Return JSON without the customer; empty, and what is no JSON, as a text."""
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        plain = text if isinstance(text, str) else text.decode("utf-8", "replace")
        return str(eraser.without(plain))
    other = eraser.without(value)
    if other == value:
        return text if isinstance(text, str) else text.decode()
    return msgspec.json.encode(other).decode()
