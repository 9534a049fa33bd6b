"""Tokens of systems, on both databases."""

from __future__ import annotations

import pytest

from correlator.adapters.sql import SqlStore, Tokens
from correlator.adapters.sql.console import api_tokens
from correlator.model import DAY, HOUR
from tests.builders import START


@pytest.fixture
def tokens(store: SqlStore) -> Tokens:
    return Tokens(store.engine)


def made(tokens: Tokens) -> str:
    return tokens.create("crm", ("answers", "read"), "zoé", START, START + DAY)


def test_a_token_opens_until_it_expires(tokens: Tokens) -> None:
    token = made(tokens)
    known = tokens.known(token, START)
    assert known is not None
    assert (known.name, known.scopes, known.actor) == ("crm", ("answers", "read"), "zoé")
    assert tokens.known(token, START + DAY - 1) is not None
    assert tokens.known(token, START + DAY) is None


def test_a_token_that_is_revoked_opens_nothing_at_once(tokens: Tokens) -> None:
    token = made(tokens)
    key = token.split("_")[1]
    assert tokens.revoke(key, START + 1)
    assert tokens.known(token, START + 2) is None
    assert not tokens.revoke(key, START + 3)
    assert not tokens.revoke("nothing", START + 3)
    assert tokens.listed()[0].revoked == START + 1


@pytest.mark.parametrize("change", ["", "x", "_", "cor", "COR", "\0", "é", "\ud800", "a" * 10_000])
def test_anything_else_opens_nothing(tokens: Tokens, change: str) -> None:
    token = made(tokens)
    prefix, key, secret = token.split("_", 2)
    for wrong in (change, token + (change or "x"), f"{prefix}_{change}_{secret}",
                  f"{prefix}_{key}_{change}", f"{change}_{key}_{secret}"):  # fmt: skip
        assert wrong == token or tokens.known(wrong, START) is None


def test_the_secret_is_nowhere_in_the_database(store: SqlStore, tokens: Tokens) -> None:
    token = made(tokens)
    with store.engine.connect() as connection:
        (row,) = connection.execute(api_tokens.select()).mappings()
    assert token.split("_", 2)[2] not in str(dict(row))
    assert token not in str(tokens.listed())


def test_it_is_noted_when_a_token_was_used_at_most_once_an_hour(tokens: Tokens) -> None:
    token = made(tokens)
    assert tokens.listed()[0].used is None
    for later, noted in ((1, 1), (HOUR, 1), (HOUR + 1, HOUR + 1)):
        tokens.known(token, START + later)
        assert tokens.listed()[0].used == START + noted


def test_two_tokens_are_not_mixed_up(tokens: Tokens) -> None:
    one, other = made(tokens), made(tokens)
    secret = other.split("_", 2)[2]
    assert tokens.known(f"cor_{one.split('_')[1]}_{secret}", START) is None
    assert len({known.id for t in (one, other) if (known := tokens.known(t, START))}) == 2
