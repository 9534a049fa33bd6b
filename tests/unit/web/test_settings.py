"""The settings of the console, from the daemon's own file; and that it stays a light process."""

import subprocess
import sys
from pathlib import Path

import pytest

from correlator.config_file import ConfigError
from correlator.web.settings import Oidc, Rates, WebSettings, check_door, load_web_settings


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


LOGIN = """
web:
  host: 0.0.0.0
  url: https://hotline.example
  frame_ancestors: [https://crm.example]
  requests_per_minute: {session: 100}
  oidc:
    issuer: https://login.example/realms/isp
    client_id: correlator
    client_secret: file:SECRET
    roles: {hotline: agent, cell: cell, "Domain Admins": admin}
"""


def test_other_addresses_than_this_machines_need_a_login(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="without a login") as error:
        load_web_settings(written(tmp_path, "web: {host: 0.0.0.0}\n"))
    (finding,) = error.value.findings
    assert (finding.line, finding.column) == (2, 13)
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    settings = load_web_settings(written(tmp_path, LOGIN.replace("SECRET", str(secret))))
    assert settings.oidc == Oidc(
        "https://login.example/realms/isp",
        "correlator",
        {"hotline": "agent", "cell": "cell", "Domain Admins": "admin"},
        "open sesame",
    )
    assert (settings.url, settings.secure) == ("https://hotline.example", True)
    assert settings.frame_ancestors == ("https://crm.example",)
    assert settings.requests_per_minute == Rates(session=100)
    check_door(settings)
    with pytest.raises(ValueError, match=r"192\.0\.2\.1: without a login"):
        check_door(WebSettings(Path(), host="192.0.2.1"))
    check_door(WebSettings(Path(), host="::1"))


@pytest.mark.parametrize(
    ("was", "wrong", "line", "said"),
    [
        ("url: https://hotline.example", "port: 8080", 4, "a login needs 'url'"),
        ("https://hotline.example", "https://hotline.example/x", 5, "is no address"),
        ("https://hotline.example", "http://hotline.example", 5, "over https"),
        ("https://hotline.example", "ftp://hotline.example", 5, "is no address"),
        ("https://crm.example", "crm.example", 6, "is no origin"),
        ("https://crm.example", "https://crm.example/x", 6, "is no origin"),
        ("https://crm.example", "'https://crm.example; script-src *'", 6, "is no origin"),
        ("session: 100", "session: 0", 7, "out of range"),
        ("https://login.example/realms/isp", "http://login.example", 9, "is no issuer"),
        ("https://login.example/realms/isp", "login.example", 9, "is no issuer"),
        ("file:SECRET", "file:/nowhere", 11, "/nowhere"),
        ("hotline: agent", "hotline: boss", 12, "unknown value 'boss'"),
        ("hotline: agent", "hotline: system", 12, "unknown value 'system'"),
        ("client_id: correlator", "scopes: [profile]", 10, "openid"),
        ("client_id", "cleint_id", 10, "unknown key"),
        ("issuer: https://login.example/realms/isp", "name_claim: email", 9, "missing key"),
    ],
)
def test_what_is_wrong_with_a_login_is_told_at_its_line(
    tmp_path: Path, was: str, wrong: str, line: int, said: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("open sesame\n")
    assert was in LOGIN
    text = LOGIN.replace(was, wrong).replace("SECRET", str(secret))
    with pytest.raises(ConfigError) as error:
        load_web_settings(written(tmp_path, text))
    found = [(finding.line, str(finding)) for finding in error.value.findings]
    assert any(said in text and where == line for where, text in found), found


def test_frames_need_a_login(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="frames need a login"):
        load_web_settings(written(tmp_path, "web: {frame_ancestors: [https://crm.example]}\n"))


def test_the_strongest_role_of_all_groups_counts() -> None:
    oidc = Oidc("", "", {"a": "agent", "c": "cell", "n": "noc", "v": "viewer"})
    assert oidc.role(["v", "n", "x"]) == "noc"
    assert oidc.role(["a", "c", "n"]) == "cell"
    assert oidc.role("v") == "viewer"
    for nothing in ([], ["x"], None, {"a": 1}, [["a"]], 3, ""):
        assert oidc.role(nothing) == ""


def test_it_starts_without_the_engine_and_what_it_computes_with() -> None:
    heavy = ["correlator.engine", "correlator.service", "numba", "sklearn", "kafka", "scipy"]
    code = f"import sys, correlator.web.__main__; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
