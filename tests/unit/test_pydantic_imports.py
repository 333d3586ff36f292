"""Dataclasses whose methods are compiled late behave as usual ones."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.pydantic_imports import methods_made_late


def _attempt(call: Callable[[], object]) -> object:
    try:
        return call()
    except (AttributeError, TypeError) as error:
        return type(error)


def behaviour(how: dict[str, Any]) -> list[object]:
    @dataclasses.dataclass(**how)
    class Sample:
        number: int
        names: list[str] = dataclasses.field(default_factory=list)
        text: str = dataclasses.field(default="a", kw_only=True)
        derived: int = dataclasses.field(init=False, default=1)

        def __post_init__(self) -> None:
            object.__setattr__(self, "derived", self.number * 2)

    one, two = Sample(1, ["x"], text="b"), Sample(2)
    calls: list[Callable[[], object]] = [
        lambda: repr(one),
        lambda: one == two,
        lambda: one == Sample(1, ["x"], text="b"),
        lambda: one < two,  # type: ignore[operator] # only with `order`
        lambda: isinstance(hash(one), int),  # refused with fields that are compared: one is a list
        lambda: setattr(one, "number", 7),
        lambda: delattr(one, "text"),
        lambda: dataclasses.asdict(two),
        lambda: dataclasses.replace(two, number=5),
        lambda: Sample(1, surprise=2),  # type: ignore[call-arg] # the refusal is compared
        lambda: [each.name for each in dataclasses.fields(Sample)],
    ]
    return [_attempt(call) for call in calls]


@pytest.mark.parametrize(
    "how", [{}, {"frozen": True}, {"slots": True}, {"order": True}, {"frozen": True, "slots": True, "eq": False}]
)
def test_a_late_dataclass_behaves_as_a_usual_one(how: dict[str, Any]) -> None:
    usual = repr(behaviour(how))
    with methods_made_late():
        late = repr(behaviour(how))
    assert late == usual
    assert "exec" not in vars(dataclasses)
