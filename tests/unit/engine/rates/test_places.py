"""The failure domains as the rates see them."""

from correlator.engine.rates.places import primary_parents
from tests.builders import cards, index_of, network


def test_the_primary_parent_is_the_smallest_domain_above() -> None:
    parents = primary_parents(network())
    name = network().name
    assert {name(int(parents[index_of(card)])) for card in cards()} == {
        f"DSL-{d}" for d in range(1, 6)
    }
    assert name(int(parents[index_of("DSL-1")])) == "AGG-1"
    assert name(int(parents[index_of("DSL-5")])) == "*"
    assert name(int(parents[index_of("*")])) == "*"
