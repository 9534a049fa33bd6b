"""The settings of the console, from the daemon's own file; and that it stays a light process."""

import subprocess
import sys
from pathlib import Path

import pytest

from correlator.config_file import ConfigError
from correlator.web.settings import WebSettings, check_door, load_web_settings


def written(folder: Path, text: str) -> Path:
    file = folder / "correlator.yaml"
    file.write_text(f"topology: {{folder: inventory}}\n{text}")
    return file


def test_the_daemons_file_is_read_as_it_is(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "engine: {timezone: Europe/Lisbon, false_incidents_per_week: 3}\n"
        "kafka: {bootstrap_servers: ['k:9092']}\nstore: {url: 'sqlite:///x.db', timeout: 3s}\n"
        "web: {port: 9000, streams: 20, business: [offer=pro], voice_lines: 500,"
        " voice_symptoms: [no-phone, no-sync]}\n",
    )
    settings = load_web_settings(file)
    assert settings.topology == tmp_path / "inventory"
    assert (settings.timezone, settings.store_timeout) == ("Europe/Lisbon", 3_000)
    assert (settings.host, settings.port, settings.streams) == ("127.0.0.1", 9000, 20)
    assert (settings.business, settings.voice_lines) == (("offer=pro",), 500)
    assert settings.voice_symptoms == ("no-phone", "no-sync")


def test_every_error_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load_web_settings(written(tmp_path, "web: {prot: 1, streams: 0}\n"))
    assert [(finding.line, finding.column > 1) for finding in error.value.findings] == [
        (2, True), (2, True),
    ]  # fmt: skip


def test_other_addresses_than_this_machines_need_a_password(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="password"):
        load_web_settings(written(tmp_path, "web: {host: 0.0.0.0}\n"))
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    settings = load_web_settings(
        written(tmp_path, f"web: {{host: 0.0.0.0, password: 'file:{secret}'}}\n")
    )
    assert settings.password == "open sesame"
    with pytest.raises(ValueError, match="password"):
        check_door(WebSettings(Path(), host="192.0.2.1"))
    check_door(WebSettings(Path(), host="::1"))


def test_it_starts_without_the_engine_and_what_it_computes_with() -> None:
    heavy = ["correlator.engine", "correlator.service", "numba", "sklearn", "kafka", "scipy"]
    code = f"import sys, correlator.web.__main__; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
