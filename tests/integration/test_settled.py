"""When the loop says that what is in memory will stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from tests.builders import customer_rows, dependency_rows, equipment_rows, load
from tests.harness.loop import SETTINGS, Loop, looping

if TYPE_CHECKING:
    from topology import Topology


class Renewed:
    """A watched inventory that is another one from the second look on."""

    what = "topology"

    def __init__(self, other: Topology) -> None:
        self._other = other
        self._looks = 0

    def poll(self) -> Topology | None:
        self._looks += 1
        return self._other if self._looks > 1 else None


def test_after_the_recovery_and_after_every_swap(url: str) -> None:
    settled: list[str] = []
    fewer = load(equipment_rows(), dependency_rows(), customer_rows()[:-1])
    with looping(url) as loop:

        def note() -> None:
            settled.append(loop.engine.versions[0])

        loop._services = msgspec.structs.replace(
            loop._services, settled=note, watched=(Renewed(fewer),)
        )
        loop.restart()
        before = loop.inventory.version
        assert settled == [before]
        look(loop)
        assert settled == [before]
        look(loop)
        assert settled == [before, fewer.version]
        look(loop)
        assert settled == [before, fewer.version]


def look(loop: Loop) -> None:
    """Let so much time pass that the loop looks around."""
    loop.now += SETTINGS.reload_every
    loop.step()
