"""What must hold of any drawing: well formed, inside its frame, no label over another."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from correlator.web.svg.lettering import width_of

SVG = "{http://www.w3.org/2000/svg}"


def parsed(markup: str) -> ET.Element:
    return ET.fromstring(markup)


def svg(markup: str) -> ET.Element:
    root = parsed(markup)
    found = root if root.tag == f"{SVG}svg" else root.find(f"{SVG}svg")
    assert found is not None
    return found


def words_of(markup: str) -> str:
    return " ".join(text.text or "" for text in svg(markup).iter(f"{SVG}text"))


def frame_of(drawn: ET.Element) -> tuple[float, float]:
    left, top, width, height = map(float, drawn.attrib["viewBox"].split())
    assert (left, top) == (0, 0)
    return width, height


def extents(one: ET.Element) -> Iterator[tuple[float, float, float, float]]:
    """Yield what an element covers: left, top, right, bottom."""
    numbers = {k: float(v) for k, v in one.attrib.items() if re.fullmatch(r"[xyr]\d?|c[xy]", k)}
    match one.tag.removeprefix(SVG):
        case "rect":
            x, y = numbers["x"], numbers["y"]
            yield x, y, x + float(one.attrib["width"]), y + float(one.attrib["height"])
        case "circle":
            x, y, r = (numbers[name] for name in ("cx", "cy", "r"))
            yield x - r, y - r, x + r, y + r
        case "line":
            across, down = (sorted(numbers[f"{axis}{n}"] for n in "12") for axis in "xy")
            yield across[0], down[0], across[1], down[1]
        case "text":
            width = width_of(one.text or "")
            back = {"start": 0.0, "middle": 0.5, "end": 1.0}[one.get("text-anchor", "start")]
            left = numbers["x"] - back * width
            yield left, numbers["y"] - 11, left + width, numbers["y"] + 3
        case "polygon":
            for pair in one.attrib["points"].split():
                x, y = map(float, pair.split(","))
                yield x, y, x, y
        case "path":
            for x, y in re.findall(r"[ML](\S+) ([\d.-]+)", one.attrib["d"]):
                yield float(x), float(y), float(x), float(y)


def check(markup: str) -> None:
    """What must hold of each picture."""
    drawn = svg(markup)
    width, height = frame_of(drawn)
    assert "style" not in markup
    assert "<script" not in markup
    for one in drawn.iter():
        for left, top, right, bottom in extents(one):
            assert -0.2 <= left <= right + 0.2 <= width + 0.4, ET.tostring(one)
            assert -0.2 <= top <= bottom + 0.2 <= height + 0.4, ET.tostring(one)


def overlapping(markup: str) -> list[tuple[str, str]]:
    """Return pairs of texts that cover each other."""
    texts = [(t.text or "", *next(extents(t))) for t in svg(markup).iter(f"{SVG}text")]
    return [
        (a[0], b[0])
        for n, a in enumerate(texts)
        for b in texts[n + 1 :]
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]
