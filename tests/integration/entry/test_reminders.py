"""Reminders of drafts, from the schedule to the message, on moto."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from chalice.test import Client

from chalicelib import settings
from chalicelib.models.entry.codes import Code
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.storage.entry.draft_days import DraftDays
from tests.integration.conftest import Api, Clock
from tests.integration.entry.test_drafts import PHONE, Citizen, confirmation, draft
from tests.integration.partitions import may
from tests.integration.policy.drafts import policy
from tests.integration.queues import handled, taken
from tests.tables import rows

URL = "https://declare.example/tay-ninh"
Sent = list[tuple[str, str]]


class Schedule:
    """The function that the schedule starts, and the worker of the messages."""

    def __init__(self, lambdas: Client, clock: Clock) -> None:
        self._lambdas, self._clock = lambdas, clock

    def hands_over(self) -> list[str]:
        """Run once. Gives the events in the queue, which has none after that."""
        event = self._lambdas.events.generate_cw_event("aws.events", "Scheduled Event", {}, ["rule"])
        assert self._lambdas.lambda_.invoke("remind_drafts", event).payload is None
        return taken("declared")

    def delivers(self, *bodies: str) -> None:
        handled(self._lambdas, "notify_declared", *bodies)

    def runs(self) -> int:
        """Hand over and deliver. Gives the number of events."""
        bodies = self.hands_over()
        self.delivers(*bodies)
        return len(bodies)

    def runs_at(self, day: date, at: str) -> int:
        self._clock.now = datetime.combine(day, time.fromisoformat(at), self._clock.now.tzinfo)
        return self.runs()


@pytest.fixture(autouse=True)
def declare_url(aws: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DECLARE_URL", URL)
    settings.settings.cache_clear()


@pytest.fixture
def schedule(lambdas: Client, clock: Clock) -> Schedule:
    return Schedule(lambdas, clock)


@pytest.fixture
def citizen(api: Api) -> Citizen:
    return Citizen(api)


def days() -> list[str]:
    """The rows of the lists by day."""
    return [each["row"]["S"] for each in rows("drafts") if each["partition"]["S"].startswith("DAY#")]


def test_a_draft_is_reminded_of_once_an_hour_before_the_planned_time(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    saved = citizen.saves(draft(clock, 1, expected_time="09:30"))
    assert saved["trip"]["expected_time"] == "09:30"
    assert [schedule.runs_at(*at) for at in ((day - timedelta(days=1), "12:00"), (day, "08:29"))] == [0, 0]
    assert [schedule.runs_at(day, at) for at in ("08:30", "08:35", "09:30")] == [1, 0, 0]
    ((phone, text),) = sent
    assert (phone, text) == (
        PHONE,
        f"Tay Ninh: xac nhan to khai da luu, trong 1 gio truoc khi den chot: {URL}#{saved['id']}",
    )
    assert days() == []


def test_the_link_leads_to_a_draft_that_can_be_confirmed(
    citizen: Citizen, api: Api, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    citizen.saves(draft(clock, expected_time="09:30"))
    schedule.runs_at(day, "08:30")
    clock.advance(minutes=10)
    name = sent[0][1].partition("#")[2]
    answer = Citizen(api)("POST", f"/{name}/confirmation", confirmation(clock))
    assert answer.status_code == 201, answer.body


def test_without_a_planned_time_it_is_seven_in_the_morning(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    citizen.saves({**draft(clock), "language": "en"})
    assert [schedule.runs_at(day, at) for at in ("06:59", "07:00", "07:05")] == [0, 1, 0]
    assert sent[0][1].startswith("Tay Ninh: confirm your saved form")


@pytest.mark.parametrize(
    ("planned", "days_before", "early", "due"),
    [
        ("06:30", 0, "05:59", "06:00"),  # an hour before is within the quiet hours
        ("05:00", 0, "03:59", "04:00"),  # the trip is in these hours
        ("00:15", 1, "23:14", "23:15"),
        ("22:30", 0, "21:29", "21:30"),
        ("23:30", 0, "22:29", "22:30"),
    ],
)
def test_nobody_is_woken_unless_the_trip_is_at_night(
    planned: str, days_before: int, early: str, due: str, citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=3)
    citizen.saves(draft(clock, days=3, expected_time=planned))
    reminded_on = day - timedelta(days=days_before)
    assert [schedule.runs_at(reminded_on, at) for at in (early, due)] == [0, 1]
    assert len(sent) == 1


def test_a_draft_that_was_confirmed_or_deleted_or_moved_is_not_reminded_of(
    citizen: Citizen, api: Api, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    confirmed, deleted, moved = (citizen.saves(draft(clock, each, expected_time="09:30"))["id"] for each in range(3))
    clock.now = datetime.combine(day, time(8, 30), clock.now.tzinfo)
    bodies = schedule.hands_over()
    assert len(bodies) == 3
    # All of it happens while the events wait in the queue.
    citizen = Citizen(api)
    assert citizen("POST", f"/{confirmed}/confirmation", confirmation(clock)).status_code == 201
    assert citizen("DELETE", f"/{deleted}").status_code == 200
    changed = draft(clock, 2, days=1, expected_time="10:00")
    assert citizen("PUT", f"/{moved}", changed).status_code == 200
    schedule.delivers(*bodies)
    assert sent == []
    assert [schedule.runs_at(day + timedelta(days=1), at) for at in ("08:59", "09:00")] == [0, 1]
    assert [text.rpartition("#")[2] for _, text in sent] == [moved]


def test_a_draft_that_leaves_before_its_time_leaves_the_list(citizen: Citizen, clock: Clock) -> None:
    one, other = (citizen.saves(draft(clock, each, days=0))["id"] for each in range(2))
    assert len(days()) == 2
    assert citizen("PUT", f"/{one}", draft(clock, days=1, expected_time="10:00")).status_code == 200
    assert sorted(days()) == sorted([f"10:00#{one}", f"-#{other}"])
    assert citizen("DELETE", f"/{one}").status_code == 200
    assert citizen("POST", f"/{other}/confirmation", confirmation(clock, 1)).status_code == 201
    assert days() == []


def test_a_draft_that_is_saved_after_its_time_is_not_reminded_of(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    clock.now = clock.now.replace(hour=11)
    citizen.saves(draft(clock, days=0))
    citizen.saves(draft(clock, 1, days=0, expected_time="11:30"))
    clock.advance(minutes=5)
    assert (schedule.runs(), sent, days()) == (2, [], [])


def test_a_reminder_that_comes_too_late_is_not_sent(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    citizen.saves(draft(clock, expected_time="09:30"))
    citizen.saves(draft(clock, 1))
    clock.now = datetime.combine(day, time(8, 30), clock.now.tzinfo)
    planned, unplanned = schedule.hands_over()
    clock.now = clock.now.replace(hour=10, minute=30)
    schedule.delivers(planned)
    clock.now = clock.now.replace(hour=22, minute=0)
    schedule.delivers(unplanned)
    assert sent == []


def test_a_schedule_that_dies_between_its_two_calls_loses_none_and_repeats_none(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = clock().date() + timedelta(days=2)
    citizen.saves(draft(clock, expected_time="09:30"))

    def die(*_: Any) -> None:
        raise ServiceUnavailable

    with monkeypatch.context() as dying:
        dying.setattr(DraftDays, "remove", die)
        with pytest.raises(ServiceUnavailable):
            schedule.runs_at(day, "08:30")
    bodies = schedule.hands_over()
    assert len(bodies) == 2
    schedule.delivers(*bodies)
    assert len(sent) == 1


def test_a_draft_that_is_deleted_and_saved_again_is_reminded_of_once(
    citizen: Citizen, api: Api, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=1)
    first = citizen.saves(draft(clock, days=1, expected_time="15:00"))["id"]
    assert schedule.runs_at(day, "14:00") == 1
    clock.now = clock.now.replace(hour=13)
    citizen = Citizen(api)
    assert citizen("DELETE", f"/{first}").status_code == 200
    citizen.saves(draft(clock, days=0, expected_time="15:00"), Idempotency_Key="another-key-of-a-draft")
    assert (schedule.runs_at(day, "14:00"), len(sent)) == (1, 1)


def test_the_policy_says_when(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent, put_policy: Callable[..., Any]
) -> None:
    rules = {"minutes_before": 30, "at": "08:00", "quiet_from": "20:00", "quiet_until": "05:00"}
    assert put_policy(policy(reminders=rules)).status_code == 200
    day = clock().date() + timedelta(days=2)
    citizen.saves(draft(clock, expected_time="09:30"))
    citizen.saves(draft(clock, 1))
    assert [schedule.runs_at(day, at) for at in ("07:59", "08:00", "08:59", "09:00")] == [0, 1, 0, 1]


def test_more_than_a_run_takes_are_handed_over_in_the_next_runs(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = clock().date() + timedelta(days=2)
    for number in range(4):
        citizen.saves(draft(clock, number, expected_time="09:30"))
    monkeypatch.setattr("chalicelib.services.entry.reminders.MOST", 1)
    handed_over = [schedule.runs_at(day, f"08:{minute}") for minute in range(30, 50, 5)]
    assert (sum(handed_over), len(sent)) == (4, 4)


def test_who_wants_no_reminder_gets_none(
    citizen: Citizen, api: Api, schedule: Schedule, clock: Clock, sent: Sent
) -> None:
    day = clock().date() + timedelta(days=2)
    saved = citizen.saves({**draft(clock), "remind": False})
    assert saved["remind"] is False
    assert (schedule.runs_at(day, "07:00"), sent) == (1, [])


def test_a_stage_where_nobody_declares_sends_no_links(
    citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DECLARE_URL", "")
    settings.settings.cache_clear()
    day = clock().date() + timedelta(days=2)
    citizen.saves(draft(clock))
    assert (schedule.runs_at(day, "07:00"), sent) == (1, [])


@pytest.mark.parametrize("planned", ["7:30", "24:00", "07:30:00", "", 7])
def test_a_time_of_day_is_hours_and_minutes(citizen: Citizen, clock: Clock, planned: Any) -> None:
    answer = citizen("POST", "", draft(clock, expected_time=planned))
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json_body["errors"]] == [
        ("/trip/expected_time", "time_invalid")
    ]


def test_no_number_stands_in_the_queue_or_in_a_key(citizen: Citizen, schedule: Schedule, clock: Clock) -> None:
    citizen.saves(draft(clock, days=1, expected_time="09:30"))
    clock.now = datetime.combine(clock().date() + timedelta(days=1), time(9), clock.now.tzinfo)
    bodies = schedule.hands_over()
    assert len(bodies) == 1
    assert not [each for each in bodies if PHONE[3:] in each]
    keys = [each[name]["S"] for each in rows("drafts") for name in ("partition", "row")]
    assert not [each for each in keys if PHONE[3:] in each]


def test_the_message_is_named_by_a_code(citizen: Citizen, schedule: Schedule, clock: Clock, sent: Sent) -> None:
    citizen.saves(draft(clock))
    schedule.runs_at(clock().date() + timedelta(days=2), "07:00")
    (row,) = [each for each in rows("messages") if each["event"]["S"] == "draft_due"]
    assert Code.parse(row["code"]["S"])
    assert row["outcome"]["S"] == "sent"


def test_the_schedule_may_read_the_lists_and_nothing_else() -> None:
    for right in ("dynamodb:Query", "dynamodb:BatchWriteItem"):
        assert may("remind-drafts", right, "drafts", "DAY#2021-07-24#0")
        assert not may("remind-drafts", right, "drafts", "PHONE#0")
    assert may("notify-declared", "dynamodb:Query", "drafts", "PHONE#0")
    assert not may("notify-declared", "dynamodb:Query", "drafts", "PERSON#0")
