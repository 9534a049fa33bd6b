"""Logging in at a real provider, over HTTP, on both databases; and those who try without."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from joserfc import jwk
from sqlalchemy import update

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import SqlStore, Tokens, open_store
from correlator.adapters.sql.console import agent_links, audit
from correlator.adapters.sql.console import sessions as table
from correlator.adapters.sql.sessions import IDLE, LASTS, Sessions
from correlator.model import DAY, HOUR, MINUTE
from correlator.web.settings import Rates, WebSettings
from tests.harness.command import correlator
from tests.harness.console import Web, write_towns
from tests.harness.http import get
from tests.harness.oidc import CLIENT, Person, Provider, Reply, now, running_provider
from tests.harness.postgres import Databases
from tests.harness.waiting import until

CRM = "https://crm.example"
EVIL = ("//evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example",
        "https://evil.example/", "/\t/evil.example", "/\n/evil.example", "javascript:alert(1)",
        "%2F%2Fevil.example", " //evil.example", "evil.example", "", "/x\r\nSet-Cookie: s=evil",
        "/x\x00", "/" + "x" * 5_000)  # fmt: skip


class Place(NamedTuple):
    web: Web
    provider: Provider
    store: SqlStore
    sessions: Sessions
    config: Path

    def person(self) -> Person:
        return Person(self.web.url)

    def change(self, session: str, **values: object) -> None:
        with self.store.engine.begin() as connection:
            connection.execute(update(table).where(table.c.id == session).values(values))


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(
    request: pytest.FixtureRequest, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("login")
    if request.param == "sqlite":
        with started(folder, f"sqlite:///{folder / 'x.db'}", provider) as found:
            yield found
        return
    databases: Databases = request.getfixturevalue("postgres_databases")
    with databases.fresh() as url, started(folder, url, provider) as found:
        yield found


@contextmanager
def started(folder: Path, database: str, provider: Provider, **more: object) -> Iterator[Place]:
    store, towns = open_store(database), write_towns(folder / "towns")
    settings = WebSettings(
        towns, store_url=database, oidc=provider.settings(), frame_ancestors=(CRM,), **more
    )
    config = folder / "correlator.yaml"
    config.write_text(f'topology: {{folder: "{towns}"}}\nstore: {{url: "{database}"}}\n')
    web = Web(folder, settings)
    try:
        web.start()
        yield Place(web, provider, store, Sessions(store.engine), config)
    finally:
        web.kill()
        store.close()


@pytest.fixture(autouse=True)
def _honest(provider: Provider) -> None:
    provider.tell_truth()


@pytest.fixture
def zoe(place: Place) -> Person:
    """Somebody of the cell who has logged in."""
    person = place.person()
    assert person.log_in("zoe").status == 303
    return person


def session_of(place: Place, actor: str) -> str:
    """Return the latest session of somebody."""
    return next(one.id for one in place.sessions.listed(wall_clock()) if one.actor == actor)


def refused(reply: Reply) -> bool:
    """Return whether a page was refused and no session begun."""
    return reply.status >= 400 and not any(one.startswith("s=") for one in reply.cookies)


# ------------------------------------------------------------------------------------- the way


def test_without_a_session_there_is_only_the_way_to_one(place: Place) -> None:
    nobody = place.person()
    page = nobody.get("/a/T1?client=C1&symptome=no-sync")
    assert page.status == 303
    assert page.location == "/login?next=" + quote("/a/T1?client=C1&symptome=no-sync", safe="")
    for path in ("/f/rows?ids=x", "/events", "/f/a/T1", "/screens/x.png", "/nowhere"):
        assert nobody.get(path, Accept="*/*").status == 401
    for path in ("/do", "/prefs", "/f/since"):
        assert nobody.ask("POST", path, {"verb": "note"}).status == 401
    for path in ("/api/v1/incidents", "/api/v1/answers/T1", "/tmf-api/x"):
        answer = nobody.get(path)
        assert (answer.status, '"code":"unauthorized"' in answer.text) == (401, True)
    assert nobody.get("/api/v1/health").status == 200
    assert nobody.get("/api/v1/openapi.json").status == 200


def test_a_person_logs_in_and_comes_to_what_they_asked_for(place: Place) -> None:
    zoe = place.person()
    done = zoe.log_in("zoe", "/mur?x=é&y=1")
    assert (done.status, done.location) == (303, "/mur?x=%C3%A9&y=1")
    page = zoe.get("/mur")
    assert page.status == 200
    assert 'data-actor="zoe" data-role="cell"' in page.text
    assert zoe.get("/api/v1/incidents", Accept="application/json").status == 200


def test_what_is_asked_of_the_provider_is_a_code_with_pkce_state_and_nonce(place: Place) -> None:
    person = place.person()
    address = person.at_provider()
    asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT)
    assert asked["redirect_uri"] == f"{place.web.url}/callback"
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 20
    assert len(asked["nonce"]) >= 20
    assert person.get(person.agree(address, "zoe")).status == 303
    (form,) = place.provider.asked
    assert form["grant_type"] == "authorization_code"
    assert 43 <= len(form["code_verifier"]) <= 128  # which the provider has compared
    assert asked["code_challenge"] not in form.values()


def test_the_cookie_is_for_this_browser_alone(place: Place) -> None:
    done = place.person().log_in("zoe")
    (cookie,) = [one for one in done.cookies if one.startswith("s=")]
    assert len(cookie.partition(";")[0]) >= len("s=") + 43  # 256 bits
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_the_strongest_role_of_all_groups_counts(place: Place) -> None:
    boss = place.person()
    boss.log_in("boss")
    assert 'data-role="admin"' in boss.get("/").text
    assert boss.get("/atelier").status == 200


def test_a_role_that_changed_holds_from_the_next_login_on(place: Place) -> None:
    person = place.person()
    place.provider.set_groups("lou", ["hotline-cell"])
    person.log_in("lou")
    assert person.get("/releve").status == 200
    place.provider.set_groups("lou", ["hotline-n2"])
    assert person.get("/releve").status == 200
    person.cookies.clear()
    person.log_in("lou")
    assert person.get("/releve").status == 403
    assert 'data-role="agent"' in person.get("/a").text


@pytest.mark.parametrize("sub", ["guest", "lost"])
def test_who_is_in_no_group_with_a_role_is_told_so(place: Place, sub: str) -> None:
    person = place.person()
    page = person.log_in(sub)
    assert (page.status, "dans aucun groupe" in page.text, sub in page.text) == (403, True, True)
    assert refused(page)
    assert 'href="/login?other=1"' in page.text
    assert person.get("/").status == 303
    assert "prompt=login" in person.at_provider(other="1")
    english = place.person()
    address = english.agree(english.at_provider(), sub)
    assert "in no group that has a role" in english.get(address, Accept_Language="en").text


def test_cookies_of_a_name_and_a_role_say_nothing(place: Place) -> None:
    nobody = place.person()
    assert nobody.get("/", Cookie="who=zoe; role=admin; s=1234567890123456").status == 303
    zoe = place.person()
    zoe.log_in("zoe")
    zoe.cookies.update({"who": "root", "role": "admin"})
    assert zoe.get("/atelier").status == 403
    assert 'data-actor="zoe"' in zoe.get("/").text


def test_what_the_id_token_does_not_say_is_asked_of_the_provider(place: Place) -> None:
    place.provider.claims = lambda all_: {k: v for k, v in all_.items() if k != "groups"}
    zoe = place.person()
    assert zoe.log_in("zoe").status == 303
    assert 'data-role="cell"' in zoe.get("/").text


def test_a_login_is_in_the_audit(place: Place, zoe: Person) -> None:
    zoe.ask("POST", "/logout", {"csrf": zoe.token()})
    place.person().log_in("guest")

    def noted() -> set[tuple[str, str, str]]:
        with place.store.engine.connect() as connection:
            rows = connection.execute(audit.select()).mappings()
            return {(row["actor"], row["what"], row["outcome"]) for row in rows}

    wanted = {("zoe", "login", "200"), ("zoe", "logout", "200"), ("guest", "login", "403")}
    until(lambda: wanted <= noted())


# ---------------------------------------------------------------------------------- logging out


def test_logging_out_ends_the_session_here_and_at_the_provider(place: Place, zoe: Person) -> None:
    before = dict(zoe.cookies)
    page = zoe.ask("POST", "/logout", {"csrf": zoe.token()})
    assert page.status == 200
    onward = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    assert onward is not None
    address = onward[1].replace("&amp;", "&")
    assert address.startswith(f"{place.provider.issuer}/oauth2/end_session?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["post_logout_redirect_uri"] == [f"{place.web.url}/logout"]
    assert len(asked["id_token_hint"][0].split(".")) == 3
    assert "s" not in zoe.cookies
    zoe.cookies.update(before)
    assert zoe.get("/").status == 303
    assert "pas connecté" in zoe.get("/logout").text


@pytest.mark.parametrize("token", ["", "0" * 40])
def test_another_site_cannot_log_anybody_out(place: Place, zoe: Person, token: str) -> None:
    assert zoe.ask("POST", "/logout", {"csrf": token}).status == 403
    assert zoe.get("/logout").status == 200
    other = place.person()
    other.log_in("zoe")
    assert zoe.ask("POST", "/logout", {"csrf": other.token()}).status == 403
    given = {"csrf": zoe.token()}
    assert zoe.ask("POST", "/logout", given, Origin="https://evil.example").status == 403
    assert zoe.get("/").status == 200


# ---------------------------------------------------------------------------------- the hostile


def test_a_session_that_somebody_else_put_there_is_not_the_one_that_begins(place: Place) -> None:
    attacker = place.person()
    attacker.log_in("max")
    planted = attacker.cookies["s"]
    victim = place.person()
    victim.cookies["s"] = planted
    reply = victim.get("/login?other=1")
    done = victim.get(victim.agree(reply.location, "zoe"))
    assert done.status == 303
    assert victim.cookies["s"] != planted
    assert attacker.get("/").status == 303  # the one before has ended
    stranger = place.person()
    stranger.cookies["s"] = "A" * 43
    stranger.log_in("zoe")
    assert stranger.cookies["s"] != "A" * 43


def test_a_login_that_another_browser_began_is_not_taken(place: Place) -> None:
    attacker, victim = place.person(), place.person()
    address = attacker.agree(attacker.at_provider(), "max")
    assert refused(victim.get(address))
    victim.at_provider()
    assert refused(victim.get(address))


@pytest.mark.parametrize("after", EVIL)
def test_a_login_never_leads_elsewhere(place: Place, after: str) -> None:
    for raw in (quote(after, safe=""), quote(quote(after, safe=""), safe="")):
        person = place.person()
        begun = person.get(f"/login?next={raw}")
        done = person.get(person.agree(begun.location, "zoe"))
        assert done.status == 303
        assert done.location == "/"
        assert not [one for one in done.cookies if "evil" in one]
        assert person.get(f"/login?next={raw}").location == "/"


@pytest.mark.parametrize("after", ["/%2F%2Fevil.example", "/%5Cevil", "/.//evil", "/a/é%0D%0Ax"])
def test_what_is_strange_but_here_stays_here(place: Place, after: str) -> None:
    done = place.person().log_in("zoe", after)
    assert done.location.startswith("/")
    assert not done.location.startswith("//")
    assert "\\" not in done.location


def test_an_answer_of_the_provider_is_taken_once(place: Place) -> None:
    person = place.person()
    address = person.agree(person.at_provider(), "zoe")
    login = dict(person.cookies)
    assert person.get(address).status == 303
    again = place.person()
    again.cookies.update(login)
    assert refused(again.get(address))
    assert len(place.provider.asked) == 1


def test_asking_for_the_head_of_an_answer_uses_nothing_up(place: Place) -> None:
    person = place.person()
    address = person.agree(person.at_provider(), "zoe")
    assert person.ask("HEAD", address).status == 405
    assert person.get(address).status == 303


@pytest.mark.parametrize("change", ["state", "code", "iss", "error"])
def test_an_answer_that_is_not_what_was_asked_for_opens_nothing(place: Place, change: str) -> None:
    person = place.person()
    parts = urlsplit(person.agree(person.at_provider(), "zoe"))
    query = {name: value[0] for name, value in parse_qs(parts.query).items()}
    wrong = "https://evil.example" if change == "iss" else "wrong"
    address = f"{place.web.url}/callback?{urlencode({**query, change: wrong})}"
    assert refused(person.get(address))
    assert person.get("/").status == 303


def test_a_code_without_its_verifier_opens_nothing(place: Place) -> None:
    one, other = place.person(), place.person()
    stolen = parse_qs(urlsplit(one.agree(one.at_provider(), "zoe")).query)["code"][0]
    mine = other.agree(other.at_provider(), "max")
    assert refused(other.get(re.sub(r"code=\w+", f"code={stolen}", mine)))


WRONG = jwk.RSAKey.generate_key(2048, {"kid": "own"})
CLAIMS = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "for another": {"aud": ["another"]},
    "for another, which we asked for": {"aud": ["another"], "azp": CLIENT},
    "for nobody": {"aud": None},
    "by another": {"iss": "https://evil.example"},
    "by nobody": {"iss": None},
    "expired": {"exp": now() - 3_600},
    "for ever": {"exp": None},
    "not yet": {"nbf": now() + 3_600},
    "for two, and asked for by the other": {"aud": [CLIENT, "another"], "azp": "another"},
}


@pytest.mark.parametrize("lie", CLAIMS)
def test_an_id_token_that_is_not_for_this_login_opens_nothing(place: Place, lie: str) -> None:
    def changed(claims: dict[str, object]) -> dict[str, object]:
        whole = {**claims, **CLAIMS[lie]}
        return {name: value for name, value in whole.items() if value is not None}

    place.provider.claims = changed
    assert refused(place.person().log_in("zoe"))


@pytest.mark.parametrize("alg", ["RS256", "none", "HS256"])
def test_an_id_token_that_the_provider_has_not_signed_opens_nothing(place: Place, alg: str) -> None:
    place.provider.header = {"alg": alg, "kid": "own"}
    secret = jwk.OctKey.import_key(place.provider.settings().client_secret * 2)
    place.provider.key = WRONG if alg == "RS256" else secret  # type: ignore[assignment]
    assert refused(place.person().log_in("zoe"))


def test_nothing_in_an_address_opens_anything(place: Place, zoe: Person) -> None:
    secret = zoe.cookies["s"]
    now_ = wall_clock()
    token = Tokens(place.store.engine).create("crm", ("read",), "zoé", now_, now_ + DAY)
    nobody = place.person()
    for name in ("s", "session", "access_token", "token", "id_token", "__Host-s", "f"):
        for value in (secret, token):
            assert nobody.get(f"/?{name}={value}").status == 303
            assert nobody.get(f"/api/v1/incidents?{name}={value}").status == 401
    assert nobody.get("/api/v1/incidents", Authorization=f"Bearer {secret}").status == 401
    assert nobody.get("/api/v1/incidents", Cookie=f"s={token}").status == 401
    assert nobody.get("/api/v1/incidents", Authorization=f"Bearer {token}").status == 200


def test_a_page_is_not_to_be_framed(zoe: Person) -> None:
    headers = zoe.get("/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"


# ------------------------------------------------------------------------------ how sessions end


def test_a_revoked_session_is_refused_at_once(place: Place, zoe: Person) -> None:
    assert zoe.get("/").status == 200
    session = session_of(place, "zoe")
    done = correlator("session", "revoke", session, "-c", place.config)
    assert (done.returncode, done.stdout) == (0, "revoked\n")
    assert zoe.get("/").status == 303
    assert zoe.get("/api/v1/incidents").status == 401
    assert correlator("session", "revoke", session, "-c", place.config).returncode == 1


def test_the_command_shows_sessions_without_their_secrets(place: Place, zoe: Person) -> None:
    listed = correlator("session", "list", "-c", place.config)
    assert re.search(r"^\w{10}  zoe  cell  person  holds  since ", listed.stdout, re.MULTILINE)
    as_json = correlator("session", "list", "-c", place.config, "--all", "--format", "json")
    assert '"actor":"zoe"' in as_json.stdout
    assert zoe.cookies["s"] not in listed.stdout + as_json.stdout


@pytest.mark.parametrize(("sub", "idle"), [("zoe", IDLE), ("max", 8 * HOUR)])
def test_a_session_ends_when_nobody_does_anything(place: Place, sub: str, idle: int) -> None:
    person = place.person()
    person.log_in(sub)
    session = session_of(place, sub)
    place.change(session, seen=wall_clock() - idle + MINUTE)
    assert person.get("/a").status == 200
    place.change(session, seen=wall_clock() - idle)
    assert person.get("/a").status == 303


def test_what_a_page_asks_for_by_itself_is_nobody_who_does_anything(
    place: Place, zoe: Person
) -> None:
    session = session_of(place, "zoe")
    seen = wall_clock() - 30 * MINUTE
    place.change(session, seen=seen)
    assert zoe.get("/f/n1").status == 200
    assert place.sessions.listed(wall_clock())[0].seen == seen
    assert zoe.get("/f/mur").status == 200  # a screen on a wall
    assert place.sessions.listed(wall_clock())[0].seen > seen


def test_a_session_ends_after_twelve_hours_whatever_is_done(place: Place, zoe: Person) -> None:
    session, at = session_of(place, "zoe"), wall_clock()
    place.change(session, made=at - LASTS, expires=at + MINUTE)
    assert zoe.get("/").status == 200
    place.change(session, expires=at)
    assert zoe.get("/").status == 303


def test_the_live_stream_says_goodbye_when_its_session_ends(place: Place, zoe: Person) -> None:
    with closing(HTTPConnection("127.0.0.1", place.web.port, timeout=20)) as connection:
        connection.request("GET", "/events", headers={"Cookie": f"s={zoe.cookies['s']}"})
        stream = connection.getresponse()
        assert stream.status == 200
        assert b"event: hello" in stream.readline()
        place.sessions.revoke(session_of(place, "zoe"), wall_clock())
        rest = []
        for line in stream:  # to its end
            rest.append(line)
            assert rest.count(b"event: beat\n") < 3, "it goes on"
    assert b'event: bye\ndata: {"why":"session"' in b"".join(rest)


# ---------------------------------------------------------------------------- the frame of a CRM


def link(place: Place, ticket: str = "T1", customer: str = "C1", agent: str = "max") -> Reply:
    at = wall_clock()
    token = Tokens(place.store.engine).create("crm", ("agents",), "zoé", at, at + DAY)
    body = f'{{"agent": "{agent}", "ticket": "{ticket}", "customer": "{customer}"}}'
    crm = place.person()
    return crm.ask("POST", "/api/v1/agent-links", body, Authorization=f"Bearer {token}")


def path_of(made: Reply) -> str:
    assert made.status == 201, made.text
    url = re.search(r'"url":"([^"]+)"', made.text)
    assert url is not None
    return url[1]


def test_a_link_opens_the_agents_page_in_the_frame_of_the_crm(place: Place) -> None:
    path = path_of(link(place))
    assert path.startswith(f"{place.web.url}/a/k/")
    frame = place.person()
    opened = frame.get(path)
    assert (opened.status, opened.location) == (303, "/a/T1?client=C1")
    (cookie,) = opened.cookies
    assert cookie.startswith("f=")
    assert set(cookie.split("; ")[1:]) == {
        "Path=/", "HttpOnly", "Secure", "SameSite=None", "Partitioned",
    }  # fmt: skip
    page = frame.get(opened.location)
    assert page.status == 200
    assert 'data-actor="max" data-role="agent"' in page.text
    assert f"frame-ancestors {CRM}" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert "/chercher" not in page.text


def test_a_frame_opens_nothing_else(place: Place) -> None:
    frame = place.person()
    frame.get(path_of(link(place)))
    for path in ("/", "/a", "/mur", "/n1", "/i/GI-1", "/chercher?q=x", "/regles", "/releve",
                 "/aide", "/atelier", "/f/rows?ids=x", "/f/i/GI-1", "/d/x", "/demo"):  # fmt: skip
        assert frame.get(path).status in {403, 405}, path
    for path in ("/api/v1/answers/T1", "/api/v1/incidents", "/tmf-api/x"):
        assert frame.get(path).status in {403, 404}, path
    token = frame.token("/a/T1")
    for verb in ("read", "save-view", "handover", "confirm", "note", "draft", ""):
        assert frame.ask("POST", "/do", {"csrf": token, "verb": verb}).status in {303, 403}
    assert frame.ask("POST", "/do", {"csrf": token, "verb": "save-view"}).status == 403


@pytest.mark.parametrize(
    "path", ["/a/T2", "/a/C1", "/a/T1?client=C2", "/f/a/T2", "/f/a/T1?client=C2", "/a/T1/x"]
)
def test_a_link_is_about_its_ticket_alone(place: Place, path: str) -> None:
    frame = place.person()
    frame.get(path_of(link(place)))
    assert frame.get("/a/T1?client=C1").status == 200
    assert frame.get(path).status == 403
    token = frame.token("/a/T1")
    about = {"csrf": token, "verb": "link", "ids": "GI-1", "tickets": "T2"}
    assert frame.ask("POST", "/do", about).status == 403
    assert frame.ask("POST", "/do", {**about, "tickets": "T1"}).status == 303
    told = {**about, "verb": "told", "tickets": "", "ticket": "T1", "customer": "C2"}
    assert frame.ask("POST", "/do", told).status == 403
    assert frame.ask("POST", "/do", {**told, "customer": "C1"}).status == 303


def test_a_link_is_good_once(place: Place) -> None:
    path = path_of(link(place))
    assert place.person().ask("HEAD", path).status == 405
    assert place.person().get(path).status == 303
    again = place.person().get(path)
    assert (again.status, again.cookies) == (410, [])
    assert "déjà servi" in again.text
    assert f"frame-ancestors {CRM}" in again.headers["content-security-policy"]


def test_a_link_is_good_for_a_minute(place: Place) -> None:
    path = path_of(link(place))
    with place.store.engine.begin() as connection:
        connection.execute(update(agent_links).values(expires=agent_links.c.expires - MINUTE))
    late = place.person().get(path)
    assert (late.status, late.cookies) == (410, [])


def test_two_tickets_beside_each_other_are_open_both(place: Place) -> None:
    frame = place.person()
    frame.get(path_of(link(place)))
    first = frame.cookies["f"]
    frame.get(path_of(link(place, "T2", "C2")))
    assert frame.cookies["f"] == first
    assert frame.get("/a/T1").status == frame.get("/a/T2").status == 200
    frame.get(path_of(link(place, "T3", agent="lou")))
    assert frame.cookies["f"] != first
    assert frame.get("/a/T1").status == 403


def test_somebody_who_has_logged_in_as_well_is_who_they_are_outside_of_the_frame(
    place: Place, zoe: Person
) -> None:
    zoe.get(path_of(link(place)))
    assert 'data-actor="zoe"' in zoe.get("/a/T1").text
    framed = zoe.get("/a/T1", Sec_Fetch_Dest="iframe")
    assert 'data-actor="max"' in framed.text
    token = framed.text.partition('name="csrf" content="')[2].partition('"')[0]
    act = {"verb": "link", "ids": "GI-1", "tickets": "T1"}
    assert zoe.ask("POST", "/do", act, X_CSRF=token).status == 303
    assert zoe.ask("POST", "/do", act).status == 403


def test_an_agent_leaves_the_frame(place: Place) -> None:
    frame = place.person()
    frame.get(path_of(link(place)))
    kept = dict(frame.cookies)
    left = frame.ask("POST", "/logout", {"csrf": frame.token("/a/T1")})
    assert (left.status, "Rouvrez le ticket" in left.text) == (200, True)
    assert "refresh" not in left.text
    frame.cookies.update(kept)
    over = frame.get("/a/T1", Sec_Fetch_Dest="iframe")
    assert (over.status, "Rouvrez le ticket" in over.text) == (401, True)
    assert f"frame-ancestors {CRM}" in over.headers["content-security-policy"]


def test_a_page_that_is_not_there_shows_nobody_anything(place: Place) -> None:
    page = place.person().ask("POST", "/login", {}, Cookie="who=zoe; role=admin")
    assert page.status == 405
    assert "/logout" not in page.text
    assert "<nav" not in page.text


def test_only_a_system_with_its_scope_makes_links(place: Place, zoe: Person) -> None:
    body = '{"agent": "max", "ticket": "T1"}'
    token = zoe.token()
    assert zoe.ask("POST", "/api/v1/agent-links", body, X_CSRF=token).status == 403
    at = wall_clock()
    reads = Tokens(place.store.engine).create("ivr", ("read",), "zoé", at, at + DAY)
    shown = {"Authorization": f"Bearer {reads}"}
    assert place.person().ask("POST", "/api/v1/agent-links", body, **shown).status == 403
    makes = Tokens(place.store.engine).create("crm", ("agents",), "zoé", at, at + DAY)
    latin, shown = b'{"agent": "\xe9"}', {"Authorization": f"Bearer {makes}"}
    assert place.person().ask("POST", "/api/v1/agent-links", latin, **shown).status == 422
    for wrong in (link(place, agent=""), link(place, ticket=""), link(place, agent="x" * 61)):
        assert (wrong.status, '"code":"invalid"' in wrong.text) == (422, True)


def test_what_a_link_names_cannot_break_out(place: Place) -> None:
    frame = place.person()
    opened = frame.get(path_of(link(place, "T1/../../?x#y", "C&1=é")))
    assert opened.location == "/a/T1%2F..%2F..%2F%3Fx%23y?client=C%261%3D%C3%A9"


# ------------------------------------------------------------------------------ what is too much


@pytest.fixture
def narrow(provider: Provider, tmp_path: Path) -> Iterator[Place]:
    rates = Rates(session=20, token=5, address=15)
    url = f"sqlite:///{tmp_path / 'x.db'}"
    with started(tmp_path, url, provider, requests_per_minute=rates) as found:
        yield found


def test_whoever_asks_too_much_is_told_when_to_ask_again(narrow: Place) -> None:
    zoe, max_ = narrow.person(), narrow.person()
    zoe.log_in("zoe")
    max_.log_in("max")
    found = [zoe.get("/f/n1") for _ in range(25)]
    assert {one.status for one in found} == {200, 429}
    assert 1 <= int(found[-1].headers["retry-after"]) <= 60
    api = zoe.get("/api/v1/incidents")
    assert (api.status, '"code":"too-many-requests"' in api.text) == (429, True)
    assert max_.get("/f/n1").status == 200  # another session has its own
    assert get(narrow.web.port, "/api/v1/health").status == 200
    at = wall_clock()
    token = Tokens(narrow.store.engine).create("ivr", ("read",), "zoé", at, at + DAY)
    shown = {"Authorization": f"Bearer {token}"}
    asked = [narrow.person().get("/api/v1/incidents", **shown).status for _ in range(8)]
    assert asked == [200] * 5 + [429] * 3


def test_guessing_is_limited_by_address(narrow: Place) -> None:
    nobody = narrow.person()
    asked = [nobody.get("/", Cookie=f"s={n:043}").status for n in range(20)]
    assert asked == [303] * 15 + [429] * 5
    assert nobody.get("/api/v1/incidents", Authorization="Bearer cor_x_y").status == 429
    other = nobody.get("/", X_Forwarded_For="192.0.2.7")  # what a proxy of this machine says
    assert other.status == 303


# --------------------------------------------------------------------------------- the provider


def test_a_provider_that_is_away_is_told_of(provider: Provider, tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = provider.settings()
        lost = type(away)(f"http://127.0.0.1:{nobody.getsockname()[1]}", CLIENT, away.roles)
        url = f"sqlite:///{tmp_path / 'x.db'}"
        open_store(url).close()
        web = Web(tmp_path, WebSettings(write_towns(tmp_path / "t"), store_url=url, oidc=lost))
        web.start()
        page = Person(web.url).get("/login")
        web.kill()
    assert (page.status, page.headers["retry-after"]) == (503, "30")
    assert "ne répond pas" in page.text


def test_a_provider_without_logout_is_left_alone(provider: Provider, tmp_path: Path) -> None:
    provider.hides = ("end_session_endpoint",)
    with started(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", provider) as place:
        zoe = place.person()
        zoe.log_in("zoe")
        assert place.sessions.id_token(session_of(place, "zoe")) == ""
        page = zoe.ask("POST", "/logout", {"csrf": zoe.token()})
        assert (page.status, "refresh" in page.text) == (200, False)
        assert zoe.get("/").status == 303


def test_over_https_cookies_are_those_of_this_host_alone(
    provider: Provider, tmp_path: Path
) -> None:
    url = "https://hotline.example"
    with started(tmp_path, f"sqlite:///{tmp_path / 'x.db'}", provider, url=url) as place:
        local = Person(f"http://127.0.0.1:{place.web.port}")
        here = {"Host": "hotline.example"}
        begun = local.get("/login", **here)
        assert [one.partition("=")[0] for one in begun.cookies] == ["__Host-l"]
        back = urlsplit(local.agree(begun.location, "zoe"))
        assert f"{back.scheme}://{back.netloc}" == url
        done = local.get(f"/callback?{back.query}", **here)
        (cookie,) = done.cookies
        assert cookie.startswith("__Host-s=")
        assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert local.get("/mur", **here).status == 200
