"""The configuration file as a file: found, read, every error at its place.

Shared by the daemon (`config`) and the console (`web.settings`), each of which reads its own
sections; the console reads nothing that needs the engine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rules.files import UnreadableError, read_small
from rules.findings import CatalogError, Finding, Report
from rules.nodes import MOST_BYTES, child, compose
from rules.shapes import (
    LAST_PORT,
    PORT,
    Duration,
    Flag,
    Items,
    Key,
    Named,
    Number,
    OneOf,
    Record,
    Text,
    Whole,
    attempt,
)

MOST_OF_A_SECRET = 1 << 16
"""Bytes of a file that `file:` leads to."""

ROLES = ("viewer", "agent", "noc", "cell", "admin")
"""The roles of people, the strongest last."""

# As SQLAlchemy reads it: a password may hold what another reader of URLs would take for its end.
_PORT_OF_URL = re.compile(
    r"postgres[^:/]*://(?:[^@]*@)?(?:\[[^]]*\]|[^][/:?@]*):([^/?@]*)(?:[/?]|$)"
)


class ConfigError(ValueError):
    """A configuration that cannot be used; `findings` has every error and its place."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


class ConfigFile:
    """A configuration file that has been read: its sections by name, and the errors so far.

    Raises `ConfigError` if it is no YAML that can be read; `done` raises the rest.
    """

    def __init__(self, path: Path, shape: Record) -> None:
        self.report = Report()
        self.base = path.parent
        self._path = path
        try:
            raw = read_small(path, MOST_BYTES)
        except UnreadableError as error:
            raise ConfigError((Finding(str(path), 1, 1, str(error)),)) from error
        node = compose(str(path), raw, self.report)
        found = None if node is None else attempt(shape, node, self.report)
        if node is None or not isinstance(found, dict):
            self.done()
            raise ConfigError((Finding(str(path), 1, 1, "not a configuration"),))
        self.node: yaml.Node = node
        self._found: dict[str, Any] = found

    def section(self, name: str) -> dict[str, Any]:
        """Return the values of a section that could be read; those that could not are reported."""
        found = self._found.get(name) or {}
        return {key: value for key, value in found.items() if value is not None}

    def place(self, *keys: str) -> yaml.Node | None:
        """Return where a key stands, None where it does not."""
        return child(self.node, *keys)

    def reference(self, text: str, *keys: str) -> str:
        """Follow `env:NAME` and `file:/path`, so that a secret need not stand in the file."""
        kind, _, where = text.partition(":")
        try:
            if kind == "env":
                return os.environ[where]
            if kind == "file":
                return read_small(Path(where), MOST_OF_A_SECRET).decode().strip()
        except KeyError:
            self.error(f"no environment variable {where}", *keys)
        except UnreadableError as error:
            self.error(f"{where}: {error}", *keys)
        except UnicodeDecodeError:
            self.error(f"{where}: not UTF-8", *keys)
        return text

    def error(self, message: str, *keys: str) -> None:
        """Report an error at a key."""
        self.report.at(self.place(*keys) or self.node, message)

    def check_port(self, url: str, *keys: str) -> None:
        """Report the port of a URL if there is no such port; the URL, a secret, is not repeated."""
        found = _PORT_OF_URL.match(url)
        if found and not is_port(found[1]):
            self.error(f"the port of the URL is none: from 1 to {LAST_PORT}", *keys)

    def done(self) -> None:
        """Raise `ConfigError` with all errors so far, if there are any."""
        try:
            self.report.raise_if_any()
        except CatalogError as error:
            raise ConfigError(error.findings) from None


def is_port(text: str) -> bool:
    """Tell whether one can connect to such a port."""
    return re.fullmatch("[0-9]{1,5}", text) is not None and 0 < int(text) <= LAST_PORT


def optional(**shapes: Any) -> Mapping[str, Key]:
    """Return keys that may be missing."""
    return {name: Key(shape, required=False) for name, shape in shapes.items()}


TOPOLOGY = Record(
    {
        "folder": Key(Text()),
        **optional(attributes=Items(Text(), empty=True), core=Items(Text())),
    }
)
"""The keys of the section `topology`."""

OIDC = Record(
    {
        "issuer": Key(Text()),
        "client_id": Key(Text()),
        "roles": Key(Named(OneOf(ROLES))),
        **optional(
            client_secret=Text(),
            scopes=Items(Text()),
            groups_claim=Text(),
            name_claim=Text(),
        ),
    }
)
"""The keys of the section `web.oidc`: where people log in."""

WEB = Record(
    optional(
        host=Text(),
        port=PORT,
        allowed_hosts=Items(Text(), empty=True),
        url=Text(),
        proxies=Items(Text(), empty=True),
        oidc=OIDC,
        frame_ancestors=Items(Text(), empty=True),
        requests_per_minute=Record(
            optional(session=Whole(1), token=Whole(1), address=Whole(1)),
        ),
        secret=Text(),
        streams=Whole(1),
        business=Items(Text(), empty=True),
        voice_symptoms=Items(Text(), empty=True),
        voice_lines=Whole(1),
        callbacks=Record(
            optional(
                hosts=Items(Text(), empty=True),
                networks=Items(Text(), empty=True),
                ca=Text(),
                secret=Text(),
            )
        ),
    )
)
"""The keys of the section `web`."""

TICKET_TOOL = Record(
    {
        "kind": Key(OneOf(("rt", "redmine"))),
        "url": Key(Text()),
        "token": Key(Text()),
        "queue": Key(Text()),
        "customers": Key(Items(Text())),
        **optional(
            prefix=Text(),
            external=Text(),
            customer=Text(),
            symptom=Text(),
            public=Flag(),
            lang=OneOf(("fr", "en")),
            rate=Number(0.0, above=True),
            burst=Whole(1),
            most=Whole(1),
            timeout=Duration(),
            every=Duration(zero=True),
        ),
    }
)
"""The keys of the section `ticket_tool`."""
