"""The fixtures that `tests/conftest.py` hands to every test."""

import re
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from tests.harness.browser import Chromium, Complaints, Contexts
from tests.harness.postgres import Databases, running_postgres
from tests.harness.unavailable import ServerMissingError, unavailable

if TYPE_CHECKING:
    from tests.harness.broker import Broker
    from tests.harness.console import Console


@pytest.fixture(scope="session")
def kafka_broker() -> Iterator["Broker"]:
    """Return one broker for the whole session; whoever stops it uses `kafka_broker.outage()`."""
    # Not above: the client library takes half a second to import, and most sessions do without.
    from tests.harness.broker import Broker  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="gi-kafka-") as folder:
        try:
            broker = Broker(Path(folder))
        except ServerMissingError as error:
            unavailable("Apache Kafka", str(error))
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()


@pytest.fixture
def topic_prefix(request: pytest.FixtureRequest) -> str:
    """Return a prefix for topics that no other test uses."""
    name = re.sub(r"[^a-zA-Z0-9]+", "-", request.node.name)[:60]
    return f"{name}-{secrets.token_hex(3)}."


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Return the SQLAlchemy URL of a PostgreSQL that runs for the whole session."""
    try:
        with running_postgres() as url:
            yield url
    except ServerMissingError as error:
        unavailable("PostgreSQL", str(error))


@pytest.fixture(scope="session")
def postgres_databases(postgres_url: str) -> Databases:
    """Return the maker of empty databases behind `fresh_postgres`."""
    return Databases(postgres_url)


@pytest.fixture
def fresh_postgres(postgres_databases: Databases) -> Iterator[str]:
    """Return the SQLAlchemy URL of an empty database, gone after the test."""
    with postgres_databases.fresh() as url:
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Return the one browser of the session, asleep; tests ask for what is below."""
    try:
        found = Chromium()
    except ServerMissingError as error:
        unavailable("Chromium", str(error))
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Return the browser for the time of one test; contexts come from `new_context`."""
    with chromium.awake() as browser:
        yield browser


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """Return what the browser holds against the pages of the test; the test fails if any is left.

    A test that provokes something says so: `complaints.allow("ERR_CONNECTION_REFUSED")`.
    """
    complaints = Complaints()
    yield complaints
    left = complaints.take()
    if left:
        pytest.fail("The browser complained:\n" + "\n".join(left), pytrace=False)


@pytest.fixture
def new_context(browser: Browser, complaints: Complaints) -> Iterator[Contexts]:
    """Return what opens another browser with its own cookies and workers, listened to."""
    contexts = Contexts(browser, complaints)
    try:
        yield contexts
    finally:
        contexts.close()


@pytest.fixture
def page(new_context: Contexts) -> Page:
    """Return an empty page in a context of its own, listened to."""
    return new_context().new_page()


@pytest.fixture(scope="session")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Console"]:
    """Return a console for the whole session; whoever stops or fills it uses `own_console`.

    Where a card cannot telephone, that is for many lines.
    """
    # Not above: it brings the daemon with it, and most sessions do without.
    from tests.harness.console import running_console  # noqa: PLC0415

    with running_console(tmp_path_factory.mktemp("console"), voice_lines=40) as console:
        yield console


@pytest.fixture
def own_console(tmp_path: Path) -> Iterator["Console"]:
    """Return a console for one test alone. It takes one live stream: a browser needs no more."""
    from tests.harness.console import running_console  # noqa: PLC0415

    with running_console(tmp_path, streams=1) as console:
        yield console


@pytest.fixture
def cell(console: "Console", new_context: Contexts) -> Page:
    """Return a tab of somebody in the cell, l.petit."""
    return console.visitor(new_context).new_page()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database: of a test that runs on both."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    return str(request.getfixturevalue("fresh_postgres"))
