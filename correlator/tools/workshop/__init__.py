"""What is run for drafts of rules, beside the daemon: their tests, backtests, and the shadow."""

from correlator.tools.workshop.following import Follower
from correlator.tools.workshop.jobs import run_job
from correlator.tools.workshop.shadow import Shadow, announced_since

__all__ = ["Follower", "Shadow", "announced_since", "run_job"]
