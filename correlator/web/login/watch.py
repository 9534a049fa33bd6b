"""Live streams end with the session that they were opened with, however it ended."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from correlator.ports import ServerUnreachableError
from correlator.web.console import in_thread

if TYPE_CHECKING:
    from correlator.web.console import Console

EVERY = 1.0
"""Seconds between two looks."""


async def watch(console: Console) -> None:
    """End the streams whose sessions are over, until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        owners = console.hub.owners()
        if not owners:
            continue
        try:
            living = await in_thread(lambda some=owners: _living(console, some))  # type: ignore[misc]
        except ServerUnreachableError:
            continue  # nobody knows; whoever asks for anything is asked for the session anyway
        console.hub.end(owners - living)


def _living(console: Console, owners: set[str]) -> set[str]:
    return console.sessions.living(owners, console.clock())
