"""The life of an incident is a table, and nothing beside it."""

from itertools import product

import pytest

from correlator.engine.incidents import IllegalMoveError, Move, after, diagram
from correlator.engine.incidents.lifecycle import MOVES
from correlator.model import State

LEGAL = sorted(MOVES.items())
ILLEGAL = sorted(set(product(State, Move)) - set(MOVES))


@pytest.mark.parametrize(("move", "target"), LEGAL, ids=lambda v: "-".join(v) if v else "")
def test_a_legal_move_leads_where_the_table_says(move: tuple[State, Move], target: State) -> None:
    assert after(*move) is target


@pytest.mark.parametrize(("state", "move"), ILLEGAL)
def test_an_illegal_move_raises_and_names_both(state: State, move: Move) -> None:
    with pytest.raises(IllegalMoveError, match=f"cannot {move} an incident that is {state}"):
        after(state, move)


@pytest.mark.parametrize("end", [State.REJECTED, State.MERGED])
def test_rejected_and_merged_are_ends(end: State) -> None:
    assert not [move for state, move in MOVES if state is end]


def test_every_state_can_be_reached_and_every_move_is_used() -> None:
    assert {*MOVES.values(), State.CANDIDATE} == set(State)
    assert {move for _, move in MOVES} == set(Move)


def test_only_a_candidate_can_fade_or_be_announced_by_the_engine() -> None:
    for move in (Move.FADE, Move.OPEN, Move.PROPOSE):
        assert [state for state, m in MOVES if m is move] == [State.CANDIDATE]


def test_the_diagram_draws_every_move() -> None:
    lines = diagram().splitlines()
    assert lines[:2] == ["stateDiagram-v2", "    [*] --> candidate"]
    assert len(lines) == len(MOVES) + 2
    assert "    open --> resolved: resolve" in lines
