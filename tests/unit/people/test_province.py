"""The province as it ships."""

import json

import pytest
from pydantic import ValidationError

from chalicelib.models.people.administrative_units import LIST_VERSIONS, children
from chalicelib.models.people.province import Province, consent_texts, province


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


@pytest.mark.parametrize("code", ["+84", "084", "", "8444"])
def test_a_country_is_named_as_its_numbers_begin(code: str) -> None:
    shipped = json.loads(province("tay-ninh").model_dump_json())
    with pytest.raises(ValidationError):
        Province.model_validate({**shipped, "texted_countries": [code]})


def test_each_consent_text_has_a_version_of_its_own() -> None:
    versions = [text.version for text in consent_texts("tay-ninh")]
    assert versions == sorted(set(versions))
