"""The configuration file: what it may say, read with every error at its place.

`docs/configuration.md` explains each key. Secrets are references (`env:NAME`, `file:/path`) or
stand in the file; none is ever logged.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from correlator.adapters.kafka import KafkaSettings
from correlator.adapters.kafka.settings import Hidden
from correlator.engine import EngineSettings
from correlator.model import Millis
from rules.findings import CatalogError, Finding, Report
from rules.nodes import child, compose
from rules.shapes import (
    Anything,
    Duration,
    Flag,
    Items,
    Key,
    Number,
    OneOf,
    Record,
    Text,
    Whole,
    attempt,
)


class ConfigError(ValueError):
    """A configuration that cannot be used; `findings` has every error and its place."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


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
    http_port: int = 9108
    create_topics: bool = True


class Config(msgspec.Struct, frozen=True):
    """Everything that `correlator run` needs to know."""

    topology: Path
    attributes: tuple[str, ...] | None = None
    rules: Path | None = None
    store_url: str = "sqlite:///correlator.db"
    store_timeout: Millis = 10_000
    engine: EngineSettings = EngineSettings()
    kafka: KafkaSettings = KafkaSettings()
    daemon: DaemonSettings = DaemonSettings()
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


def _optional(**shapes: Any) -> dict[str, Key]:
    return {name: Key(shape, required=False) for name, shape in shapes.items()}


_POSITIVE = Number(0.0, above=True)
SHAPE = Record(
    {
        "topology": Key(
            Record({"folder": Key(Text()), **_optional(attributes=Items(Text(), empty=True))})
        ),
        **_optional(
            rules=Record(_optional(folder=Text())),
            store=Record(_optional(url=Text(), timeout=Duration())),
            engine=Record(_optional(false_incidents_per_week=_POSITIVE, timezone=Text())),
            kafka=Anything(),
            daemon=Record(
                _optional(
                    name=Text(),
                    lateness=Duration(zero=True),
                    idle_after=Duration(),
                    wall_clock=Flag(),
                    lease=Duration(),
                    batch=Whole(1),
                    snapshot_every=Whole(1),
                    reload_every=Duration(),
                    http_port=Whole(0),
                    create_topics=Flag(),
                )
            ),
            log=Record(
                _optional(
                    format=OneOf(("json", "console")),
                    level=OneOf(("debug", "info", "warning", "error")),
                )
            ),
        ),
    }
)
"""The keys of the file; those of `kafka` are the fields of `KafkaSettings`."""


def load_config(path: Path) -> Config:
    """Read a configuration file; raises `ConfigError` with all errors at once.

    Paths in the file are relative to the file's own folder.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError((Finding(str(path), 1, 1, f"{error.strerror}"),)) from error
    report = Report()
    node = compose(str(path), raw, report)
    found = None if node is None else attempt(SHAPE, node, report)
    config = None
    if node is not None and isinstance(found, dict):
        config = _build(found, node, path.parent, report)
    try:
        report.raise_if_any()
    except CatalogError as error:
        raise ConfigError(error.findings) from None
    if config is None:
        raise ConfigError((Finding(str(path), 1, 1, "not a configuration"),))
    return config


def _build(found: dict[str, Any], node: yaml.Node, base: Path, report: Report) -> Config | None:
    place, rules = _read(found, "topology"), _read(found, "rules")
    store, log = _read(found, "store"), _read(found, "log")
    kafka = _kafka(child(node, "kafka"), report)
    engine = _engine(_read(found, "engine"), child(node, "engine"), report)
    url = _reference(store.get("url", Config.__struct_defaults__[2]), node, report)
    if len(report) or kafka is None or engine is None:
        return None
    attributes = place.get("attributes")
    return Config(
        topology=base / place["folder"],
        attributes=None if attributes is None else tuple(attributes),
        rules=base / rules["folder"] if "folder" in rules else None,
        store_url=Hidden(url),
        store_timeout=store.get("timeout", 10_000),
        engine=engine,
        kafka=kafka,
        daemon=msgspec.convert(_read(found, "daemon"), DaemonSettings),
        log_format=log.get("format", "json"),
        log_level=log.get("level", "info"),
    )


def _read(found: dict[str, Any], section: str) -> dict[str, Any]:
    """Return the values of a section that could be read; those that could not are reported."""
    return {name: value for name, value in (found.get(section) or {}).items() if value is not None}


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
    known = Record(_optional(**{name: Anything() for name in KafkaSettings.__struct_fields__}))
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
        except (yaml.YAMLError, ValueError):
            report.at(place, f"kafka.{name}: expected a plain value")
            continue
        good[name] = value
    try:
        return msgspec.convert(good, KafkaSettings)
    except msgspec.ValidationError as error:
        report.at(node, str(error))
        return None


def _plain(node: Any) -> Any:
    constructor = yaml.constructor.SafeConstructor()
    return constructor.construct_document(node)


def _reference(text: str, node: yaml.Node, report: Report) -> str:
    """Follow `env:NAME` and `file:/path`, so that a URL with a password need not stand here."""
    kind, _, where = text.partition(":")
    try:
        if kind == "env":
            return os.environ[where]
        if kind == "file":
            return Path(where).read_text(encoding="utf-8").strip()
    except KeyError:
        report.at(child(node, "store", "url") or node, f"no environment variable {where}")
    except OSError as error:
        report.at(child(node, "store", "url") or node, f"{where}: {error.strerror}")
    return text
