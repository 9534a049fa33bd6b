"""The API as a system meets it: a daemon, a console, a token; and its document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from correlator.formats.asyncapi import document as topics
from correlator.web.api.openapi import document
from correlator.web.responses import PROGRAMS
from correlator.web.routes import ROUTES
from correlator.web.tmf.operations import TMF_ALIASES
from tests.harness.command import ROOT
from tests.harness.console import Console, card_of, running_console
from tests.harness.system import System


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("api")) as made:
        yield made


@pytest.fixture(scope="module")
def crm(console: Console) -> System:
    return System(console, "read", "answers", "agents", "act")


@pytest.fixture(scope="module")
def incidents(console: Console) -> list[str]:
    district = console.district()
    return [console.burst(card_of(f"{district}{x}")) for x in "AB"]


def test_an_incident_and_whether_it_is_another_by_now(
    console: Console, crm: System, incidents: list[str]
) -> None:
    one = crm.get(f"/api/v1/incidents/{incidents[0]}")
    assert one.status == 200
    found = console.incident(incidents[0])
    assert one.body["id"] == found.id
    assert one.body["cause"] == [found.domain]
    assert (one.body["rev"], one.body["tickets"]) == (found.rev, found.linked)
    assert set(one.body["names"]) == {"fr", "en"}
    tag = one.headers["etag"]
    assert tag == f'"{found.rev}.{found.version}"'
    same = crm.get(f"/api/v1/incidents/{found.id}", If_None_Match=tag)
    assert (same.status, same.body) == (304, None)
    assert crm.get("/api/v1/incidents/GI-NOWHERE").body["code"] == "not-found"


def test_a_promise_is_told_to_whoever_asks(
    console: Console, crm: System, incidents: list[str]
) -> None:
    path = f"/api/v1/incidents/{incidents[0]}"
    assert crm.get(path).body["restoreTime"] is None
    before, at = crm.get(path).headers["etag"], console.clock(60)
    done = crm.act("promise", incidents[0], restore=at, source="NOC", confidence="firm")
    assert done.status == 200
    told = crm.get(path, If_None_Match=before)
    assert (told.status, told.body["restoreTime"][-1]) == (200, "Z")


def test_incidents_come_page_by_page_each_once(crm: System, incidents: list[str]) -> None:
    seen: list[str] = []
    after = ""
    while after is not None:
        page = crm.get(
            f"/api/v1/incidents?limit=1&after={after}" if after else "/api/v1/incidents?limit=1"
        )
        assert page.status == 200
        seen += [one["id"] for one in page.body["incidents"]]
        after = page.body["after"]
    assert sorted(seen) == sorted(set(seen))
    assert set(incidents) <= set(seen)
    cause = crm.get(f"/api/v1/incidents/{incidents[0]}").body["cause"][0]
    only = crm.get(f"/api/v1/incidents?cause={cause}").body["incidents"]
    assert [one["id"] for one in only] == [incidents[0]]
    assert crm.get("/api/v1/incidents?state=closed").body == {"incidents": [], "after": None}


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=501", "limit=x", "state=candidate", "state=x", "after=x", "after=~"]
)
def test_what_cannot_be_asked_is_said(crm: System, query: str) -> None:
    said = crm.get(f"/api/v1/incidents?{query}")
    assert (said.status, said.body["code"]) == (422, "invalid")


def test_an_action_is_carried_out_once_however_often_it_is_sent(
    console: Console, crm: System, incidents: list[str]
) -> None:
    first = crm.act("note", incidents[0], key="k1", text="the technician is on the way")
    again = crm.act("note", incidents[0], key="k1", text="the technician is on the way")
    assert (first.status, again.status) == (200, 200)
    outcome = first.body["outcomes"][0]
    assert outcome["action"] == again.body["outcomes"][0]["action"]
    notes = [one for one in console.journal(incidents[0]) if "technician" in one[2]]
    assert len(notes) == 1
    other = System(console, "act").act("note", incidents[0], key="k1", text="of another system")
    assert other.body["outcomes"][0]["action"] != outcome["action"]
    standing = crm.get(f"/api/v1/actions/{outcome['action']}")
    assert standing.body["standing"] == "done"


def test_who_has_not_seen_the_latest_is_refused(
    console: Console, crm: System, incidents: list[str]
) -> None:
    rev = console.incident(incidents[1]).rev
    assert crm.act("acknowledge", incidents[1], rev).status == 200
    stale = crm.act("confirm", incidents[1], rev)
    assert (stale.status, stale.body["code"]) == (412, "stale")


def test_a_scope_that_does_not_hold_a_verb(console: Console, incidents: list[str]) -> None:
    agents = System(console, "agents")
    assert agents.act("confirm", incidents[0]).body["code"] == "forbidden"
    assert agents.get(f"/api/v1/incidents/{incidents[0]}").status == 403
    assert System(console, "read").act("note", incidents[0], text="x").status == 403


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"verb": 1}', '{"verb": "dance"}', "\x00", "[" * 5_000]
)
def test_a_body_that_is_none_is_said(crm: System, body: str) -> None:
    said = crm.ask("POST", "/api/v1/actions", body)
    assert (said.status, said.body["code"]) == (422, "invalid")


def test_a_body_that_is_too_large_is_said(crm: System) -> None:
    said = crm.ask("POST", "/api/v1/actions", '"' + "x" * 300_000 + '"')
    assert (said.status, said.body["code"]) == (413, "too-large")


# ---------------------------------------------------------------------- about an incident


def test_tickets_page_by_page_with_customers_only_for_who_may(
    console: Console, crm: System, incidents: list[str]
) -> None:
    path, seen, after = f"/api/v1/incidents/{incidents[0]}/tickets", list[str](), ""
    while after is not None:
        page = crm.get(f"{path}?limit=2" + (f"&after={after}" if after else "")).body
        seen += [one["id"] for one in page["tickets"]]
        assert all(one["customer"] for one in page["tickets"])
        after = page["after"]
    assert sorted(seen) == console.linked(incidents[0])
    masked = System(console, "read").get(path).body["tickets"]
    assert {(one["customer"], one["text"]) for one in masked} == {(None, None)}
    assert masked[0]["symptom"]


def test_what_happened_page_by_page(console: Console, crm: System, incidents: list[str]) -> None:
    path, seen, after = f"/api/v1/incidents/{incidents[0]}/timeline", list[Any](), ""
    while after is not None:
        page = crm.get(f"{path}?limit=3" + (f"&after={after}" if after else "")).body
        seen += page["entries"]
        after = page["after"]
    rows = console.journal(incidents[0])
    assert [(one["by"], one["field"]) for one in reversed(seen)] == [row[:2] for row in rows]


def test_evidence_rates_and_feeds(console: Console, crm: System, incidents: list[str]) -> None:
    told = crm.get(f"/api/v1/incidents/{incidents[0]}/evidence").body
    kept = console.incident(incidents[0]).evidence
    assert kept is not None
    assert (told["callers"], told["cause"]) == (kept.callers, kept.domain)
    assert told["gainNats"] >= told["gainNeededNats"]
    minutes = crm.get(f"/api/v1/incidents/{incidents[0]}/rates").body["minutes"]
    assert sum(one["observed"] for one in minutes) > 0
    topics = {feed["topic"] for feed in crm.get("/api/v1/feeds").body["feeds"]}
    assert {"gi.tickets", "engine"} <= topics


def test_what_not_to_do_is_whole_sentences(
    console: Console, crm: System, incidents: list[str]
) -> None:
    ticket = console.linked(incidents[0])[0]
    (sentence,) = crm.get(f"/api/v1/answers/{ticket}").body["doNot"]
    assert " " in sentence


@pytest.mark.usefixtures("incidents")
def test_a_feed_that_has_brought_nothing_has_no_latest_time(crm: System) -> None:
    feeds = {one["topic"]: one for one in crm.get("/api/v1/feeds").body["feeds"]}
    assert feeds["gi.maintenance"]["latest"] is None
    assert feeds["gi.tickets"]["latest"]


@pytest.mark.parametrize("sheet", ["tickets", "timeline", "evidence", "rates"])
def test_of_an_unknown_incident_there_is_nothing(crm: System, sheet: str) -> None:
    assert crm.get(f"/api/v1/incidents/GI-NOWHERE/{sheet}").status == 404
    assert crm.get(f"/api/v1/incidents/GI-NOWHERE/{sheet}?limit=x").status == 422


@pytest.mark.parametrize("query", ["state=x", "after=x", "after=~"])
def test_what_cannot_be_asked_of_tickets(crm: System, incidents: list[str], query: str) -> None:
    assert crm.get(f"/api/v1/incidents/{incidents[0]}/tickets?{query}").status == 422


@pytest.mark.parametrize(
    "path", ["/api/v1/nowhere", "/api/v1/incidents/%2F/rates", "/nowhere", "/"]
)
def test_where_there_is_nothing_for_a_system_it_is_said_in_the_shape(
    crm: System, path: str
) -> None:
    said = crm.get(path)
    assert said.status in {403, 404}
    assert set(said.body) == {"code", "reason", "message", "status"}
    assert crm.ask("DELETE", "/api/v1/incidents").body["code"] == "not-allowed"


# ------------------------------------------------------------------------------ TM Forum


TMF = "/tmf-api/serviceProblemManagement/v4/serviceProblem"


@pytest.mark.parametrize("base", [TMF, TMF.replace("v4", "v3")])
def test_service_problems_page_by_page(crm: System, incidents: list[str], base: str) -> None:
    whole = crm.get(base)
    assert whole.status == 200
    ids = [one["id"] for one in whole.body]
    assert set(incidents) <= set(ids)
    count = str(len(ids))
    assert (whole.headers["x-total-count"], whole.headers["x-result-count"]) == (count, count)
    part = crm.get(f"{base}?offset=1&limit=1&fields=status")
    assert part.status == 206
    assert (part.headers["x-total-count"], part.headers["x-result-count"]) == (count, "1")
    (one,) = part.body
    assert one == {"id": ids[1], "href": f"{base}/{ids[1]}", "status": whole.body[1]["status"]}
    assert crm.get(one["href"]).body["id"] == ids[1]


def test_service_problems_by_their_attributes(crm: System, incidents: list[str]) -> None:
    one = crm.get(f"{TMF}/{incidents[0]}").body
    assert {"category", "priority", "description", "reason", "originatorParty"} <= set(one)
    assert len(one["troubleTicket"]) > 2
    cause = one["rootCauseResource"][0]["id"]
    for query, there in (
        (f"rootCauseResource.id={cause}", True),
        (f"rootCauseResource.id={cause}&status={one['status']}", True),
        (f"status=closed,{one['status']}", True),
        ("status=closed", False),
        ("nothing.of.it=1", False),
        (f"category={one['category']}", True),
    ):
        found = crm.get(f"{TMF}?{query}")
        assert (incidents[0] in [each["id"] for each in found.body]) is there, query


@pytest.mark.parametrize("query", ["limit=x", "offset=-1", "limit=501"])
def test_what_cannot_be_asked_of_service_problems(crm: System, query: str) -> None:
    said = crm.get(f"{TMF}?{query}")
    assert (said.status, set(said.body)) == (400, {"code", "reason", "message", "status"})
    assert crm.get(f"{TMF}/GI-NOWHERE").body["status"] == "404"


# ------------------------------------------------------------------------------- the page


def examples() -> list[str]:
    page = (ROOT / "docs" / "api.md").read_text()
    return re.findall(r"```python\n(.*?)```", page, re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_the_examples_of_the_page_run(
    console: Console, incidents: list[str], number: int, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    example = examples()[number]
    assert len(example.strip().splitlines()) <= 15
    system = System(console, "read", "answers", "act")
    monkeypatch.setenv("CORRELATOR_TOKEN", system.token)
    ticket = console.linked(incidents[0])[0]
    for stand_in, real in (
        ("http://127.0.0.1:8080", f"http://127.0.0.1:{console.web.port}"),
        ("T0088", ticket),
        ("GI-20260303-4629eb9f", incidents[0]),
    ):
        example = example.replace(stand_in, real)
    exec(example, {})
    assert capsys.readouterr().out.strip()


# ------------------------------------------------------------------------------ the document


NO_OPERATIONS = {
    *("/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/docs", "/metrics"),
    *(one.path for one in TMF_ALIASES),
}


def test_the_document_has_every_route_and_nothing_else(crm: System) -> None:
    told = crm.get("/api/v1/openapi.json").body
    assert told == json.loads(json.dumps(document()))
    there = {
        (method.lower(), route.path.replace(":path}", "}"))
        for route in ROUTES
        for method in (route.methods or set()) - {"HEAD"}
        if route.path.startswith(PROGRAMS) and route.path not in NO_OPERATIONS
    }
    assert there == {(method, path) for path, each in told["paths"].items() for method in each}
    names = [one["operationId"] for each in told["paths"].values() for one in each.values()]
    assert len(names) == len(set(names))


def test_the_document_of_the_topics_is_there_for_anybody(console: Console) -> None:
    with closing(HTTPConnection("127.0.0.1", console.web.port, timeout=20)) as connection:
        connection.request("GET", "/api/v1/asyncapi.json")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
        assert json.loads(answer.read()) == json.loads(json.dumps(topics()))


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = json.dumps(document())
    for name in {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}:
        assert name in document()["components"]["schemas"]
