"""What happens when a server cannot be started here: skip at a desk, fail in CI."""

import os
from typing import NoReturn

import pytest


class ServerMissingError(Exception):
    """A server cannot be started on this machine; the message says what is missing."""


def unavailable(server: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where CORRELATOR_REQUIRE_SERVERS=1."""
    if os.environ.get("CORRELATOR_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{server} is required here, but {reason}", pytrace=False)
    pytest.skip(f"{server} is not available: {reason}")
