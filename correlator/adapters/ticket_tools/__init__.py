"""Ticket tools behind `correlator.ticket_tool`: one file for each."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing

from correlator.adapters.ticket_tools.rt import RequestTracker
from correlator.adapters.ticket_tools.settings import ToolSettings

__all__ = ["RequestTracker", "ToolSettings", "open_tool"]


def open_tool(settings: ToolSettings) -> AbstractContextManager[RequestTracker]:
    """Return the tool that the settings name, closed at the end of the block."""
    return closing(RequestTracker(settings))
