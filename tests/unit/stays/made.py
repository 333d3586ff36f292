"""Stays, and the facts beside them, made for tests."""

from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.models.entry.codes import Code
from chalicelib.models.people.health import Symptom
from chalicelib.models.people.places import UnitReference
from chalicelib.models.policy.policies import WatchPlace
from chalicelib.models.stays.arrivals import Arrival, ArrivalOutcome
from chalicelib.models.stays.changes import Change, ChangeKind
from chalicelib.models.stays.reports import Report
from chalicelib.models.stays.stays import Stay, StayPerson

DAY = date(2021, 7, 22)
CODE = Code.of(7, 0)


def unit(code: str = "25480") -> UnitReference:
    return UnitReference(list_version="2021", code=code)


def made(now: datetime, code: Code = CODE, begins_on: date = DAY, **changes: Any) -> Stay:
    return Stay(
        **{
            "code": str(code),
            "person": StayPerson(full_name="Nguyễn Văn Thử", birth_year=1990, phone="+84912345678"),
            "unit": unit(),
            "address": "Tổ 3",
            "begins_on": begins_on,
            "until": begins_on + timedelta(days=13),
            "place": WatchPlace.HOME,
            "report_daily": True,
            "tests_on": [begins_on, begins_on + timedelta(days=6), begins_on + timedelta(days=13)],
            "policy_version": "1",
            "opened_at": now,
            "hashed": "a" * 32,
            **changes,
        }
    )


def arrival(now: datetime, outcome: ArrivalOutcome = ArrivalOutcome.CONFIRMED, changes: int = 0) -> Arrival:
    return Arrival(outcome=outcome, changes=changes, recorded_at=now, recorded_by="commune-1")


def change(now: datetime, kind: ChangeKind, reason: str = "x", **members: Any) -> Change:
    return Change(kind=kind, reason=reason, recorded_at=now, recorded_by="commune-1", **members)


def report(now: datetime, day: date = DAY, symptoms: tuple[Symptom, ...] = ()) -> Report:
    return Report(day=day, symptoms=list(symptoms), reported_at=now)
