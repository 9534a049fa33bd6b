"""The settings of the console, from the same file as the daemon's."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import msgspec

from correlator.adapters.callbacks import CallbackSettings
from correlator.config_file import TOPOLOGY, WEB, ConfigFile, optional
from rules.shapes import Anything, Duration, Key, Record, Text
from topology import CORE_TYPES

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


OPEN_DOOR = "without a password (the trial mode) only 127.0.0.1 and ::1 are served"


class WebSettings(msgspec.Struct, frozen=True):
    """Everything that `correlator serve` needs to know.

    `password`: of the trial mode, in which everybody shares one; without it only this machine is
    listened to. `secret`: what tokens of forms are made with, where several processes serve the
    same people; "" takes the password, or chance. `demo`: the file with the pace of a replay, where
    roles are switched by hand; "" otherwise. `training`: the file with the comparison of somebody
    who learns, in such a replay; "" otherwise. `streams`: live streams at most, then 503.
    `business`: attribute values (`offer=pro`) whose lines have a contract's deadline.
    `voice_symptoms`: those of a line that cannot telephone; from `voice_lines` on emergency calls
    are to be checked. `dial`: false incidents a week that the engine may raise. `callbacks`: which
    addresses subscribers may have called. `patience`: seconds that a body is waited for.
    `replayed`: time is not the clock's, as in the demo: what is posted arrives when the engine is.
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
    password: str = ""
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
    password = file.reference(web.pop("password", ""), "web", "password")
    secret = file.reference(web.pop("secret", ""), "web", "secret")
    callbacks = _callbacks(file, web.pop("callbacks", None) or {})
    host = web.get("host", "127.0.0.1")
    if host not in LOOPBACK and not password:
        file.error(OPEN_DOOR, "web")
    file.done()
    dial = file.section("engine").get("false_incidents_per_week", 2.0)
    attributes = place.get("attributes")
    lists = ("allowed_hosts", "business", "voice_symptoms")
    web |= {name: tuple(web[name]) for name in lists if name in web}
    return WebSettings(
        topology=file.base / place["folder"],
        attributes=None if attributes is None else tuple(attributes),
        core=tuple(place.get("core", CORE_TYPES)),
        rules=file.base / rules["folder"] if "folder" in rules else None,
        store_url=url,
        store_timeout=store.get("timeout", 10_000),
        timezone=file.section("engine").get("timezone", "Europe/Paris"),
        password=password,
        secret=secret,
        callbacks=callbacks,
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


def check_door(settings: WebSettings) -> None:
    """Raise ValueError for a console that anybody on the network could use without a word."""
    if settings.host not in LOOPBACK and not settings.password:
        raise ValueError(f"{settings.host}: {OPEN_DOOR}")
