"""Lists in pages."""

import pytest

from chalicelib.models.errors import InvalidInput
from chalicelib.services.pages import page_of

NAMES = [f"name {number}" for number in range(7)]


def pages(limit: int) -> list[list[str]]:
    found, cursor = [], None
    while True:
        page = page_of(NAMES, cursor=cursor, limit=limit, name_of=str)
        found.append(list(page.items))
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", range(1, 9))
def test_pages_have_each_entry_once_in_order_and_none_is_empty(limit: int) -> None:
    found = pages(limit)
    assert [each for page in found for each in page] == NAMES
    assert all(0 < len(page) <= limit for page in found)


def test_an_empty_list_is_one_page() -> None:
    assert page_of([], cursor=None, limit=5, name_of=str) == ([], None)


def test_a_page_goes_on_after_the_same_entry_whatever_came_before_it_meanwhile() -> None:
    cursor = page_of(NAMES, cursor=None, limit=3, name_of=str).cursor
    later = ["new", *NAMES]
    assert page_of(later, cursor=cursor, limit=2, name_of=str).items == ["name 3", "name 4"]


@pytest.mark.parametrize("cursor", ["", "name 2", "0" * 24])
def test_a_cursor_of_no_entry_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        page_of(NAMES, cursor=cursor, limit=3, name_of=str)
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/cursor", "cursor_unknown")]


def test_a_cursor_says_nothing_of_the_entry() -> None:
    cursor = page_of(["An", "Bình"], cursor=None, limit=1, name_of=str).cursor
    assert cursor is not None
    assert "An" not in cursor
