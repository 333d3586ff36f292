"""Reminders of drafts: what is handed over, and which notice it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.drafts import Draft
from chalicelib.models.entry.reminders import DraftDue
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import NOTICES, shipped_templates
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.policy.reminders import ReminderRules
from chalicelib.services.entry import reminders
from chalicelib.services.entry.drafts import DraftDesk, save_draft
from chalicelib.services.entry.reminders import ReminderDesk, ReminderSources, hand_over, notices_of_draft
from tests.unit.entry.test_drafts import draft_form
from tests.unit.fakes.entry import DraftDays, Drafts
from tests.unit.world import World

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LONGEST = "https://" + "x" * 48


@dataclass
class Stage:
    """Citizens with drafts, and the schedule. The clock stands at 14:00 on 22 July."""

    world: World
    drafts: Drafts = field(default_factory=Drafts)
    queue: list[DraftDue] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.days = DraftDays(self.drafts)

    def saves(self, key: str = "key", **trip: Any) -> Draft:
        form = draft_form(**trip)
        phone = self.world.keyed_hash.text(hashed.PHONE, str(form.traveller.phone))
        citizen = Citizen(phone)
        desk = DraftDesk(self.world.office(), self.drafts)
        return save_draft(form, citizen=citizen, idempotency_key=key, desk=desk).draft

    def desk(self) -> ReminderDesk:
        return ReminderDesk(self.days, ReminderRules, self.send, ZONE, self.world.clock)

    def send(self, due: Sequence[DraftDue]) -> None:
        self.queue += due

    def notices(self) -> list[Notice]:
        sources = ReminderSources(self.drafts.find, self.world.keyed_hash, LONGEST, ZONE)
        due, self.queue = self.queue, []
        return [each for one in due for each in notices_of_draft(one, sources=sources)]


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def test_what_is_due_is_handed_over_once_and_in_time(stage: Stage) -> None:
    kept = stage.saves(expected_time="15:30")
    stage.saves("another", expected_day="2021-07-23", expected_time="00:30")
    assert hand_over(desk=stage.desk()) == 0
    stage.world.clock.advance(minutes=30)
    assert [hand_over(desk=stage.desk()) for _ in range(2)] == [1, 0]
    assert [(each.subject, each.time) for each in stage.queue] == [(kept.id, "15:30")]
    stage.world.clock.advance(hours=9)
    assert hand_over(desk=stage.desk()) == 1


def test_the_notice_fits_its_templates_and_names_a_code(stage: Stage) -> None:
    kept = stage.saves(expected_time="15:30")
    stage.world.clock.advance(minutes=30)
    hand_over(desk=stage.desk())
    (notice,) = stage.notices()
    longest = NOTICES["draft_due"].longest
    assert notice.values.keys() == longest.keys()
    assert all(0 < len(value) <= longest[name] for name, value in notice.values.items())
    assert notice.values["link"].endswith(f"#{kept.id}")
    assert (Code.parse(notice.about).person >> 5, len(notice.tracking) <= 48) == (Code.parse(kept.id).person >> 5, True)
    assert len(shipped_templates("tay-ninh").compose(notice).text) <= 160
    assert notice.useful_until == stage.world.clock() + timedelta(hours=2)


def test_the_key_is_of_the_phone_the_day_and_the_slot(stage: Stage) -> None:
    abouts = []
    for key, time in (("one", "15:30"), ("two", "15:30"), ("three", "15:35")):
        kept = stage.saves(key, expected_time=time)
        stage.world.clock.advance(minutes=30 if key == "one" else 0)
        stage.queue.append(
            DraftDue(
                subject=kept.id,
                phone=next(iter(stage.drafts.kept)),
                day=kept.form.trip.expected_day,
                time=time,
                due_at=stage.world.clock() + timedelta(hours=1),
                useful_until=stage.world.clock() + timedelta(hours=3),
            )
        )
        abouts += [each.about for each in stage.notices()]
        if key == "two":
            phone, slots = next(iter(stage.drafts.kept.items()))
            stage.drafts.delete(phone, slots[1])
    # The third is in the second one's slot.
    assert len(abouts) == 3
    assert abouts[0] != abouts[1] == abouts[2]


def test_a_run_hands_over_so_many_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for key in "abc":
        stage.saves(key, expected_time="14:30")
    monkeypatch.setattr(reminders, "MOST", 2)
    assert [hand_over(desk=stage.desk()) for _ in range(3)] == [2, 1, 0]
