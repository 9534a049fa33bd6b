"""`python -m correlator.web`: the console as a process of its own, without the engine in it."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

import msgspec
import uvicorn

import rules
import topology
from correlator.adapters.sql import UnknownSchemaError
from correlator.config_file import ConfigError
from correlator.logs import last_words, set_up
from correlator.ports import ServerUnreachableError
from correlator.web.app import create_app
from correlator.web.settings import WebSettings, check_door, load_web_settings

USAGE, UNREACHABLE = 2, 3


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code."""
    last_words()
    parser = argparse.ArgumentParser(prog="correlator serve", description=__doc__)
    parser.add_argument("-c", "--config", type=Path, help="The configuration file.")
    parser.add_argument("--settings", help="The settings as JSON instead (demo, tests).")
    parser.add_argument("--host", help="The address to listen on.")
    parser.add_argument("--port", type=int, help="The port; 0 takes any that is free.")
    given = parser.parse_args(arguments)
    try:
        settings = _settings(given)
        app = create_app(settings)
    except ServerUnreachableError as error:
        print(error, file=sys.stderr)
        return UNREACHABLE
    except (
        ConfigError, topology.InventoryError, rules.CatalogError, UnknownSchemaError, ValueError,
    ) as error:  # fmt: skip
        print(error, file=sys.stderr)
        return USAGE
    _serve(app, settings)
    return 0


def _settings(given: argparse.Namespace) -> WebSettings:
    if given.settings:
        settings = msgspec.json.decode(given.settings, type=WebSettings, dec_hook=_path)
    elif given.config:
        settings = load_web_settings(given.config)
    else:
        raise ValueError("name a configuration file: -c correlator.yaml")
    changes = {name: getattr(given, name) for name in ("host", "port")}
    settings = msgspec.structs.replace(
        settings, **{name: value for name, value in changes.items() if value is not None}
    )
    check_door(settings)
    return settings


def _path(kind: type, value: object) -> object:
    return kind(value)


def _serve(app: object, settings: WebSettings) -> None:
    set_up(settings.log_format, "warning")
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=list(settings.proxies),
        timeout_graceful_shutdown=3,
    )
    # What was loaded stays: a full collection would go over it in the middle of requests.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run()


if __name__ == "__main__":
    sys.exit(main())
