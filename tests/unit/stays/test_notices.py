"""The notice about a change of a stay."""

from datetime import timedelta

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import NOTICES, shipped_templates
from chalicelib.models.people.languages import Language
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.models.stays.events import StayChange
from chalicelib.models.stays.stays import StayRecord
from chalicelib.services.stays.notices import StayNotices, notices_of_change
from tests.forms import NOW
from tests.unit.fakes.stays import Stays
from tests.unit.stays.made import CODE, DAY, change, made, unit

LONGER = change(NOW, ChangeKind.LONGER, "a reason", until=DAY + timedelta(days=20))
BACK = change(NOW, ChangeKind.TAKEN_BACK, "another reason")


def notices(record: StayRecord, number: int, restricted: frozenset[Code] = frozenset()) -> list[Notice]:
    sources = StayNotices(
        stays=Stays({str(CODE): record}),
        restricted=lambda: restricted,
        keep_until=lambda _: NOW + timedelta(days=42),
        hotline="02761022",
    )
    return notices_of_change(StayChange(CODE, number), sources=sources)


def test_it_says_until_when_the_stay_lasts_now_and_not_why() -> None:
    record = StayRecord(made(NOW)).with_fact(LONGER)
    (notice,) = notices(record, 0)
    assert (notice.recipient, notice.text_id, notice.event) == ("+84912345678", "stay_changed", "stay_changed.000")
    assert notice.values == {"group": CODE.shown[-4:], "until": "11/08/2021", "hotline": "02761022"}
    # What was taken back meanwhile is not said any more.
    record = record.with_fact(BACK)
    assert [notices(record, number)[0].values["until"] for number in (0, 1)] == ["04/08/2021"] * 2
    assert notices(record, 0)[0].event != notices(record, 1)[0].event
    assert all(len(value) <= NOTICES["stay_changed"].longest[name] for name, value in notice.values.items())
    assert len(notice.tracking) <= 48


@pytest.mark.parametrize("language", Language)
def test_its_text_has_room_in_one_part(language: Language) -> None:
    record = StayRecord(made(NOW, language=language)).with_fact(LONGER)
    (notice,) = notices(record, 0)
    message = shipped_templates("tay-ninh").compose(notice)
    assert "11/08/2021" in message.text
    assert len(message.text) <= 160


def test_none_is_written_about_what_was_not_changed_or_to_those_who_get_none() -> None:
    stay = made(NOW)
    moved = change(NOW, ChangeKind.MOVED, to=unit("25465"), address="x")
    left = change(NOW, ChangeKind.LEFT, until=DAY)
    corrected = change(NOW, ChangeKind.ENDED, until=DAY, follows_decision=True)
    assert notices(StayRecord(stay), 0) == []
    for fact in (moved, left, corrected):
        assert notices(StayRecord(stay).with_fact(fact), 0) == []
    silent = made(NOW, person=stay.person.model_copy(update={"phone": None}))
    declined = made(NOW, messages=False)
    for each in (silent, declined):
        assert notices(StayRecord(each).with_fact(LONGER), 0) == []
    assert notices(StayRecord(stay).with_fact(LONGER), 0, frozenset({CODE})) == []
