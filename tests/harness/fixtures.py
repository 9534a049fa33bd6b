"""The fixtures that `tests/conftest.py` hands to every test."""

import re
import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness.postgres import Databases, running_postgres
from tests.harness.unavailable import ServerMissingError, unavailable

if TYPE_CHECKING:
    from tests.harness.broker import Broker


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
