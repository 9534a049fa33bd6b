"""Small signs. What differs in colour differs in shape first."""

from __future__ import annotations

from correlator.web.svg.markup import coordinate, element, line

_HEALTH = frozenset({"failing", "calling", "healthy", "works", "unknown"})


def polygon(points: tuple[tuple[float, float], ...], class_: str) -> str:
    """Return a closed outline."""
    written = " ".join(f"{coordinate(x)},{coordinate(y)}" for x, y in points)
    return element("polygon", points=written, class_=class_)


def dot(x: float, y: float, radius: float, class_: str, *content: str) -> str:
    """Return a circle."""
    at = {"cx": float(x), "cy": float(y), "r": float(radius)}
    return element("circle", *content, **at, class_=class_)


def known_health(health: str) -> str:
    """Return the health, or `unknown` for a word of another version."""
    return health if health in _HEALTH else "unknown"


def health_sign(health: str, x: float, y: float) -> str:
    """Return a disc, diamond, ring, hatched square or dashed ring, centred."""
    if health == "calling":
        return polygon(((x, y - 6), (x + 6, y), (x, y + 6), (x - 6, y)), "sign sign-calling")
    if health == "works":
        corners = ((x - 5, y - 5), (x + 5, y - 5), (x + 5, y + 5), (x - 5, y + 5))
        return polygon(corners, "sign sign-works") + line(x - 5, y + 5, x + 5, y - 5, "sign-works")
    return dot(x, y, 5.0, f"sign sign-{health}")


def mark_sign(kind: str, x: float, y: float) -> str:
    """Return a flag for a promise, a disc for what the engine saw, a triangle for people."""
    if kind == "promise":
        pole = line(x, y - 7, x, y + 7, "pole")
        return pole + polygon(((x, y - 7), (x + 10, y - 3.5), (x, y)), "sign mark-promise")
    if kind == "step":
        return dot(x, y, 4.0, "sign mark-step")
    return polygon(((x, y - 6), (x + 6, y + 5), (x - 6, y + 5)), "sign mark-people")
