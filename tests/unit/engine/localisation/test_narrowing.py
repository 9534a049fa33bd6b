"""Who within a wide cause really calls: what has no share of its own is none."""

import pytest

from correlator.model import DAY, MINUTE
from tests.builders import Desk, calls, load, ordinary, spread
from topology import Topology


def shared() -> Topology:
    """Return 1,500 lines, two in five of which have both platforms: siblings with one customer."""
    nodes = [f"DSL-{n}" for n in range(1, 31)]
    return load(
        [
            ("SVC-1", "service-platform"),
            ("SVC-2", "service-platform"),
            *((n, "dslam") for n in nodes),
        ],
        [],
        [
            (f"{node}:{n}", f"{node} SVC-1 SVC-2" if n % 5 < 2 else node, "9.0")
            for node in nodes
            for n in range(50)
        ],
    )


@pytest.mark.parametrize("every", [0.2, 1.0])
def test_siblings_that_share_their_customers_are_no_neighbours(every: float) -> None:
    """Each of their callers would count twice, and the others be fewer than nobody."""
    inventory = shared()
    everyone = list(inventory.customers_under(inventory.domain_count - 1))
    both = [one for one in everyone if int(one.split(":")[1]) % 5 < 2]
    days = ordinary(-2 * DAY // MINUTE, 0, everyone)
    struck = calls(spread(both, 60), 0, every, ("no-internet", "slow"))
    desk = Desk(inventory=inventory).feed(days, struck).until(60 * every + 5)
    assert desk.announced() != []
    assert not any("SVC-1+" in one.domain for one in desk.announced())
