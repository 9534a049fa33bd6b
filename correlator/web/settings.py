"""The settings of the console, from the same file as the daemon's."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from correlator.adapters.callbacks import CallbackSettings
from correlator.config_file import ROLES, TOPOLOGY, WEB, ConfigFile, optional
from rules.shapes import Anything, Duration, Key, Record, Text
from topology import CORE_TYPES

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

OPEN_DOOR = "without a login (web.oidc) only 127.0.0.1 and ::1 are served"
_SCOPES = ("openid", "profile")


class Oidc(msgspec.Struct, frozen=True):
    """The operator's login: who we are to it, and what its groups may here.

    `roles`: group → role; `groups_claim`, `name_claim`: which claims tell groups and name.
    """

    issuer: str
    client_id: str
    roles: Mapping[str, str]
    client_secret: str = ""
    scopes: tuple[str, ...] = _SCOPES
    groups_claim: str = "groups"
    name_claim: str = "preferred_username"

    def role(self, groups: object) -> str:
        """Return the strongest role that these groups have, "" for none."""
        named = groups if isinstance(groups, list) else [groups]
        found = {self.roles[one] for one in named if isinstance(one, str) and one in self.roles}
        return max(found, key=ROLES.index, default="")


class Rates(msgspec.Struct, frozen=True):
    """Requests a minute at most: of a session, of a token, of an address nobody has logged in at.

    So many may come at once as well.
    """

    session: int = 3_000
    token: int = 30_000
    address: int = 6_000


class WebSettings(msgspec.Struct, frozen=True):
    """Everything that `correlator serve` needs to know.

    `url`: where people's browsers find it, without a path; "" without a login. `oidc`: the login;
    without one only this machine is listened to. `proxies`: addresses whose word on whom they ask
    for is taken. `frame_ancestors`: where pages of agents may be framed. `secret`: what tokens of
    forms are made with, where several processes serve the same people; "" takes chance. `demo`:
    the file with the pace of a replay, where roles are switched by hand; "" otherwise. `training`:
    the file with the comparison of somebody who learns, in such a replay; "" otherwise. `streams`:
    live streams at most, then 503. `business`: attribute values (`offer=pro`) whose lines have a
    contract's deadline. `voice_symptoms`: those of a line that cannot telephone; from `voice_lines`
    on emergency calls are to be checked. `dial`: false incidents a week that the engine may raise.
    `callbacks`: which addresses subscribers may have called. `patience`: seconds that a body is
    waited for. `replayed`: time is not the clock's, as in the demo: what is posted arrives when the
    engine is.
    """

    topology: Path
    attributes: tuple[str, ...] | None = None
    core: tuple[str, ...] = CORE_TYPES
    rules: Path | None = None
    store_url: str = "sqlite:///correlator.db"
    store_timeout: int = 10_000
    timezone: str = "Europe/Paris"
    host: str = "127.0.0.1"
    port: int = 8080
    allowed_hosts: tuple[str, ...] = ()
    url: str = ""
    proxies: tuple[str, ...] = ("127.0.0.1", "::1")
    oidc: Oidc | None = None
    frame_ancestors: tuple[str, ...] = ()
    requests_per_minute: Rates = Rates()
    secret: str = ""
    demo: str = ""
    training: str = ""
    streams: int = 300
    business: tuple[str, ...] = ()
    voice_symptoms: tuple[str, ...] = ("no-phone",)
    voice_lines: int = 1_000
    dial: float = 2.0
    callbacks: CallbackSettings = CallbackSettings()
    patience: float = 30.0
    replayed: bool = False
    log_format: Literal["json", "console"] = "json"

    @property
    def secure(self) -> bool:
        """Whether people's browsers ask over https."""
        return self.url.startswith("https://")


SHAPE = Record(
    {
        "topology": Key(TOPOLOGY),
        **optional(
            rules=Record(optional(folder=Text())),
            store=Record(optional(url=Text(), timeout=Duration())),
            engine=Record(optional(timezone=Text(), false_incidents_per_week=Anything())),
            web=WEB,
            kafka=Anything(),
            archive=Anything(),
            ticket_tool=Anything(),
            daemon=Anything(),
            log=Record(optional(format=Text(), level=Text())),
        ),
    }
)
"""The keys that the console reads; the daemon checks the rest."""


def load_web_settings(path: Path) -> WebSettings:
    """Read the configuration file; raises `ConfigError` with all errors at once."""
    file = ConfigFile(path, SHAPE)
    place, rules, store = (file.section(name) for name in ("topology", "rules", "store"))
    web = file.section("web")
    url = file.reference(store.get("url", "sqlite:///correlator.db"), "store", "url")
    secret = file.reference(web.pop("secret", ""), "web", "secret")
    callbacks = _callbacks(file, web.pop("callbacks", None) or {})
    login = _login(file, web)
    file.done()
    dial = file.section("engine").get("false_incidents_per_week", 2.0)
    attributes = place.get("attributes")
    lists = ("allowed_hosts", "proxies", "frame_ancestors", "business", "voice_symptoms")
    web |= {name: tuple(web[name]) for name in lists if name in web}
    return WebSettings(
        topology=file.base / place["folder"],
        attributes=None if attributes is None else tuple(attributes),
        core=tuple(place.get("core", CORE_TYPES)),
        rules=file.base / rules["folder"] if "folder" in rules else None,
        store_url=url,
        store_timeout=store.get("timeout", 10_000),
        timezone=file.section("engine").get("timezone", "Europe/Paris"),
        secret=secret,
        callbacks=callbacks,
        oidc=login,
        requests_per_minute=Rates(**web.pop("requests_per_minute", {})),
        dial=float(dial) if isinstance(dial, int | float) else 2.0,
        **web,
    )


def _callbacks(file: ConfigFile, found: dict[str, Any]) -> CallbackSettings:
    secret = file.reference(found.get("secret") or "", "web", "callbacks", "secret")
    hosts, networks = (tuple(found.get(name) or ()) for name in ("hosts", "networks"))
    if hosts and not secret:
        file.error("without a secret nobody can tell whose calls they are", "web", "callbacks")
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            file.error(str(error), "web", "callbacks", "networks")
    ca = found.get("ca")
    return CallbackSettings(hosts, networks, None if ca is None else file.base / ca, secret)


def _login(file: ConfigFile, web: dict[str, Any]) -> Oidc | None:
    """Take the login out of the section; what is wrong with it is reported at its place."""
    given = web.pop("oidc", None)
    if given is None:
        if web.get("host", "127.0.0.1") not in LOOPBACK:
            file.error(OPEN_DOOR, "web", "host")
        if web.get("frame_ancestors"):
            file.error("frames need a login (web.oidc)", "web", "frame_ancestors")
        _check_address(file, web.get("url", ""), "web", "url")
        return None
    given = {name: value for name, value in given.items() if value is not None}
    if not web.get("url"):
        file.error("a login needs 'url': where people's browsers find the console", "web")
    _check_address(file, web.get("url", ""), "web", "url")
    _check_issuer(file, given.get("issuer", ""))
    for one in web.get("frame_ancestors", ()):
        if _origin(one) != one or not one.startswith("https://"):
            file.error(f"'{one}' is no origin: https://host or https://host:port", "web",
                       "frame_ancestors")  # fmt: skip
    if "openid" not in given.get("scopes", _SCOPES):
        file.error("without the scope 'openid' nobody says who it is", "web", "oidc", "scopes")
    secret = file.reference(given.pop("client_secret", ""), "web", "oidc", "client_secret")
    scopes = tuple(given.pop("scopes", _SCOPES))
    known = {"issuer": "", "client_id": "", "roles": {}, **given}
    return Oidc(**known, scopes=scopes, client_secret=secret)


def _check_address(file: ConfigFile, url: str, *keys: str) -> None:
    if url and _origin(url) != url:
        file.error(f"'{url}' is no address of a console: https://host, without a path", *keys)
    elif url and not _safe(url):
        file.error("people log in over https; http is for this machine alone", *keys)


def _check_issuer(file: ConfigFile, issuer: str) -> None:
    if issuer and (not _origin(issuer) or not _safe(issuer)):
        file.error(f"'{issuer}' is no issuer: https://host/path", "web", "oidc", "issuer")


def _origin(url: str) -> str:
    """Return the scheme, host and port of an address, "" for none."""
    try:
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None:
        return ""
    plain = host.isascii() and all(one.isalnum() or one in "-._:[]" for one in host)
    return f"{parts.scheme}://{host}{port}" if plain else ""


def _safe(url: str) -> bool:
    """Return whether nobody on the way can read or change what goes there."""
    return url.startswith("https://") or urlsplit(url).hostname in LOOPBACK


def check_door(settings: WebSettings) -> None:
    """Raise ValueError for a console that anybody on the network could use without a word."""
    if settings.host not in LOOPBACK and settings.oidc is None:
        raise ValueError(f"{settings.host}: {OPEN_DOOR}")
