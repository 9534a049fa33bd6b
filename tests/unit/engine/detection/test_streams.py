"""The rows: which rule watches which domain, and rows for what nobody has named."""

from correlator.engine.detection.streams import ANY_SYMPTOM, Streams, rule_types
from tests.builders import NEW, catalog, index_of, network


def test_there_is_a_row_per_rule_and_domain_it_is_about() -> None:
    streams = Streams(network(), catalog())
    names = [rule.id for rule in catalog().rules]
    rows = {
        (names[r], network().name(d)) for d, r in zip(streams.domain, streams.rule, strict=True)
    }
    assert ("access-line-card", "DSL-1/C1") in rows
    assert ("access-node", "DSL-1") in rows
    assert ("cpe-firmware", f"cpe_firmware={NEW}") in rows
    assert ("outside-network", "*") in rows
    assert ("access-line-card", "DSL-1") not in rows
    assert (streams.symptom == ANY_SYMPTOM).all()


def test_every_equipment_type_is_some_rules_business() -> None:
    types = frozenset(network().types)
    assert frozenset().union(*rule_types(catalog(), types)) == types


def test_rows_for_a_trouble_without_a_name_are_made_once() -> None:
    streams = Streams(network(), catalog())
    before, place = len(streams), (index_of("DSL-1"), index_of("DSL-1/C1"))
    first = streams.unnamed_rows(place, 40, "purple-picture")
    second = streams.unnamed_rows(place, 40, "purple-picture")
    assert first.tolist() == second.tolist()
    assert len(streams) == before + len(first)
