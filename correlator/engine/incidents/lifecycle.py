"""The life of an incident, as a table. Illegal moves raise and change nothing."""

from __future__ import annotations

from enum import StrEnum

from correlator.model import State


class Move(StrEnum):
    """What can happen to an incident."""

    PROPOSE = "propose"
    OPEN = "open"
    CONFIRM = "confirm"
    UNCONFIRM = "unconfirm"
    FADE = "fade"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"
    REJECT = "reject"
    MERGE = "merge"


MOVES: dict[tuple[State, Move], State] = {
    (State.CANDIDATE, Move.PROPOSE): State.PROPOSED,
    (State.CANDIDATE, Move.OPEN): State.OPEN,
    (State.CANDIDATE, Move.CONFIRM): State.OPEN,
    (State.CANDIDATE, Move.FADE): State.CLOSED,
    (State.CANDIDATE, Move.REJECT): State.REJECTED,
    (State.CANDIDATE, Move.MERGE): State.MERGED,
    (State.PROPOSED, Move.CONFIRM): State.OPEN,
    (State.PROPOSED, Move.RESOLVE): State.RESOLVED,
    (State.PROPOSED, Move.REJECT): State.REJECTED,
    (State.PROPOSED, Move.MERGE): State.MERGED,
    (State.OPEN, Move.CONFIRM): State.OPEN,
    (State.OPEN, Move.UNCONFIRM): State.PROPOSED,
    (State.OPEN, Move.RESOLVE): State.RESOLVED,
    (State.OPEN, Move.REJECT): State.REJECTED,
    (State.OPEN, Move.MERGE): State.MERGED,
    (State.RESOLVED, Move.REOPEN): State.OPEN,
    (State.RESOLVED, Move.CLOSE): State.CLOSED,
    (State.RESOLVED, Move.REJECT): State.REJECTED,
    (State.RESOLVED, Move.MERGE): State.MERGED,
    (State.CLOSED, Move.REOPEN): State.OPEN,
}


class IllegalMoveError(ValueError):
    """The incident cannot do that from where it stands."""


class RefusedError(ValueError):
    """The action cannot be done; the message says why."""


def after(state: State, move: Move) -> State:
    """Return the state that `move` leads to; raises `IllegalMoveError`."""
    try:
        return MOVES[state, move]
    except KeyError:
        raise IllegalMoveError(f"cannot {move} an incident that is {state}") from None


def diagram() -> str:
    """Return the table as a Mermaid state diagram; the one in ARCHITECTURE.md is this."""
    rows = [f"    {state} --> {target}: {move}" for (state, move), target in MOVES.items()]
    return "\n".join(["stateDiagram-v2", "    [*] --> candidate", *rows])
