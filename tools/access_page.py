"""Writes the tables of docs/access.md anew, from what the console goes by.

Run it after a change of roles, scopes or addresses: `python -m tools.access_page`.
"""

from __future__ import annotations

import re
from pathlib import Path

from correlator.web.access import ACCESS
from correlator.web.views import Role
from correlator.web.who import CAN, SCOPES

PAGE = Path(__file__).parent.parent / "docs" / "access.md"
ROLES = (Role.VIEWER, Role.AGENT, Role.CELL, Role.NOC, Role.ADMIN)


def people() -> list[str]:
    """Return the rows of what each role may."""
    every = sorted(set().union(*CAN.values()))
    marks = ((what, ("✓" if what in CAN[role] else "" for role in ROLES)) for what in every)
    return [f"| `{what}` | {' | '.join(row)} |" for what, row in marks]


def systems() -> list[str]:
    """Return the rows of what each scope opens."""
    opened = (
        (name, ", ".join(f"`{one}`" for one in sorted(what))) for name, what in SCOPES.items()
    )
    return [f"| `{name}` | {what} |" for name, what in opened]


def addresses() -> list[str]:
    """Return the rows of what each address needs."""
    lines = sorted(ACCESS.items(), key=lambda line: line[0].rpartition(" ")[::-1])
    return [f"| `{path}` | {f'`{need}`' if need else 'nothing'} |" for path, need in lines]


def written(page: str) -> str:
    """Return the page with its tables as they are."""
    tables = {"People": people(), "Systems": systems(), "Addresses": addresses()}
    for heading, rows in tables.items():
        before, head, rest = re.split(rf"(## {heading}\n)", page, maxsplit=1)
        table = re.compile(r"(\|---[^\n]*\n)(?:\|[^\n]*\n)*")
        page = before + head + table.sub(lambda found: found[1] + "\n".join(rows) + "\n", rest, 1)  # noqa: B023
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
