"""The configuration file: every key is read, every slip is found at its place, all at once."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator.adapters.kafka import KafkaSettings
from correlator.config import (
    SHAPE,
    ArchiveSettings,
    Config,
    ConfigError,
    DaemonSettings,
    load_config,
)
from correlator.config_file import MOST_OF_A_SECRET
from correlator.engine import EngineSettings
from correlator.web.settings import load_web_settings
from rules.nodes import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules import Finding

LEAST = "topology: {folder: inventory}\n"
FULL = """\
topology:
  folder: inventory
  attributes: [cpe_model, region]
  core: [backbone, core-router]
rules:
  folder: /etc/correlator/rules
store:
  url: postgresql://gi@db/gi
  timeout: 3s
engine:
  false_incidents_per_week: 0.5
  timezone: Europe/London
kafka:
  bootstrap_servers: [one:9092, two:9092]
  client_id: gi
  group_id: watched
  compression: zstd
  connect_timeout_ms: 1000
  request_timeout_ms: 2000
  delivery_timeout_ms: 4000
  security_protocol: SASL_SSL
  ssl_check_hostname: false
  ssl_cafile: /ca
  ssl_certfile: /cert
  ssl_keyfile: /key
  ssl_password: env:KEY
  ssl_crlfile: /crl
  ssl_ciphers: HIGH
  sasl_mechanism: SCRAM-SHA-512
  sasl_plain_username: gi
  sasl_plain_password: file:/run/secrets/kafka
  sasl_kerberos_service_name: broker
  sasl_kerberos_domain_name: example
daemon:
  name: north
  lateness: 0s
  idle_after: 1s
  wall_clock: false
  lease: 1m
  batch: 7
  snapshot_every: 8
  reload_every: 2m
  http_host: 0.0.0.0
  http_port: 0
  create_topics: false
archive:
  url: history
  every: 5m
  keep: 30d
ticket_tool:
  kind: rt
  url: https://rt.example.net
  token: secret
  queue: Incidents
  customers: [Hotline]
log:
  format: console
  level: debug
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "correlator.yaml"


def load(file: Path, text: str) -> Config:
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def errors(file: Path, text: str) -> list[str]:
    """Return the findings as `line:column: message`."""
    with pytest.raises(ConfigError) as caught:
        load(file, text)
    assert str(caught.value).splitlines() == [str(finding) for finding in caught.value.findings]
    assert {finding.file for finding in caught.value.findings} == {str(file)}
    return [str(finding).removeprefix(f"{file}:") for finding in caught.value.findings]


# ----------------------------------------------------------------------------------- what is read


def test_the_inventory_is_all_that_must_be_named(file: Path) -> None:
    assert load(file, LEAST) == Config(topology=file.parent / "inventory")


def test_every_key_is_read(file: Path) -> None:
    config = load(file, FULL)
    assert config == Config(
        topology=file.parent / "inventory",
        attributes=("cpe_model", "region"),
        core=("backbone", "core-router"),
        rules=Path("/etc/correlator/rules"),
        store_url="postgresql://gi@db/gi",
        store_timeout=3_000,
        engine=EngineSettings(false_incidents_per_week=0.5, timezone="Europe/London"),
        kafka=KafkaSettings(
            bootstrap_servers=("one:9092", "two:9092"),
            client_id="gi",
            group_id="watched",
            compression="zstd",
            connect_timeout_ms=1_000,
            request_timeout_ms=2_000,
            delivery_timeout_ms=4_000,
            security_protocol="SASL_SSL",
            ssl_check_hostname=False,
            ssl_cafile="/ca",
            ssl_certfile="/cert",
            ssl_keyfile="/key",
            ssl_password="env:KEY",
            ssl_crlfile="/crl",
            ssl_ciphers="HIGH",
            sasl_mechanism="SCRAM-SHA-512",
            sasl_plain_username="gi",
            sasl_plain_password="file:/run/secrets/kafka",
            sasl_kerberos_service_name="broker",
            sasl_kerberos_domain_name="example",
        ),
        daemon=DaemonSettings(
            name="north",
            lateness=0,
            idle_after=1_000,
            wall_clock=False,
            lease=60_000,
            batch=7,
            snapshot_every=8,
            reload_every=120_000,
            http_host="0.0.0.0",
            http_port=0,
            create_topics=False,
        ),
        archive=ArchiveSettings(
            url=str(file.parent / "history"), every=300_000, keep=30 * 86_400_000
        ),
        ticket_tool=True,
        log_format="console",
        log_level="debug",
    )


def test_no_key_is_left_out_above(file: Path) -> None:
    """Every setting differs from its default, so that one that is dropped on the way shows."""
    config, plain = load(file, FULL), load(file, LEAST)
    sections = {"topology", "rules", "store", "engine", "kafka", "daemon", "archive", "log"}
    others = {"web", "ticket_tool"}  # read by the console, and by what writes to the tool
    assert set(SHAPE.keys) == {*sections, *others}
    defaults = ArchiveSettings(url="")
    assert config.archive is not None
    assert (config.archive.every, config.archive.keep) != (defaults.every, defaults.keep)
    for section in ("daemon", "kafka"):
        ours, theirs = getattr(config, section), getattr(plain, section)
        same = [n for n in ours.__struct_fields__ if getattr(ours, n) == getattr(theirs, n)]
        assert same == []
    fields = msgspec.structs.fields(Config)
    assert [f.name for f in fields if getattr(config, f.name) == f.default] == []


def test_paths_are_relative_to_the_file(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    config = load(file, "topology: {folder: ../network}\nrules: {folder: rules}\n")
    assert config.topology == tmp_path / "../network"
    assert config.rules == tmp_path / "rules"


def test_absolute_paths_stay(file: Path) -> None:
    assert load(file, "topology: {folder: /network}\n").topology == Path("/network")


def test_no_attributes_is_not_the_usual_ones(file: Path) -> None:
    assert load(file, "topology: {folder: t, attributes: []}\n").attributes == ()
    assert load(file, LEAST).attributes is None


def test_daemon_and_console_read_the_same_core(file: Path) -> None:
    file.write_text(LEAST, encoding="utf-8")
    assert load_config(file).core == load_web_settings(file).core == ("core-router",)
    file.write_text("topology: {folder: t, core: [bng, ring head]}\n", encoding="utf-8")
    assert load_config(file).core == load_web_settings(file).core == ("bng", "ring head")


def test_an_empty_rules_section_means_the_own_rules(file: Path) -> None:
    assert load(file, LEAST + "rules: {}\n").rules is None


# ------------------------------------------------------------------------------------- references


def test_the_store_url_may_come_from_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GI_STORE", "postgresql://gi:geheim@db/gi")
    config = load(file, LEAST + "store: {url: 'env:GI_STORE'}\n")
    assert config.store_url == "postgresql://gi:geheim@db/gi"


def test_the_store_url_may_come_from_a_file(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("postgresql://gi:geheim@db/gi\n")
    config = load(file, LEAST + f"store: {{url: 'file:{tmp_path}/secret'}}\n")
    assert config.store_url == "postgresql://gi:geheim@db/gi"


def test_references_that_lead_nowhere(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    assert errors(file, LEAST + "store:\n  url: env:NOT_SET\n") == [
        "3:8: no environment variable NOT_SET"
    ]
    assert errors(file, LEAST + "store:\n  url: file:/nowhere\n") == [
        "3:8: /nowhere: No such file or directory"
    ]


def test_secrets_do_not_show(file: Path) -> None:
    config = load(
        file,
        LEAST
        + "store: {url: 'postgresql://gi:geheim@db/gi'}\n"
        + "kafka: {sasl_plain_password: geheim, ssl_password: geheim}\n",
    )
    assert "geheim" not in f"{config} {config!r} {config.kafka!r} {msgspec.structs.asdict(config)}"
    assert config.kafka.sasl_plain_password == "geheim"
    assert "geheim" in config.store_url


@pytest.mark.parametrize(
    "slip",
    [
        "kafka: {sasl_plain_password: [geheim]}",
        "kafka: {sasl_plain_password: {geheim: geheim}}",
        "kafka: {sasl_plain_password: !geheim geheim}",
        "kafka: {sasl_password: geheim}",
        "kafka: {ssl_password: geheim, ssl_password: geheim}",
        "kafka: {ssl_password: geheim, client_id: 3}",
        "store: {url: [geheim]}",
        "store: {uri: geheim}",
        "store: {url: geheim, timeout: 3}",
    ],
)
def test_secrets_are_not_in_errors(file: Path, slip: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(file, LEAST + slip + "\n")
    assert "geheim" not in f"{caught.value} {caught.value!r}"


# ----------------------------------------------------------------------------------------- errors

SLIPS = [
    ("daemon: {leas: 3s}", "2:10: unknown key 'leas': did you mean 'lease'?"),
    ("demon: {lease: 3s}", "2:1: unknown key 'demon': did you mean 'daemon'?"),
    (
        "zebra: 1",
        "2:1: unknown key 'zebra'; known: archive, daemon, engine, kafka, log, rules, store",
    ),
    ("daemon: {lease: 3s, lease: 4s}", "2:21: key 'lease' is given twice, first on line 2"),
    ("daemon:", "2:8: expected a mapping of keys, got nothing"),
    ("daemon: [lease]", "2:9: expected a mapping of keys, got a list"),
    ("daemon: {name: 5}", "2:16: expected text, got the number '5': put it in quotes"),
    ("daemon: {name: ''}", "2:16: the text is empty"),
    (
        "daemon: {lateness: 30}",
        "2:20: expected a duration like 90s, 30m, 2h or 1d, got the number '30'",
    ),
    (
        "daemon: {lateness: soon}",
        "2:20: expected a duration like 90s, 30m, 2h or 1d, got the text 'soon'",
    ),
    ("daemon: {lease: 0s}", "2:17: 0s is out of range: above 0s"),
    ("daemon: {wall_clock: maybe}", "2:22: expected true or false, got the text 'maybe'"),
    ("daemon: {create_topics: 1}", "2:25: expected true or false, got the number '1'"),
    ("daemon: {batch: 0}", "2:17: 0 is out of range: from 1"),
    ("daemon: {batch: 1.5}", "2:17: expected a whole number, got the number '1.5'"),
    ("daemon: {http_port: -1}", "2:21: -1 is out of range: from 0 to 65535"),
    ("daemon: {http_port: 65536}", "2:21: 65536 is out of range: from 0 to 65535"),
    ("web: {port: 70000}", "2:13: 70000 is out of range: from 0 to 65535"),
    ("log: {level: loud}", "2:14: unknown value 'loud'; known: debug, error, info, warning"),
    ("log: {format: jsn}", "2:15: unknown value 'jsn': did you mean 'json'?"),
    ("store: {url: 5}", "2:14: expected text, got the number '5': put it in quotes"),
    ("engine: {timezone: Mars/Olympus}", "2:20: timezone: no such zone: 'Mars/Olympus'"),
    ("engine: {timezone: 5}", "2:20: expected text, got the number '5': put it in quotes"),
    ("engine: {false_incidents_per_week: 0}", "2:36: 0 is out of range: above 0"),
    ("engine: {false_incidents_per_week: many}", "2:36: expected a number, got the text 'many'"),
    ("rules: {folder: [a]}", "2:17: expected text, got a list"),
    (
        "kafka: {bootstrap_server: [a]}",
        "2:9: unknown key 'bootstrap_server': did you mean 'bootstrap_servers'?",
    ),
    ("kafka: {enable_auto_commit: true}", "2:9: unknown key 'enable_auto_commit'"),
    ("kafka:", "2:7: expected a mapping of keys, got nothing"),
    ("kafka: {client_id: 5}", "2:20: kafka.client_id: Expected `str`, got `int`"),
    ("kafka: {bootstrap_servers: a}", "2:28: kafka.bootstrap_servers: Expected `array`"),
    ("kafka: {bootstrap_servers: []}", "2:28: kafka.bootstrap_servers: "),
    ("kafka: {compression: zip}", "2:22: kafka.compression: Invalid enum value 'zip'"),
    ("kafka: {client_id: 2026-13-45}", "2:20: kafka.client_id: expected a plain value"),
    ("kafka: {client_id: !odd x}", "2:20: kafka.client_id: expected a plain value"),
    ("kafka: {client_id: !!int ''}", "2:20: kafka.client_id: expected a plain value"),
    ("kafka: {client_id: !!float ''}", "2:20: kafka.client_id: expected a plain value"),
    ("kafka: {client_id: !!bool x}", "2:20: kafka.client_id: expected a plain value"),
    ("kafka: {client_id: !!timestamp x}", "2:20: kafka.client_id: expected a plain value"),
    ('rules: {folder: "a\\0b"}', "2:17: the character U+0000 cannot stand in a text"),
    ('store: {url: "file:\\0"}', "2:14: the character U+0000 cannot stand in a text"),
    ('store: {url: "env:\\ud800"}', "2:14: the character U+D800 cannot stand in a text"),
    ('kafka: {ssl_cafile: "a\\0b"}', "2:21: the character U+0000 cannot stand in a text"),
    (
        "kafka: {request_timeout_ms: 60000}",
        "2:8: kafka.delivery_timeout_ms must exceed kafka.request_timeout_ms by a second",
    ),
]


@pytest.mark.parametrize(("slip", "told"), SLIPS)
def test_a_slip_is_told_at_its_place(file: Path, slip: str, told: str) -> None:
    (error,) = errors(file, LEAST + slip + "\n")
    assert error.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: the file is empty"),
        ("- a\n", "1:1: expected a mapping of keys, got a list"),
        ("store: {}\n", "1:1: missing key 'topology'"),
        ("topology: {}\n", "1:11: missing key 'folder'"),
        ("topology: {folder: t, attributes: region}\n", "1:35: expected a list, got the text"),
        ("topology: {folder: t, core: bng}\n", "1:29: expected a list, got the text"),
        ("topology: {folder: t, core: []}\n", "1:29: the list is empty"),
        ("topology: {folder: t, core: [5]}\n", "1:30: expected text, got the number '5'"),
        ("topology: {folder: [\n", "2:1: not YAML: "),
        ("topology:\n\tfolder: t\n", "2:1: not YAML: "),
    ],
)
def test_files_that_are_no_configuration(file: Path, text: str, told: str) -> None:
    (error,) = errors(file, text)
    assert error.startswith(told)


def test_a_file_that_is_not_utf8(file: Path) -> None:
    file.write_bytes(b"topology: {folder: t}\nlog: {level: \xff}\n")
    with pytest.raises(ConfigError, match=r":2:14: not UTF-8"):
        load_config(file)


def test_a_file_that_is_not_there(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"correlator\.yaml:1:1: No such file or directory"):
        load_config(file)


def test_all_errors_come_at_once(file: Path) -> None:
    text = """\
topology: {foldr: inventory}
store: {url: 'env:NOT_SET_ANYWHERE'}
engine: {timezone: Mars/Olympus}
kafka: {client_id: 5, zip: lz4}
daemon: {lease: 3, batch: none}
log: {level: loud}
"""
    places = [error.split(": ")[0] for error in errors(file, text)]
    assert places == ["1:12", "2:14", "3:20", "4:20", "4:23", "5:17", "5:27", "6:14"]


# -------------------------------------------------------------------------------------- what is not


@pytest.mark.parametrize(
    ("server", "port"),
    [
        ("host:70000", "70000"),
        ("host:65536", "65536"),
        ("host:0", "0"),
        ("host:-1", "-1"),
        ("host:", ""),
        ("host:http", "http"),
        ("[::1]:70000", "70000"),
        ("SASL_SSL://host:70000", "70000"),
        ("host:9092,other:70000", "70000"),
    ],
)
def test_a_broker_has_a_port_that_there_is(file: Path, server: str, port: str) -> None:
    (error,) = errors(file, LEAST + f"kafka: {{bootstrap_servers: [a:9092, '{server}']}}\n")
    assert error == f"2:37: kafka.bootstrap_servers: '{port}' is no port: from 1 to 65535"


@pytest.mark.parametrize("server", ["host", "host:1", "host:65535", "::1", "[::1]", "[::1]:9092"])
def test_a_broker_may_be_written_in_many_ways(file: Path, server: str) -> None:
    config = load(file, LEAST + f"kafka: {{bootstrap_servers: ['{server}']}}\n")
    assert config.kafka.bootstrap_servers == (server,)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://gi:geheim@db:70000/gi",
        "postgresql://db:0/gi",
        "postgresql+psycopg://gi:geh#e/im:5@db:70000",
        "postgresql://[::1]:99999/gi?connect_timeout=3",
        "postgresql://gi@db:geheim/gi",
    ],
)
def test_a_database_has_a_port_that_there_is(file: Path, url: str) -> None:
    (error,) = errors(file, LEAST + f"store: {{url: '{url}'}}\n")
    assert error == "2:14: the port of the URL is none: from 1 to 65535"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///a:70000.db",
        "postgresql://gi:70000@db/gi",
        "postgresql://gi:a/b:70000#c@db:5432/gi:70000",
        "postgresql://[::1]/gi",
        "postgresql:///gi?host=/tmp",
    ],
)
def test_a_url_may_hold_what_looks_like_a_port(file: Path, url: str) -> None:
    assert load(file, LEAST + f"store: {{url: '{url}'}}\n").store_url == url


def test_a_configuration_is_a_regular_file(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(ConfigError, match=r":1:1: not a regular file but a fifo"):
        load_config(file)
    with pytest.raises(ConfigError, match=r"/dev/zero:1:1: not a regular file but a device"):
        load_config(Path("/dev/zero"))
    with pytest.raises(ConfigError, match=r":1:1: not a regular file but a folder"):
        load_config(file.parent)
    with pytest.raises(ConfigError, match=r":1:1: no name that a file can have"):
        load_config(Path("a\0b"))


def test_a_configuration_may_be_a_link(file: Path) -> None:
    (file.parent / "elsewhere").write_text(LEAST, encoding="utf-8")
    file.symlink_to("elsewhere")
    assert load_config(file) == Config(topology=file.parent / "inventory")


def test_a_configuration_has_so_many_bytes(file: Path) -> None:
    filled = LEAST + "#" * (MOST_BYTES - len(LEAST))
    assert load(file, filled)
    assert errors(file, f"{filled}#") == ["1:1: larger than 262,144 bytes"]


def test_a_secret_is_in_a_small_regular_file_of_text(file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "large").write_bytes(b"x" * (MOST_OF_A_SECRET + 1))
    (tmp_path / "binary").write_bytes(b"\xff")
    for name, told in [
        (tmp_path / "fifo", "not a regular file but a fifo"),
        (tmp_path / "large", "larger than 65,536 bytes"),
        (tmp_path / "binary", "not UTF-8"),
        ("/dev/zero", "not a regular file but a device"),
    ]:
        assert errors(file, LEAST + f"store: {{url: 'file:{name}'}}\n") == [f"2:14: {name}: {told}"]


def test_many_laughs(file: Path) -> None:
    laughs = "".join(f"  l{n + 1}: &l{n + 1} {{<<: [{f'*l{n}, ' * 10}]}}\n" for n in range(9))
    (error,) = errors(file, LEAST + "kafka:\n  l0: &l0 {a: 1}\n" + laughs)
    assert "more than 50,000 keys and values" in error


SECTIONS = ["topology: {folder: t}\n", "kafka:\n", "store: ", "web: ", "engine: {timezone: "]
KEYS = ["  client_id: ", "  bootstrap_servers: ", "{url: ", "{port: ", "}\n", "- ", "? ", "<<: "]
VALUES = ["[a:1]\n", "1", "'env:HOME'", "file:/", "~", "1:1", "0b", "2026-02-30", '"\\0"', "\n"]
TAGS = ["&a ", "*a", "!!int ", "!!float ''", "!!binary =", "!!timestamp x", "!!set ", "../x"]
PIECES = st.sampled_from([*SECTIONS, *KEYS, *VALUES, *TAGS])
CONTENT = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES, max_size=20).map(lambda words: "".join(words).encode()),
)


def found_in(path: Path, read: Callable[[Path], object]) -> list[Finding]:
    try:
        read(path)
    except ConfigError as error:
        return list(error.findings)
    return []


@given(content=CONTENT)
def test_whatever_stands_there_is_read_or_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "correlator.yaml"
        path.write_bytes(content)
        found = [*found_in(path, load_config), *found_in(path, load_web_settings)]
        assert all(one.line >= 1 and one.column >= 1 and one.message for one in found)


@pytest.mark.parametrize("url", ["s3://bucket/archive", "/var/lib/archive"])
def test_the_archive_may_be_anywhere(file: Path, url: str) -> None:
    found = load(file, f"{LEAST}archive: {{url: '{url}'}}\n").archive
    assert found is not None
    assert found.url == url


def test_an_archive_without_a_place_is_told(file: Path) -> None:
    (error,) = errors(file, f"{LEAST}archive: {{keep: 3d}}\n")
    assert "missing key 'url'" in error
