"""The public id of an incident."""

from correlator.engine.incidents import incident_id
from tests.builders import at


def test_an_id_is_the_utc_day_and_a_hash_of_trigger_and_domain() -> None:
    one = incident_id(at(0), "e1", "DSL-1")
    assert one.startswith("GI-20260303-")
    assert len(one) == len("GI-20261122-7f3a91c2")
    assert one == incident_id(at(30), "e1", "DSL-1")
    assert one != incident_id(at(0), "e2", "DSL-1")
    assert one != incident_id(at(0), "e1", "DSL-2")
    assert incident_id(at(15 * 60) - 1, "e1", "DSL-1") == one  # 23:59:59.999 UTC
    assert incident_id(at(15 * 60), "e1", "DSL-1").startswith("GI-20260304-")
