"""Alarms and tickets as a collection: what was posted, over what the daemon keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar
from urllib.parse import quote

from correlator.web.tmf.collections import Found, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from correlator.adapters.sql import Document, FeedRow, RowReads
    from correlator.model import Millis
    from correlator.web.console import Console

R = TypeVar("R", bound="FeedRow")


class Fed(Generic[R]):
    """The alarms or the tickets: what was posted lately, then the rest; a `Collection`."""

    def __init__(
        self,
        name: str,
        reads: Callable[[Console], RowReads[R]],
        body: Callable[[R], Resource],
        *,
        customers: bool,
    ) -> None:
        self.name = name
        self.customers = customers
        self._reads = reads
        self._body = body

    def find(self, console: Console, base: str, key: str) -> Found | None:
        """Return one."""
        row = self._reads(console).some([key]).get(key)
        document = console.documents.one(self.name, key)
        if row is None and document is None:
            return None
        rev, heard = 0 if document is None else document.rev, 0 if row is None else row.changed
        return Found(self._as_it_is(document, row, base), f'"{rev}.{heard}"')

    def heard(self, console: Console, key: str) -> Millis:
        """Return when the daemon heard of one last (ms), 0 for never."""
        row = self._reads(console).some([key]).get(key)
        return 0 if row is None else row.changed

    def page(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        """Return a page."""
        first = self._posted(console, base, limit, offset)
        rest = limit - len(first)
        if not rest:
            return first
        begin = max(0, offset - console.documents.count(self.name))
        return first + self._others(console, base, rest, begin)

    def latest(self, console: Console, base: str, most: int) -> list[Resource]:
        """Return so many of what was posted, and so many of the rest."""
        return self._posted(console, base, most, 0) + self._others(console, base, most, 0)

    def _posted(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        found = console.documents.page(self.name, limit, offset)
        rows = self._reads(console).some([one.id for one in found])
        return [self._as_it_is(one, rows.get(one.id), base) for one in found]

    def _others(self, console: Console, base: str, limit: int, offset: int) -> list[Resource]:
        rows = self._reads(console).latest(limit, offset, without=self.name)
        return [self._as_it_is(None, row, base) for row in rows]

    def count(self, console: Console) -> int:
        """Count them."""
        return console.documents.count(self.name) + self._reads(console).count(without=self.name)

    def _as_it_is(self, document: Document | None, row: R | None, base: str) -> Resource:
        kept = None if row is None else self._body(row)
        body = overlaid(document, kept, 0 if row is None else row.changed)
        return with_href(body, f"{base}/{self.name}/{quote(body['id'], safe='')}")


def with_href(body: Resource, href: str) -> Resource:
    """Return a resource with its address behind its id."""
    return {"id": body["id"], "href": href, **{k: v for k, v in body.items() if k != "id"}}


def overlaid(document: Document | None, row: Resource | None, heard: Millis) -> Resource:
    """Return what is known of one: what was posted, unless something else was heard since.

    `row`: as the daemon has it, after a record that arrived at `heard`.
    """
    if document is None:
        return row or {}
    said: dict[str, Any] = document.body
    return said if heard <= document.arrived else {**said, **(row or {})}
