"""What each page shows: frozen values, made by `pages`, set in type by the templates.

Times are milliseconds UTC; templates set them in the operator's zone. Sentences are in the reader's
language already. What people decide about carries `rev`, which an action gives back.
"""

from correlator.web.views.agent import (
    AgentView,
)
from correlator.web.views.backtests import (
    BacktestRow,
    BacktestView,
    CompareView,
    FigureView,
    RaisedView,
)
from correlator.web.views.charts import (
    MarkView,
    MinuteView,
    NetworkView,
    NodeView,
    RateView,
    SpanView,
    TimelineView,
)
from correlator.web.views.frame import (
    FeedView,
    Frame,
    HeldView,
    OutcomeView,
    PromiseView,
    Role,
    View,
)
from correlator.web.views.incident import (
    CallbacksView,
    ChangeView,
    ConditionView,
    FlagView,
    IncidentView,
    PageOf,
    RivalView,
    TextView,
    TicketView,
    ToldView,
    UsualView,
)
from correlator.web.views.queue import (
    BandView,
    QueueView,
    RowView,
)
from correlator.web.views.reported import ReportedView
from correlator.web.views.rooms import (
    DomainView,
    HandoverView,
    WorkView,
)
from correlator.web.views.rules import (
    RuleRow,
    RulesView,
    RuleView,
)
from correlator.web.views.training import (
    MissView,
    TrainingRow,
    TrainingView,
)
from correlator.web.views.wall import (
    FlashLine,
    FlashView,
    TileView,
    WallView,
)
from correlator.web.views.workshop import (
    DraftRow,
    DraftView,
    EditView,
    GateView,
    InForceView,
    JobView,
    LineView,
    RulesetView,
    VersionRow,
    WorkshopView,
)

__all__ = [
    "AgentView",
    "BacktestRow",
    "BacktestView",
    "BandView",
    "CallbacksView",
    "ChangeView",
    "CompareView",
    "ConditionView",
    "DomainView",
    "DraftRow",
    "DraftView",
    "EditView",
    "FeedView",
    "FigureView",
    "FlagView",
    "FlashLine",
    "FlashView",
    "Frame",
    "GateView",
    "HandoverView",
    "HeldView",
    "InForceView",
    "IncidentView",
    "JobView",
    "LineView",
    "MarkView",
    "MinuteView",
    "MissView",
    "NetworkView",
    "NodeView",
    "OutcomeView",
    "PageOf",
    "PromiseView",
    "QueueView",
    "RaisedView",
    "RateView",
    "ReportedView",
    "RivalView",
    "Role",
    "RowView",
    "RuleRow",
    "RuleView",
    "RulesView",
    "RulesetView",
    "SpanView",
    "TextView",
    "TicketView",
    "TileView",
    "TimelineView",
    "ToldView",
    "TrainingRow",
    "TrainingView",
    "UsualView",
    "VersionRow",
    "View",
    "WallView",
    "WorkView",
    "WorkshopView",
]
