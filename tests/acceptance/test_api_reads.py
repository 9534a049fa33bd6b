"""What a system reads around incidents, of rules and of records that could not be used."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest

from correlator.adapters.sql.console import audit
from correlator.web.api.around import cell
from tests.harness.console import Console, card_of, customer_of, running_console
from tests.harness.system import System
from tests.harness.waiting import until


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with running_console(tmp_path_factory.mktemp("reads")) as made:
        yield made


@pytest.fixture(scope="module")
def crm(console: Console) -> System:
    return System(console, "read", "answers", "agents", "act", "dead-letters")


@pytest.fixture(scope="module")
def reader(console: Console) -> System:
    return System(console, "read", "dead-letters")


@pytest.fixture(scope="module")
def card(console: Console) -> str:
    return card_of(f"{console.district()}A")


@pytest.fixture(scope="module")
def incident(console: Console, card: str) -> str:
    return console.burst(card)


def everything(system: System, path: str, listed: str, limit: int) -> list[Any]:
    """Return a whole list, page by page."""
    found, after = [], ""
    while after is not None:
        said = system.get(f"{path}{'&' if '?' in path else '?'}limit={limit}{after}")
        assert said.status == 200, said.body
        found += said.body[listed]
        after = said.body["after"] and f"&after={said.body['after']}"
    return found


# ------------------------------------------------------------------------ around an incident


def test_neighbours_have_names(crm: System, incident: str, card: str) -> None:
    told = crm.get(f"/api/v1/incidents/{incident}/neighbours")
    by_relation = {one["relation"]: one for one in told.body["neighbours"]}
    assert by_relation["cause"]["domain"] == card
    assert by_relation["parent"]["domain"] == card.partition("/")[0]
    assert by_relation["cause"]["observed"] == 5
    assert told.headers["x-result-count"] == str(len(told.body["neighbours"]))


def test_the_customers_under_a_cause_page_by_page_and_as_a_file(
    crm: System, reader: System, incident: str, card: str
) -> None:
    path = f"/api/v1/incidents/{incident}/impact"
    wanted = [customer_of(card, line) for line in range(40)]
    lines = everything(crm, path, "lines", 7)
    assert [one["customer"] for one in lines] == wanted
    assert {one["equipment"] for one in lines} == {card}
    assert crm.get(f"{path}?limit=7").headers["x-total-count"] == "40"
    for asked, headers in (("?format=csv", {}), ("", {"Accept": "text/csv"})):
        said = crm.get(path + asked, **headers)
        assert said.headers["content-type"] == "text/csv; charset=utf-8"
        assert f'filename="{incident}.csv"' in said.headers["content-disposition"]
        rows = list(csv.DictReader(io.StringIO(said.body)))
        assert [row["customer"] for row in rows] == wanted
    head = crm.ask("HEAD", f"{path}?format=csv")
    assert (head.status, head.body) == (200, None)
    assert head.headers["content-type"] == "text/csv; charset=utf-8"
    assert crm.get(f"{path}?format=json", Accept="text/csv, */*").body["lines"]
    assert reader.get(path).status == 403


def test_who_looks_at_the_customers_under_a_cause_is_in_the_audit(
    console: Console, crm: System, incident: str
) -> None:
    crm.get(f"/api/v1/incidents/{incident}/impact?limit=1")

    def noted() -> set[tuple[str, str, str]]:
        with console.store.engine.connect() as connection:
            rows = connection.execute(audit.select()).mappings()
            return {(row["actor"], row["what"], row["subject"]) for row in rows}

    until(lambda: ("crm", "look", incident) in noted())


def test_a_page_of_another_inventory_is_none(crm: System, incident: str) -> None:
    path = f"/api/v1/incidents/{incident}/impact"
    said = crm.get(f"{path}?after=000000000000~7")
    assert (said.status, said.body["code"]) == (409, "refused")
    assert crm.get(f"{path}?after=7").status == 422


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("+33", "'+33"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("C0001", "C0001"),
        ("", ""),
    ],
)
def test_no_spreadsheet_works_out_what_stands_in_a_file(value: str, safe: str) -> None:
    assert cell(value) == safe


def test_texts_and_promises(console: Console, crm: System, incident: str) -> None:
    path = f"/api/v1/incidents/{incident}"
    assert crm.get(f"{path}/texts").body == {"texts": []}
    said = crm.act(
        "say", incident, audience="agent", phase="confirmed", fr="Panne.", en="A failure."
    )
    assert said.status == 200
    (text,) = crm.get(f"{path}/texts").body["texts"]
    assert (text["fr"], text["en"], text["by"], text["withdrawn"]) == (
        "Panne.", "A failure.", "crm", None,
    )  # fmt: skip
    crm.act("promise", incident, restore=console.clock(60), source="NOC", confidence="firm")
    crm.act("promise", incident, restore=console.clock(90))
    latest, first = crm.get(f"{path}/promises").body["promises"]
    assert (latest["outcome"], latest["overdue"], first["outcome"]) == (None, False, "superseded")
    assert (first["source"], first["confidence"]) == ("NOC", "firm")


def test_whom_to_call_back(console: Console, crm: System, reader: System) -> None:
    card = card_of(f"{console.district()}A")
    incident = console.burst(card)
    crm.act("promise", incident, restore=console.clock(60))
    (promise,) = crm.get(f"/api/v1/incidents/{incident}/promises").body["promises"]
    customers = [customer_of(card, line) for line in range(3)]
    for customer in customers:
        crm.act("told", incident, customer=customer, channel="call", promise=str(promise["n"]))
    path = f"/api/v1/callbacks?incident={incident}"
    assert crm.get(path).body["callbacks"] == []
    crm.act("promise", incident, restore=console.clock(90))
    found = everything(crm, path, "callbacks", 2)
    assert [one["customer"] for one in found] == customers
    assert {one["restoreTime"] for one in found} == {promise["restoreTime"]}
    masked = everything(reader, path, "callbacks", 2)
    assert [one["customer"] for one in masked] == [None] * 3
    everybody = everything(crm, "/api/v1/callbacks", "callbacks", 500)
    assert [one for one in everybody if one["incidentId"] == incident] == found


# -------------------------------------------------------------------------------------- rules


def test_rules_and_what_came_of_them(crm: System, reader: System, incident: str) -> None:
    rule = crm.get(f"/api/v1/incidents/{incident}").body["rule"]
    rules = {one["id"]: one for one in reader.get("/api/v1/rules").body["rules"]}
    assert rules[rule]["announced"] >= 1
    assert sum(one["share"] for one in rules.values()) == pytest.approx(1)
    whole = reader.get(f"/api/v1/rules/{rule}").body
    assert whole["source"].splitlines()[0].strip() == f"- id: {rule}"
    quality = reader.get(f"/api/v1/rules/{rule}/quality").body
    counted = rules[rule]["announced"]
    assert sum(day["announced"] for day in quality["days"]) == counted
    assert sum(one["announced"] for one in quality["versions"]) == counted
    assert quality["versions"][0]["version"] == whole["version"]
    for path in ("/api/v1/rules/nowhere", "/api/v1/rules/nowhere/quality"):
        assert reader.get(path).status == 404


def test_a_rejection_is_counted_on_its_day_with_its_reason(console: Console, crm: System) -> None:
    incident = console.burst()
    rule = crm.get(f"/api/v1/incidents/{incident}").body["rule"]

    def coincidences() -> int:
        days = crm.get(f"/api/v1/rules/{rule}/quality").body["days"]
        return sum(day["codes"].get("coincidence", 0) for day in days)

    before = coincidences()
    assert crm.act("reject", incident, code="coincidence").status == 200
    assert coincidences() == before + 1


# --------------------------------------------------------------------------------- dead letters


def test_records_that_could_not_be_used_whole_only_for_who_may_see_customers(
    console: Console, crm: System, reader: System
) -> None:
    said = b'{"customer": "C0042", "spoken": "'
    console.garbage(said)
    console.garbage(b"[]")
    letters = everything(crm, "/api/v1/dead-letters?topic=gi.tickets", "letters", 1)
    assert [one["reason"] for one in letters] == ["invalid", "not-json"]
    assert letters[1]["error"]
    one = crm.get(f"/api/v1/dead-letters/{letters[1]['seq']}").body
    assert base64.b64decode(one["value"]) == said
    masked = reader.get(f"/api/v1/dead-letters/{letters[1]['seq']}").body
    assert (masked["value"], masked["key"], masked["error"]) == (None, None, None)
    assert (masked["reason"], masked["size"]) == ("not-json", len(said))
    listed = everything(reader, "/api/v1/dead-letters", "letters", 500)
    assert {one["error"] for one in listed} == {None}
    assert everything(crm, "/api/v1/dead-letters?reason=unusable", "letters", 5) == []
    assert System(console, "read", "answers").get("/api/v1/dead-letters").status == 403
    assert crm.get("/api/v1/dead-letters/999999").status == 404


# ----------------------------------------------------------------------------------- metrics


def test_metrics_name_rooms_and_nothing_of_anybody(crm: System) -> None:
    crm.get("/api/v1/answers/C01A100?symptom=no-sync")
    crm.get("/nowhere/C01A100")
    text = crm.get("/metrics").body
    assert 'correlator_web_requests_total{method="GET",room="api",status="200"}' in text
    assert 'room="other"' in text
    for name in ("streams", "audit_waiting", "board_age_seconds", "board_incidents", "store_up"):
        assert f"\ncorrelator_web_{name} " in text
    assert "C01A100" not in text
    assert "no-sync" not in text
