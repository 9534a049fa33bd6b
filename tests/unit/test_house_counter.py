"""What `tests.harness.house` counts, on a small engine with packages."""

from pathlib import Path

import pytest

from tests.harness.house import House

ENGINE = {
    "__init__": "from correlator.engine.engine import Engine",
    "engine": """
        from correlator.engine import books
        from correlator.engine.handlers import Handler
        from correlator.engine.incidents import Registry

        class Engine:
            def __init__(self) -> None:
                self._books = books.Baseline(), books.Detector(), books.Ledger()
                self._registry = Registry()
                self._handler = Handler(self._registry, self._registry.add)

            def handle(self) -> None: ...
    """,
    "books/__init__": "from correlator.engine.books.all import Baseline, Detector, Ledger",
    "books/all": """
        class Baseline: ...
        class Detector: ...
        class Ledger: ...
    """,
    "incidents/__init__": """
        from correlator.engine.incidents.incident import LiveIncident
        from correlator.engine.incidents.registry import Registry

        __all__ = ["LiveIncident", "Registry"]
    """,
    "incidents/incident": """
        class LiveIncident:
            state: int
            callers: dict[str, int]

            def set_state(self, state: int) -> None:
                self.state = state

            def move(self, by: int) -> None:
                self.state += by
    """,
    "incidents/registry": """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from correlator.engine.incidents import LiveIncident

        class Registry:
            def __init__(self) -> None:
                self._live: dict[int, LiveIncident] = {}

            def add(self, live: LiveIncident) -> None:
                live.state = 1  # in its own package

            def get(self, number: int) -> LiveIncident | None:
                return self._live.get(number)
    """,
    "handlers/__init__": "from correlator.engine.handlers.handler import Handler",
    "handlers/handler": """
        from collections.abc import Callable
        from typing import Protocol
        from correlator.engine.incidents import LiveIncident

        class Incidents(Protocol):
            def get(self, number: int) -> LiveIncident | None: ...

        class Handler:
            def __init__(self, incidents: Incidents, add: Callable[[LiveIncident], None]) -> None:
                self._incidents = incidents
                self._add = add

            def handle(self, number: int) -> None:
                found = self._incidents.get(number)
                BODY
    """,
}


def house(folder: Path, body: str = "found.move(1)") -> House:
    for name, text in ENGINE.items():
        path = folder / "correlator" / "engine" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.removeprefix("        ") for line in text.splitlines()]
        path.write_text("\n".join(lines).replace("BODY", body), encoding="utf-8")
    return House(folder)


def test_behind_a_door_is_only_what_it_names(tmp_path: Path) -> None:
    reach = house(tmp_path).reach.by_room
    assert len(house(tmp_path).reach.core) == 4
    assert reach["correlator.engine.engine.Engine.handle"] == 4
    assert reach["correlator.engine.handlers.handler.Handler.handle"] == 0


def test_what_a_package_passes_on_is_imported_from_where_it_stands(tmp_path: Path) -> None:
    imports = house(tmp_path).imports
    assert imports.arrows == {
        "correlator.engine.engine": {
            "correlator.engine.books.all",
            "correlator.engine.handlers.handler",
            "correlator.engine.incidents.registry",
        },
        "correlator.engine.books.all": set(),
        "correlator.engine.handlers.handler": {"correlator.engine.incidents.incident"},
        "correlator.engine.incidents.incident": set(),
        "correlator.engine.incidents.registry": {"correlator.engine.incidents.incident"},
    }
    assert (imports.floors(), imports.circles()) == (3, [])


def test_an_owner_may_write(tmp_path: Path) -> None:
    assert house(tmp_path).writes.foreign() == []


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("found.state = 2", "assign"),
        ("found.state += 2", "assign"),
        ("found.callers['a'] = 2", "assign"),
        ("a, found.state = 1, 2", "assign"),
        ("for found.state in [1]: ...", "assign"),
        ("del found.callers['a']", "del"),
        ("found.callers.pop('a')", "change"),
        ("setattr(found, 'state', 2)", "setattr"),
        ("found.set_state(2)", "setter"),
        ("other = found; other.state = 2", "assign"),
        ("[one] = [self._incidents.get(n) for n in [1]]; one.state = 2", "assign"),
    ],
)
def test_nobody_else_may(tmp_path: Path, body: str, how: str) -> None:
    (write,) = house(tmp_path, body).writes.to("LiveIncident")
    assert (write.how, write.file) == (how, "handlers/handler.py")


def test_what_is_unpacked_into_an_attribute_is_not_the_type_of_who_has_it(tmp_path: Path) -> None:
    body = "found.state, (*found.callers, rest) = Handler(self._incidents, self._add)"
    writes = house(tmp_path, body).writes.all
    owners = [w.owner.rpartition(".")[2] for w in writes if w.file == "handlers/handler.py"]
    assert owners == ["LiveIncident", "LiveIncident"]


def test_what_a_protocol_only_declares_is_no_function(tmp_path: Path) -> None:
    measured = house(tmp_path)
    declared = "correlator.engine.handlers.handler.Incidents.get"
    assert declared in measured.code.functions
    assert declared not in measured.reach.by_room
    assert measured.by_package() == {"": 2, "incidents": 5, "handlers": 2}


def test_a_write_to_who_knows_what_is_said(tmp_path: Path) -> None:
    (write,) = house(tmp_path, "mystery().state = 2").writes.unknown()
    assert write.attribute == "state"
