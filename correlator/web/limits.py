"""How much anybody may ask: a bucket for each session, token and address. Pure ASGI.

A bucket holds as many requests as there may be in a minute, and fills at that rate. In memory: each
process counts for itself.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from correlator.web.bearer import WRONG
from correlator.web.responses import PROGRAMS, problem
from correlator.web.visits import LOGIN, SYSTEM, language_of
from correlator.web.words import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from correlator.web.settings import Rates

_EXEMPT = ("/static/", "/api/v1/health")
_MOST_BUCKETS = 50_000
_SITE = 64  # bits of an IPv6 address that are one customer's of a provider
MINUTE = 60.0


class _Bucket(NamedTuple):
    left: float
    at: float


class Buckets:
    """What is left to each; `clock`: seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._of: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._of)

    def take(self, who: str, rate: int) -> float:
        """Take one request of `rate` a minute; returns 0, or in how many seconds there is one."""
        now = self._clock()
        left, at = self._of.pop(who, _Bucket(rate, now))
        left = min(rate, left + (now - at) * rate / MINUTE)
        taken = left >= 1
        self._of[who] = _Bucket(left - taken, now)
        if len(self._of) > _MOST_BUCKETS:
            self._of.popitem(last=False)  # who has not asked for longest: it is full again
        return 0.0 if taken else (1 - left) * MINUTE / rate


class Limits:
    """Refuses (429) whoever asks for more than that. `login`: whether people log in here."""

    def __init__(self, app: ASGIApp, rates: Rates, *, login: bool) -> None:
        self._app = app
        self._rates = rates
        self._login = login
        self._buckets = Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or not."""
        wait = 0.0
        if scope["type"] == "http" and not scope["path"].startswith(_EXEMPT):
            counted = self._who(scope)
            wait = self._buckets.take(*counted) if counted is not None else 0.0
        await (_refusal(scope, wait) if wait else self._app)(scope, receive, send)

    def _who(self, scope: Scope) -> tuple[str, int] | None:
        """Return whose bucket it is and its rate; None for people of whom nobody knows who."""
        if SYSTEM in scope:
            return f"token {scope[SYSTEM].token}", self._rates.token
        if LOGIN in scope:
            return f"session {scope[LOGIN].session.id}", self._rates.session
        if not self._login and WRONG not in scope:
            return None
        return f"address {address(scope)}", self._rates.address


def address(scope: Scope) -> str:
    """Return where a request comes from: one address, or one network of IPv6."""
    host = (scope.get("client") or ("",))[0]
    try:
        found = ip_address(host)
    except ValueError:
        return str(host)
    if not isinstance(found, IPv6Address):
        return str(found)
    mapped = found.ipv4_mapped  # as a socket for both kinds has it
    return str(mapped) if mapped is not None else f"{int(found) >> (128 - _SITE):x}"


def _refusal(scope: Scope, wait: float) -> Response:
    sentence = say(language_of(Request(scope)), "page.too_many")
    if scope["path"].startswith(PROGRAMS):
        refusal = problem(429, "too-many-requests", sentence)
    else:
        refusal = PlainTextResponse(sentence, 429)
    refusal.headers["Retry-After"] = str(math.ceil(wait))
    return refusal
