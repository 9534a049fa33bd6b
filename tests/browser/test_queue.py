"""The cell at its queue, by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.harness.console import Console

pytestmark = pytest.mark.browser


def test_one_key_acknowledges_and_u_gives_back(console: Console, cell: Page) -> None:
    incident = console.burst()
    cell.goto(f"/?q={incident}")
    row = cell.locator(f"#r-{incident}")
    expect(row.get_by_role("link")).to_have_count(1)
    cell.keyboard.press("a")
    expect(row).to_contain_text("l.petit")
    expect(cell.locator("#outcomes")).to_contain_text("Fait : Prendre")
    assert console.incident(incident).acknowledged_by == "l.petit"
    cell.keyboard.press("u")
    expect(cell.locator("#outcomes")).to_contain_text("Fait : Rendre")
    expect(row).not_to_contain_text("l.petit")
