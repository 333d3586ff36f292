"""The passes on each page of a slip, and the steps that all of a page share."""

from collections.abc import Sequence
from typing import NamedTuple

from chalicelib.models.entry.records import HeldPass

ON_A_PAGE = 6


class PassesOfPage(NamedTuple):
    """Passes of one declaration on one page.

    `instructions` are the ids of the steps that all of them have. `some_have_more`: other steps are not printed,
    because a page of the family must not reveal the health of one person.
    """

    passes: Sequence[HeldPass]
    instructions: Sequence[str]
    some_have_more: bool


def pages_of(passes: Sequence[HeldPass]) -> list[PassesOfPage]:
    """The pages, in the order of the passes."""
    return [_page(passes[start : start + ON_A_PAGE]) for start in range(0, len(passes), ON_A_PAGE)]


def _page(passes: Sequence[HeldPass]) -> PassesOfPage:
    steps = [each.instructions for each in passes]
    shared = [name for name in steps[0] if all(name in each for each in steps)]
    return PassesOfPage(passes, shared, any(len(each) > len(shared) for each in steps))
