"""`python -m correlator.ticketing CONFIG`: the write-back to a ticket tool, beside the daemon.

A process of its own, so that a tool that is slow, stuck or down keeps nobody else waiting. It reads
the database and asks the tool; neither the engine nor Kafka is loaded.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from threading import Event as Flag
from time import monotonic
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import structlog

from correlator import logs
from correlator.adapters.host import is_left_alone, wall_clock
from correlator.adapters.sql import SqlStore, ToolDesk
from correlator.adapters.ticket_tools import ToolSettings, open_tool
from correlator.config_file import TICKET_TOOL, ConfigError, ConfigFile, optional
from correlator.model import Millis
from correlator.ports import ServerUnreachableError
from correlator.ticket_tool import TicketTool, ToolError
from correlator.writeback import Inbound, Messages, Pace, Worker, Writer
from rules.shapes import Anything, Duration, Record, Text

log = structlog.get_logger(__name__)

_REST = ("topology", "rules", "kafka", "web", "daemon", "archive")
SHAPE = Record(
    optional(
        store=Record(optional(url=Text(), timeout=Duration())),
        engine=Record(optional(timezone=Text(), false_incidents_per_week=Anything())),
        log=Record(optional(format=Text(), level=Text())),
        ticket_tool=TICKET_TOOL,
        **{name: Anything() for name in _REST},
    )
)
"""The keys that it reads; the daemon checks the rest."""

_PROBE_AGAIN = 5.0  # seconds, while the tool does not answer


class TicketingSettings(msgspec.Struct, frozen=True):
    """What the process needs to know. `store_timeout`: in ms."""

    tool: ToolSettings
    store_url: str
    store_timeout: int = 10_000
    timezone: str = "Europe/Paris"
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class UnsafeToolError(Exception):
    """A tool that must not be written to, and why."""


def load_ticketing_settings(path: Path) -> TicketingSettings:
    """Read the configuration file, of which the daemon checks the rest; raises `ConfigError`."""
    file = ConfigFile(path, SHAPE)
    store, log_ = file.section("store"), file.section("log")
    url = file.reference(store.get("url", "sqlite:///correlator.db"), "store", "url")
    tool = _tool(file)
    file.done()
    if tool is None:
        raise ValueError("the configuration names no ticket tool: ticket_tool.url")
    return TicketingSettings(
        tool, str(url), store.get("timeout", 10_000),
        file.section("engine").get("timezone", "Europe/Paris"),
        log_.get("format", "json"), log_.get("level", "info"),
    )  # fmt: skip


def _tool(file: ConfigFile) -> ToolSettings | None:
    found: dict[str, Any] = file.section("ticket_tool")
    if not found:
        return None
    file.done()  # only a section without errors has all its keys
    token = file.reference(found["token"], "ticket_tool", "token")
    if found["kind"] == "redmine":
        for key in ("external", "customer", "symptom"):
            if found.get(key, "") and not found[key].isdecimal():
                file.error("Redmine's custom fields are named by their numbers", "ticket_tool", key)
        if "external" not in found:
            file.error("needs the number of the custom field: external", "ticket_tool")
    return msgspec.convert({**found, "token": token}, ToolSettings)


def run(settings: TicketingSettings) -> None:
    """Write back until SIGTERM or SIGINT, or until the daemon that it runs beside is dead."""
    logs.set_up(settings.log_format, settings.log_level)
    stop = Flag()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    store = SqlStore(settings.store_url, timeout=settings.store_timeout / 1000)
    try:
        with open_tool(settings.tool) as tool:
            desk = ToolDesk(store.engine, settings.tool.kind, settings.tool.prefix)
            work(settings, tool, desk, lambda seconds: stop.wait(seconds) or is_left_alone())
    finally:
        store.close()


def work(
    settings: TicketingSettings,
    tool: TicketTool,
    desk: ToolDesk,
    wait: Callable[[float], bool],
) -> None:
    """Write back until `wait(seconds)` returns true; raises `UnsafeToolError`."""
    of = settings.tool
    writer = Writer(tool, desk, of.queue, of.customers, of.prefix, wall_clock, public=of.public)
    if not _probe(writer, wait):
        return
    messages = Messages(of.lang, ZoneInfo(settings.timezone))
    pace = Pace(of.rate, of.burst)
    worker = Worker(desk, writer, messages, pace, of.most, wall_clock, monotonic)
    poll = _Poll(Inbound(tool, desk, of.prefix), of.every)

    def waiting(seconds: float) -> bool:
        poll.look()
        return wait(min(seconds, poll.left()))

    worker.run(waiting)


def _probe(writer: Writer, wait: Callable[[float], bool]) -> bool:
    """Ask for what is not there, until the tool answers; returns whether to go on."""
    while True:
        try:
            why = writer.probe(f"GI-{token_hex(12)}")
        except ToolError as error:
            log.warning("tool_down", error=str(error), again_in_s=_PROBE_AGAIN)
            if wait(_PROBE_AGAIN):
                return False
            continue
        if why:
            raise UnsafeToolError(why)
        return not wait(0.0)


class _Poll:
    """Looks now and then at what changed in the tool."""

    def __init__(self, inbound: Inbound, every: Millis) -> None:
        self._inbound = inbound
        self._every = every / 1000
        self._next = 0.0

    def left(self) -> float:
        """Return the seconds until the next look."""
        return max(0.0, self._next - monotonic()) if self._every else 3_600.0

    def look(self) -> None:
        """Look, if it is time to; what goes wrong is logged, and tried again."""
        if not self._every or monotonic() < self._next:
            return
        try:
            self._inbound.poll(wall_clock())
        except ToolError as error:
            log.warning("tool_not_read", error=str(error))
        except ServerUnreachableError as error:
            log.warning("store_unreachable", error=str(error))
        self._next = monotonic() + self._every


def main(arguments: list[str]) -> int:
    """Write back as the configuration file says that is named; returns the exit code."""
    try:
        run(load_ticketing_settings(Path(arguments[0])))
    except (ConfigError, ValueError, OSError, UnsafeToolError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
