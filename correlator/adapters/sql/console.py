"""The tables of the console: what the daemon projects for it, and what it writes itself.

The same conventions as in `schema`. What the console writes is outside the daemon's lease, in short
transactions.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from correlator.adapters.sql.columns import (
    blob,
    flag,
    key,
    metadata,
    number,
    numbered,
    real,
    text,
)

# ------------------------------------------------------------------------------ for the console

changes = numbered(
    "changes",
    text("kind"),
    text("id"),
    number("rev"),
    number("version"),
    text("band"),
    number("at"),  # clock time of the commit
    Index(None, "at"),
)

feeds = Table(
    "feeds",
    metadata,
    key("topic"),
    Column("partition", BigInteger, primary_key=True, autoincrement=False),
    number("latest"),  # event time
    number("heard"),  # clock time
    number("lag"),
    flag("silent"),
)

in_force = Table("in_force", metadata, key("what"), text("version"), number("since"))

figures = Table("figures", metadata, key("incident"), number("time"), text("body"))

rates = Table(
    "rates",
    metadata,
    key("incident"),
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    number("observed"),
    real("expected"),
    Index(None, "minute"),
)

neighbourhoods = Table("neighbourhoods", metadata, key("incident"), number("time"), text("body"))

alarm_spans = Table(
    "alarm_spans",
    metadata,
    key("alarm"),
    Column("raised", BigInteger, primary_key=True, autoincrement=False),
    text("managed_object"),
    text("cause"),
    text("severity"),
    number("cleared", optional=True),
    Index(None, "managed_object", "raised"),
    Index(None, "raised"),
)

promises = Table(
    "promises",
    metadata,
    key("incident"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    number("restore"),
    text("source"),
    text("confidence"),
    text("by"),
    number("at"),
    text("outcome"),  # empty: it holds
)

texts = Table(
    "texts",
    metadata,
    key("incident"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    text("audience"),
    text("phase"),
    text("fr"),
    text("en"),
    text("by"),
    number("at"),
    number("promise"),
    number("withdrawn", optional=True),
    Index(None, "at"),
)

externals = Table(
    "externals",
    metadata,
    key("incident"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    text("owner"),
    text("number"),
    text("state"),
    text("by"),
    number("at"),
)

told = numbered(
    "told",
    text("incident"),
    text("customer"),
    text("ticket"),
    text("channel"),
    number("promise"),
    text("by"),
    number("at"),
    Index(None, "customer"),
    Index(None, "incident", "promise"),
    Index(None, "at"),
)

# --------------------------------------------------------------- written by the console itself

action_inbox = numbered(
    "action_inbox",
    text("id"),
    text("incident"),
    text("actor"),
    text("verb"),
    number("at"),  # clock time at which it came
    number("not_before"),  # clock time before which it may be taken back
    text("body"),
    Index(None, "id", unique=True),
)

flash_reads = Table("flash_reads", metadata, key("text"), key("reader"), number("at"))

saved_views = Table("saved_views", metadata, key("owner"), key("name"), text("query"), number("at"))

handovers = numbered(
    "handovers",
    number("begins"),
    number("ends"),
    text("outgoing"),
    text("incoming"),
    text("notes"),
    text("body"),
    number("signed"),
)

audit = numbered(
    "audit",
    number("at"),
    text("actor"),
    text("role"),
    text("what"),
    text("subject"),
    text("outcome"),
    Index(None, "at"),
)

backtests = Table(
    "backtests",
    metadata,
    key("id"),
    number("made"),
    text("body"),
    text("version", "''"),  # of the rules that were tried
    Index(None, "version"),
)

# ------------------------------------------------------------------------------- rule workshop

rulesets = Table(
    "rulesets",
    metadata,
    key("id"),
    text("version"),
    text("files"),  # JSON: name → content, by its id
    text("parent"),
    number("made"),
    text("actor"),
    text("reason"),
    Index(None, "version"),
)

rule_contents = Table("rule_contents", metadata, key("id"), text("content"))

rules_in_force = numbered(  # the last one is in force
    "rules_in_force",
    text("ruleset"),
    text("version"),
    text("how"),
    text("actor"),
    text("reason"),
    number("at"),
    text("gates"),  # JSON
    text("override"),
)

rule_drafts = Table(
    "rule_drafts",
    metadata,
    key("id"),
    text("ruleset"),
    text("version"),
    text("base"),
    text("state"),
    text("actor"),
    text("reason"),
    number("made"),
    number("changed"),
)

rule_jobs = numbered(
    "rule_jobs",
    text("draft"),
    text("ruleset"),
    text("kind"),
    text("state"),
    text("actor"),
    number("asked"),
    number("days"),
    text("owner"),  # who runs it
    number("beat"),  # clock time at which it still did
    number("done"),
    number("all"),
    text("findings"),  # JSON
    text("report"),
    Index(None, "ruleset"),
)

# ------------------------------------------------------------------------------- who may enter

api_tokens = Table(
    "api_tokens",
    metadata,
    key("id"),
    text("digest"),  # of the secret: SHA-256, hexadecimal
    text("name"),
    text("scopes"),  # JSON
    text("actor"),  # who made it
    number("made"),
    number("expires"),
    number("used", optional=True),  # to the hour
    number("revoked", optional=True),
)

sessions = Table(
    "sessions",
    metadata,
    key("id"),
    text("digest"),  # of the cookie: SHA-256, hexadecimal
    text("kind"),
    text("actor"),
    text("role"),
    text("subject"),  # of the person at the provider
    text("tickets"),  # JSON: ticket → customer, of a frame
    text("id_token"),  # empty where nobody needs it to log out
    number("made"),
    number("seen"),  # to the minute
    number("expires"),
    number("revoked", optional=True),
    Index(None, "digest", unique=True),
    Index(None, "expires"),
)

logins = Table(  # that have begun and are not over
    "logins",
    metadata,
    key("state"),  # its SHA-256, hexadecimal
    text("browser"),  # the SHA-256 of its cookie
    text("nonce"),
    text("verifier"),
    text("next"),
    number("made"),
    Index(None, "made"),
)

agent_links = Table(
    "agent_links",
    metadata,
    key("digest"),  # of the key: SHA-256, hexadecimal
    text("agent"),
    text("ticket"),
    text("customer"),
    text("system"),  # who asked for it
    number("made"),
    number("expires"),
    number("used", optional=True),
    Index(None, "expires"),
)

# ----------------------------------------------------------------------------- what systems post

ingest_inbox = numbered(  # records on their way to the daemon; `seq` is their offset
    "ingest_inbox",
    text("topic"),
    text("key"),  # id of the ticket or the alarm
    blob("value"),  # as a record of that topic
    number("at"),  # clock time
)

documents = Table(  # what was posted, as it was said
    "documents",
    metadata,
    key("resource"),  # as TM Forum names it: serviceProblem, alarm, troubleTicket, …
    key("id"),
    number("rev"),
    number("made"),  # clock time
    number("changed"),
    number("arrived"),  # event time of its last record; 0 where it has none
    text("by"),  # id of the token, or who it was
    text("incident"),  # what became of it; empty: nothing
    text("status"),  # as its body has it
    Column("request", Text),  # digest of its Idempotency-Key, where it had one
    text("body"),  # JSON
    Index(None, "resource", "made", "id"),
    Index(None, "request", unique=True),
    Index(None, "incident"),
)

hubs = Table(  # who is told of changes, by a call
    "hubs", metadata, key("id"), text("api"), text("callback"), text("query"), text("by"),
    number("made"), Index(None, "api", "callback", "query", unique=True),
)  # fmt: skip

hub_outbox = numbered(  # what they are still to be told
    "hub_outbox",
    text("hub"),
    blob("value"),
    number("at"),  # clock time
    number("tries"),
    number("due"),  # clock time before which it is not tried again
    Index(None, "hub", "seq"),
)

# ------------------------------------------------------------------------- who is to be forgotten

forget_requests = numbered(
    "forget_requests",
    text("customer"),  # empty once nothing of theirs is left
    text("stand_in"),  # the id that stands for them
    text("actor"),
    text("reason"),
    text("state"),
    text("found"),  # JSON: how many rows, by table and column
    number("asked"),  # clock time
    number("changed"),
)

# --------------------------------------------------------------------------------- ticket tools

tool_writes = Table(  # the journal of what was written to ticket tools
    "tool_writes",
    metadata,
    key("tool"),
    key("incident"),
    key("ticket"),  # "": the incident's own ticket
    key("key"),
    text("state"),
    text("number"),  # the tool's
    number("at"),  # clock time
    text("error"),
    Index(None, "at"),
)

tool_cursors = Table("tool_cursors", metadata, key("tool"), text("cursor"))  # read so far
