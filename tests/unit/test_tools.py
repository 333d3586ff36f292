"""Tests that need a program are left out without it, and never where everything must be tested."""

import pytest

from tests.tools import program

ABSENT = "no-such-program-anywhere"


def test_a_machine_without_a_program_leaves_its_tests_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI_ALL", raising=False)
    with pytest.raises(pytest.skip.Exception, match=f"there is no {ABSENT}"):
        program(ABSENT)


def test_continuous_integration_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_ALL", "1")
    with pytest.raises(pytest.fail.Exception, match="everything must be tested"):
        program(ABSENT)


def test_any_of_several_names_will_do() -> None:
    assert program(ABSENT, "sh").endswith("/sh")
