"""What the documentation names exists, and what exists is documented."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import msgspec
import pytest
import typer
import yaml

from correlator.adapters.kafka import KafkaSettings, standard_topics
from correlator.adapters.sql.sessions import IDLE, IDLE_BY_ROLE, LASTS
from correlator.cli import cli
from correlator.config import SHAPE, Config, DaemonSettings, load_config
from correlator.config_file import ROLES
from correlator.engine import EngineSettings
from correlator.engine.incidents import diagram
from correlator.formats.decode import DECODERS
from correlator.formats.decode.record import (
    MOST_LEVELS,
    MOST_OF_A_TEXT,
    MOST_OF_A_WORD,
    MOST_OF_AN_ID,
)
from correlator.formats.wire import dead_letter_message, service_problem, status
from correlator.model import (
    HOUR,
    MINUTE,
    Answer,
    Incident,
    Promise,
    Reason,
    ReasonCode,
    Restore,
    State,
    Verb,
)
from correlator.ports import DeadLetter, Record
from correlator.service.metrics import Metrics
from correlator.tools.evaluate import Measures
from correlator.tools.worldfiles import Outage, Truth
from correlator.web.counting import Counting
from correlator.web.settings import Rates, load_web_settings

KINDS = ("ids", "words", "texts", "nesting")
ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LOGIN = ROOT / "docs" / "login.md"
README, ARCHITECTURE = ROOT / "README.md", ROOT / "ARCHITECTURE.md"
CONFIGURATION, DETECTION, FORMATS, METRICS, METHOD = (
    ROOT / "docs" / f"{name}.md"
    for name in ("configuration", "detection", "formats", "metrics", "method")
)
EXAMPLE = ROOT / "correlator.example.yaml"
every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, language: str) -> list[str]:
    found = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text(page), re.DOTALL | re.MULTILINE)
    return [content for name, content in found if name == language]


def code_lines(page: Path) -> Iterator[str]:
    """Yield the lines of shell blocks, continued ones joined, and the code spans line by line."""
    fence = r"^ *```.*?^ *```"
    for block in blocks(page, ""):
        yield from re.sub(r"\\\n\s*", "", block).splitlines()
    for line in re.sub(fence, "", text(page), flags=re.DOTALL | re.MULTILINE).splitlines():
        yield " ".join(re.findall(r"`([^`]+)`", line))


def table_rows(page: Path) -> list[list[str]]:
    """Return the cells of every table row of a page."""
    lines = [line for line in text(page).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def first_names(page: Path) -> list[str]:
    """Return the code spans of the first column of every table."""
    return [name for row in table_rows(page) for name in re.findall(r"`([^`]+)`", row[0])]


def section(page: Path, heading: str) -> str:
    match = re.search(rf"^#+ {heading}\n(.*?)(?=^## |\Z)", text(page), re.DOTALL | re.MULTILINE)
    assert match, heading
    return match[1]


# Commands


@cache
def commands() -> dict[str, click.Command]:
    return dict(_commands(typer.main.get_command(cli), ""))


def _commands(group: click.Command, before: str) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands under the names that one types, those of groups too: `a-group list`."""
    assert hasattr(group, "commands")
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield f"{before}{name}", command


def options(command: str) -> set[str]:
    return {"--help"} | {name for param in commands()[command].params for name in param.opts}


def commands_named(line: str) -> Iterator[str]:
    """Yield the commands in a line; a group alone is none."""
    groups = {name.partition(" ")[0] for name in commands() if " " in name}
    for first, second in re.findall(r"\bcorrelator ([a-z]+(?:-[a-z]+)*)(?: ([a-z]+))?\b", line):
        if first not in groups:
            yield first
        elif second:
            yield f"{first} {second}"


@every_page
def test_every_command_and_option_that_a_page_names_exists(page: Path) -> None:
    for line in code_lines(page):
        named = list(commands_named(line))
        unknown = set(named) - commands().keys()
        assert not unknown, line
        if named:
            known = set[str]().union(*(options(name) for name in named))
            given = re.findall(r"(?:^|[\s\[])(--?[a-z][a-z-]*)", line)
            assert set(given) <= known, line


def test_the_readme_has_every_command_and_every_option() -> None:
    for name, command in commands().items():
        assert f"`correlator {name} " in text(README)
        for param in command.params:
            if isinstance(param, click.Option) or param.opts[0].startswith("-"):
                assert any(re.search(rf"{opt}\b", text(README)) for opt in param.opts), param.opts


# make


@every_page
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    makefile = text(ROOT / "Makefile")
    rules = re.findall(r"^([a-z][a-z/ -]*):(?!=)", makefile, re.MULTILINE)
    there = {name for rule in rules for name in rule.split()}
    there |= {path.stem for path in (ROOT / "tests" / "benchmarks").glob("bench_*.py")}
    named = {name for line in code_lines(page) for name in re.findall(r"\bmake ([a-z_-]+)", line)}
    assert named - there == set()


# Links and paths


def slug(heading: str) -> str:
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return plain.replace(" ", "-")


@every_page
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", text(page)):
        if re.match(r"https?://", target):
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", text(linked), re.MULTILINE)
            assert anchor in map(slug, headings), target


@pytest.mark.parametrize(
    "file",
    [*PAGES, EXAMPLE, *(p for p in (ROOT / "docs").iterdir() if p.suffix in {".svg", ".py"})],
    ids=lambda p: p.relative_to(ROOT).as_posix(),
)
def test_nothing_names_a_place_on_a_machine(file: Path) -> None:
    found = re.findall(r"(?<![\w.])/(?:root|home|Users|work|tmp)\b\S*", text(file))
    assert found == []
    assert str(ROOT) not in text(file)


@pytest.mark.parametrize("page", [ARCHITECTURE, ROOT / "CONTRIBUTING.md", DETECTION, METHOD])
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`([\w./-]+(?:/|\.(?:py|yaml|yml|toml|md)))`", text(page))
    engine = ROOT / "correlator" / "engine"
    folders = (ROOT, engine, *(folder for folder in engine.iterdir() if folder.is_dir()))
    known = {"equipment.csv", "symptoms.yaml", ".venv", "catalog/"}
    lost = {n for n in named if n not in known and not any((f / n).exists() for f in folders)}
    assert lost == set()


def test_the_picture_is_small_and_fetches_nothing() -> None:
    picture = ROOT / "docs" / "demo.svg"
    assert picture.stat().st_size < 200_000
    assert not re.findall(r"(?:href|url|src)\s*[=(]\s*[\"']?https?:", text(picture))


def test_the_incident_that_the_readme_asks_about_is_in_the_picture() -> None:
    (incident,) = set(re.findall(r"GI-\d{8}-[0-9a-f]{8}", text(README)))
    assert incident in text(ROOT / "docs" / "demo.svg")


def test_the_list_of_decisions_is_complete() -> None:
    folder = ROOT / "docs" / "adr"
    entries = re.findall(r"^- \[(.*)\]\((.*)\)$", text(folder / "README.md"), re.MULTILINE)
    assert [name for _, name in entries] == sorted(p.name for p in folder.glob("0*.md"))
    for title, name in entries:
        lines = text(folder / name).splitlines()
        assert lines[0] == f"# {title}"
        starts = [line.split(".")[0] for line in lines if line.startswith("**")]
        assert starts == ["**Context", "**Decision", "**Consequences"]


# Architecture


def test_the_diagram_is_the_table_of_moves() -> None:
    assert blocks(ARCHITECTURE, "mermaid") == [diagram() + "\n"]


def test_the_layers_are_those_of_the_contract() -> None:
    contracts = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c["type"] == "layers")
    wanted = [layer.replace("correlator.", "").replace(" : ", " · ") for layer in layers]
    assert "\n".join(wanted) + "\n" in blocks(ARCHITECTURE, "")


def test_every_file_of_the_engine_and_the_shell_has_its_line() -> None:
    package = ROOT / "correlator"
    rooms = ("engine", "formats", "model", "service")
    files = [*package.glob("*.py"), *(f for room in rooms for f in (package / room).glob("*.py"))]
    names = {p.relative_to(ROOT).as_posix() for p in files if p.name != "__init__.py"}
    assert {name for name in names if f"`{name}`" not in text(ARCHITECTURE)} == set()


def test_every_file_of_an_engines_package_is_named_in_its_row() -> None:
    """But for `tuning.py` and the views, which most packages have."""
    rows = [line for line in text(ARCHITECTURE).splitlines() if line.startswith("|")]
    missing = []
    for package in sorted((ROOT / "correlator" / "engine").glob("*/")):
        names = {file.name for file in package.glob("*.py") if not file.stem.endswith("views")}
        names -= {"__init__.py", "tuning.py"}
        if names:
            (row,) = [r for r in rows if r.startswith(f"| `correlator/engine/{package.name}/`")]
            missing += [f"{package.name}/{name}" for name in names if f"`{name}`" not in row]
    assert missing == []


# Configuration


def test_every_key_is_documented_and_every_documented_key_exists() -> None:
    keys = {*SHAPE.names(), *(f"kafka.{name}" for name in KafkaSettings.__struct_fields__)}
    assert sorted(first_names(CONFIGURATION)) == sorted(keys)


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def defaults() -> dict[str, str]:
    lengths = {"lateness", "idle_after", "lease", "reload_every"}
    daemon = msgspec.structs.asdict(DaemonSettings())
    engine, whole = EngineSettings(), Config(topology=ROOT)
    return {
        **{
            f"daemon.{name}": f"{value // 1000}s" if name in lengths else shown(value)
            for name, value in daemon.items()
        },
        **{f"kafka.{k}": shown(v) for k, v in msgspec.structs.asdict(KafkaSettings()).items()},
        "engine.false_incidents_per_week": shown(engine.false_incidents_per_week),
        "engine.timezone": engine.timezone,
        "topology.core": shown(whole.core),
        "store.url": whole.store_url,
        "store.timeout": f"{whole.store_timeout // 1000}s",
        "log.format": whole.log_format,
        "log.level": whole.log_level,
    }


def test_the_documented_defaults_are_the_defaults() -> None:
    told = {row[0].strip("`"): row[2].strip("`") for row in table_rows(CONFIGURATION)}
    assert {key: told[key] for key in defaults()} == defaults()


def loaded(content: str, folder: Path) -> Config:
    secret = folder / "store-url"
    secret.write_text("postgresql://correlator:secret@postgres/correlator\n")
    config = folder / "correlator.yaml"
    config.write_text(re.sub(r"file:[\w./-]+", f"file:{secret}", content))
    return load_config(config)


def test_the_example_loads_and_fits_the_compose_file(tmp_path: Path) -> None:
    compose = yaml.safe_load(text(ROOT / "docker-compose.yml"))
    config = loaded(text(EXAMPLE), tmp_path)
    assert config.store_url == "postgresql://correlator:secret@postgres/correlator"
    assert config.daemon.create_topics  # nobody else does
    assert config.kafka.bootstrap_servers == ("kafka:9092",)
    assert (ROOT / config.topology.relative_to(tmp_path)).is_dir()
    service = compose["services"]["correlator"]
    read = [m for m in service["volumes"] if m.endswith(":ro")]
    mounts = dict(re.findall(r"(.+):(/etc/correlator/[^:]+):ro", m)[0] for m in read)
    assert mounts["./correlator.example.yaml"] == "/etc/correlator/correlator.yaml"
    folder = f"/etc/correlator/{config.topology.relative_to(tmp_path)}"
    assert folder in mounts.values()
    (url,) = re.findall(r"file:/run/secrets/([\w-]+)", text(EXAMPLE))
    web = compose["services"]["web"]
    assert (service["secrets"], web["secrets"]) == ([url], [url])
    assert web["volumes"] == read
    assert config.daemon.http_host == "0.0.0.0"  # published ports come from outside
    assert f"127.0.0.1:{config.daemon.http_port}:{config.daemon.http_port}" in service["ports"]


def test_what_the_example_comments_out_is_the_default(tmp_path: Path) -> None:
    lines = [line for line in text(EXAMPLE).splitlines() if "folder: rules" not in line]
    opened = "\n".join(lines).replace("# rules:\n", "").replace("  # ", "  ")
    content = "\n".join(
        line for line in opened.splitlines() if re.match(r"\s*[a-z_]+:", line) or not line
    )
    config, bare = loaded(content, tmp_path), loaded(text(EXAMPLE), tmp_path)
    attributes = ("cpe_model", "cpe_firmware", "offer", "region")
    assert config == msgspec.structs.replace(bare, attributes=attributes)
    assert bare.daemon == DaemonSettings(http_host="0.0.0.0")


def test_the_login_of_the_example_and_of_its_page_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_SECRET", "FORMS"):
        monkeypatch.setenv(f"CORRELATOR_{name}", "hush")
    example = "\n".join(
        line.removeprefix("# ") for line in text(EXAMPLE).split("# web:")[1].splitlines()
    ).split("\narchive:")[0]
    (page,) = [b for b in blocks(LOGIN, "") if "client_id" in b]
    for section in (f"web:{example}", dedent(page)):
        file = tmp_path / "correlator.yaml"
        file.write_text(f"topology: {{folder: t}}\n{section}\n")
        found = load_web_settings(file)
        assert found.oidc is not None
        assert set(found.oidc.roles.values()) <= set(ROLES)
        assert found.oidc.client_secret == "hush"


def test_the_rates_and_times_of_the_login_are_those_of_the_code() -> None:
    told = {row[0].strip("`"): row[2] for row in table_rows(LOGIN) if len(row) == 3}
    for name, value in msgspec.structs.asdict(Rates()).items():
        assert told[name] == str(value)
    assert f"{LASTS // HOUR} hours after the login" in text(LOGIN)
    assert f"for {IDLE // MINUTE} minutes | agents: {IDLE_BY_ROLE['agent'] // HOUR} hours" in text(
        LOGIN
    )


def test_the_configurations_of_the_pages_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CORRELATOR_DATABASE", "sqlite:///x.db")
    found = [block for page in (README, CONFIGURATION) for block in blocks(page, "yaml")]
    assert len(found) == 2
    for block in found:
        assert loaded(block, tmp_path).topology == tmp_path / "inventory"


# Metrics


def series() -> dict[str, tuple[str, ...]]:
    """Return the labels of each series under the name that Prometheus shows."""
    several = (Metrics(), Counting())
    kept = [one for some in several for one in vars(some).values() if hasattr(one, "describe")]
    return {
        family.name + ("_total" if family.type == "counter" else ""): getattr(
            metric,
            "_labelnames",
            (),  # not shown otherwise
        )
        for metric in kept
        for family in metric.describe()
    }


def test_every_series_is_documented_and_every_documented_series_exists() -> None:
    told = {
        row[0].strip("`"): tuple(re.findall(r"`([^`]+)`", row[2]))
        for row in table_rows(METRICS)
        if row[0].startswith("`correlator_")
    }
    assert told == series()
    several = (Metrics(), Counting())
    registered = {family.name for some in several for family in some.registry.collect()}
    assert {name.removesuffix("_total") for name in series()} == registered


@every_page
def test_every_series_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"\bcorrelator_[a-z_]+\b", text(page))
    known = {*series(), "correlator_engine_seconds_bucket"}
    assert set(named) - known == set()


def test_the_alerts_are_yaml_with_expressions() -> None:
    (block,) = blocks(METRICS, "yaml")
    for group in yaml.safe_load(block)["groups"]:
        for rule in group["rules"]:
            assert rule["expr"].count("(") == rule["expr"].count(")")
            assert "correlator_" in rule["expr"]


# Formats


def test_every_event_of_the_formats_can_be_decoded() -> None:
    events = [msgspec.json.decode(block) for block in blocks(FORMATS, "json")]
    payloads = {
        "troubleTicket": "gi.tickets",
        "alarm": "gi.alarms",
        "maintenance": "gi.maintenance",
        "action": "gi.actions",
    }
    seen = set()
    for event in (e for e in events if "event" in e):
        (payload,) = event["event"]
        DECODERS[payloads[payload]](msgspec.json.encode(event))
        seen.add(payload)
    assert seen == payloads.keys()


def test_the_topics_are_those_that_are_created() -> None:
    told = {
        row[0].strip("`"): row[3]
        for row in table_rows(FORMATS)
        if row[0].startswith("`gi.") and len(row) == 5
    }
    assert told == {
        spec.name: (
            f"{int(spec.config['retention.ms']) // 86_400_000} days"
            if "retention.ms" in spec.config
            else "compacted"
        )
        for spec in standard_topics()
    }


def test_the_documented_limits_are_the_limits() -> None:
    kinds = {row[0].split(":")[0]: row[1] for row in table_rows(FORMATS) if len(row) == 3}
    told = [int(re.findall(r"[\d,]+", kinds[kind])[0].replace(",", "")) for kind in KINDS]
    assert told == [MOST_OF_AN_ID, MOST_OF_A_WORD, MOST_OF_A_TEXT, MOST_LEVELS]


def test_every_verb_is_documented() -> None:
    named = re.findall(r"^\| `([\w-]+)` \|", section(FORMATS, "Events in"), re.MULTILINE)
    assert [name for name in named if name in set(Verb)] == list(Verb)


def sample(**values: Any) -> Incident:
    return Incident(
        id="GI-20261122-7f3a91c2",
        version=1,
        rule="access-node",
        symptom="no-sync",
        domain="DSL-1",
        domain_type="dslam",
        first_domain="DSL-1",
        created=0,
        onset=0,
        changed=0,
        reason=Reason(ReasonCode.BURST),
        **{
            "state": State.OPEN,
            "announced": 1,
            "resolved": 2,
            "parent": "GI-x",
            "owner": "x",
            "confirmed_by": "x",
            "procedure": "x",
            "healthy": 1,
            "siblings": 2,
            "equivalents": ("x",),
            "wordings": {"fr": "x"},
            "rev": 2,
            "catalog": "x",
            "promise": Promise(1, Restore(1, "x", "x"), "x", 1),
            **values,
        },
    )


def test_every_key_and_characteristic_of_an_incident_is_documented() -> None:
    problem = service_problem(sample(), ("T1",))
    part = section(FORMATS, "Incidents")
    named = {n for line in part.splitlines() for n in re.findall(r"`([^`]+)`", line)}
    fixed = {"@type", "@baseType", "originatorParty", "troubleTicket"}
    assert problem.keys() - fixed <= named
    characteristics = re.findall(r"^\| `(\w+)` \|", part.split("is a list of")[1], re.MULTILINE)
    assert characteristics == [c["name"] for c in problem["characteristic"]]


def test_every_status_of_an_announced_incident_is_documented() -> None:
    part = (
        section(FORMATS, "Incidents").split("| `status` | stands")[1].split("`characteristic`")[0]
    )
    told = re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)
    announced = [sample(state=state) for state in State if state is not State.CANDIDATE]
    wanted = {status(i) for i in [*announced, sample(acknowledged_by="x")]}
    assert set(told) == wanted


def test_the_headers_of_dead_letters_are_documented() -> None:
    record = Record("gi.tickets", 0, 0, None, b"x" * 1_000_001, 0)
    message = dead_letter_message(DeadLetter(record, "invalid", "x", 0))
    part = section(FORMATS, "Dead letters")
    assert re.findall(r"`(dlq\.\w+)`", part) == [name for name, _ in message.headers]


def test_every_answer_is_documented() -> None:
    for page in (METHOD, METRICS, FORMATS):
        assert all(re.search(rf"\b{answer}\b", text(page)) for answer in Answer)
    told = re.findall(r"^\| `(\w+)` \|", text(METHOD), re.MULTILINE)
    assert set(Answer) <= set(told)


def test_truth_and_measures_are_documented() -> None:
    part = section(FORMATS, "Truth and measures")
    named = set(re.findall(r"`([^`]+)`", part))
    wanted = {*Truth.__struct_fields__, *Outage.__struct_fields__, *Measures.__struct_fields__}
    assert wanted - named == set()
