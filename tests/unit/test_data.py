"""The data that ships: whole, and in step with the code."""

import json
import string
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import walk_packages
from unittest.mock import MagicMock

from chalicelib import models
from chalicelib.data import read_bytes, read_text, with_words, words
from chalicelib.http.problems import PYDANTIC_CODES, error_words
from chalicelib.models.entry.codes import Code
from chalicelib.models.errors import DomainError
from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.people.administrative_units import LIST_VERSIONS, children, units
from chalicelib.models.people.province import consent_texts, province
from chalicelib.models.policy.policies import Policy

GSM_7 = set(string.ascii_letters + string.digits + "@ \n!\"#$%&'()*+,-./:;<=>?_")
"""The part of the GSM 7-bit default alphabet (3GPP TS 23.038) that our texts use."""


def all_errors(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from all_errors(child)


def import_errors() -> None:
    for module in walk_packages(models.__path__, "chalicelib.models."):
        if module.name.endswith(".errors"):
            import_module(module.name)


def test_every_error_has_words_in_both_languages() -> None:
    import_errors()
    for code in {error.code for error in all_errors()} | set(PYDANTIC_CODES.values()):
        for part in ("title", "detail"):
            assert set(error_words()[code][part]) == {"vi", "en"}, code


def test_an_error_has_its_words_where_its_capability_has_them() -> None:
    import_errors()
    for error in all_errors():
        _, _, *capability, _ = error.__module__.split(".")
        assert error.code in words(*capability or ["http"])["errors"], error


def test_a_code_has_its_words_once() -> None:
    codes = Counter(code for capability in with_words() for code in words(capability)["errors"])
    assert [code for code, number in codes.items() if number > 1] == []


def test_an_error_describes_its_members() -> None:
    import_errors()
    described = []
    for error in all_errors():
        wanted = [each for each in signature(error).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        assert error(*(MagicMock() for _ in wanted)).members.keys() == error.member_schemas.keys(), error
        assert all(schema["description"] for schema in error.member_schemas.values()), error
        described += [*error.member_schemas]
    assert len(described) == len(set(described)) >= 6


def test_every_code_has_the_status_of_an_error() -> None:
    for code, text in error_words().items():
        assert 400 <= text["status"] < 600, code


def test_the_words_of_both_languages_have_the_same_placeholders() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for code, text in error_words().items():
        for part in ("title", "detail"):
            assert names(text[part]["vi"]) == names(text[part]["en"]), code


def test_the_policy_that_ships_is_whole() -> None:
    policy = Policy.model_validate_json(read_bytes("provinces", "tay-ninh", "policy.json"))
    for instruction in policy.instructions.values():
        assert set(instruction.sms) <= GSM_7
    assert all(area.unit in units(policy.units_list) for area in policy.areas if area.unit)


def test_the_message_of_a_declaration_is_one_part_even_with_the_longest_address() -> None:
    texts = json.loads(read_text("provinces", "tay-ninh", "messages.json"))
    code = Code.of(2**65 - 1, 1023)
    address = "https://abcdefghij.execute-api.ap-southeast-1.amazonaws.com/api"
    text = texts["declared"].format(code=code.shown, ends="23:59 31/12", link=f"{address}/v1/passes/{code}/qr.png")
    assert len(text) <= SMS_LENGTH
    assert set(text) <= GSM_7


def test_the_message_of_a_revocation_is_one_part() -> None:
    texts = json.loads(read_text("provinces", "tay-ninh", "messages.json"))
    text = texts["revoked"].format(group="0000", hotline=province("tay-ninh").hotline)
    assert len(text) <= SMS_LENGTH
    assert set(text) <= GSM_7


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


def test_no_two_errors_have_the_same_code() -> None:
    import_errors()
    codes = [each.code for each in all_errors()]
    assert len(codes) == len(set(codes))


def test_countries_are_iso_3166() -> None:
    codes = read_text("countries.txt").split()
    assert len(codes) == 249
    assert {"VN", "KH", "LA"} <= set(codes)
