"""Simulated operators that several tests look at, made once a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from correlator.simulate import WorldSettings, simulate
from tests.harness.command import correlator

if TYPE_CHECKING:
    from pathlib import Path

SMALL = WorldSettings(
    seed=6,
    customers=1_500,
    days=2,
    outages_per_day=5.0,
    days_between_works=0.25,
    cancelled_works_share=0.3,
    change_share=0.1,
    repeat_share=0.1,
    anonymous_share=0.05,
)
"""Two days, some 500 records, half a dozen announcements, works, a merge: a second to replay."""


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small world. Nobody writes into it."""
    folder = tmp_path_factory.mktemp("small-world")
    simulate(SMALL, folder)
    return folder


@dataclass(frozen=True)
class Evening:
    """What `correlator demo --exit` printed, and the folder that it left."""

    said: str
    folder: Path
    exit_code: int

    @property
    def store_url(self) -> str:
        return f"sqlite:///{self.folder / 'correlator.db'}"


@pytest.fixture(scope="session")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    """Run the demo once. Nobody writes into its folder."""
    folder = tmp_path_factory.mktemp("demo") / "evening"
    ran = correlator("demo", "--exit", "--out", folder)
    assert ran.stderr == ""
    return Evening(ran.stdout, folder, ran.returncode)
