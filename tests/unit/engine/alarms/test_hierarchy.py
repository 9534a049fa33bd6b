"""Who alarms with whom, and what that says of what is above them, or cannot alarm."""

from functools import cache

from correlator.engine.alarms import CHILD_WINDOW, AlarmBook, AlarmHierarchy, Relations
from tests.builders import alarm, index_of, load, network
from topology import Topology

CARDS, PORTS, LINES = 4, 4, 10
OWN = 8.0  # nats, of a domain's own alarm


@cache
def fibre() -> Topology:
    """Return an OLT of four cards with four ports. The cable C1 feeds the cabinet K1, on card 1.

    Every port of card 1 has half of its lines on that cable.
    """
    cards = [f"OLT/{card}" for card in range(1, CARDS + 1)]
    ports = [f"{card}.{port}" for card in cards for port in range(1, PORTS + 1)]
    customers = [
        (f"{port}:{line}", f"{port} K1" if port.startswith("OLT/1") and line % 2 else port, "1")
        for port in ports
        for line in range(LINES)
    ]
    return load(
        [
            ("OLT", "olt"), ("FAR", "olt"), ("C1", "cable"), ("K1", "cabinet"),
            *((card, "line-card") for card in cards), *((port, "pon-port") for port in ports),
        ],
        [
            ("K1", "C1", ""),
            *((card, "OLT", "") for card in cards),
            *((port, port.split(".")[0], "") for port in ports),
        ],
        customers,
    )  # fmt: skip


def place(name: str) -> int:
    return index_of(name, fibre())


def heard() -> AlarmBook:
    """Return what knows by sixty old alarms that OLTs, cards and ports alarm, and nothing else."""
    book = AlarmBook(fibre())
    for n in range(60):
        where = ("FAR", "OLT/4", "OLT/4.4")[n % 3]
        for state in ("raised", "cleared"):
            book.take(alarm(where, n, id=f"old-{n}", state=state), place(where), n / 10)
    return book


def said(book: AlarmBook, where: str, own: float = 0.0) -> float:
    now = 100.0
    hierarchy = AlarmHierarchy(fibre(), Relations(fibre()), book, book.types)
    return hierarchy.log_odds(place(where), own, now - CHILD_WINDOW, now)


def raise_on(book: AlarmBook, *places: str) -> None:
    for where in places:
        book.take(alarm(where, 90), place(where), 99.9)


PORTS_OF_CARD_1 = [f"OLT/1.{port}" for port in range(1, PORTS + 1)]


def test_a_cable_above_a_cabinet_is_seen_through_the_ports_that_share_its_customers() -> None:
    book = heard()
    assert said(book, "C1") == 0.0
    raise_on(book, *PORTS_OF_CARD_1)
    assert said(book, "C1") > 3.0


def test_a_passive_cabinet_is_seen_the_same_way() -> None:
    book = heard()
    raise_on(book, *PORTS_OF_CARD_1)
    assert said(book, "K1") > 3.0


def test_what_alarms_below_a_card_follows_from_its_olt_too_if_that_has_alarmed() -> None:
    book = heard()
    raise_on(book, "OLT", "OLT/1", *PORTS_OF_CARD_1)
    assert said(book, "OLT", OWN) > said(book, "OLT/1", OWN)


def test_ports_speak_for_their_card_while_the_olt_is_silent() -> None:
    book = heard()
    raise_on(book, "OLT/1", *PORTS_OF_CARD_1)
    assert said(book, "OLT/1", OWN) > said(book, "OLT")


def test_children_that_alarm_together_speak_for_their_parent() -> None:
    book, parent = AlarmBook(network()), index_of("DSL-1")
    hierarchy, weights = AlarmHierarchy(network(), Relations(network()), book, book.types), []
    for c in range(1, 7):
        book.take(alarm(f"DSL-1/C{c}", c), index_of(f"DSL-1/C{c}"), 1.0)
        weights.append(hierarchy.children_weight(parent, 0.5, 1.0))
    assert weights[0] == 0.0
    assert weights[1:] == sorted(weights[1:])
    assert weights[-1] > 3.0
