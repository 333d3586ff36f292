"""The province as it ships."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from chalicelib.data import read_bytes
from chalicelib.models.messaging.messages import Channel
from chalicelib.models.people.administrative_units import LIST_VERSIONS, children, units
from chalicelib.models.people.consents import ConsentText, consent_texts
from chalicelib.models.people.province import province

PROVINCES = [each.name for each in Path("chalicelib/data/provinces").iterdir() if each.is_dir()]


def test_tay_ninh_had_94_communes_in_2021_and_has_96_since_2025() -> None:
    assert province("tay-ninh").contains("25480")
    assert not province("tay-ninh").contains("703")
    communes = [unit for district in children("2021", "72") for unit in children("2021", district.code)]
    assert len(communes) == 94
    assert len(children("2025", "80")) == 96
    assert [len(children(version, "")) for version in LIST_VERSIONS] == [63, 34]


def test_the_consent_text_is_there_in_both_languages() -> None:
    current = consent_texts("tay-ninh")[-1]
    assert current.text.vi
    assert current.text.en


@pytest.mark.parametrize(
    ("phone", "texted"),
    [
        ("+84912345678", True),
        ("+85512345678", True),
        ("+447911123456", False),
        ("+8613812345678", False),
        ("+85620123456", False),
    ],
)
def test_tay_ninh_texts_vietnam_and_cambodia_alone(phone: str, texted: bool) -> None:
    assert province("tay-ninh").texts(phone) is texted


def test_each_consent_text_has_a_version_of_its_own() -> None:
    versions = [text.version for text in consent_texts("tay-ninh")]
    assert versions == sorted(set(versions))


@pytest.mark.parametrize("name", PROVINCES)
def test_the_shipped_consent_texts_are_valid(name: str) -> None:
    assert TypeAdapter(list[ConsentText]).validate_json(read_bytes("provinces", name, "consent.json")) == consent_texts(
        name
    )


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
