"""A component of a snapshot: how the state of an owner is stored, restored, carried over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from correlator.engine.state.carry import Renumbering


class Stateful(Protocol):
    """An owner of state."""

    def state(self) -> dict[str, Any]:
        """Return everything, for a snapshot."""

    def restore(self, state: dict[str, Any]) -> None:
        """Restore what `state` returned."""


class Movable(Stateful, Protocol):
    """An owner of state that counts by domain or rule."""

    def carry_over(self, state: dict[str, Any], moved: Renumbering) -> None:
        """Restore a state of another inventory or catalog, as far as it fits."""


class Component(NamedTuple):
    """An owner under the name that its state has in a snapshot."""

    name: str
    state: Callable[[], dict[str, Any]]
    restore: Callable[[dict[str, Any]], None]
    carry_over: Callable[[dict[str, Any], Renumbering], None]

    @classmethod
    def movable(cls, name: str, owner: Movable) -> Component:
        """Return the component of an owner that carries its state over itself."""
        return cls(name, owner.state, owner.restore, owner.carry_over)

    @classmethod
    def fixed(cls, name: str, owner: Stateful) -> Component:
        """Return the component of an owner whose state depends on no inventory or catalog."""

        def carry_over(state: dict[str, Any], _moved: Renumbering) -> None:
            owner.restore(state)

        return cls(name, owner.state, owner.restore, carry_over)
