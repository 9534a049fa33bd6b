"""What a ticket tool is asked by, and as whom."""

from __future__ import annotations

from typing import Literal

import msgspec

from correlator.model import Millis


class ToolSettings(msgspec.Struct, frozen=True):
    """A ticket tool. `queue`: our own; `customers`: where customers' tickets are.

    `prefix`: what stands before the tool's number in the ids of `gi.tickets`. `external`: the
    custom field with our id; `customer`, `symptom`: those of a customer's ticket, "" for none;
    names for RT, numbers for Redmine. `public`: customers read the messages as well. `rate`: writes
    a second, and as many at once as `burst`. `most`: tickets of an incident above which a person
    has to have confirmed it. `every`: ms between two looks at what changed; 0: tickets come another
    way.
    """

    kind: Literal["rt", "redmine"]
    url: str
    token: str
    queue: str
    customers: tuple[str, ...]
    prefix: str = ""
    external: str = "External Id"
    customer: str = "Customer"
    symptom: str = ""
    public: bool = False
    lang: Literal["fr", "en"] = "fr"
    rate: float = 5.0
    burst: int = 10
    most: int = 500
    timeout: Millis = 10_000
    every: Millis = 0
