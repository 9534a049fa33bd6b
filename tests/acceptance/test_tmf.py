"""TM Forum's APIs as other systems meet them: a daemon, a console, a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from correlator.adapters.sql import DeadLetters, Documents
from tests.harness.console import Console, card_of, customer_of, running_console
from tests.harness.http import get, post
from tests.harness.posted import BODIES, PROBLEMS
from tests.harness.system import Said, System
from tests.harness.waiting import until

ALARMS = "/tmf-api/alarmManagement/v4/alarm"
TICKETS = "/tmf-api/troubleTicket/v4/troubleTicket"
REPORTED, RAISED = BODIES["POST serviceProblem"], BODIES["POST alarm"]
OPENED = {"description": "plus de synchro", "severity": "High", "ticketType": "no-sync"}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("tmf")) as made:
        yield made


@pytest.fixture(scope="module")
def oss(console: Console) -> System:
    return System(console, "read", "answers", "act", "ingest")


@pytest.fixture(scope="module")
def incident(console: Console) -> str:
    return console.burst()


def bare(
    console: Console, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, Any]:
    """Ask as a program without a token; returns status and body."""
    told = None if body is None else json.dumps(body)
    sent = {"Content-Type": "application/json", **headers}
    with closing(HTTPConnection("127.0.0.1", console.web.port, timeout=20)) as connection:
        connection.request(method, path, told, sent)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


def patch(oss: System, path: str, change: object, **headers: str) -> Said:
    kind = {"Content-Type": "application/merge-patch+json"}
    return oss.ask("PATCH", path, change, **{**kind, **headers})


# ----------------------------------------------------------------------------------- the feeds


def test_tickets_that_are_posted_become_an_incident(console: Console, oss: System) -> None:
    card = card_of(f"{console.district()}A")
    made = []
    for line in range(6):
        party = {"id": customer_of(card, line), "role": "customer"}
        said = oss.ask("POST", TICKETS, {**OPENED, "relatedParty": [party]})
        assert said.status == 201
        made.append(said.body["id"])
    found = until(lambda: console.on(card))
    until(lambda: set(made) <= set(console.linked(found.id)))
    assert oss.get(f"{PROBLEMS}/serviceProblem/{found.id}").body["rootCauseResource"] == [
        {"id": card, "@referredType": "line-card"}
    ]
    answer = f"/api/v1/answers/{made[0]}"
    until(lambda: oss.get(answer).body["verdict"] == "yes")
    assert oss.get(answer).body["incidentId"] == found.id


def test_an_alarm_that_is_posted_stands_until_it_is_cleared(console: Console, oss: System) -> None:
    made = oss.ask("POST", ALARMS, RAISED)
    assert made.status == 201
    key = made.body["id"]
    assert made.headers["location"] == made.body["href"] == f"{ALARMS}/{key}"
    until(lambda: _state(console, key) == "raised")

    cleared = patch(oss, f"{ALARMS}/{key}", {"state": "cleared"})
    assert (cleared.status, cleared.body["state"]) == (200, "cleared")
    until(lambda: _state(console, key) == "cleared")
    assert oss.get(f"{ALARMS}/{key}").body["perceivedSeverity"] == "critical"


def _state(console: Console, key: str) -> str | None:
    row = console.alarms.some([key]).get(key)
    return None if row is None else row.state


def test_an_alarm_on_nothing_is_taken_and_becomes_a_dead_letter(
    console: Console, oss: System
) -> None:
    made = oss.ask("POST", ALARMS, {**RAISED, "alarmedObject": {}})
    assert (made.status, made.body["alarmedObject"]) == (201, {})
    letters = DeadLetters(console.store.engine)
    until(lambda: [one for one in letters.newest(50) if "alarmedObject" in one.error])
    assert oss.get(f"{ALARMS}/{made.body['id']}").body == made.body


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (ALARMS, {**RAISED, "state": "burning"}, "state"),
        (ALARMS, {**RAISED, "alarmRaisedTime": "yesterday"}, "alarmRaisedTime"),
        (ALARMS, {k: v for k, v in RAISED.items() if k != "probableCause"}, "probableCause"),
        (ALARMS, {**RAISED, "id": "a\nb"}, "id"),
        (TICKETS, {k: v for k, v in OPENED.items() if k != "ticketType"}, "ticketType"),
        (TICKETS, {**OPENED, "note": {"author": "x"}}, "note"),
        (TICKETS, {**OPENED, "creationDate": "2026"}, "creationDate"),
        (TICKETS, [OPENED], "object"),
    ],
)
def test_what_no_daemon_could_read_is_refused_with_the_key(
    oss: System, path: str, body: object, says: str
) -> None:
    said = oss.ask("POST", path, body)
    assert (said.status, said.body["code"], said.body["status"]) == (400, "invalid", "400")
    assert says in said.body["message"]


def test_what_is_there_already_is_to_be_patched(oss: System) -> None:
    first = oss.ask("POST", TICKETS, {**OPENED, "id": "CRM-1"})
    assert (first.status, first.body["id"]) == (201, "CRM-1")
    assert oss.ask("POST", TICKETS, {**OPENED, "id": "CRM-1"}).status == 409


def test_a_repeat_with_the_same_key_is_the_same(console: Console, oss: System) -> None:
    key = {"Idempotency-Key": "order-66"}
    first, again = (oss.ask("POST", ALARMS, RAISED, **key) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert first.body["id"] == again.body["id"]
    other = System(console, "read", "ingest").ask("POST", ALARMS, RAISED, **key)
    assert other.body["id"] != first.body["id"], "the key of one system says nothing to another"


def test_a_patch_is_a_merge_patch_against_what_was_seen(oss: System) -> None:
    extra = {"externalId": "7", "place": None, "ext": {"a": 1, "b": 2}}
    made = oss.ask("POST", TICKETS, OPENED | extra)
    path, tag = f"{TICKETS}/{made.body['id']}", made.headers["etag"]
    first = patch(oss, path, {"externalId": None, "ext": {"b": 3}}, **{"If-Match": tag})
    assert first.status == 200
    assert "externalId" not in first.body
    assert first.body["ext"] == {"a": 1, "b": 3}
    assert patch(oss, path, {"severity": "Low"}, **{"If-Match": tag}).status == 412
    assert patch(oss, path, {"description": None}).status == 400, "it is mandatory"
    assert patch(oss, path, {"id": "other"}).status == 400
    assert oss.ask("PATCH", path, {"severity": "Low"}, **{"Content-Type": "text/csv"}).status == 415
    until(lambda: _is_same(oss, path))


def _is_same(oss: System, path: str) -> bool:
    """Whether nothing has changed between two looks: not while the daemon takes it in."""
    now = oss.get(path)
    return oss.get(path, **{"If-None-Match": now.headers["etag"]}).status == 304


def test_what_is_heard_of_one_changes_its_tag(console: Console, oss: System) -> None:
    made = oss.ask("POST", ALARMS, RAISED)
    path = f"{ALARMS}/{made.body['id']}"
    until(lambda: _state(console, made.body["id"]) == "raised")
    seen = oss.get(path).headers["etag"]
    assert not seen.endswith('.0"')
    assert patch(oss, path, {"state": "cleared"}, **{"If-Match": seen}).status == 200


def test_a_ticket_of_the_feed_can_be_read_and_patched(console: Console, oss: System) -> None:
    ticket = console.call(customer_of(card_of(f"{console.district()}A"), 1), text="ça coupe")
    found = oss.get(f"{TICKETS}/{ticket}").body
    assert (found["description"], found["ticketType"]) == ("ça coupe", "no-sync")
    assert patch(oss, f"{TICKETS}/{ticket}", {"status": "closed"}).body["status"] == "closed"
    until(lambda: console.tickets.some([ticket])[ticket].status == "closed")
    assert oss.get(f"{TICKETS}/{ticket}").body["description"] == "ça coupe"


def test_lists_are_filtered_cut_and_counted(oss: System) -> None:
    for severity in ("High", "Low", "Low", "High", "High", "High"):
        oss.ask("POST", TICKETS, {**OPENED, "severity": severity, "description": "filtre"})
    low = oss.get(f"{TICKETS}?description=filtre&severity=Low")
    assert {one["severity"] for one in low.body} == {"Low"}
    assert (low.status, low.headers["x-total-count"], low.headers["x-result-count"]) == (
        200,
        "2",
        "2",
    )
    part = oss.get(f"{TICKETS}?description=filtre&limit=1&offset=1&fields=severity")
    assert (part.status, part.headers["x-total-count"]) == (206, "6")
    assert [sorted(one) for one in part.body] == [["href", "id", "severity"]]
    assert sorted(oss.get(f"{TICKETS}/{low.body[0]['id']}?fields=severity").body) == ["severity"]
    everything = [oss.get(f"{TICKETS}?limit=3&offset={n}") for n in (0, 3)]
    ids = [one["id"] for page in everything for one in page.body]
    assert len(ids) == len(set(ids)) == 6, "pages do not overlap"
    assert oss.get(f"{TICKETS}?limit=-1").status == 400
    later = oss.get(f"{TICKETS}?creationDate.gt=2099-01-01T00:00:00Z")
    assert later.body == []


# --------------------------------------------------------------------------------- the problems


def test_a_problem_that_nobody_can_place_is_kept_and_handled(oss: System) -> None:
    made = oss.ask("POST", f"{PROBLEMS}/serviceProblem", REPORTED)
    assert made.status == 201
    body, path = made.body, made.body["href"]
    assert (body["status"], body["affectedNumberOfServices"]) == ("submitted", 0)
    assert body["timeRaised"] == body["creationDate"]
    assert oss.get(path).body == body
    task = oss.ask("POST", f"{PROBLEMS}/problemAcknowledgement", {"problem": [{"id": body["id"]}]})
    assert (task.status, task.body["ackProblem"]) == (201, [{"id": body["id"]}])
    assert oss.get(path).body["status"] == "acknowledged"
    closed = patch(oss, path, {"status": "closed"}).body
    assert [one["description"] for one in closed["trackingRecord"]] == [
        "submitted",
        "acknowledged",
        "closed",
    ]


def test_a_problem_on_a_resource_becomes_an_incident_there(console: Console, oss: System) -> None:
    card = card_of(f"{console.district()}B")
    asked = {**REPORTED, "category": "no-sync", "rootCauseResource": [{"id": card}]}
    key = {"Idempotency-Key": "declared-1"}
    made, again = (oss.ask("POST", f"{PROBLEMS}/serviceProblem", asked, **key) for _ in range(2))
    assert (made.status, again.status) == (201, 201), made
    assert made.body["id"] == again.body["id"]
    found = console.incident(made.body["id"])
    assert (found.domain, found.symptom, found.confirmed_by) == (card, "no-sync", "crm")
    assert made.body["originatorParty"] == REPORTED["originatorParty"]
    assert oss.ask("POST", f"{PROBLEMS}/serviceProblem", asked).status == 409, "there is one"
    nowhere = {**asked, "rootCauseResource": [{"id": "DSL-99Z"}]}
    assert oss.ask("POST", f"{PROBLEMS}/serviceProblem", nowhere).status == 422


@pytest.mark.parametrize("left", ["category", "priority", "description", "originatorParty"])
def test_what_is_mandatory_is(oss: System, left: str) -> None:
    body = {name: value for name, value in REPORTED.items() if name != left}
    said = oss.ask("POST", f"{PROBLEMS}/serviceProblem", body)
    assert (said.status, left in said.body["message"]) == (400, True)


def test_an_incident_is_handled_through_its_status(
    console: Console, oss: System, incident: str
) -> None:
    path = f"{PROBLEMS}/serviceProblem/{incident}"
    before = oss.get(path)
    tag = before.headers["etag"]
    done = patch(oss, path, {"status": "acknowledged"}, **{"If-Match": tag})
    assert (done.status, console.incident(incident).acknowledged_by) == (200, "crm")
    stale = patch(oss, path, {"status": "acknowledged"}, **{"If-Match": tag})
    assert (stale.status, stale.body["code"]) == (412, "stale")
    noted = patch(oss, path, {"note": [{"text": "Technicien en route"}], "externalId": "X-1"})
    assert noted.body["externalId"] == "X-1"
    assert ("crm", "note", "Technicien en route", "") in console.journal(incident)
    refused = patch(oss, path, {"priority": 1})
    assert (refused.status, "priority" in refused.body["message"]) == (409, True)
    assert patch(oss, path, {"status": "boiling"}).status == 409
    back = oss.ask("POST", f"{PROBLEMS}/problemUnacknowledgement", {"problem": [{"id": incident}]})
    assert (back.status, console.incident(incident).acknowledged_by) == (201, "")


def test_problems_are_grouped(console: Console, oss: System) -> None:
    district = console.district()
    parent, child = (console.burst(card_of(f"{district}{town}")) for town in "AB")
    task = {"parentProblem": {"id": parent}, "childProblem": [{"id": child}, {"id": "GI-none"}]}
    said = oss.ask("POST", f"{PROBLEMS}/problemGroup", task)
    assert (said.status, said.body["groupedProblem"]) == (201, [{"id": child}])
    assert console.incident(child).parent == parent
    assert "GI-none" in said.body["trackingRecord"][1]["description"]
    apart = oss.ask("POST", f"{PROBLEMS}/problemUngroup", task)
    assert apart.status == 409, "what is merged stays so"


def test_what_happened_is_recorded(oss: System, incident: str) -> None:
    path = f"{PROBLEMS}/serviceProblemEventRecord"
    found = oss.get(f"{path}?serviceProblem.id={incident}").body
    assert {one["serviceProblem"]["id"] for one in found} == {incident}
    assert "ServiceProblemStateChangeEvent" in {one["eventType"] for one in found}
    assert oss.get(f"{path}/{found[0]['id']}").body == found[0]
    assert oss.get(f"{path}/999999999").status == 404


# ------------------------------------------------------------------------------- every address


@pytest.mark.parametrize(
    "path",
    [
        "/tmf-api/serviceProblemManagement/v3/serviceProblem",
        "/tmf-api/serviceProblemManagement/v4//serviceProblem/",
        "/tmf-api/alarm/v4/alarm",
        "/tmf-api/troubleTicket/v2//troubleTicket",
    ],
)
def test_older_addresses_and_slashes_too_many_are_served(console: Console, path: str) -> None:
    status, body = bare(console, "GET", path)
    assert (status, type(body)) == (200, list)


@pytest.mark.parametrize("path", [ALARMS, TICKETS, f"{PROBLEMS}/serviceProblem"])
def test_every_list_and_error_has_its_shape(console: Console, oss: System, path: str) -> None:
    for said in (
        oss.get(f"{path}/nowhere"),
        oss.ask("POST", path, "{"),
        oss.ask("POST", path, {}),
        oss.ask("DELETE", path),
        oss.ask("POST", path, {}, **{"Content-Type": "text/plain"}),
        oss.ask("POST", path, " " * 300_000),
        System(console, "answers").ask("POST", path, {}),
    ):
        assert said.status in {400, 403, 404, 405, 413, 415}
        assert set(said.body) == {"code", "reason", "message", "status"}
        assert said.body["status"] == str(said.status)


def test_a_page_of_another_site_cannot_post(console: Console) -> None:
    for headers in (
        {"Origin": "https://evil.example"},
        {"Cookie": "role=cell"},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        assert bare(console, "POST", ALARMS, RAISED, **headers)[0] == 403
    assert bare(console, "POST", ALARMS, RAISED)[0] == 201, "a program of this machine may"


def test_who_may_only_post_is_not_shown_what_is_there(console: Console) -> None:
    customer = customer_of(card_of(f"{console.district()}A"), 1)
    ticket = console.call(customer, text="secret")
    poster = System(console, "ingest")
    said = patch(poster, f"{TICKETS}/{ticket}", {})
    assert (said.status, set(said.body)) == (200, {"id", "href", "status"})
    said = patch(poster, f"{TICKETS}/{ticket}", {"severity": "Low"})
    assert (said.status, set(said.body)) == (200, {"id", "href", "status"})
    assert poster.ask("POST", TICKETS, OPENED).body["description"] == OPENED["description"]


def test_only_who_may_declare_changes_a_problem(console: Console, oss: System) -> None:
    made = oss.ask("POST", f"{PROBLEMS}/serviceProblem", REPORTED).body["href"]
    for scopes in (("agents",), ("read",), ("ingest",)):
        assert patch(System(console, *scopes), made, {"status": "closed"}).status == 403
    for role, status in (("viewer", 403), ("agent", 403), ("noc", 403)):
        cookie = {"Cookie": f"role={role}"}
        assert bare(console, "PATCH", made, {"status": "closed"}, **cookie)[0] == status


def test_what_the_engine_says_of_an_incident_is_nobody_elses(oss: System, incident: str) -> None:
    path = f"{PROBLEMS}/serviceProblem/{incident}"
    for name in ("characteristic", "responsibleParty", "priority", "troubleTicket"):
        forged = {name: 1 if name == "priority" else []}
        said = patch(oss, path, forged)
        assert (said.status, name in said.body["message"]) == (409, True), said


@pytest.mark.parametrize("key", ["a\n", "✓x", "../../x", "a b", "a/b", "a?b", ""])
def test_an_id_fits_into_an_address(oss: System, key: str) -> None:
    assert oss.ask("POST", TICKETS, {**OPENED, "id": key}).status == 400


def test_what_is_kept_of_one_is_bounded(oss: System, incident: str) -> None:
    made = oss.ask("POST", f"{PROBLEMS}/serviceProblem", REPORTED).body["href"]
    for n in range(4):
        said = patch(oss, made, {f"x{n}": "y" * 20_000})
    assert (said.status, said.body["code"]) == (413, "too-large")
    said = patch(oss, f"{PROBLEMS}/serviceProblem/{incident}", {"x": "y" * 60_000})
    assert (said.status, said.body["code"]) == (413, "too-large"), "nor beside an incident"


@pytest.mark.parametrize(
    "query", [f"tags={'b,' * 2_000}", "&".join(f"a{n}=1" for n in range(40)), "offset=2000000"]
)
def test_a_question_has_its_limits(oss: System, query: str) -> None:
    assert oss.get(f"{ALARMS}?{query}").status == 400


def test_a_key_is_no_way_around_what_is_there(console: Console, oss: System) -> None:
    ticket = console.call(customer_of(card_of(f"{console.district()}A"), 2))
    said = oss.ask("POST", TICKETS, {**OPENED, "id": ticket}, **{"Idempotency-Key": "fresh"})
    assert said.status == 409


def test_changes_of_one_are_in_their_order_whatever_clocks_say(
    console: Console, oss: System
) -> None:
    """One after the other at once: no two records of an alarm arrive at the same time."""
    made = oss.ask("POST", ALARMS, RAISED).body["id"]
    for state in ("updated", "cleared", "raised", "cleared"):
        assert patch(oss, f"{ALARMS}/{made}", {"state": state}).status == 200
    until(lambda: _state(console, made) == "cleared")
    kept = Documents(console.store.engine).one("alarm", made)
    assert kept is not None
    until(lambda: console.alarms.some([made])[made].changed == kept.arrived)
    assert _state(console, made) == "cleared"


def test_scopes_hold(console: Console) -> None:
    reader = System(console, "read")
    assert reader.get(ALARMS).status == 200
    assert reader.get(TICKETS).status == 403, "they hold what customers said"
    assert reader.ask("POST", ALARMS, RAISED).status == 403
    assert reader.ask("POST", f"{PROBLEMS}/serviceProblem", REPORTED).status == 403
    assert System(console, "ingest").ask("POST", TICKETS, OPENED).status == 201


def test_the_cell_sees_what_is_reported_and_takes_it_up(console: Console, oss: System) -> None:
    said = {**REPORTED, "description": "<script>alert(1)</script> plus de transit"}
    key = oss.ask("POST", f"{PROBLEMS}/serviceProblem", said).body["id"]
    queue, listed = (get(console.web.port, path).body for path in ("/", "/signales"))
    assert 'href="/signales"' in queue
    assert f'id="r-{key}"' in listed
    assert "<script>alert" not in listed
    form = {"verb": "reported", "id": key, "rev": "1", "status": "acknowledged"}
    done = post(console.web.port, "/do", form, {"who": "l.petit"})
    assert [one["status"] for one in done["outcomes"]] == [200]
    found = oss.get(f"{PROBLEMS}/serviceProblem/{key}").body
    assert (found["status"], found["trackingRecord"][-1]["user"]) == ("acknowledged", "l.petit")
    again = post(console.web.port, "/do", form, {"who": "m.durand"})
    assert [one["status"] for one in again["outcomes"]] == [412], "it was another by then"
    wrong = post(console.web.port, "/do", {**form, "status": "x"}, {"who": "m.durand"})
    assert [one["status"] for one in wrong["outcomes"]] == [422]
