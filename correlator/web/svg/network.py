"""The cause among its neighbours: a tree drawn in layers, the highest on top."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from correlator.web.svg.lettering import fitted, width_of
from correlator.web.svg.markup import Picture, box, element, label, line, title
from correlator.web.svg.shapes import health_sign, known_health
from correlator.web.svg.words import WORDS, say
from correlator.web.views import NetworkView, NodeView

WIDTH = 720.0
_WIDE, _HIGH, _AIR, _HEADING, _INDENT = 208.0, 70.0, 14.0, 22.0, 16.0
_ACROSS, _EDGE = 3, 2.0
_STRIDE, _DOWN = _WIDE + _AIR, _HIGH + _AIR
_LAYERS = (  # name of a layer, the relations in it, and how many of them are drawn
    ("above", ("above",), 2),
    ("parent", ("parent",), 2),
    ("cause", ("cause", "sibling"), 8),
    ("child", ("child",), 24),
    ("rival", ("rival",), 5),
)


class _Box(NamedTuple):
    """A node, or only a line of words for those that are folded."""

    node: NodeView | None
    words: str = ""


class _Layer(NamedTuple):
    heading: str
    boxes: tuple[_Box, ...]


def network(view: NetworkView, lang: str, zone: str = "") -> str:
    """Return the picture; every node is a link to its page. The zone is not needed: no times."""
    del zone
    layers = [layer for layer in _layers(view, lang) if layer.boxes]
    if not layers:
        return _empty(lang)
    picture = Picture("network", WIDTH, sum(map(_height, layers)))
    y, trunk = 0.0, None
    for depth, layer in enumerate(layers):
        apart = layer.heading == "rival"
        x = _EDGE + (0.0 if apart else _INDENT * depth)
        picture.add(*_branches(layer, x, y, None if apart else trunk))
        picture.add(label(x, y + 13.0, _heading(layer, lang), "layer"))
        picture.add(*_drawn(layer, x, y + _HEADING, lang))
        trunk = y + _HEADING + _HIGH
        y += _height(layer)
    return picture.markup(say(lang, "network"), _summary(view, lang), role="group")


def _empty(lang: str) -> str:
    picture = Picture("network", WIDTH, 60.0)
    picture.add(label(WIDTH / 2, 36.0, say(lang, "network-none"), "empty", "middle"))
    return picture.markup(say(lang, "network"), say(lang, "network-none"))


def _summary(view: NetworkView, lang: str) -> str:
    healths = [node.health for node in view.nodes]
    healthy = healths.count("healthy") + view.healthy_children + view.healthy_siblings
    return say(
        lang,
        "network-summary",
        nodes=len(healths) + view.healthy_children + view.healthy_siblings,
        failing=healths.count("failing"),
        calling=healths.count("calling"),
        healthy=healthy,
    )


def _layers(view: NetworkView, lang: str) -> Iterator[_Layer]:
    for heading, relations, most in _LAYERS:
        nodes = [node for name in relations for node in view.nodes if node.relation == name]
        folded = {"cause": view.healthy_siblings, "child": view.healthy_children}.get(heading, 0)
        yield _Layer(heading, tuple(_boxes(nodes, folded, most, lang)))


def _boxes(nodes: list[NodeView], healthy: int, most: int, lang: str) -> Iterator[_Box]:
    """Yield the nodes of a layer; those that do not fit are counted, the healthy by their kind."""
    shown, rest = nodes[:most], nodes[most:]
    yield from map(_Box, shown)
    others = [node for node in rest if node.health != "healthy"]
    healthy += len(rest) - len(others)
    if others:
        yield _Box(None, say(lang, "more", n=len(others)))
    if healthy:
        kinds = {node.type for node in nodes if node.relation != "cause"}
        key = f"healthy-{kinds.pop()}" if len(kinds) == 1 else ""
        if key not in WORDS or healthy == 1:
            key = "healthy-one" if healthy == 1 else "healthy-any"
        yield _Box(None, say(lang, key, n=healthy))


def _heading(layer: _Layer, lang: str) -> str:
    """Return the name of a layer. On the page of healthy equipment nothing is a cause."""
    if layer.heading != "cause":
        return say(lang, f"layer-{layer.heading}")
    node = layer.boxes[0].node
    ill = node is not None and node.health in {"failing", "calling"}
    alone = "-alone" if len(layer.boxes) == 1 else ""
    return say(lang, f"layer-{'cause' if ill else 'here'}{alone}")


class _Place(NamedTuple):
    """Where a box of a layer stands: its row and its column."""

    row: int
    column: int


def _places(layer: _Layer) -> list[_Place]:
    """Return where the boxes stand. Nothing stands below the cause but what hangs from it."""
    if layer.heading != "cause":
        return [_Place(*divmod(number, _ACROSS)) for number in range(len(layer.boxes))]
    beside = [divmod(number, _ACROSS - 1) for number in range(len(layer.boxes) - 1)]
    return [_Place(0, 0), *(_Place(row, 1 + column) for row, column in beside)]


def _height(layer: _Layer) -> float:
    return _HEADING + (_places(layer)[-1].row + 1) * _DOWN


def _branches(layer: _Layer, x: float, y: float, trunk: float | None) -> Iterator[str]:
    """Yield the lines behind the boxes: from the layer above down, then along each row."""
    middle = y + _HEADING + _HIGH / 2
    left = x if trunk is None else x - _INDENT / 2
    hanging = layer.heading == "cause"
    for place in _places(layer):
        here = middle + place.row * _DOWN
        if place.column > hanging * min(place.row, 1):
            end = x + place.column * _STRIDE
            yield line(end - _AIR, here, end, here, "branch")
        elif hanging and place.row:
            middle_of = x + place.column * _STRIDE + _WIDE / 2
            yield line(middle_of, here - _DOWN, middle_of, here, "branch")
        elif trunk is not None:
            yield line(left, trunk, left, here, "branch") + line(left, here, x, here, "branch")


def _drawn(layer: _Layer, x: float, y: float, lang: str) -> Iterator[str]:
    compared = layer.heading in {"cause", "child"}
    most = max((one.node.observed for one in layer.boxes if one.node and compared), default=0)
    for one, place in zip(layer.boxes, _places(layer), strict=True):
        left, top = x + place.column * _STRIDE, y + place.row * _DOWN
        if one.node is None:
            yield _folded(one.words, left, top)
        else:
            yield _node(one.node, left, top, most, lang)


def _folded(words: str, x: float, y: float) -> str:
    shown = label(x + _WIDE / 2, y + _HIGH / 2 + 4.0, words, "node-text", "middle")
    return box(x, y, _WIDE, _HIGH, "node node-folded") + shown


def _node(node: NodeView, x: float, y: float, most: int, lang: str) -> str:
    health = known_health(node.health)
    cause = " node-cause" if node.relation == "cause" else ""
    room = _WIDE - 20.0
    state, calls = _state(node, health, lang), _calls(node, lang)
    shown = state if width_of(state) <= room else _state(node, health, lang, "count")
    return element(
        "a",
        title(" · ".join(filter(None, (node.domain, state, calls)))),
        box(x, y, _WIDE, _HIGH, f"node node-{health}{cause}"),
        health_sign(health, x + 15.0, y + 17.0),
        label(x + 28.0, y + 21.5, fitted(node.domain, (room - 18.0) / 1.06), "node-id"),
        label(x + 10.0, y + 40.0, fitted(shown, room), "node-state"),
        label(x + 10.0, y + 57.0, fitted(calls, room), "node-text"),
        *_bar(node, x + 1.0, y + _HIGH - 6.0, most),
        href=f"/d/{quote(node.domain, safe='/=:')}",
        class_="node-link",
    )


def _state(node: NodeView, health: str, lang: str, unit: str = "lines") -> str:
    """Return the health as a word, and how many lines; a number is never shortened."""
    lines = say(lang, "line" if unit == "lines" and node.lines == 1 else unit, n=node.lines)
    return f"{say(lang, f'health-{health}')} · {lines}"


def _calls(node: NodeView, lang: str) -> str:
    """Return calls against what was expected, where they were counted, and the alarms."""
    said = []
    if node.observed or node.expected:
        expected = float(f"{node.expected:.2g}")
        said.append(say(lang, "calls-of", observed=node.observed, expected=expected))
    if node.alarms:
        said.append(say(lang, "alarm" if node.alarms == 1 else "alarms", n=node.alarms))
    return " · ".join(said)


def _bar(node: NodeView, x: float, y: float, most: int) -> Iterator[str]:
    """Yield the bar of calls; the longest of its layer fills its box."""
    if most and node.observed > 0:
        yield box(
            x,
            y,
            (_WIDE - 2.0) * min(node.observed / most, 1.0),
            5.0,
            f"node-bar bar-{known_health(node.health)}",
        )
