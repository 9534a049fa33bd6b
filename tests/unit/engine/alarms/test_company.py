"""Which kinds of alarms come with others, and which equipment only flaps."""

import pytest

from correlator.engine.alarms import Standing
from correlator.engine.alarms.company import AlarmCompany
from correlator.engine.alarms.relations import Relations
from correlator.engine.state import dump as dump_state
from correlator.engine.state import load as load_state
from correlator.model import DAY, MINUTE
from tests.builders import at, index_of, network


def made() -> AlarmCompany:
    return AlarmCompany(network().type_names, Relations(network()))


def raised(
    where: str, minute: float, cause: str = "ÉNERGIE-17", severity: str = "major"
) -> Standing:
    return Standing(
        f"{where}@{minute:g}", index_of(where), cause, severity, at(minute), at(minute), minute / 60
    )


def outages(company: AlarmCompany, count: int, cause: str = "ÉNERGIE-17") -> None:
    """Have two cards and their DSLAM alarm together, each time others."""
    for n in range(count):
        node, card = f"DSL-{n % 5 + 1}", n // 5 % 5 + 1
        for part, where in enumerate((node, f"{node}/C{card}", f"{node}/C{card + 1}")):
            company.tells(raised(where, n * 2000 + part / 10, cause))


def loners(company: AlarmCompany, count: int, cause: str = "ÉNERGIE-17") -> None:
    for n in range(count):
        company.tells(raised(f"DSL-{n % 5 + 1}/C{n // 5 % 6 + 1}", 10 * n - 40_000, cause))


def test_a_kind_that_nobody_knows_tells_nothing() -> None:
    assert not made().tells(raised("DSL-1", 0))


@pytest.mark.parametrize("cause", ["ÉNERGIE-17", "lossOfSignal", ""])
def test_a_kind_that_comes_with_others_tells_of_a_failure(cause: str) -> None:
    company = made()
    outages(company, 5, cause)
    assert company.tells(raised("DSL-2/C6", 20_000, cause))


def test_a_kind_that_mostly_comes_alone_tells_nothing() -> None:
    company = made()
    loners(company, 40)
    outages(company, 3)
    assert not company.tells(raised("DSL-2/C6", 20_000))


def test_each_type_cause_and_severity_is_a_kind_of_its_own() -> None:
    company = made()
    outages(company, 5)
    assert not company.tells(raised("DSL-2/C6", 20_000, "LÜFTER"))
    assert not company.tells(raised("DSL-2/C6", 20_010, severity="minor"))
    assert not company.tells(raised("AGG-1", 20_020))


def test_alarms_at_once_on_unrelated_equipment_are_no_company() -> None:
    company = made()
    for n in range(5):
        for part, node in enumerate(("DSL-1", "DSL-3", "DSL-4")):
            company.tells(raised(f"{node}/C{n + 1}", n * 2000 + part / 10))
    assert not company.tells(raised("DSL-2/C6", 20_000))


def test_related_equipment_minutes_apart_is_no_company() -> None:
    company = made()
    for n in range(5):
        company.tells(raised("DSL-1", n * 2000))
        company.tells(raised(f"DSL-1/C{n + 1}", n * 2000 + 2.5))
    assert not company.tells(raised("DSL-2/C6", 20_000))


def test_what_comes_for_the_third_time_in_a_day_flaps() -> None:
    company = made()
    outages(company, 5)
    told = [company.tells(raised("DSL-2/C6", 20_000 + 60 * n)) for n in range(4)]
    assert told == [True, True, False, False]
    assert company.tells(raised("DSL-2/C6", 20_180 + DAY / MINUTE + 1))


def test_what_flaps_is_not_counted_as_coming_alone() -> None:
    company = made()
    outages(company, 5)
    for n in range(200):
        company.tells(raised("DSL-2/C6", 20_000 + 5 * n))
    assert company.tells(raised("DSL-3/C6", 22_000))


def test_what_was_learned_fades_behind_what_comes_now() -> None:
    company = made()
    for n in range(600):
        company.tells(raised(f"DSL-{n % 5 + 1}", n * 2000))
        company.tells(raised(f"DSL-{n % 5 + 1}/C{n // 5 % 6 + 1}", n * 2000 + 0.1))
    for n in range(1200):
        company.tells(raised(f"DSL-{n % 5 + 1}/C{n // 5 % 6 + 1}", 1_300_000 + 50 * n))
    assert not company.tells(raised("DSL-2/C6", 2_000_000))


def test_a_snapshot_keeps_all_and_another_inventory_what_was_learned() -> None:
    company, heir, elsewhere = (made() for _ in range(3))
    outages(company, 5)
    for n in range(2):
        company.tells(raised("DSL-2/C6", 20_000 + n))
    state = dump_state(company.state())
    heir.restore(load_state(state))
    elsewhere.carry_over(load_state(state))
    assert not heir.tells(raised("DSL-2/C6", 20_010))  # it flaps
    assert elsewhere.tells(raised("DSL-2/C6", 20_010))


def test_what_has_not_come_again_is_forgotten() -> None:
    company = made()
    company.tells(raised("DSL-1", 0))
    company.tells(raised("DSL-2", 100))
    company.forget(at(50))
    (kept,) = company.state()["raised"].values()
    assert kept == [at(100)]
