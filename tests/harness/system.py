"""A system with a token, which asks a console that runs."""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple

from correlator.adapters.host import wall_clock
from correlator.adapters.sql import Tokens
from correlator.model import DAY

if TYPE_CHECKING:
    from tests.harness.console import Console


class Said(NamedTuple):
    status: int
    body: Any
    headers: dict[str, str]


class System:
    """Somebody with a token."""

    def __init__(self, console: Console, *scopes: str) -> None:
        now = wall_clock()
        self._tokens = Tokens(console.store.engine)
        self.port = console.web.port
        self.token = self._tokens.create("crm", scopes, "zoé", now, now + DAY)

    def revoke(self, now: int) -> None:
        """Have its token revoked; `now`: clock time (ms)."""
        self._tokens.revoke(self.token.split("_")[1], now)

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> Said:
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": "en"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        told = None if body is None else body if isinstance(body, str) else json.dumps(body)
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, told, sent)
            answer = connection.getresponse()
            text = answer.read()
            is_json = answer.headers["Content-Type"] == "application/json"
            told = json.loads(text) if text and is_json else text.decode() or None
            return Said(answer.status, told, dict(answer.headers))

    def get(self, path: str, **headers: str) -> Said:
        return self.ask("GET", path, **headers)

    def act(
        self, verb: str, incident: str, rev: int | None = None, key: str = "", **fields: str
    ) -> Said:
        target = {"id": incident} | ({} if rev is None else {"rev": rev})
        body = {"verb": verb, "incidents": [target], "fields": fields, "now": True}
        return self.ask(
            "POST", "/api/v1/actions", body, **({"Idempotency-Key": key} if key else {})
        )
