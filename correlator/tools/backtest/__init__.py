"""Backtests: what other rules would have made of the history in an archive.

`history` replays a part of it, `weeks` cuts it and has the pieces run by one of the `executors`,
`matching` finds which incidents of two runs are the same, `judging` what people's labels say of the
difference, `reports` shows it.
"""

from correlator.tools.backtest.history import Decided, History
from correlator.tools.backtest.judging import Totals, judge
from correlator.tools.backtest.matching import Change, Kind, compare
from correlator.tools.backtest.weeks import LIVE, Backtest, Request, run_backtest

__all__ = [
    "LIVE",
    "Backtest",
    "Change",
    "Decided",
    "History",
    "Kind",
    "Request",
    "Totals",
    "compare",
    "judge",
    "run_backtest",
]
