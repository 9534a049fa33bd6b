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
from correlator.adapters.sql.documents import Document, Documents, PostedRecord, TakenError
from correlator.adapters.sql.feed_reads import (
    AlarmRow,
    FeedRow,
    RowReads,
    TicketRow,
    alarm_reads,
    ticket_reads,
)
from correlator.adapters.sql.forgetting import ForgetDesk, Request, RequestState
from correlator.adapters.sql.hubs import Call, Hub, Hubs, TooManyHubsError
from correlator.adapters.sql.ingest import IngestSource
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
from correlator.adapters.sql.tool_desk import ToolDesk

__all__ = [
    "ActionResult",
    "AlarmRow",
    "ApiToken",
    "BoardRows",
    "Call",
    "ChangeRow",
    "ConsoleReads",
    "ConsoleWrites",
    "DeadLetters",
    "Document",
    "Documents",
    "DraftGoneError",
    "DraftMovedError",
    "FeedRow",
    "ForgetDesk",
    "HandoverRow",
    "HeldRow",
    "Hub",
    "Hubs",
    "IncidentFilter",
    "IngestSource",
    "KeptLetter",
    "LastedRow",
    "LinkedTicket",
    "ListedLetter",
    "PostedRecord",
    "Queries",
    "Request",
    "RequestState",
    "RowReads",
    "RuleCount",
    "RuleDesk",
    "RulesMovedError",
    "Session",
    "Sessions",
    "SilentAnswers",
    "SpanRow",
    "SqlStore",
    "Standing",
    "TakenError",
    "TicketRow",
    "Tokens",
    "ToldRow",
    "TooManyHubsError",
    "ToolDesk",
    "UnknownSchemaError",
    "VersionCount",
    "alarm_reads",
    "connect",
    "keep_backtest",
    "open_store",
    "ticket_reads",
]
