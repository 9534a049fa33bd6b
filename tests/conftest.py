"""Fixtures for all tests: real servers, started on first use."""

import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

from tests.harness.fixtures import (
    browser,
    cell,
    chromium,
    complaints,
    console,
    fresh_postgres,
    kafka_broker,
    new_context,
    own_console,
    page,
    postgres_databases,
    postgres_url,
    topic_prefix,
    url,
)
from tests.harness.worlds import evening, small_world

__all__ = [
    "browser",
    "cell",
    "chromium",
    "complaints",
    "console",
    "evening",
    "fresh_postgres",
    "kafka_broker",
    "new_context",
    "own_console",
    "page",
    "postgres_databases",
    "postgres_url",
    "small_world",
    "topic_prefix",
    "url",
]


_START_DAEMONS = ("acceptance", "browser", "integration")


@pytest.fixture(scope="session", autouse=True)
def compiled(request: pytest.FixtureRequest) -> None:
    """Compile the engine's loops before any test starts a daemon and waits for what it does."""
    here = Path(__file__).parent
    folders = {item.path.relative_to(here).parts[0] for item in request.session.items}
    if folders.intersection(_START_DAEMONS):
        subprocess.run([sys.executable, "-m", "tests.harness.compiled"], check=True)


# What is compiled on first use makes a first example slow; no test here is about time.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


def pytest_configure(config: pytest.Config) -> None:
    # kafka-python reads its message schemas with a call that Python 3.11 and 3.12 deprecate and
    # that 3.13 took back into favour.
    config.addinivalue_line(
        "filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning"
    )
