"""What is shipped of each province."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.messaging.messages import Channel
from chalicelib.models.people.administrative_units import units
from chalicelib.models.people.province import province

PROVINCES = [each.name for each in Path("chalicelib/data/provinces").iterdir() if each.is_dir()]


@pytest.mark.parametrize("name", PROVINCES)
def test_the_data_of_a_province_is_whole(name: str) -> None:
    own = province(name)
    assert len(own.code) == 2
    assert own.code in units(own.units_list)
    assert re.fullmatch("[A-Z]{2}", own.pass_issuer)
    assert ZoneInfo(own.time_zone)
    assert re.fullmatch("[0-9]{3,15}", own.hotline.dialled)
    assert own.hotline.shown
    assert own.hotline.hours.vi
    assert own.hotline.hours.en
    assert own.texted_countries
    assert all(re.fullmatch("[1-9][0-9]{0,2}", each) for each in own.texted_countries)
    assert own.prices.keys() == {each.value for each in Channel}
    assert all(price > 0 for price in own.prices.values())
    assert own.texts_to_a_phone > 0
    assert own.second_officer_above >= 0
