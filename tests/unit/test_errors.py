"""Errors: each has a code of its own, words in Vietnamese and English at least, and members that are described."""

import string
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from inspect import Parameter, signature
from pkgutil import walk_packages
from typing import Any
from unittest.mock import MagicMock

from chalicelib import models
from chalicelib.data import with_words, words
from chalicelib.http.problems import PYDANTIC_CODES, error_words
from chalicelib.models.errors import DomainError
from chalicelib.models.people.languages import Language


def all_errors(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for child in kind.__subclasses__():
        yield child
        yield from all_errors(child)


def import_errors() -> None:
    for module in walk_packages(models.__path__, "chalicelib.models."):
        if module.name.endswith(".errors"):
            import_module(module.name)


def test_every_error_has_words_in_vietnamese_and_english() -> None:
    import_errors()
    for code in {error.code for error in all_errors()} | set(PYDANTIC_CODES.values()):
        for part in ("title", "detail"):
            assert {"vi", "en"} <= set(error_words()[code][part]) <= set(Language), code
        assert set(error_words()[code]["title"]) == set(error_words()[code]["detail"]), code


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
    described: dict[str, Any] = {}
    for error in all_errors():
        wanted = [each for each in signature(error).parameters.values() if each.kind is not Parameter.VAR_KEYWORD]
        assert error(*(MagicMock() for _ in wanted)).members.keys() == error.member_schemas.keys(), error
        assert all(schema["description"] for schema in error.member_schemas.values()), error
        for name, schema in error.member_schemas.items():
            assert described.setdefault(name, schema) == schema, (error, name)
    assert len(described) >= 6


def test_every_code_has_the_status_of_an_error() -> None:
    for code, text in error_words().items():
        assert 400 <= text["status"] < 600, code


def test_the_words_of_all_languages_have_the_same_placeholders() -> None:
    def names(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for code, text in error_words().items():
        for part in ("title", "detail"):
            assert all(names(each) == names(text[part]["vi"]) for each in text[part].values()), code


def test_no_two_errors_have_the_same_code() -> None:
    import_errors()
    codes = [each.code for each in all_errors()]
    assert len(codes) == len(set(codes))
