"""Write-back: what the cell knows stands in the ticket that the agent has open.

A process of its own reads what the daemon has committed and brings a ticket tool to the same state:
for each incident a ticket of its own, customers' tickets linked below it, and in each of them what
to say. Nothing here, and nothing behind `correlator.ticket_tool`, can change the status of a
customer's ticket.
"""

from correlator.writeback.inbound import Inbound
from correlator.writeback.messages import Messages
from correlator.writeback.pacing import Pace
from correlator.writeback.plan import Own, Plan, Say, Tie, plan
from correlator.writeback.worker import Worker
from correlator.writeback.writer import Writer

__all__ = [
    "Inbound",
    "Messages",
    "Own",
    "Pace",
    "Plan",
    "Say",
    "Tie",
    "Worker",
    "Writer",
    "plan",
]
