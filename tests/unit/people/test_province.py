"""The province as it ships."""

from chalicelib.models.people.administrative_units import LIST_VERSIONS, children
from chalicelib.models.people.province import consent_texts, province


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


def test_each_consent_text_has_a_version_of_its_own() -> None:
    versions = [text.version for text in consent_texts("tay-ninh")]
    assert versions == sorted(set(versions))
