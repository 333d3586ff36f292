"""Commands that lose something ask first, all in the same way."""

import builtins
from argparse import ArgumentParser

import pytest

from infra.errors import CannotGoOn
from infra.operation import prompts
from infra.operation.prompts import add_yes, ask_secret, confirm


def answering(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> list[str]:
    """What the operator types; None: nobody is there. Returns the questions."""
    asked: list[str] = []

    def typed(question: str) -> str:
        asked.append(question)
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr(builtins, "input", typed)
    return asked


def test_the_name_of_the_stage_lets_it_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, " prod ")
    confirm("prod", "Everything goes.", yes=False)
    (question,) = asked
    assert question.startswith("Everything goes.\n")
    assert "prod" not in question  # it is typed by heart, not copied


@pytest.mark.parametrize("answer", ["", "yes", "sandbox", None])
def test_anything_else_does_not(answer: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, answer)
    with pytest.raises(CannotGoOn, match="Nothing was changed"):
        confirm("prod", "Everything goes.", yes=False)


def test_a_script_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, None)
    parser = ArgumentParser()
    add_yes(parser)
    confirm("prod", "Everything goes.", yes=parser.parse_args(["--yes"]).yes)
    assert asked == []


def test_where_nobody_can_type_a_secret_nothing_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(prompts, "getpass", nobody)
    with pytest.raises(CannotGoOn, match="Nothing was stored"):
        ask_secret("Password")
