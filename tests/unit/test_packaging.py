"""What is around the code: lock files, the wheel, make's targets, the image, the compose file."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from correlator.adapters.host import CACHE
from correlator.cli import cli
from correlator.web.settings import WebSettings
from topology import load

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("topology", "rules", "correlator")
LOCKS = (
    "requirements-run.lock",
    "requirements.lock",
    "requirements-fuzz.lock",
    "requirements-peers.lock",
)
GUIDES = [path for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md") if path.exists()]


def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text().splitlines()
    found = (re.match(r"([a-z0-9-]+)==(\S+)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


# Lock files


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_place(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not re.findall(r"://|\s@\s|^-.*", text, re.MULTILINE)
    assert str(Path.home()) not in text


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_file_is_a_pin_a_hash_or_a_comment(lock: str) -> None:
    marker = r"[a-z_]+ (==|!=|<|>=) '[\w.]+'"
    pin = re.compile(rf"[a-z0-9-]+==[a-z0-9.]+( ; {marker}( and {marker})*)? \\")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    lines = (ROOT / lock).read_text().splitlines()
    other = [
        line
        for line in lines
        if not (pin.fullmatch(line) or digest.fullmatch(line) or line.lstrip().startswith("#"))
    ]
    assert other == []


@pytest.mark.parametrize(
    ("lock", "extras"), [("requirements-run.lock", ()), ("requirements.lock", ("dev",))]
)
def test_a_lock_file_pins_what_the_project_needs(lock: str, extras: tuple[str, ...]) -> None:
    project = pyproject()
    wanted = [
        *project["project"]["dependencies"],
        *project["build-system"]["requires"],
        *(line for extra in extras for line in project["project"]["optional-dependencies"][extra]),
    ]
    pinned = pins(lock)
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name), "missing")
        assert version != "missing", f"{requirement} is not in {lock}: make lock"
        assert requirement.specifier.contains(version), f"{requirement} in {lock}: make lock"


def test_the_extras_of_the_kafka_client_are_pinned() -> None:
    assert {"crc32c", "lz4", "zstandard"} <= pins("requirements-run.lock").keys()


def test_what_runs_is_what_was_tested() -> None:
    assert pins("requirements-run.lock").items() <= pins("requirements.lock").items()


def test_the_build_group_is_what_the_build_requires() -> None:
    project = pyproject()
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


# The wheel


@pytest.fixture(scope="module")
def wheel_names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the paths in the wheel, built from a copy: building leaves things behind."""
    copy = tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    (copy / "README.md").write_text("What it says does not matter here.\n")
    for package in PACKAGES:
        rubbish = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=rubbish)
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    done = subprocess.run(
        [sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = copy.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_packages(wheel_names: set[str]) -> None:
    files = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "rules/catalog/symptoms.yaml" in files
    assert "rules/catalog/tests/access.yaml" in files
    assert files - wheel_names == set()


def test_the_wheel_brings_the_licence_and_no_tests(wheel_names: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in wheel_names)
    assert not any(name.startswith("tests/") for name in wheel_names)


# make


def make_targets() -> set[str]:
    text = (ROOT / "Makefile").read_text()
    rules = re.findall(r"^([a-z][a-z/ -]*):(?!=)", text, re.MULTILINE)
    benchmarks = {path.stem for path in (ROOT / "tests" / "benchmarks").glob("bench_*.py")}
    return {name for rule in rules for name in rule.split()} | benchmarks


def test_the_makefile_has_what_is_promised() -> None:
    assert {"demo", "test", "lint", "bench", "lock", "clean", "help"} <= make_targets()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_make_target_that_a_guide_names_exists(guide: Path) -> None:
    code = re.findall(r"```.*?```|`[^`]+`", guide.read_text(), re.DOTALL)
    named = re.findall(r"(?:^|[`\s])make ([a-z][a-z_/-]*)", "\n".join(code))
    assert set(named) - make_targets() == set()


# The image and the compose file


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_compose_starts_the_correlator_after_what_it_needs() -> None:
    services = compose()["services"]
    assert services["correlator"]["depends_on"] == {
        "kafka": {"condition": "service_healthy"},
        "postgres": {"condition": "service_healthy"},
    }
    for name in ("kafka", "postgres"):
        assert services[name]["healthcheck"]["test"][0] == "CMD"
        assert services[name]["volumes"]


def test_compose_opens_ports_to_this_machine_only() -> None:
    ports = [p for service in compose()["services"].values() for p in service.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", ["correlator", "web"])
def test_compose_lets_our_services_do_no_more_than_they_need(name: str) -> None:
    service = compose()["services"][name]
    assert service["image"] == "correlator"
    assert service["read_only"] is True
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*g", service["mem_limit"])
    more = {"privileged", "cap_add", "user", "pid"} | ({"network_mode"} if name != "web" else set())
    assert not more & service.keys()


def test_the_console_listens_to_this_machine_alone_and_finds_the_database_there() -> None:
    services = compose()["services"]
    web, database = services["web"], services["postgres"]
    assert (web["network_mode"], "ports" in web, "--host" in web["command"]) == (
        "host",
        False,
        False,
    )
    assert WebSettings(ROOT).host == "127.0.0.1"
    assert database["ports"] == ["127.0.0.1:5432:5432"]
    rule = (ROOT / "Makefile").read_text().split("secrets/store-url: ")[1]
    (host,) = re.findall(r"postgresql://correlator:%s@([^/:]+)/correlator", rule)
    assert web["extra_hosts"] == [f"{host}:127.0.0.1"]
    assert web["secrets"] == services["correlator"]["secrets"]


def test_every_service_of_our_image_is_confined() -> None:
    ours = {n for n, s in compose()["services"].items() if s["image"] == "correlator"}
    assert ours == {"correlator", "web"}


def test_the_kernels_are_compiled_in_the_image_and_kept_where_they_can_be_written() -> None:
    """On a file system that cannot be written numba refuses to start without such a place."""
    text = (ROOT / "Dockerfile").read_text()
    (folder,) = re.findall(r"NUMBA_CACHE_DIR=(\S+)", text)
    assert re.findall(rf"{CACHE}=(\S+)", text) == [folder]
    assert f"kernels:{folder}" in compose()["services"]["correlator"]["volumes"]
    assert "kernels" in compose()["volumes"]
    made, used, warmed = (
        text.index(words)
        for words in (f"--owner=correlator {folder}", "\nUSER correlator\n", "correlator replay")
    )
    assert made < used < warmed


def test_what_the_image_runs_when_it_is_made_is_understood() -> None:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    group = typer.main.get_command(cli)
    assert hasattr(group, "commands")
    ran = re.findall(r"(?:RUN|&&) correlator (\w+) ([^&\n]*)", text)
    assert [name for name, _ in ran] == ["simulate", "replay"]
    for name, arguments in ran:
        group.commands[name].make_context(name, arguments.split())


def test_compose_keeps_the_password_in_files_that_make_writes_and_git_ignores() -> None:
    setup = compose()
    files = {secret["file"].removeprefix("./") for secret in setup["secrets"].values()}
    assert files <= make_targets()
    assert {file.split("/")[0] for file in files} == {"secrets"}
    assert "/secrets/" in (ROOT / ".gitignore").read_text().splitlines()
    for service in setup["services"].values():
        assert set(service.get("secrets", ())) <= setup["secrets"].keys()
        assert not [key for key in service.get("environment", ()) if key.endswith("PASSWORD")]


def test_the_example_inventory_loads() -> None:
    network = load(ROOT / "examples" / "topology")
    assert network.version


def test_the_image_runs_the_daemon_as_nobody_special_and_asks_for_its_health() -> None:
    text = (ROOT / "Dockerfile").read_text()
    port = compose()["services"]["correlator"]["ports"][0].split(":")[-1]
    assert f"http://127.0.0.1:{port}/healthz" in text
    assert f"EXPOSE {port} {WebSettings(ROOT).port}\n" in text
    assert "\nUSER correlator\n" in text
    assert text.endswith('CMD ["run", "-c", "/etc/correlator/correlator.yaml"]\n')


def test_the_image_gets_all_that_it_copies() -> None:
    copied = re.findall(r"^COPY (?!--)(.*) \S+$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    let_in = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert {name for line in copied for name in line.split()} == set(let_in)
