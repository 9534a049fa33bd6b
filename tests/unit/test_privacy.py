"""Every column and every topic says what is in it of customers, and the page says the same."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import Column, LargeBinary, MetaData, Text

from correlator.adapters.archive.columns import TIME, WORD
from correlator.adapters.archive.decisions import DECISIONS
from correlator.adapters.archive.rows import SCHEMA
from correlator.adapters.kafka import standard_topics
from correlator.adapters.privacy import BESIDE, EVENTS, LEFT, TABLES, TOPICS, Fate, Rule, rule_of
from correlator.adapters.privacy import DECISIONS as DECIDED
from correlator.adapters.sql import schema
from correlator.adapters.sql.columns import metadata
from correlator.engine.state import FORGETTING, KNOWS_NOBODY
from tests.builders import Desk

PAGE = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
STAYS = {Fate.NOBODY, Fate.LEFT}


def texts() -> dict[str, set[str]]:
    """Return the columns that hold text or bytes, by table."""
    return {
        table.name: {c.name for c in table.columns if isinstance(c.type, Text | LargeBinary)}
        for table in metadata.sorted_tables
    }


def test_every_column_has_a_line_and_every_line_a_column() -> None:
    lines = {table: set(columns) for table, columns in TABLES.items()}
    assert lines == {table: columns for table, columns in texts().items() if columns}


def test_a_column_without_a_line_is_an_error() -> None:
    assert rule_of(schema.tickets.c.occurred).fate is Fate.NOBODY
    with_another = schema.tickets.to_metadata(MetaData())
    with_another.append_column(Column("nickname", Text))
    with pytest.raises(KeyError):
        rule_of(with_another.c.nickname)


def test_what_is_left_or_holds_nobody_says_why() -> None:
    lines = [
        rule
        for columns in (*TABLES.values(), EVENTS, DECIDED)
        for rule in columns.values()
        if rule.fate in STAYS
    ]
    assert lines
    assert all(rule.why for rule in lines)


def test_every_topic_has_a_line() -> None:
    assert TOPICS.keys() == {topic.name for topic in standard_topics()}
    for topic in standard_topics():
        compacted = topic.config["cleanup.policy"] == "compact"
        assert compacted == ("compaction" in TOPICS[topic.name].fate), topic.name


@pytest.mark.parametrize(
    ("lines", "table"), [(EVENTS, SCHEMA), (DECIDED, DECISIONS)], ids=["events", "decisions"]
)
def test_every_column_of_the_archive_has_a_line(lines: dict[str, Rule], table: pa.Schema) -> None:
    assert {field.name for field in table if field.type in {pa.string(), WORD}} == lines.keys()
    numbers = {pa.int64(), pa.float64(), TIME}
    assert {field.type for field in table if field.name not in lines} <= numbers


def test_every_owner_forgets_or_knows_nobody() -> None:
    owners = {one.name for one in Desk(cold=True).inside.components}
    assert owners == FORGETTING.keys() | KNOWS_NOBODY
    assert not FORGETTING.keys() & KNOWS_NOBODY


# --------------------------------------------------------------------------------- docs/privacy.md


def rows_of(page: str) -> set[tuple[str, ...]]:
    return {
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in page.splitlines()
        if line.startswith("|") and not line.startswith("|--")
    }


def said() -> dict[str, set[tuple[str, ...]]]:
    """Return the rows that the page has to have, part by part."""
    columns = {
        (f"`{table}.{name}`", str(rule.fate), rule.why)
        for table, lines in TABLES.items()
        for name, rule in lines.items()
        if rule.fate is not Fate.NOBODY
    }
    archived = {
        (f"`{what}`: `{name}`", str(rule.fate), rule.why)
        for what, lines in (("events", EVENTS), ("decisions", DECIDED))
        for name, rule in lines.items()
        if rule.fate is not Fate.NOBODY
    }
    return {
        "database": columns,
        "archive": archived | {(f"`{name}`", fate, "") for name, fate in BESIDE.items()},
        "topics": {(f"`{name}`", topic.holds, topic.fate) for name, topic in TOPICS.items()},
        "left": set(LEFT.items()),
    }


@pytest.mark.parametrize("part", ["database", "archive", "topics", "left"])
def test_the_page_says_what_the_code_does(part: str) -> None:
    missing = said()[part] - rows_of(PAGE.read_text(encoding="utf-8"))
    assert not missing, "\n".join("| " + " | ".join(row) + " |" for row in sorted(missing))


def test_the_page_names_nothing_that_is_not_there() -> None:
    rows = rows_of(PAGE.read_text(encoding="utf-8"))
    known = set[tuple[str, ...]]().union(*said().values())
    heads = {row for row in rows if row[0] in {"where", "topic", "what"}}
    assert len(heads) == 3
    assert rows - heads == known
