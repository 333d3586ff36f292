"""The cases table while DynamoDB still has what has expired."""

from datetime import UTC, date, datetime, timedelta

from chalicelib.models.cases.cases import CASE, Case, CasePerson
from chalicelib.models.cases.works import OpenWork, Work, WorkKind
from chalicelib.models.entry.codes import Code
from chalicelib.storage.cases.cases import Cases
from tests.tables import by_botocore

NOW = datetime.now(UTC).replace(microsecond=0)
RETENTION = timedelta(days=180)
OFFICER = "officer"


def case(number: int, opened_at: datetime) -> Case:
    return Case(
        code=str(Code.of(number, CASE)),
        person=CasePerson(full_name="Nguyễn Văn Thử"),
        persons=[str(number) * 32],
        infectious_from=opened_at,
        infectious_until=opened_at,
        hops=2,
        communes=False,
        checkpoint_minutes=15,
        household_days=14,
        policy_version="1",
        opened_by=OFFICER,
        opened_at=opened_at,
    )


def test_expired_work_takes_no_place_among_what_is_due(aws: dict[str, str]) -> None:
    cases = Cases(by_botocore().cases, retention=RETENTION)
    due = []
    for number, opened_at in enumerate([NOW - RETENTION, NOW - RETENTION, NOW, NOW], 1):
        it = case(number, opened_at)
        due.append(OpenWork(OFFICER, date(2098, 1, number), it.code, it.persons[0]))
        work = Work(
            kind=WorkKind.ASSIGNED, officer=OFFICER, due_on=due[-1].due_on, recorded_by=OFFICER, recorded_at=NOW
        )
        assert cases.append_work(it, it.persons[0], 0, work, None, due[-1])
    assert cases.open_work(OFFICER, None, 1) == [due[2]]
    assert cases.open_work(OFFICER, None, 9) == due[2:]
