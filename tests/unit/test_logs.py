"""What is said on standard error, and what is not."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import pytest

from correlator.logs import OnceAMinute
from tests.harness.command import ROOT

SQL_ERROR = """
from sqlalchemy import create_engine, text
engine = create_engine("sqlite://", hide_parameters=True)
def fail():
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:v)"), {"v": "a secret"})
"""
QUOTING = (
    "null value in column a\\nDETAIL:  Failing row contains (1, a secret\\n\\nin two parts).\\n"
    "[SQL: INSERT INTO a\\n\\nVALUES (secret)]\\n[parameters: secret]\\n(Background on this error"
)


def said(code: str) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, "-c", f"from correlator import logs\n{code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.stdout == ""
    return ran.returncode, ran.stderr


def test_an_error_that_nobody_caught_is_one_line_of_the_log() -> None:
    code, stderr = said(f"logs.set_up('json', 'info')\nlogs.last_words()\n{SQL_ERROR}\nfail()")
    (line,) = stderr.splitlines()
    told = json.loads(line)
    assert (code, told["event"], told["level"]) == (1, "unexpected_error", "critical")
    assert told["exception"].startswith("Traceback (most recent call last):")
    assert "no such table: nowhere" in told["exception"]
    assert "INSERT" not in line
    assert "secret" not in line.replace('{"v": "a secret"}', "")


def test_before_the_log_is_set_up_too() -> None:
    code, stderr = said("logs.last_words()\nraise KeyError('x')")
    assert (code, json.loads(stderr)["event"]) == (1, "unexpected_error")


def test_an_error_in_a_thread_is_one_line_of_the_log() -> None:
    code, stderr = said(
        "logs.last_words()\nimport threading\n"
        "t = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()"
    )
    assert (code, json.loads(stderr)["event"]) == (0, "unexpected_error")


def test_whoever_interrupts_reads_no_traceback() -> None:
    code, stderr = said("logs.last_words()\nraise KeyboardInterrupt")
    assert (code, stderr) == (-2, "")


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "way",
    [
        "import structlog; structlog.get_logger().error('e', error=words)",
        "import structlog; structlog.get_logger().error('e', exc_info=ValueError(words))",
        "import logging; logging.getLogger('x').error('e', exc_info=ValueError(words))",
        "import logging; logging.getLogger('x').error('said: %s', words)",
        "raise ExceptionGroup('several', [ValueError(words)])",
    ],
)
def test_statements_and_rows_are_left_out_of_every_line(form: str, way: str) -> None:
    begin = f"logs.set_up({form!r}, 'info')\nlogs.last_words()\nwords = '{QUOTING}'\n"
    code, stderr = said(begin + way)
    assert code in {0, 1}
    assert "null value in column a" in stderr
    assert "secret" not in stderr
    if form == "json":
        (line,) = stderr.splitlines()
        assert json.loads(line)


def test_the_kafka_client_says_the_same_once_a_minute_and_others_whatever_they_like() -> None:
    now = 0.0
    only = OnceAMinute(lambda: now)

    def passes(name: str, text: str, *values: object) -> bool:
        return only.filter(logging.LogRecord(name, logging.ERROR, "f", 1, text, values, None))

    assert passes("kafka.net", "Connection to %s lost", "a")
    assert not passes("kafka.net", "Connection to %s lost", "b")
    assert passes("kafka.net", "Bootstrap failed")
    assert passes("kafka.coordinator", "Connection to %s lost", "a")
    assert passes("asyncio", "Task exception was never retrieved")
    assert passes("asyncio", "Task exception was never retrieved")
    now = 59.9
    assert not passes("kafka.net", "Bootstrap failed")
    now = 60.0
    assert passes("kafka.net", "Bootstrap failed")
