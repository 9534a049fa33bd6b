"""A record that cannot be used, from the feed to the database, mended, and back into the feed."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from correlator.adapters.kafka import KafkaPublisher, KafkaSettings, ensure_topics, standard_topics
from correlator.adapters.sql import DeadLetters, SqlStore, console, open_store, schema
from correlator.adapters.sql.values import json_of
from correlator.model import Action, Verb
from correlator.ports import OutMessage, Partition
from tests.builders import at
from tests.harness.broker import Broker
from tests.harness.command import ROOT, correlator
from tests.harness.unavailable import ServerMissingError, unavailable
from tests.harness.waiting import until
from tests.records import alarm_bytes, ticket_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.kafka

DONE, FINDINGS, USAGE, UNREACHABLE = range(4)
TICKETS = Partition("gi.tickets", 0)


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaSettings]:
    """Return the settings of a broker whose topics nobody else fills."""
    with tempfile.TemporaryDirectory(prefix="gi-kafka-") as folder:
        try:
            broker = Broker(Path(folder))
        except ServerMissingError as error:
            unavailable("Apache Kafka", str(error))
        broker.start()
        try:
            settings = KafkaSettings(bootstrap_servers=(broker.bootstrap,))
            ensure_topics(settings, standard_topics(1, 1))
            yield settings
        finally:
            broker.stop()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    with closing(open_store(url)) as opened:
        yield opened


@pytest.fixture
def config(kafka: KafkaSettings, url: str, tmp_path: Path) -> Path:
    file = tmp_path / "correlator.yaml"
    sections = {
        "topology": {"folder": str(ROOT / "examples" / "topology")},
        "store": {"url": url},
        "kafka": {"bootstrap_servers": list(kafka.bootstrap_servers)},
        "daemon": {"http_port": 0, "idle_after": "1s", "lateness": "0s", "wall_clock": False},
    }
    file.write_text("".join(f"{name}: {json.dumps(keys)}\n" for name, keys in sections.items()))
    return file


@contextmanager
def running(config: Path) -> Iterator[None]:
    """Run the daemon as a process of its own, until the end of the block."""
    command = [sys.executable, "-m", "correlator.cli", "run", "-c", str(config)]
    log = config.with_suffix(".log")
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(60)
    assert code == 0, log.read_text()


def put_into_inbox(store: SqlStore, name: str, body: str) -> None:
    """Put a row into the inbox as a console of another version might."""
    row = {"id": name, "incident": "", "actor": "", "verb": "note", "at": 1, "not_before": 0}
    with store.engine.begin() as connection:
        connection.execute(console.action_inbox.insert().values({**row, "body": body}))


def test_poison_is_kept_mended_replayed_and_takes_effect_once(
    kafka: KafkaSettings, config: Path, url: str, store: SqlStore, tmp_path: Path
) -> None:
    good = ticket_bytes("T-mended", at(1), "C1")
    poison = good.replace(b'"id":"T-mended",', b"", 1)
    assert poison != good
    with closing(KafkaPublisher(kafka)) as publisher:
        messages = [("T-fine", ticket_bytes("T-fine", at(0))), ("bad", poison)]
        sent = [OutMessage("gi.tickets", key.encode(), value) for key, value in messages]
        assert publisher.publish(sent) == [None, None]

    with running(config):
        until(lambda: DeadLetters(store.engine).newest(1))
        _look_at(url, poison)
        _mend(config, url, store, good, tmp_path)
        until(lambda: store.queries.ticket("T-mended"))
        assert len(store.queries.verdicts()) == 2

        # Asked for once more, the daemon sees a repeat of what it knows.
        refused = correlator("dead-letters", "replay", "1", "-c", config, "--value", "t.json",
                             cwd=tmp_path)  # fmt: skip
        assert (refused.returncode, refused.stdout) == (FINDINGS, "")
        assert re.fullmatch(
            r"1: replayed \S+Z already; to do it once more: --again\n", refused.stderr
        )
        again = correlator("dead-letters", "replay", "1", "-c", config, "--value", "t.json",
                           "--again", cwd=tmp_path)  # fmt: skip
        assert again.returncode == DONE, again.stderr
        until(lambda: store.recover().positions[TICKETS].next == 4)
        assert len(store.queries.verdicts()) == 2
        assert store.queries.counts()["tickets"] == 2
        assert len(DeadLetters(store.engine).newest(9)) == 1

        _replay_an_action(config, store, tmp_path)


def _look_at(url: str, poison: bytes) -> None:
    listed = correlator("dead-letters", "list", "--store", url)
    error = "Object missing required field `id` - at `$.event.troubleTicket`"
    assert (listed.returncode, listed.stderr) == (DONE, "")
    assert listed.stdout.count("\n") == 1
    assert f"gi.tickets/0@1  invalid  {len(poison)} bytes  {error}" in listed.stdout
    as_json = correlator("dead-letters", "list", "--store", url, "--json", "--reason", "invalid")
    (one,) = json.loads(as_json.stdout)
    assert (one["seq"], one["topic"], one["error"], one["replayed"]) == (
        1,
        "gi.tickets",
        error,
        None,
    )
    shown = correlator("dead-letters", "show", "1", "--store", url)
    assert shown.stdout.endswith(f"\n\n{poison.decode()}\n")
    assert "key        bad\n" in shown.stdout
    value = correlator("dead-letters", "show", "1", "--store", url, "--value")
    assert value.stdout.encode() == poison


def _mend(config: Path, url: str, store: SqlStore, good: bytes, folder: Path) -> None:
    unmended = correlator("dead-letters", "replay", "1", "-c", config)
    assert (unmended.returncode, unmended.stdout) == (FINDINGS, "")
    assert (
        "`id` - at `$.event.troubleTicket`; mend it (--value FILE), or --force" in unmended.stderr
    )
    (folder / "t.json").write_bytes(good)
    ran = correlator("dead-letters", "replay", "1", "-c", config, "--value", "t.json", cwd=folder)
    assert (ran.returncode, ran.stdout, ran.stderr) == (DONE, "1: published to gi.tickets\n", "")
    assert "  replayed 20" in correlator("dead-letters", "list", "--store", url).stdout
    kept = DeadLetters(store.engine).letter(1)
    assert kept is not None
    assert kept.letter.record.value != good, "the letter stays as it came"


def _replay_an_action(config: Path, store: SqlStore, folder: Path) -> None:
    put_into_inbox(store, "a1", '{"verb":"note"}')
    until(lambda: DeadLetters(store.engine).newest(9, "inbox"))
    action = Action("a1", 0, "a1", "zoé", Verb.NOTE, "GI-1", text="vu")
    (folder / "a.json").write_text(json_of(action))
    ran = correlator("dead-letters", "replay", "2", "-c", config, "--value", "a.json", cwd=folder)
    assert ran.returncode == DONE, ran.stderr
    until(lambda: store.queries.counts()["actions"])
    assert re.fullmatch(r"2: put into the inbox as a1-replay-\d+\n", ran.stdout)
    assert store.queries.counts()["actions"] == 1
    assert store.queries.counts()["action_inbox"] == 0


def test_all_of_a_reason(config: Path, store: SqlStore) -> None:
    """Such as those that only a newer version can read."""
    rows = [
        {"topic": "gi.alarms", "partition": 0, "offset": n, "key": None, "value": value,
         "timestamp": 0, "reason": "unusable", "error": "KeyError", "time": 0, "replayed": None}
        for n, value in enumerate([alarm_bytes("A1", at(0)), b"{", alarm_bytes("A2", at(0))])
    ]  # fmt: skip
    with store.engine.begin() as connection:
        connection.execute(schema.dead_letters.insert(), rows)
    ran = correlator("dead-letters", "replay", "--all", "--reason", "unusable", "-c", config)
    assert ran.returncode == FINDINGS
    assert ran.stdout == "1: published to gi.alarms\n3: published to gi.alarms\n"
    assert ran.stderr.startswith("2: gi.alarms/0@1: Input data was truncated; mend it")
    ran = correlator("dead-letters", "replay", "--all", "--reason", "unusable", "-c", config)
    assert (ran.returncode, ran.stdout) == (FINDINGS, "")
    assert [one.replayed is None for one in DeadLetters(store.engine).newest(9)] == [
        False,
        True,
        False,
    ]


def test_what_cannot_be_done_is_said_in_one_sentence(
    config: Path, store: SqlStore, tmp_path: Path
) -> None:
    assert store.queries.dead_letters(1) == []
    for arguments, told in (
        (["replay", "7", "-c", config], "no dead letter 7 in this store"),
        (["replay", "--all", "-c", config], "name the letters by their SEQ, or --all of"),
        (["replay", "7", "--reason", "invalid", "-c", config], "name the letters by their SEQ"),
        (["replay", "7", "8", "--value", "t.json", "-c", config], "--value is the mended value"),
        (["list", "--store", "sqlite:///nowhere.db"], "no store at nowhere.db"),
    ):
        ran = correlator("dead-letters", *arguments, cwd=tmp_path)
        assert (ran.returncode, ran.stdout) == (USAGE, ""), arguments
        assert told in ran.stderr
        assert "Traceback" not in ran.stderr
