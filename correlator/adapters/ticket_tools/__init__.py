"""Ticket tools behind `correlator.ticket_tool`: one file for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from types import MappingProxyType
from typing import Protocol

from correlator.adapters.ticket_tools.redmine import Redmine
from correlator.adapters.ticket_tools.rt import RequestTracker
from correlator.adapters.ticket_tools.settings import ToolSettings
from correlator.ticket_tool import TicketTool

__all__ = ["OpenTool", "Redmine", "RequestTracker", "ToolSettings", "open_tool"]


class OpenTool(TicketTool, Protocol):
    """A tool with its connections."""

    def close(self) -> None:
        """Let go of the connections."""


_KINDS: Mapping[str, Callable[[ToolSettings], OpenTool]] = MappingProxyType(
    {"rt": RequestTracker, "redmine": Redmine}
)


def open_tool(settings: ToolSettings) -> AbstractContextManager[OpenTool]:
    """Return the tool that the settings name, closed at the end of the block."""
    return closing(_KINDS[settings.kind](settings))
