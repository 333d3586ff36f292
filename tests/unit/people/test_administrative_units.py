"""Administrative units, by the codes of the official lists."""

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.data import read_text
from chalicelib.models.people.administrative_units import LIST_VERSIONS, Unit, exists, find, lineage, units
from chalicelib.models.people.errors import UnknownListVersion
from chalicelib.models.people.province import province


def listed(list_version: str) -> dict[str, Unit]:
    """The whole list, read line by line."""
    lines = read_text("units", f"{list_version}.tsv").splitlines()
    return {line.split("\t")[0]: Unit(*line.split("\t")) for line in lines}


@pytest.mark.parametrize("version", LIST_VERSIONS)
def test_every_unit_of_a_list_is_found(version: str) -> None:
    expected = listed(version)
    assert {code: find(version, code) for code in expected} == expected == units(version)


@pytest.mark.parametrize("version", LIST_VERSIONS)
def test_no_other_code_is_found(version: str) -> None:
    expected = listed(version)
    unknown = {f"{number:0{digits}}" for digits in range(1, 6) for number in range(10**digits)} - expected.keys()
    assert not [code for code in unknown if exists(version, code)]


@pytest.mark.parametrize(
    "code", ["", "7", "7\t", "72\t", "\n72", "2548", "254800", "25480\n", "Tỉnh", "٧٢", "²⁵", "\udcff"]
)
def test_a_text_that_is_no_code_is_not_found(code: str) -> None:
    assert not [version for version in LIST_VERSIONS if exists(version, code)]


@given(st.text())
def test_any_text_is_found_if_the_list_has_it(code: str) -> None:
    assert [find(version, code) for version in LIST_VERSIONS] == [units(version).get(code) for version in LIST_VERSIONS]


def test_units_lie_in_each_other() -> None:
    assert [unit.code for unit in lineage("2021", "25480")] == ["25480", "703", "72"]
    assert not list(lineage("2021", "99999"))


def test_a_list_that_does_not_exist_has_no_units() -> None:
    assert not exists("1999", "72")
    for ask in (units, lambda version: find(version, "72"), lambda version: list(lineage(version, "72"))):
        with pytest.raises(UnknownListVersion):
            ask("1999")


def test_the_communes_of_a_province_are_those_it_contains() -> None:
    tay_ninh = province("tay-ninh")
    assert tay_ninh.communes() == [code for code in units("2021") if tay_ninh.contains(code)]
    assert len(tay_ninh.communes()) == 94


def test_a_thousand_unknown_codes_cost_little() -> None:
    find("2021", "72")
    started = process_time()
    assert not [number for number in range(1000) if exists("2021", f"{90_000 + number}")]
    assert process_time() - started < 0.15
