"""Looks that processes have written down: added within an hour, and begun again with the next."""

from datetime import timedelta

from chalicelib.services.staff.ports import LookCounts
from chalicelib.storage.staff import looks as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes import staff as fakes

HOUR = NOW.replace(minute=0, second=0, microsecond=0)


def test_looks_add_up_within_an_hour_and_for_one_member_of_staff(database: Database | None) -> None:
    counts: LookCounts = fakes.LookCounts() if database is None else storage.LookCounts(database.reference)
    assert [counts.add("guard", HOUR, looks) for looks in (20, 20, 7)] == [20, 40, 47]
    assert counts.add("another", HOUR, 20) == 20
    later = HOUR + timedelta(hours=1)
    assert [counts.add("guard", later, looks) for looks in (20, 20)] == [20, 40]
