"""The documentation of the API."""

from __future__ import annotations

from correlator.web.views.frame import View


class ParamView(View, frozen=True):
    """A parameter; `place`: path, query or header."""

    name: str
    place: str
    kind: str
    says: str


class StatusView(View, frozen=True):
    """What may be answered; `kind`: the type of the body, "" without one."""

    status: int
    says: str
    kind: str


class ExampleView(View, frozen=True):
    """A request (`status` is `request`) or an answer."""

    status: str
    text: str


class OperationView(View, frozen=True):
    """What may be asked. `open`: without a token; `body`: the type of what is sent."""

    id: str
    method: str
    path: str
    says: str
    scopes: tuple[str, ...]
    open: bool
    params: tuple[ParamView, ...]
    body: str
    statuses: tuple[StatusView, ...]
    examples: tuple[ExampleView, ...]


class AttributeView(View, frozen=True):
    """An attribute of a type."""

    name: str
    kind: str
    needed: bool


class KindView(View, frozen=True):
    """A type."""

    name: str
    says: str
    attributes: tuple[AttributeView, ...]


class TagView(View, frozen=True):
    """Operations that belong together."""

    id: str
    says: str
    operations: tuple[OperationView, ...]


class ApiView(View, frozen=True):
    """All operations, and the types that they say."""

    tags: tuple[TagView, ...]
    kinds: tuple[KindView, ...]
