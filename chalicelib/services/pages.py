"""Lists in pages, where what is listed is read as a whole: some thousand entries at most."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Generic, NamedTuple, TypedDict, TypeVar

from chalicelib.models.errors import FieldProblem, InvalidInput

Item = TypeVar("Item")


class Ending(TypedDict):
    """Whether a list goes on after a page."""

    cursor: str | None
    complete: bool


class Page(NamedTuple, Generic[Item]):
    """Some entries of a list, in its order. `cursor` leads to those after them; None if there are none."""

    items: Sequence[Item]
    cursor: str | None

    @property
    def ending(self) -> Ending:
        """The members of an answer for the next page."""
        return {"cursor": self.cursor, "complete": self.cursor is None}


def page_of(items: Sequence[Item], *, cursor: str | None, limit: int, name_of: Callable[[Item], str]) -> Page[Item]:
    """The entries after the one that the cursor names, or the first ones.

    A cursor is the digest of an entry's name, so a URL does not reveal the name. Raises `InvalidInput`
    (`cursor_unknown`) if no entry has this name any more.
    """
    start = 0 if cursor is None else _place_after(cursor, [name_of(each) for each in items])
    end = start + limit
    return Page(items[start:end], _digest(name_of(items[end - 1])) if end < len(items) else None)


def cursor_unknown() -> InvalidInput:
    """The error for a cursor that leads nowhere."""
    return InvalidInput([FieldProblem("/cursor", "cursor_unknown")])


def _place_after(cursor: str, names: Sequence[str]) -> int:
    place = next((number for number, name in enumerate(names, 1) if _digest(name) == cursor), None)
    if place is None:
        raise cursor_unknown()
    return place


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:24]
