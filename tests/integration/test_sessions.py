"""Sessions, logins under way and links of agents, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from correlator.adapters.sql import Sessions, SqlStore
from correlator.adapters.sql.console import agent_links, logins
from correlator.adapters.sql.console import sessions as table
from correlator.adapters.sql.sessions import (
    FRAME,
    IDLE,
    LASTS,
    LINK_LASTS,
    PATIENCE,
    Begun,
    Link,
)
from correlator.model import DAY, HOUR, MINUTE
from tests.builders import START

BEGUN = Begun("a nonce", "a verifier", "/mur")
LINK = Link("zoé", "T1", "C1")


@pytest.fixture
def sessions(store: SqlStore) -> Sessions:
    return Sessions(store.engine)


def test_a_session_is_known_by_its_cookie_alone(sessions: Sessions) -> None:
    key, cookie = sessions.open("zoé", "cell", START, subject="z-1")
    _, other = sessions.open("zoé", "cell", START)
    known = sessions.known(cookie, START)
    assert known is not None
    assert (known.id, known.actor, known.role, known.subject) == (key, "zoé", "cell", "z-1")
    for wrong in ("", key, "x", cookie + "x", cookie[:-1], "\0", "é", "\ud800", "a" * 10_000):
        assert sessions.known(wrong, START) is None
    assert other != cookie


def test_no_cookie_is_in_the_database(store: SqlStore, sessions: Sessions) -> None:
    _, cookie = sessions.open("zoé", "cell", START)
    secret, _ = sessions.link(LINK, "crm", START)
    sessions.begin("a state", "a browser", BEGUN, START)
    with store.engine.connect() as connection:
        kept = [
            str(dict(row))
            for one in (table, logins, agent_links)
            for row in connection.execute(one.select()).mappings()
        ]
    assert len(kept) == 3
    assert not [row for row in kept for hidden in (cookie, secret, "a state") if hidden in row]


@pytest.mark.parametrize(("role", "idle"), [("cell", IDLE), ("noc", IDLE), ("agent", 8 * HOUR)])
def test_a_session_in_which_nobody_does_anything_ends(
    sessions: Sessions, role: str, idle: int
) -> None:
    key, cookie = sessions.open("zoé", role, START)
    assert sessions.known(cookie, START + idle - 1, used=False) is not None
    assert sessions.living([key], START + idle - 1) == {key}
    assert sessions.known(cookie, START + idle) is None
    assert sessions.living([key], START + idle) == set()


def test_a_session_ends_though_somebody_is_at_it_all_the_time(sessions: Sessions) -> None:
    _, cookie = sessions.open("zoé", "cell", START)
    for at in range(0, LASTS, IDLE // 2):
        assert sessions.known(cookie, START + at) is not None
    assert sessions.known(cookie, START + LASTS - 1) is not None
    assert sessions.known(cookie, START + LASTS) is None


def test_that_somebody_is_there_is_written_at_most_once_a_minute(sessions: Sessions) -> None:
    _, cookie = sessions.open("zoé", "cell", START)
    for later, noted in ((MINUTE - 1, 0), (MINUTE, MINUTE), (MINUTE + 1, MINUTE)):
        sessions.known(cookie, START + later)
        assert sessions.listed(START)[0].seen == START + noted
    sessions.known(cookie, START + 10 * MINUTE, used=False)
    assert sessions.listed(START)[0].seen == START + MINUTE


def test_a_session_that_is_revoked_opens_nothing_at_once(sessions: Sessions) -> None:
    key, cookie = sessions.open("zoé", "cell", START, id_token="e30")
    assert sessions.id_token(key) == "e30"
    assert sessions.revoke(key, START)
    assert sessions.known(cookie, START) is None
    assert sessions.living([key, "nobody"], START) == set()
    assert sessions.id_token(key) == ""
    assert not sessions.revoke(key, START + 1)
    assert not sessions.revoke("nobody", START)
    assert sessions.listed(START) == []
    assert [one.id for one in sessions.listed(START, everything=True)] == [key]


def test_what_is_long_over_goes(sessions: Sessions) -> None:
    sessions.open("zoé", "cell", START)
    later = START + LASTS + 30 * DAY
    key, _ = sessions.open("zoé", "cell", later + 1)
    assert [one.id for one in sessions.listed(later, everything=True)] == [key]


def test_a_frame_is_given_one_ticket_after_the_other(sessions: Sessions) -> None:
    _, cookie = sessions.open("zoé", "agent", START, kind=FRAME, tickets={"T1": "C1"})
    known = sessions.known(cookie, START)
    assert known is not None
    sessions.give(known, "T2", "")
    again = sessions.known(cookie, START)
    assert again is not None
    assert again.tickets == {"T1": "C1", "T2": ""}


def test_a_login_is_finished_once_and_by_the_browser_that_began_it(sessions: Sessions) -> None:
    sessions.begin("s1", "b1", BEGUN, START)
    assert sessions.finish("s1", "b2", START) is None
    assert sessions.finish("s2", "b1", START) is None
    assert sessions.finish("s1", "b1", START + 1) == BEGUN
    assert sessions.finish("s1", "b1", START + 1) is None
    sessions.begin("s3", "b1", BEGUN, START)
    assert sessions.finish("s3", "b1", START + PATIENCE) is None


def test_of_many_who_finish_a_login_at_once_one_does(sessions: Sessions) -> None:
    sessions.begin("s1", "b1", BEGUN, START)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: sessions.finish("s1", "b1", START), range(8)))
    assert [one for one in found if one] == [BEGUN]


def test_a_link_is_good_once_and_for_a_minute(sessions: Sessions) -> None:
    secret, until = sessions.link(LINK, "crm", START)
    assert until == START + LINK_LASTS == START + 60_000
    assert sessions.follow(secret + "x", START) is None
    assert sessions.follow(secret, until - 1) == LINK
    assert sessions.follow(secret, until - 1) is None
    late, until = sessions.link(LINK, "crm", START)
    assert sessions.follow(late, until) is None


def test_of_many_who_follow_a_link_at_once_one_does(sessions: Sessions) -> None:
    secret, _ = sessions.link(LINK, "crm", START)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: sessions.follow(secret, START), range(8)))
    assert [one for one in found if one] == [LINK]
