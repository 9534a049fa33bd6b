"""The store on SQL: SQLite in a file by default, PostgreSQL by URL."""

from correlator.adapters.sql.backtests import keep_backtest
from correlator.adapters.sql.connect import connect
from correlator.adapters.sql.console_reads import ConsoleReads, IncidentFilter
from correlator.adapters.sql.console_rows import (
    BoardRows,
    ChangeRow,
    HeldRow,
    LastedRow,
    LinkedTicket,
    SpanRow,
    ToldRow,
)
from correlator.adapters.sql.console_statistics import (
    HandoverRow,
    RuleCount,
    SilentAnswers,
    VersionCount,
)
from correlator.adapters.sql.console_writes import ActionResult, ConsoleWrites, Standing
from correlator.adapters.sql.dead_letters import DeadLetters, KeptLetter, ListedLetter
from correlator.adapters.sql.migrate import UnknownSchemaError
from correlator.adapters.sql.queries import Queries
from correlator.adapters.sql.rulesets import (
    DraftGoneError,
    DraftMovedError,
    RuleDesk,
    RulesMovedError,
)
from correlator.adapters.sql.sessions import Session, Sessions
from correlator.adapters.sql.store import SqlStore, open_store
from correlator.adapters.sql.tokens import ApiToken, Tokens

__all__ = [
    "ActionResult",
    "ApiToken",
    "BoardRows",
    "ChangeRow",
    "ConsoleReads",
    "ConsoleWrites",
    "DeadLetters",
    "DraftGoneError",
    "DraftMovedError",
    "HandoverRow",
    "HeldRow",
    "IncidentFilter",
    "KeptLetter",
    "LastedRow",
    "LinkedTicket",
    "ListedLetter",
    "Queries",
    "RuleCount",
    "RuleDesk",
    "RulesMovedError",
    "Session",
    "Sessions",
    "SilentAnswers",
    "SpanRow",
    "SqlStore",
    "Standing",
    "Tokens",
    "ToldRow",
    "UnknownSchemaError",
    "VersionCount",
    "connect",
    "keep_backtest",
    "open_store",
]
