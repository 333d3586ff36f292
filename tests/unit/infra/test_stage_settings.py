"""What pages learn of the stage that they run on."""

import pytest

from chalicelib.models.people.administrative_units import children
from chalicelib.models.people.province import province
from infra.deployment.pages import settings_of, tiles_of
from tests.unit.people.test_province import PROVINCES


def test_pages_know_the_sign_in_and_the_province() -> None:
    assert settings_of("tay-ninh", {"issuer": "https://issuer.example"}) == {
        "sign_in": {"issuer": "https://issuer.example"},
        "province": {
            "name": "Tỉnh Tây Ninh",
            "code": "72",
            "units_list": "2021",
            "pass_issuer": "TN",
            "hotline": "(0276) 1022",
            "tiles": tiles_of("tay-ninh"),
        },
    }


@pytest.mark.parametrize("name", PROVINCES)
def test_a_map_of_squares_has_each_district_once_and_none_covers_another(name: str) -> None:
    tiles, own = tiles_of(name), province(name)
    if tiles:
        assert {*tiles} == {each.code for each in children(own.units_list, own.code)}
    covered = [(half, top) for left, top in tiles.values() for half in (left, left + 1)]
    assert len({*covered}) == len(covered)


def test_a_province_without_squares_has_no_map() -> None:
    assert tiles_of("nowhere") == {}
