"""Logging: JSON lines in production, readable on a terminal. The one place that sets it up."""

from __future__ import annotations

import logging
import re
import sys
import threading
import time
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal

import structlog

_A_MINUTE = 60.0
_MOST_OF_A_LINE = 80
_MOST_LINES = 1_000

# What databases add to their errors: the statement, its values, the row that they refused. It ends
# where the next such thing begins, or the next error of a traceback.
_STATEMENTS = re.compile(
    r"""\n[ |]*(?:\[SQL:|\[parameters:|DETAIL:|CONTEXT:|LINE\ \d+:).*?
        (?=\n[ |]*(?:\[SQL|\[parameters:|HINT:|DETAIL:|CONTEXT:|\(Background|
                    The\ above\ exception|During\ handling)|\Z)""",
    re.DOTALL | re.VERBOSE,
)


class OnceAMinute(logging.Filter):
    """Lets the same line of the Kafka client pass once a minute: without a broker it repeats them.

    The same is what is formatted alike, whatever is put in. `clock`: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._passed: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether this line is to be written."""
        if record.name.partition(".")[0] != "kafka":
            return True
        now, line = self._clock(), (record.name, str(record.msg)[:_MOST_OF_A_LINE])
        last = self._passed.get(line)
        if last is not None and now - last < _A_MINUTE:
            return False
        if len(self._passed) >= _MOST_LINES:
            self._passed.clear()
        self._passed[line] = now
        return True


def last_words() -> None:
    """Have an error that nobody caught end as one line of the log, not as a traceback beside it.

    For processes that run on and on; the exit code of the process stays 1.
    """

    def uncaught(
        kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt | SystemExit):
            return
        if not structlog.is_configured():  # it came before the configuration was read
            set_up("json", "warning")
        structlog.get_logger(__name__).critical("unexpected_error", exc_info=(kind, error, trace))

    sys.excepthook = uncaught
    threading.excepthook = lambda said: uncaught(said.exc_type, said.exc_value, said.exc_traceback)


def _formatted(exc_info: structlog.typing.ExcInfo) -> str:
    return "".join(traceback.format_exception(*exc_info)).rstrip("\n")


_TRACEBACKS = structlog.processors.ExceptionRenderer(_formatted)


def _without_statements(
    _logger: Any, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take out of a line what errors of databases quote: statements, and what customers said."""
    for name, value in line.items():
        if isinstance(value, str) and "\n" in value:
            line[name] = _STATEMENTS.sub("", value)
    return line


def set_up(form: Literal["json", "console"], level: str) -> None:
    """Send structlog and the libraries' logging to standard error."""
    numeric = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    colours = sys.stderr.isatty()
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, _TRACEBACKS, _without_statements, last],
        wrapper_class=structlog.make_filtering_bound_logger(numeric),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _libraries(shared, last)


def _libraries(shared: list[structlog.typing.Processor], last: structlog.typing.Processor) -> None:
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _TRACEBACKS,
            _without_statements,
            last,
        ],
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    handler.addFilter(OnceAMinute())
