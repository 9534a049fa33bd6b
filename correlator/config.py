"""The configuration file: what it may say, read with every error at its place.

`docs/configuration.md` explains each key. Secrets are references (`env:NAME`, `file:/path`) or
stand in the file; none is ever logged.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from correlator.adapters.kafka import KafkaSettings
from correlator.adapters.kafka.settings import Hidden
from correlator.config_file import (
    TICKET_TOOL,
    TOPOLOGY,
    WEB,
    ConfigError,
    ConfigFile,
    is_port,
    optional,
)
from correlator.engine import EngineSettings
from correlator.model import DAY, HOUR, Millis
from rules.findings import Finding, Report
from rules.nodes import child, items
from rules.shapes import (
    LAST_PORT,
    PORT,
    Anything,
    Duration,
    Flag,
    Key,
    Number,
    OneOf,
    Record,
    Text,
    Whole,
    attempt,
)
from topology import CORE_TYPES

__all__ = ["Config", "ConfigError", "DaemonSettings", "load_config"]


class DaemonSettings(msgspec.Struct, frozen=True):
    """How the daemon runs. Times in ms.

    `lateness`: how long a record may come after a later one of its partition. `idle_after`: a
    partition that is caught up and silent for that long no longer holds the others back.
    `wall_clock`: tick with the clock while every feed is silent; off for a replay through Kafka.
    `lease`: how long the daemon's right to write lasts without a commit.
    """

    name: str = "correlator"
    lateness: Millis = 30_000
    idle_after: Millis = 2_000
    wall_clock: bool = True
    lease: Millis = 15_000
    batch: int = 500
    snapshot_every: int = 20_000
    reload_every: Millis = 30_000
    http_host: str = "127.0.0.1"
    http_port: int = 9108
    create_topics: bool = True


class ArchiveSettings(msgspec.Struct, frozen=True):
    """Where the archive is, how often files are written, how long they are kept. Times in ms.

    `url`: a folder, or an address that fsspec knows; `keep` 0: for ever.
    """

    url: str
    every: Millis = HOUR
    keep: Millis = 400 * DAY


class Config(msgspec.Struct, frozen=True):
    """Everything that `correlator run` needs to know. `ticket_tool`: whether one is written to."""

    topology: Path
    attributes: tuple[str, ...] | None = None
    core: tuple[str, ...] = CORE_TYPES
    rules: Path | None = None
    store_url: str = "sqlite:///correlator.db"
    store_timeout: Millis = 10_000
    engine: EngineSettings = EngineSettings()
    kafka: KafkaSettings = KafkaSettings()
    daemon: DaemonSettings = DaemonSettings()
    archive: ArchiveSettings | None = None
    ticket_tool: bool = False
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


_NOT_PLAIN = (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError, OverflowError)
"""What PyYAML raises for values that are not what their tag says, like `!!int x`."""

_PORT = re.compile(r".*:([^:\]]*)", re.DOTALL)
"""What comes after the last colon, unless that is within the brackets of `[::1]`."""

_POSITIVE = Number(0.0, above=True)
SHAPE = Record(
    {
        "topology": Key(TOPOLOGY),
        **optional(
            rules=Record(optional(folder=Text())),
            store=Record(optional(url=Text(), timeout=Duration())),
            engine=Record(optional(false_incidents_per_week=_POSITIVE, timezone=Text())),
            kafka=Anything(),
            web=WEB,
            ticket_tool=TICKET_TOOL,
            archive=Record(
                {"url": Key(Text()), **optional(every=Duration(), keep=Duration(zero=True))}
            ),
            daemon=Record(
                optional(
                    name=Text(),
                    lateness=Duration(zero=True),
                    idle_after=Duration(),
                    wall_clock=Flag(),
                    lease=Duration(),
                    batch=Whole(1),
                    snapshot_every=Whole(1),
                    reload_every=Duration(),
                    http_host=Text(),
                    http_port=PORT,
                    create_topics=Flag(),
                )
            ),
            log=Record(
                optional(
                    format=OneOf(("json", "console")),
                    level=OneOf(("debug", "info", "warning", "error")),
                )
            ),
        ),
    }
)
"""The keys of the file; `kafka` has the fields of `KafkaSettings`, `web` is the console's."""


def load_config(path: Path) -> Config:
    """Read a configuration file; raises `ConfigError` with all errors at once.

    Paths in the file are relative to the file's own folder.
    """
    file = ConfigFile(path, SHAPE)
    config = _build(file)
    file.done()
    if config is None:
        raise ConfigError((Finding(str(path), 1, 1, "not a configuration"),))
    return config


def _build(file: ConfigFile) -> Config | None:
    place, rules = file.section("topology"), file.section("rules")
    store, log = file.section("store"), file.section("log")
    kafka = _kafka(file.place("kafka"), file.report)
    engine = _engine(file.section("engine"), file.place("engine"), file.report)
    url = file.reference(store.get("url", Config.__struct_defaults__[3]), "store", "url")
    file.check_port(url, "store", "url")
    _check_servers(file)
    if len(file.report) or kafka is None or engine is None:
        return None
    attributes = place.get("attributes")
    return Config(
        topology=file.base / place["folder"],
        attributes=None if attributes is None else tuple(attributes),
        core=tuple(place.get("core", CORE_TYPES)),
        rules=file.base / rules["folder"] if "folder" in rules else None,
        store_url=Hidden(url),
        store_timeout=store.get("timeout", 10_000),
        engine=engine,
        kafka=kafka,
        daemon=msgspec.convert(file.section("daemon"), DaemonSettings),
        archive=_archive(file),
        ticket_tool=bool(file.section("ticket_tool")),
        log_format=log.get("format", "json"),
        log_level=log.get("level", "info"),
    )


def _archive(file: ConfigFile) -> ArchiveSettings | None:
    """Return where the archive is; a path is relative to the file's own folder."""
    found = file.section("archive")
    if not found:
        return None
    url = file.reference(found["url"], "archive", "url")
    settings = msgspec.convert({**found, "url": url}, ArchiveSettings)
    if "://" in url:
        return settings
    return msgspec.structs.replace(settings, url=str(file.base / url))


def _engine(
    values: dict[str, Any], node: yaml.Node | None, report: Report
) -> EngineSettings | None:
    try:
        return EngineSettings(**values)
    except ValueError as error:
        if node is not None:
            report.at(child(node, "timezone") or node, str(error))
        return None


def _kafka(node: yaml.Node | None, report: Report) -> KafkaSettings | None:
    """Read the Kafka section: keys first, each at its place, then the values by their types."""
    if node is None:
        return KafkaSettings()
    known = Record(optional(**{name: Anything() for name in KafkaSettings.__struct_fields__}))
    keys = attempt(known, node, report)
    if not isinstance(keys, dict):
        return None
    good: dict[str, Any] = {}
    for name, place in keys.items():
        try:
            value = _plain(place)
            msgspec.convert({name: value}, KafkaSettings)
        except msgspec.ValidationError as error:
            if "exceed" not in str(error):
                report.at(place, f"kafka.{name}: {error}")
                continue
        except _NOT_PLAIN:
            report.at(place, f"kafka.{name}: expected a plain value")
            continue
        good[name] = value
    try:
        return msgspec.convert(good, KafkaSettings)
    except msgspec.ValidationError as error:
        report.at(node, str(error))
        return None


def _check_servers(file: ConfigFile) -> None:
    """Report brokers with a port that there is not; the client would wait for them for ever."""
    for node in items(file.place("kafka", "bootstrap_servers")):
        text = node.value if isinstance(node, yaml.ScalarNode) else ""
        found = _PORT.fullmatch(text)
        if found is None or _is_address(text):
            continue
        if not is_port(found[1]):
            told = f"'{found[1]}' is no port: from 1 to {LAST_PORT}"
            file.report.at(node, f"kafka.bootstrap_servers: {told}")


def _is_address(text: str) -> bool:
    """Tell whether this is an IPv6 address without a port, like `::1`."""
    try:
        return bool(IPv6Address(text))
    except ValueError:
        return False


def _plain(node: Any) -> Any:
    constructor = yaml.constructor.SafeConstructor()
    return constructor.construct_document(node)
