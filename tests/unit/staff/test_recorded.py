"""What every fact has that a member of staff recorded."""

from datetime import timedelta

import pytest

from chalicelib.models.staff.recorded import Recorded, recorded
from chalicelib.models.staff.roles import Principal, Role
from tests.forms import NOW

GUARD = Principal("guard", frozenset({Role.CHECKPOINT}), "Lê Văn Gác")


class Seen(Recorded):
    """A fact for these tests."""

    what: str = "bus"


def test_a_fact_names_the_member_of_staff_and_the_time() -> None:
    seen = Seen(**recorded(GUARD, NOW))
    assert (seen.recorded_at, seen.recorded_by, seen.recorded_by_name) == (NOW, "guard", "Lê Văn Gác")
    nameless = Principal("guard", GUARD.roles)
    assert Seen(**recorded(nameless, NOW)).recorded_by_name is None


def test_facts_that_differ_in_their_times_alone_say_the_same() -> None:
    first, later = (Seen(**recorded(GUARD, NOW + timedelta(hours=hours))) for hours in (0, 1))
    assert first != later
    assert first.says_the_same(later)
    assert later.says_the_same(first)
    assert first.says_the_same(first)


def test_a_name_that_was_written_meanwhile_does_not_make_another_fact_of_the_same_sent_again() -> None:
    first = Seen(**recorded(GUARD._replace(name=None), NOW))
    again = Seen(**recorded(GUARD, NOW + timedelta(minutes=1)))
    assert first.says_the_same(again)
    assert again.says_the_same(first)


@pytest.mark.parametrize("changes", [{"what": "car"}, {"recorded_by": "other"}])
def test_facts_that_differ_in_anything_else_do_not_say_the_same(changes: dict[str, str]) -> None:
    first = Seen(**recorded(GUARD, NOW))
    assert not first.says_the_same(first.model_copy(update=changes))
