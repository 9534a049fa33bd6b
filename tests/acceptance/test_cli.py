"""The command line as a user meets it: real processes, their files, words and exit codes."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from correlator.formats.asyncapi import document
from tests.harness.command import ROOT, correlator

if TYPE_CHECKING:
    import subprocess

    from tests.harness.worlds import Evening

BROKEN = Path(__file__).parent / "broken"
DONE, FINDINGS, USAGE, UNREACHABLE = range(4)


def inputs(world: Path) -> list[object]:
    return [
        *("--topology", world / "topology"),
        *("--tickets", world / "tickets.jsonl"),
        *("--alarms", world / "alarms.jsonl"),
        *("--maintenance", world / "maintenance.jsonl"),
    ]


def replay(world: Path, out: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """Replay a world; leaves incidents, verdicts and dead letters in a folder."""
    return correlator(
        "replay", *inputs(world),
        "--out", out / "incidents.jsonl",
        "--verdicts", out / "verdicts.jsonl",
        "--dead-letters", out / "dead.jsonl",
        *more,
    )  # fmt: skip


def lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def replayed(small_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what a replay of the small world left, with a store for `explain`."""
    out = tmp_path_factory.mktemp("replayed")
    ran = replay(small_world, out, "--store", f"sqlite:///{out / 'store.db'}", "--format", "json")
    assert (ran.returncode, ran.stderr) == (DONE, "")
    (out / "counts.json").write_text(ran.stdout)
    return out


# ------------------------------------------------------------------------------------ wrong usage


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["demo", "--frobnicate"],
        ["replay", "--out", "x"],
        ["simulate", "--out", "x", "--days", "many"],
        ["check", "--format", "xml"],
    ],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path) -> None:
    ran = correlator(*arguments, cwd=tmp_path)
    assert ran.returncode == USAGE
    assert "Traceback" not in ran.stderr
    assert ran.stdout + ran.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "-c", "nowhere.yaml"], "nowhere.yaml:1:1: No such file"),
        (["simulate", "--out", "x", "--customers", "3"], "customers: 3 is not in"),
        (["simulate", "--out", "x", "-o", "zebras=3"], "no world setting 'zebras'"),
        (["simulate", "--out", "x", "-o", "days=abc"], "JSON is malformed"),
        (["simulate", "--out", "x", "-o", "silent_share=7"], "silent_share: 7"),
        (["evaluate", "i.jsonl", "--world", "nowhere"], "nowhere/truth.json"),
        (["explain", "GI-1", "--store", "mysql://me:geheim@h/x"], "neither sqlite nor postgresql"),
        (["explain", "GI-1", "--store", "sqlite://"], "name a file"),
        (["explain", "GI-1", "--store", "store.db"], "store.db"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    ran = correlator(*arguments, cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr
    assert "geheim" not in ran.stderr


def test_looking_into_a_store_that_is_not_there_makes_none(tmp_path: Path) -> None:
    ran = correlator("explain", "GI-1", "--store", f"sqlite:///{tmp_path / 'none.db'}")
    assert ran.returncode in {USAGE, UNREACHABLE}
    assert list(tmp_path.iterdir()) == []


def test_a_replay_of_files_that_are_not_there(small_world: Path, tmp_path: Path) -> None:
    ran = correlator(
        "replay", "--topology", small_world / "topology", "--tickets", tmp_path / "none.jsonl",
        "--alarms", small_world / "alarms.jsonl", "--out", tmp_path / "out.jsonl",
    )  # fmt: skip
    assert ran.returncode == USAGE
    assert "none.jsonl: " in ran.stderr
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--timezone", "Mars/Olympus", "no such zone: 'Mars/Olympus'"),
        ("--false-incidents-per-week", "0", "must be above 0"),
        ("--rules", BROKEN / "rules", "access.yaml:11:16: unknown symptom 'no-snyc'"),
        ("--topology", BROKEN / "inventory", "customers.csv:3: unknown equipment 'CARD-3'"),
    ],
)
def test_a_replay_with_wrong_settings(
    small_world: Path, tmp_path: Path, option: str, value: object, told: str
) -> None:
    ran = replay(small_world, tmp_path, option, value)
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert told in ran.stderr


# -------------------------------------------------------------------------------- nobody answers


def test_a_database_that_is_not_there() -> None:
    ran = correlator("explain", "GI-1", "--store", "postgresql://me:geheim@127.0.0.1:1/gi")
    assert (ran.returncode, ran.stdout) == (UNREACHABLE, "")
    assert ran.stderr.startswith("127.0.0.1:1/gi does not answer")
    assert "geheim" not in ran.stderr


def configuration(folder: Path, inventory: Path, **more: str) -> Path:
    """Write a configuration that gives up soon."""
    sections = {
        "topology": f"{{folder: {inventory}}}",
        "store": f"{{url: 'sqlite:///{folder / 'store.db'}', timeout: 1s}}",
        "kafka": "{bootstrap_servers: ['127.0.0.1:1'], connect_timeout_ms: 300}",
        "daemon": "{http_port: 0}",
        **more,
    }
    file = folder / "correlator.yaml"
    file.write_text("".join(f"{name}: {text}\n" for name, text in sections.items()))
    return file


def test_the_daemon_without_its_brokers(small_world: Path, tmp_path: Path) -> None:
    ran = correlator("run", "-c", configuration(tmp_path, small_world / "topology"))
    assert ran.returncode == UNREACHABLE
    last = ran.stderr.splitlines()[-1]
    assert last == "no Kafka broker answered at 127.0.0.1:1 within 0.3 s (PLAINTEXT)"
    assert "Traceback" not in ran.stderr


def test_the_daemon_without_its_database(small_world: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        store = f"{{url: 'postgresql://me:geheim@127.0.0.1:{port}/gi', timeout: 1s}}"
        file = configuration(tmp_path, small_world / "topology", store=store)
        ran = correlator("run", "-c", file)
    assert ran.returncode == UNREACHABLE
    assert f"127.0.0.1:{port}/gi does not answer" in ran.stderr
    assert "geheim" not in ran.stderr + ran.stdout


def test_the_daemon_with_a_broken_configuration() -> None:
    ran = correlator("run", "-c", BROKEN / "correlator.yaml")
    assert ran.returncode == USAGE
    assert f"{BROKEN / 'correlator.yaml'}:3:3: unknown key 'foldr'" in ran.stderr


def test_the_daemon_with_a_broken_inventory(tmp_path: Path) -> None:
    ran = correlator("run", "-c", configuration(tmp_path, BROKEN / "inventory"))
    assert ran.returncode == USAGE
    assert "customers.csv:3: unknown equipment 'CARD-3'" in ran.stderr


# ----------------------------------------------------------------------------------------- check

PLANTED = [
    "correlator.yaml:3:3: unknown key 'foldr': did you mean 'folder'?",
    "correlator.yaml:5:11: expected text, got the number '5'",
    "correlator.yaml:7:8: no environment variable CORRELATOR_TESTS_NEVER_SET_THIS",
    "correlator.yaml:9:13: timezone: no such zone: 'Mars/Olympus'",
    "correlator.yaml:11:22: kafka.bootstrap_servers: Expected `array`, got `str`",
    "correlator.yaml:12:3: unknown key 'acks'",
    "correlator.yaml:14:10: expected a duration like 90s",
    "correlator.yaml:15:10: 0 is out of range: from 1",
    "correlator.yaml:16:3: key 'batch' is given twice, first on line 15",
    "correlator.yaml:17:14: 70000 is out of range: from 0 to 65535",
    "correlator.yaml:19:10: unknown value 'loud'",
    "rules/access.yaml:5:20: 'medium' (5000) is above 'high' (500)",
    "rules/access.yaml:7:20: expected a duration like 90s",
    "rules/access.yaml:11:16: unknown symptom 'no-snyc': did you mean 'no-sync'?",
    "rules/access.yaml:12:17: the dial shares of the 1 rules sum to 0.6, not to 1",
    "rules/access.yaml:13:17: template: unknown variable 'place'",
    "rules/access.yaml:15:16: 'wiki.example/line-card' is no link",
    "rules/access.yaml:16:5: unknown key 'colour'",
    "rules/symptoms.yaml:5:9: 'No Sync' is no name",
    "unkept/tests/access.yaml:29:9: another card is blamed: expected announced cause DSL-1/C2",
    "unkept/tests/access.yaml:36:9: nobody calls: expected nothing announced",
    "inventory/customers.csv:3: unknown equipment 'CARD-3', did you mean 'CARD-2'?",
    "inventory/customers.csv:4: duplicate customer id 'C1', first on line 2",
    "inventory/customers.csv:5: empty customer id",
    "inventory/dependencies.csv:2: cycle of dependencies: AGG-1 → DSL-1 → AGG-1",
    "inventory/dependencies.csv:4: unknown equipment 'DSL-I', did you mean 'DSL-1'?",
    "inventory/dependencies.csv:5: unknown equipment 'CARD-9'",
    "inventory/equipment.csv:4: duplicate equipment id 'DSL-1', first on line 3",
    "inventory/equipment.csv:5: equipment 'CARD-1' has no type",
    "inventory/equipment.csv:6: bad row: 4 fields where the header has 3",
]
"""Every error in `tests/acceptance/broken`, in the order of the files."""

EVERYTHING = [
    *("-c", BROKEN / "correlator.yaml", "--rules", BROKEN / "rules", "--rules", BROKEN / "unkept"),
    *("--topology", BROKEN / "inventory"),
]


def assert_planted(findings: list[str]) -> None:
    assert len(findings) == len(PLANTED)
    for found, planted in zip(findings, PLANTED, strict=True):
        assert found.startswith(f"{BROKEN}/{planted}")


def test_every_planted_error_is_found_at_its_place() -> None:
    ran = correlator("check", *EVERYTHING)
    *findings, total = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr) == (FINDINGS, "")
    assert_planted(findings)
    assert total.startswith(f"{len(PLANTED)} findings in configuration ")


def test_findings_for_programs() -> None:
    ran = correlator("check", *EVERYTHING, "--format", "json")
    report = json.loads(ran.stdout)
    assert ran.returncode == FINDINGS
    assert len(report["looked_at"]) == 4
    assert_planted(report["findings"])


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    fifo, zero = tmp_path / "fifo.yaml", tmp_path / "zero.yaml"
    os.mkfifo(fifo)
    zero.symlink_to("/dev/zero")
    shutil.copytree(BROKEN / "inventory", tmp_path, dirs_exist_ok=True)
    (tmp_path / "customers.csv").unlink()
    os.mkfifo(tmp_path / "customers.csv")
    ran = correlator("check", "-c", fifo, "--rules", tmp_path, "--topology", tmp_path)
    assert (ran.returncode, ran.stderr) == (FINDINGS, "")
    found = ran.stdout.splitlines()
    assert f"{fifo}:1:1: not a regular file but a fifo" in found
    assert f"{zero}:1:1: not a regular file but a device" in found
    told = "cannot be read: not a regular file but a fifo"
    assert f"{tmp_path}/customers.csv:1: {told}" in found


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_configuration_that_is_no_file_is_not_waited_for(command: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "c.yaml")
    ran = correlator(command, "-c", tmp_path / "c.yaml")
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert ran.stderr == f"{tmp_path}/c.yaml:1:1: not a regular file but a fifo\n"


def test_a_feed_that_is_no_file_is_not_waited_for(small_world: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jsonl")
    ran = replay(small_world, tmp_path, "--actions", tmp_path / "a.jsonl")
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert ran.stderr == f"{tmp_path}/a.jsonl: not a regular file but a fifo\n"


def test_a_feed_that_unpacks_to_one_endless_line(small_world: Path, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.jsonl.gz", "wb", compresslevel=1) as packed:
        packed.write(b"\n")
        for _ in range(20):
            packed.write(bytes(1 << 20))
    ran = replay(small_world, tmp_path, "--actions", tmp_path / "a.jsonl.gz")
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert ran.stderr == f"{tmp_path}/a.jsonl.gz:2: the line has more than 16 MiB\n"


@pytest.mark.parametrize("command", [["serve", "-c", "x.yaml"], ["demo"]])
def test_a_port_that_there_is_not(command: list[str], tmp_path: Path) -> None:
    ran = correlator(*command, "--port", "70000", cwd=tmp_path)
    assert (ran.returncode, ran.stdout) == (USAGE, "")
    assert "Invalid value for '--port'" in ran.stderr
    assert "65535" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_right_has_no_findings(small_world: Path, tmp_path: Path) -> None:
    file = configuration(tmp_path, small_world / "topology")
    ran = correlator("check", "-c", file, "--topology", small_world / "topology")
    assert (ran.returncode, ran.stderr) == (DONE, "")
    assert ran.stdout.startswith("0 findings in configuration ")


# ------------------------------------------------------------------- simulate, replay, evaluate


def test_simulate_takes_options_and_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    options = [
        *("--seed", 5, "--customers", 1_000, "--days", 1),
        *("-o", "outages_per_day=8", "-o", "zone=Europe/London", "-o", "mail_import=true"),
    ]
    summaries = []
    for name in ("one", "two"):
        ran = correlator("simulate", *options, "--out", tmp_path / name, "--format", "json")
        assert (ran.returncode, ran.stderr) == (DONE, "")
        summaries.append(json.loads(ran.stdout))
    assert summaries[0] == summaries[1]
    assert summaries[0]["customers"] == 1_000
    files = [f.relative_to(tmp_path / "one") for f in (tmp_path / "one").rglob("*") if f.is_file()]
    assert len(files) == 7
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_an_option_makes_a_difference(tmp_path: Path) -> None:
    def outages(*options: object) -> int:
        size = ("--customers", 1_000, "--days", 1, "--format", "json")
        ran = correlator("simulate", *size, "--out", tmp_path / "w", *options)
        return int(json.loads(ran.stdout)["outages"])

    assert outages("-o", "outages_per_day=0") == 0 < outages("-o", "outages_per_day=20")


def test_a_replay_twice_gives_the_same_bytes(
    small_world: Path, replayed: Path, tmp_path: Path
) -> None:
    assert replay(small_world, tmp_path).returncode == DONE
    for name in ("incidents.jsonl", "verdicts.jsonl", "dead.jsonl"):
        assert (tmp_path / name).read_bytes() == (replayed / name).read_bytes()


def test_incidents_are_compact_lines_in_the_order_of_their_announcement(replayed: Path) -> None:
    written = (replayed / "incidents.jsonl").read_text().splitlines()
    incidents = [json.loads(line) for line in written]
    assert [json.dumps(i, separators=(",", ":"), ensure_ascii=False) for i in incidents] == written
    order = [(i["creationDate"], i["id"]) for i in incidents]
    assert order == sorted(order)
    assert len(order) > 3
    assert {"candidate", "submitted"}.isdisjoint(i["status"] for i in incidents)


def test_the_counts_of_a_replay(replayed: Path, small_world: Path) -> None:
    counts = json.loads((replayed / "counts.json").read_text())
    names = ("tickets", "alarms", "maintenance")
    assert counts["events"] == sum(len(lines(small_world / f"{name}.jsonl")) for name in names)
    incidents = lines(replayed / "incidents.jsonl")
    assert counts["incidents announced"] == len(incidents)
    assert counts["tickets linked"] == sum(len(i["troubleTicket"]) for i in incidents)
    assert counts["dead letters"] == 0
    assert set(counts["seconds"]) == {"topology", "rules", "survey", "replay"}


def test_every_ticket_has_one_answer(replayed: Path, small_world: Path) -> None:
    answered = [v["ticketId"] for v in lines(replayed / "verdicts.jsonl")]
    records = lines(small_world / "tickets.jsonl")
    assert sorted(answered) == sorted({r["event"]["troubleTicket"]["id"] for r in records})


def test_the_dial_makes_a_difference(small_world: Path, replayed: Path, tmp_path: Path) -> None:
    assert replay(small_world, tmp_path, "--false-incidents-per-week", "1e-9").returncode == DONE
    strict, usual = (len(lines(f / "incidents.jsonl")) for f in (tmp_path, replayed))
    assert strict < usual


TICKET = b'{"eventTime":"2026-03-02T08:00:00%s","event":{"troubleTicket":{%s}}}'
WHEN = b'"creationDate":"2026-03-02T08:00:00Z"'
BAD_LINES = {
    "no JSON": (b"{oops", "not-json", "malformed"),
    "not UTF-8": (TICKET % (b"Z", WHEN + b',"id":"T","description":"\xff"'), "not-json", "utf-8"),
    "no ticket id": (TICKET % (b"Z", WHEN), "invalid", "`id`"),
    "no offset": (TICKET % (b"", WHEN + b',"id":"T"'), "invalid", "eventTime"),
}


def test_dead_letters_keep_reason_and_text_and_the_rest_goes_through(
    small_world: Path, replayed: Path, tmp_path: Path
) -> None:
    world = tmp_path / "world"
    shutil.copytree(small_world, world)
    good = (world / "tickets.jsonl").read_bytes().splitlines()
    bad = [line for line, _, _ in BAD_LINES.values()]
    mixed = [bad[0], *good[:50], bad[1], b"", bad[2], *good[50:], bad[3]]
    (world / "tickets.jsonl").write_bytes(b"\n".join(mixed) + b"\n")
    ran = replay(world, tmp_path, "--format", "json")
    assert ran.returncode == DONE
    assert json.loads(ran.stdout)["dead letters"] == len(bad)
    for name in ("incidents.jsonl", "verdicts.jsonl"):
        assert (tmp_path / name).read_bytes() == (replayed / name).read_bytes()
    letters = lines(tmp_path / "dead.jsonl")
    assert [letter["line"] for letter in letters] == [1, 52, 54, len(mixed)]
    for letter, (line, reason, error) in zip(letters, BAD_LINES.values(), strict=True):
        assert letter["topic"] == "gi.tickets"
        assert letter["reason"] == reason
        assert error in letter["error"]
        assert letter["value"] == line.decode("utf-8", "replace")


def test_what_gathers_alarms_is_written_and_measured(small_world: Path, tmp_path: Path) -> None:
    network = tmp_path / "network.jsonl"
    assert replay(small_world, tmp_path, "--network", network).returncode == DONE
    found = lines(network)
    assert {one["@type"] for one in found} == {"NetworkIncident"}
    assert all(one["underlyingAlarm"] for one in found)
    announced = {one["id"] for one in lines(tmp_path / "incidents.jsonl")}
    assert all(one["customersToo"] is (one["id"] in announced) for one in found)
    ran = correlator(
        "evaluate", tmp_path / "incidents.jsonl", "--world", small_world,
        "--network", network, "--format", "json",
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (DONE, "")
    counted = [one for one in found if one["status"] not in {"rejected", "cancelled"}]
    assert json.loads(ran.stdout)["correlator"]["network_incidents"] == len(counted)


def test_evaluate_beside_the_fixed_threshold(small_world: Path, replayed: Path) -> None:
    arguments = [
        *("evaluate", replayed / "incidents.jsonl", "--world", small_world),
        *("--verdicts", replayed / "verdicts.jsonl", "--baseline", "threshold"),
    ]
    told, plain = correlator(*arguments, "--format", "json"), correlator(*arguments)
    assert (told.returncode, plain.returncode) == (DONE, DONE)
    measures = json.loads(told.stdout)
    assert set(measures) == {"correlator", "threshold"}
    assert measures["correlator"]["due"] == measures["threshold"]["due"]
    assert measures["correlator"]["recall"] >= measures["threshold"]["recall"]
    assert measures["correlator"]["right_answer"] is not None
    assert measures["threshold"]["right_answer"] is None
    header = next(line for line in plain.stdout.splitlines() if "threshold" in line)
    assert header.split() == ["correlator", "threshold"]
    assert re.search(r"^recall +\d\.\d+ +\d\.\d+", plain.stdout, re.MULTILINE)


def test_evaluate_without_a_baseline(small_world: Path, replayed: Path) -> None:
    incidents = replayed / "incidents.jsonl"
    ran = correlator("evaluate", incidents, "--world", small_world, "--format", "json")
    assert set(json.loads(ran.stdout)) == {"correlator"}


def test_explain_what_a_replay_kept(replayed: Path) -> None:
    incident = lines(replayed / "incidents.jsonl")[0]
    store = ("--store", f"sqlite:///{replayed / 'store.db'}")
    told = json.loads(correlator("explain", incident["id"], *store, "--format", "json").stdout)
    assert told["incident"]["id"] == incident["id"]
    assert told["incident"]["domain"] == incident["rootCauseResource"][0]["id"]
    ticket = incident["troubleTicket"][0]["id"]
    asked = correlator("explain", ticket, *store, "--lang", "en")
    assert asked.returncode == DONE
    assert f"linked → {incident['id']}: " in asked.stdout
    unknown = correlator("explain", "T-none", *store)
    assert (unknown.returncode, unknown.stdout) == (USAGE, "")
    assert unknown.stderr == "no incident and no ticket 'T-none' in this store\n"


# ----------------------------------------------------------------------------------------- the demo


def test_the_demo_ends_by_itself(evening: Evening) -> None:
    assert evening.exit_code == DONE


def test_the_demo_announces_and_resolves(evening: Evening) -> None:
    announced = re.findall(r"^▲ \S+ \S+Z (GI-\d{8}-[0-9a-f]{8}) ", evening.said, re.MULTILINE)
    resolved = re.findall(r"^▼ \S+ \S+Z (GI-\S+) resolved, ", evening.said, re.MULTILINE)
    assert len(announced) == len(set(announced)) == len(lines(evening.folder / "incidents.jsonl"))
    assert set(resolved) <= set(announced)
    over = re.search(r"^(\d+) incidents announced, (\d+) resolved\.$", evening.said, re.MULTILINE)
    assert over is not None
    assert (int(over[1]), int(over[2])) == (len(announced), len(set(resolved)))
    assert int(over[2]) >= 4


def test_the_demo_tells_a_surge_from_outside_without_an_equipment(evening: Evening) -> None:
    (surge,) = [i for i in lines(evening.folder / "incidents.jsonl") if not i["rootCauseResource"]]
    told = evening.said[evening.said.index(surge["id"]) :].splitlines()
    assert told[1].startswith("    hors du réseau : ")


def test_every_other_announcement_names_the_faulty_equipment(evening: Evening) -> None:
    outages = json.loads((evening.folder / "world" / "truth.json").read_text())["outages"]
    causes = {outage["cause"] for outage in outages if not outage["planned"]}
    for incident in lines(evening.folder / "incidents.jsonl"):
        for cause in incident["rootCauseResource"]:
            assert cause["id"] in causes
            assert f"    {cause['id']} : " in evening.said


def test_the_demo_ends_with_its_figures(evening: Evening) -> None:
    figures = dict(re.findall(r"^(\S.*?\S) {2,}(\S.*?) *$", evening.said, re.MULTILINE))
    assert figures["recall"] == "1.000"
    assert figures["false incidents"] == "0"
    assert figures["planned works announced"] == "0"
    assert {"precision", "right cause", "link recall", "right answer"} <= set(figures)
    assert evening.store_url in evening.said


def test_the_readme_asks_about_an_incident_of_this_evening(evening: Evening) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (asked,) = set(re.findall(r"GI-\d{8}-[0-9a-f]{8}", readme))
    assert f" {asked} " in evening.said


def test_the_demo_published_what_it_told(evening: Evening) -> None:
    published = lines(evening.folder / "gi.incidents.jsonl")
    last = {}
    for envelope in published:
        problem = envelope["event"]["serviceProblem"]
        last[problem["id"]] = max(last.get(problem["id"], 0), problem["version"])
    final = lines(evening.folder / "incidents.jsonl")
    assert last == {incident["id"]: incident["version"] for incident in final}


# -------------------------------------------------------------------------------------- appearance


def test_no_colours_where_there_is_no_terminal(evening: Evening) -> None:
    assert "\x1b" not in evening.said


@pytest.mark.parametrize("command", [["check", "--rules", BROKEN / "rules"], ["--help"]])
def test_no_color_is_respected(command: list[object]) -> None:
    ran = correlator(*command, NO_COLOR="1", FORCE_COLOR="", TERM="xterm-256color")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", ran.stdout + ran.stderr)


@pytest.mark.parametrize(
    "command", ["demo", "train", "replay", "check", "simulate", "evaluate", "explain"]
)
def test_every_command_explains_itself_and_speaks_to_programs(command: str) -> None:
    ran = correlator(command, "--help")
    assert (ran.returncode, ran.stderr) == (DONE, "")
    assert "--help" in ran.stdout
    assert "--format" in ran.stdout


# ------------------------------------------------------------------------------ the document


def test_the_document_of_the_topics_is_printed_and_the_page_is_what_is_printed() -> None:
    ran = correlator("asyncapi")
    assert (ran.returncode, ran.stderr) == (DONE, "")
    assert ran.stdout == (ROOT / "docs" / "asyncapi.yaml").read_text(encoding="utf-8")
    programs = correlator("asyncapi", "--format", "json")
    assert yaml.safe_load(ran.stdout) == json.loads(programs.stdout) == document()
