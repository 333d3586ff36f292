"""The person's side of a stay: the day, what to do, and the report of the day."""

from datetime import date, datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import PERMIT, Code
from chalicelib.models.entry.errors import PassSecretWrong
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.errors import FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.stays.errors import ReportDiffers, StayEnded, StayUnknown
from chalicelib.models.stays.reports import Report, ReportForm
from chalicelib.models.stays.stays import StayRecord
from chalicelib.services.entry.links import kind_of
from chalicelib.services.ports import Clock, KeyedHash
from chalicelib.services.stays.admissions import ATTEMPTS
from chalicelib.services.stays.ports import Stays


class Reported(NamedTuple):
    """The report on record. `repeated`: the same report was on record before."""

    report: Report
    repeated: bool


def open_stay(text: str, secret: str, *, stays: Stays, keyed_hash: KeyedHash) -> StayRecord:
    """The stay of the pass or permit with this code, if the secret belongs to one of its links.

    A permit's stay opens by the link of the message alone. Who asked for the permit, an employer, has the other link,
    and health answers are not for employers.

    Raises
    ------
    CodeMistyped
        The text cannot be a code.
    PassSecretWrong
        The secret belongs to no link of this code, or to the other link of a permit. Nothing was read.
    StayUnknown
        There is no stay.
    """
    code = Code.parse(text)
    link = kind_of(secret, code, keyed_hash)
    if code.person == PERMIT and link is not LinkKind.TEXT:
        raise PassSecretWrong
    record = stays.find(code)
    if record is None:
        raise StayUnknown(code=code.shown)
    return record


def report(text: str, secret: str, form: ReportForm, *, stays: Stays, keyed_hash: KeyedHash, clock: Clock) -> Reported:
    """Record the person's health, once for each day. The same report again gets the first answer.

    Raises
    ------
    ReportDiffers
        The day has a report with other content.
    StayEnded
        The stay is over.
    InvalidInput
        The day is before the stay, or in the future.

    And what `open_stay` raises.
    """
    for _ in range(ATTEMPTS):
        record, now = open_stay(text, secret, stays=stays, keyed_hash=keyed_hash), clock()
        made = report_of(form, record, at=now, today=now.date())
        if made is None:
            return Reported(record.reports[form.day], repeated=True)
        if stays.append(record, made):
            return Reported(made, repeated=False)
    raise ServiceUnavailable


def report_of(
    form: ReportForm,
    record: StayRecord,
    *,
    at: datetime,
    today: date,
    recorded_by: str | None = None,
    recorded_by_name: str | None = None,
) -> Report | None:
    """The report to append; None if the same is on record. Raises `ReportDiffers`, `StayEnded` and `InvalidInput`."""
    known = record.reports.get(form.day)
    if known is not None:
        if not known.is_of(form):
            raise ReportDiffers(known.model_dump(mode="json", exclude_none=True))
        return None
    if not record.is_running(today):
        raise StayEnded(until=record.until)
    require_day(form.day, record, today)
    return Report(**form.model_dump(), reported_at=at, recorded_by=recorded_by, recorded_by_name=recorded_by_name)


def require_day(day: date, record: StayRecord, today: date) -> None:
    """Raises `InvalidInput` for a day before the stay, or in the future."""
    if not record.stay.begins_on <= day <= today:
        params = {"begins_on": record.stay.begins_on, "today": today}
        raise InvalidInput([FieldProblem("/day", "day_not_of_the_stay", params)])
