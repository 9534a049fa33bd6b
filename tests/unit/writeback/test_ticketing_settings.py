"""The settings of the write-back, from the daemon's file: every error at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.adapters.ticket_tools import ToolSettings
from correlator.config import load_config
from correlator.config_file import ConfigError
from correlator.ticketing import load_ticketing_settings

RT = """
topology: {folder: inventory}
store: {url: "sqlite:///store.db", timeout: 3s}
engine: {timezone: Europe/London}
ticket_tool:
  kind: rt
  url: https://rt.example.net
  token: env:RT_TOKEN
  queue: Incidents
  customers: [Hotline, Web]
  every: 5s
  lang: en
  rate: 2.5
"""
REDMINE = RT.replace("kind: rt", "kind: redmine")


def load(folder: Path, text: str) -> object:
    (folder / "c.yaml").write_text(text)
    return load_ticketing_settings(folder / "c.yaml")


def test_what_is_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RT_TOKEN", "1-27-secret")
    (tmp_path / "c.yaml").write_text(RT)
    found = load_ticketing_settings(tmp_path / "c.yaml")
    assert found.tool == ToolSettings(
        kind="rt", url="https://rt.example.net", token="1-27-secret", queue="Incidents",
        customers=("Hotline", "Web"), every=5_000, lang="en", rate=2.5,
    )  # fmt: skip
    assert (found.store_url, found.store_timeout, found.timezone) == (
        "sqlite:///store.db", 3_000, "Europe/London",
    )  # fmt: skip
    assert load_config(tmp_path / "c.yaml").ticket_tool


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("kind: rt", "kind: glpi"), "unknown value 'glpi'; known: redmine, rt"),
        (("  queue: Incidents\n", ""), "missing key 'queue'"),
        (("rate: 2.5", "rate: 0"), "c.yaml:13:9: 0 is out of range"),
        (("every: 5s", "every: soon"), "c.yaml:11:10: expected a duration"),
        (("token: env:RT_TOKEN", "token: env:NOBODY_SET_THIS"), "NOBODY_SET_THIS"),
        (("lang: en", "unknown: 1"), "unknown"),
    ],
)
def test_an_error_has_its_place(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as error:
        load(tmp_path, RT.replace(*change).replace("env:RT_TOKEN", "plain"))
    assert "c.yaml:" in str(error.value)


def test_without_a_tool_there_is_nothing_to_write(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="names no ticket tool"):
        load(tmp_path, RT[: RT.index("ticket_tool:")])


def test_redmines_fields_are_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RT_TOKEN", "x")
    with pytest.raises(ConfigError, match="needs the number of the custom field: external"):
        load(tmp_path, REDMINE)
    with pytest.raises(ConfigError, match="named by their numbers"):
        load(tmp_path, REDMINE + "  external: External Id\n")
    assert load(tmp_path, REDMINE + '  external: "1"\n')
