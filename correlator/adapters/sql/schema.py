"""The tables.

Times are integer milliseconds UTC. A column named `body`, `reason`, `ahead`, `headers` or `objects`
holds JSON as text, so that SQLite and PostgreSQL keep the very same bytes.

Two kinds of table, told apart by their primary key:

- keyed by what it describes: one row, the current state. A table with a `version` never goes back
  to a lower one.
- numbered (`seq`): rows are only ever added, in the order in which they were decided. A number is
  never given twice, not even after its row is gone.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from correlator.adapters.sql.columns import blob, flag, key, metadata, number, numbered, real, text
from correlator.model import Kept, MaintenanceKept

# ------------------------------------------------------------------------------ current state

tickets = Table(
    "tickets",
    metadata,
    key("id"),
    Column("customer", Text),
    Column("place", Text),  # the failure domain that it names, where it names one
    text("symptom"),  # what the engine took it for
    Column("shares", Text),  # JSON: what it may be about, where that is not this alone
    Column("stated", Text),  # what its agent called it
    flag("known"),  # the inventory knows the customer
    text("status"),
    text("severity"),
    text("channel"),
    text("text"),
    number("occurred"),
    number("changed"),  # arrival of the record that brought this state
    text("event_id"),
    Index(None, "customer"),
    Index(None, "occurred"),
)

alarms = Table(
    "alarms",
    metadata,
    key("id"),
    text("managed_object"),
    text("object_type"),
    text("state"),
    text("severity"),
    text("cause"),
    text("alarm_type"),
    flag("known"),  # the inventory knows the equipment
    number("occurred"),
    number("changed"),
    text("event_id"),
    Index(None, "managed_object"),
    Index(None, "occurred"),
)

maintenance = Table(
    "maintenance",
    metadata,
    key("id"),
    text("objects"),
    number("starts"),
    number("ends"),
    text("title"),
    flag("cancelled"),
    number("changed"),
    text("event_id"),
)

actions = Table(
    "actions",
    metadata,
    key("id"),
    text("incident"),
    text("actor"),
    text("verb"),
    text("error"),  # empty: carried out
    text("outcome", "'done'"),
    text("made", "''"),  # the incident that it was about, or that it opened
    number("rev", default="0"),  # of that incident, afterwards
    number("changed"),
    text("body"),
    Index(None, "incident"),
)

incidents = Table(
    "incidents",
    metadata,
    key("id"),
    number("version"),
    text("rule"),
    text("state"),
    text("symptom"),
    text("domain"),
    text("domain_type"),
    number("priority"),
    text("severity"),
    number("customers"),
    number("linked"),
    text("parent"),
    text("owner"),
    number("created"),
    number("onset"),
    number("changed"),
    number("announced", optional=True),
    number("resolved", optional=True),
    number("rev", default="0"),
    text("catalog", "''"),
    text("code", "''"),  # why it was rejected
    flag("confirmed", "false"),
    text("body"),
    Index(None, "state", "announced", "id"),
    Index(None, "domain", "created"),
    Index(None, "rule", "announced"),
    Index(None, "changed"),
)

links = Table(
    "links",
    metadata,
    key("ticket"),
    key("incident"),
    number("version"),
    text("state"),
    real("probability"),
    text("reason"),
    number("time"),
    text("actor"),
    Index(None, "incident", "state", "time", "ticket"),
)

verdicts = Table(
    "verdicts",
    metadata,
    key("ticket"),
    number("time"),
    text("answer"),
    text("incident"),
    text("cause"),
    real("probability"),
    text("reason"),
    Index(None, "incident"),
)

KEPT: dict[type[Kept], Table] = {MaintenanceKept: maintenance}
"""Where what is kept as it came in goes: its columns are fields of the event."""

# ------------------------------------------------------------------------------------ history

suppressions = numbered(
    "suppressions",
    text("domain"),
    text("rule"),
    number("time"),
    text("reason"),
    Index(None, "domain"),
)

journal = numbered(
    "journal",
    text("subject"),
    text("subject_id"),
    text("field"),
    text("old"),
    text("new"),
    number("time"),
    text("actor"),
    text("reason", "''"),
    text("action", "''"),  # id of the action that did it; empty: the engine
    Index(None, "subject", "subject_id"),
    Index(None, "time"),
)

dead_letters = numbered(
    "dead_letters",
    text("topic"),
    number("partition"),
    number("offset"),
    blob("key", optional=True),
    blob("value"),
    number("timestamp"),
    text("reason"),
    text("error"),
    number("time"),
    number("replayed", optional=True),  # clock time at which it was last given to the feed again
)

# ----------------------------------------------------------------------------- the engine's own

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one
    number("time"),
    blob("state"),
)

batches = numbered("batches", number("time"), blob("inputs"))

archive_queue = numbered(  # what has been committed and is in no file of the archive yet
    "archive_queue",
    number("time"),  # clock time
    text("inventory"),
    text("catalog"),
    blob("inputs"),
    blob("decisions"),  # what of the effects is archived
    blob("snapshot", optional=True),  # the state after these inputs
    text("note", "''"),  # JSON: what the snapshot is of, beside
)

archive_parts = Table(  # which rows of the queue become which part of the archive
    "archive_parts",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    number("last"),  # the last row of the queue in it
    number("begins"),  # number of its first input
    number("count", optional=True),  # of its inputs, once it is written
    text("sha256", "''"),
)

positions = Table(
    "positions",
    metadata,
    key("topic"),
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    number("next"),
    text("ahead"),
)

outbox = numbered(
    "outbox",
    text("topic"),
    blob("key", optional=True),
    blob("value", optional=True),
    text("headers"),
)

lease = Table(
    "lease",
    metadata,
    key("name"),
    text("owner"),  # empty: released
    number("epoch"),
    number("expires"),  # the first millisecond at which it is free
)
