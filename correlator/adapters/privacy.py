"""Where customers are: of every column, topic and archived column, what an erasure makes of it.

The erasure from the database (`adapters.sql.erasure`) works from `TABLES`, and
`docs/privacy.md` says the same. A column or a topic without a line is an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from sqlalchemy import Column, LargeBinary, Text


class Fate(StrEnum):
    """What an erasure does to a column."""

    NOBODY = "holds no customer"
    LEFT = "left"
    STAND_IN = "id pseudonymised"
    SUBJECT = "subject pseudonymised"
    WORDS = "words erased"
    TEXT = "erased where it names them"
    JSON = "erased where it names them, ids pseudonymised"
    ROW = "row erased where it names them"
    LETTER = "row erased where it names them, a ticket of theirs, or has their words"
    DOCUMENT = "row erased where it is a ticket of theirs, else erased where it names them"
    INPUTS = "rewritten: inputs"
    DECISIONS = "rewritten: decisions"
    STATE = "rewritten: state"
    REPLACED = "replaced by the state without them"
    MESSAGE = "rewritten, or row erased"
    REQUEST = "id erased once it is carried out"


ROWS: Final = "(rows)"
"""In the place of a column, where whole rows go."""


class Rule(NamedTuple):
    """The line of a column; `why` it holds nobody, or may stay."""

    fate: Fate
    why: str = ""


NUMBER: Final = Rule(Fate.NOBODY, "a number, a time or a yes or no")
_EQUIPMENT = Rule(Fate.NOBODY, "equipment and its faults")
_CATALOG = Rule(Fate.NOBODY, "a word of the rules, or of a list")
_INCIDENT = Rule(Fate.NOBODY, "an incident, its state or its cause")
_STAFF = Rule(Fate.NOBODY, "who works here, their role or what they did")
_OURS = Rule(Fate.NOBODY, "the program's own: versions, hashes, topics, places in them")
_RULES = Rule(Fate.NOBODY, "rules, which no customer is in; tests made of incidents name none")
_TICKET = Rule(Fate.LEFT, "the id of a ticket, which is nobody's: only its own system has whose")
_WAITING = Rule(Fate.LEFT, "it waits to be applied, and is new data as what waits in the feeds")
_LEARNED = Rule(Fate.LEFT, "a symptom found in texts: words that many customers have written")
_ID, _SUBJECT, _WORDS = Rule(Fate.STAND_IN), Rule(Fate.SUBJECT), Rule(Fate.WORDS)
_TEXT, _JSON, _ROW, _LETTER = map(Rule, (Fate.TEXT, Fate.JSON, Fate.ROW, Fate.LETTER))

Lines = Mapping[str, Rule]


def _all(rule: Rule, *names: str) -> dict[str, Rule]:
    return dict.fromkeys(names, rule)


TABLES: Final[Mapping[str, Lines]] = MappingProxyType(
    {
        "tickets": {
            "id": _TICKET, "customer": _ID, "place": _EQUIPMENT, "symptom": _LEARNED,
            "shares": _CATALOG, "stated": _CATALOG, "text": _WORDS, "event_id": _TICKET,
            **_all(_CATALOG, "status", "severity", "channel"),
        },
        "alarms": _all(
            _EQUIPMENT, "id", "managed_object", "object_type", "state", "severity", "cause",
            "alarm_type", "event_id",
        ),
        "maintenance": {**_all(_EQUIPMENT, "id", "objects", "event_id"), "title": _TEXT},
        "actions": {
            **_all(_INCIDENT, "id", "incident", "outcome", "made"),
            **_all(_STAFF, "actor", "verb"), "error": _TEXT, "body": _JSON,
        },
        "incidents": {
            **_all(
                _INCIDENT, "id", "rule", "state", "domain", "domain_type", "severity", "parent",
                "catalog", "code",
            ),
            "symptom": _LEARNED, "owner": _STAFF, "body": _JSON,
        },
        "links": {
            "ticket": _TICKET, **_all(_INCIDENT, "incident", "state"), "actor": _STAFF,
            "reason": _JSON,
        },
        "verdicts": {
            "ticket": _TICKET, **_all(_INCIDENT, "answer", "incident", "cause"), "reason": _JSON,
        },
        "suppressions": {**_all(_INCIDENT, "domain", "rule"), "reason": _JSON},
        "journal": {
            **_all(_INCIDENT, "subject", "field", "action"), "subject_id": _TICKET,
            "actor": _STAFF, **_all(_TEXT, "old", "new", "reason"),
        },
        "dead_letters": {
            **_all(_OURS, "topic", "reason"), **_all(_LETTER, "key", "value", "error"),
        },
        "snapshot": _all(Rule(Fate.REPLACED), "state"),
        "batches": _all(Rule(Fate.REPLACED), "inputs"),
        "archive_queue": {
            **_all(_OURS, "inventory", "catalog", "note"), "inputs": Rule(Fate.INPUTS),
            "decisions": Rule(Fate.DECISIONS), "snapshot": Rule(Fate.STATE),
        },
        "archive_parts": _all(_OURS, "sha256"),
        "positions": _all(_OURS, "topic", "ahead"),
        "outbox": {"topic": _OURS, **_all(Rule(Fate.MESSAGE), "key", "value", "headers")},
        "lease": _all(_OURS, "name", "owner"),
        "changes": _all(_INCIDENT, "kind", "id", "band"),
        "feeds": _all(_OURS, "topic"),
        "in_force": _all(_OURS, "what", "version"),
        "figures": {"incident": _INCIDENT, "body": _JSON},
        "rates": _all(_INCIDENT, "incident"),
        "neighbourhoods": {"incident": _INCIDENT, "body": _JSON},
        "alarm_spans": _all(_EQUIPMENT, "alarm", "managed_object", "cause", "severity"),
        "promises": {
            **_all(_INCIDENT, "incident", "outcome"), "by": _STAFF,
            **_all(_TEXT, "source", "confidence"),
        },
        "texts": {
            **_all(_INCIDENT, "incident", "audience", "phase"), "by": _STAFF,
            **_all(_TEXT, "fr", "en"),
        },
        "externals": {
            **_all(_INCIDENT, "incident", "state"), "by": _STAFF, **_all(_TEXT, "owner", "number"),
        },
        "told": {
            "incident": _INCIDENT, "customer": _ID, "ticket": _TICKET, "channel": _TEXT,
            "by": _STAFF,
        },
        "action_inbox": {
            **_all(_INCIDENT, "id", "incident"), **_all(_STAFF, "actor", "verb"), "body": _ROW,
        },
        "flash_reads": _all(_STAFF, "text", "reader"),
        "saved_views": {"owner": _STAFF, **_all(_ROW, "name", "query")},
        "handovers": {**_all(_STAFF, "outgoing", "incoming"), "notes": _TEXT, "body": _JSON},
        "audit": {**_all(_STAFF, "actor", "role", "what"), "subject": _SUBJECT, "outcome": _TEXT},
        "backtests": {**_all(_OURS, "id", "version"), "body": _JSON},
        "rulesets": {
            **_all(_RULES, "id", "version", "files", "parent"), "actor": _STAFF, "reason": _TEXT,
        },
        "rule_contents": _all(_RULES, "id", "content"),
        "rules_in_force": {
            **_all(_RULES, "ruleset", "version", "how", "gates"), "actor": _STAFF,
            **_all(_TEXT, "reason", "override"),
        },
        "rule_drafts": {
            **_all(_RULES, "id", "ruleset", "version", "base", "state"), "actor": _STAFF,
            "reason": _TEXT,
        },
        "rule_jobs": {
            **_all(_RULES, "draft", "ruleset", "kind", "state", "report"),
            **_all(_STAFF, "actor", "owner"), "findings": _JSON,
        },
        "api_tokens": _all(_STAFF, "id", "digest", "name", "scopes", "actor"),
        "sessions": {
            **_all(_STAFF, "id", "digest", "kind", "actor", "role", "subject", "id_token"),
            "tickets": _JSON,
        },
        "logins": {**_all(_OURS, "state", "browser", "nonce", "verifier"), "next": _ROW},
        "agent_links": {
            **_all(_STAFF, "digest", "agent", "system"), "ticket": _TICKET, "customer": _ID,
        },
        "ingest_inbox": {"topic": _OURS, "key": _TICKET, "value": _WAITING},
        "documents": {
            **_all(_OURS, "resource", "request", "status"), "id": _TICKET, "by": _STAFF,
            "incident": _INCIDENT, "body": Rule(Fate.DOCUMENT),
        },
        "hubs": _all(_STAFF, "id", "api", "callback", "query", "by"),
        "hub_outbox": {"hub": _OURS, "value": Rule(Fate.MESSAGE)},
        "tool_writes": {
            "ticket": _TICKET, "incident": _INCIDENT, "error": _TEXT,
            **_all(_OURS, "tool", "key", "state", "number"),
        },
        "tool_cursors": _all(_OURS, "tool", "cursor"),
        "forget_requests": {
            "customer": Rule(Fate.REQUEST), "stand_in": _OURS, "actor": _STAFF, "reason": _TEXT,
            **_all(_OURS, "state", "found"),
        },
    }
)  # fmt: skip
"""By table, of every column that holds text or bytes."""


EVENTS: Final[Lines] = MappingProxyType(
    {
        "kind": _CATALOG, "id": _TICKET, "customer": _ID, "symptom": _CATALOG, "text": _WORDS,
        **_all(_CATALOG, "status", "severity", "channel", "cause", "state"),
        **_all(_EQUIPMENT, "place", "object"), **_all(_STAFF, "actor", "verb"),
        "incident": _INCIDENT, **_all(_OURS, "inventory", "catalog"), "body": _JSON,
    }
)  # fmt: skip
"""Of the archive's inputs, of every column that holds text."""

DECISIONS: Final[Lines] = MappingProxyType(
    {
        **_all(_INCIDENT, "kind", "incident", "state", "domain", "rule", "code"),
        "ticket": _TICKET, "symptom": _LEARNED, "actor": _STAFF, "body": _JSON,
    }
)  # fmt: skip
"""Of the archive's decisions, of every column that holds text."""

BESIDE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "snapshots": "the state of the engine: rewritten without them",
        "inventories": "`customers.csv`: the id is pseudonymised",
        "catalogs": _RULES.why,
    }
)
"""What else the archive holds, by folder."""


class Topic(NamedTuple):
    """What a topic has of customers, and what becomes of that."""

    holds: str
    fate: str


TOPICS: Final[Mapping[str, Topic]] = MappingProxyType(
    {
        "gi.tickets": Topic("who calls, and their words", "not ours: whoever writes it keeps it"),
        "gi.alarms": Topic("nobody", ""),
        "gi.maintenance": Topic("nobody", ""),
        "gi.actions": Topic("who was told, notes", "not ours: whoever writes it keeps it"),
        "gi.incidents": Topic(
            "sentences of a symptom that nobody has named, in its reason",
            "published again without them; compaction removes the former versions",
        ),
        "gi.network-incidents": Topic(
            "as `gi.incidents`",
            "published again without them; compaction removes the former versions",
        ),
        "gi.ticket-links": Topic(
            "a person's reason, where it names them",
            "published again without it; compaction removes the former versions",
        ),
        "gi.texts": Topic(
            "an approved text, where it names them",
            "a tombstone; compaction removes the text",
        ),
        "gi.dead-letters": Topic(
            "records that nobody could read, as they came",
            "not compacted: they stay until its retention is over, 90 days where we made it",
        ),
    }
)
"""By topic: those that come in, then those that go out."""

LEFT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ids of tickets": "only the ticket tool has whose they are, unless they are made of the id",
        "verdicts, links, incidents": "they name tickets, equipment and counts, and no customer",
        "learned rates and weights": "counts over all customers, from which nobody comes back",
        "counted word stems": "six letters of a word and how often, of whom is not known",
        "names of found symptoms": "words that several customers have written",
        "tests made of incidents": "their customers are made up, and nobody's words are in them",
        "gi.tickets, gi.actions": "they are not ours: whoever writes them keeps them",
        "gi.dead-letters": "not compacted: until its retention is over, 90 days where we made it",
        "the inventory": "it is exported to us: take the customer out of it where it comes from",
        "logs and metrics": "there is no customer in them",
        "backups, replicas, caches of backtests": "they are whoever made them's to delete",
        "a console, a shadow, a database's own log": "until they are begun anew or written over",
    }
)
"""What an erasure leaves, and why it may or has to stay."""


def rule_of(column: Column[object]) -> Rule:
    """Return the line of a column; raises KeyError where it has none."""
    if isinstance(column.type, Text | LargeBinary):
        return TABLES[column.table.name][column.name]
    return NUMBER


def fate_of(name: str) -> Fate:
    """Return what becomes of what a count is named after: `table.column`, `table.(rows)`."""
    table, _, column = name.partition(".")
    return Fate.ROW if column == ROWS else TABLES[table][column].fate
