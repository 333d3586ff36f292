"""Drafts: five of a phone, however many come at once; each is replaced, deleted or confirmed once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.drafts import Appended, Draft, DraftForm
from chalicelib.services.entry.ports import Drafts
from chalicelib.storage.entry import drafts as storage
from tests.forms import form
from tests.tables import Database
from tests.unit.fakes import entry as fakes

NOW = datetime.now(UTC).replace(microsecond=0)
DECLARED = Code.of(1, 0)


@pytest.fixture
def drafts(database: Database | None) -> Drafts:
    return fakes.Drafts() if database is None else storage.Drafts(database.drafts, time_zone="Asia/Ho_Chi_Minh")


def draft(number: int, companions: int = 0) -> Draft:
    sent: dict[str, Any] = form(companions=companions)
    del sent["consent"], sent["trip"]["expected_arrival"]
    for each in (sent["traveller"], *sent["companions"]):
        del each["health"]
    sent["trip"]["expected_day"] = NOW.date() + timedelta(days=1)
    kept = DraftForm.model_validate(sent, strict=False)
    hashed = [f"person {each}" for each in range(companions + 1)]
    return Draft(id=f"{number:016d}", slot=0, form=kept, saved_at=NOW, hashed=hashed)


def test_drafts_are_kept_in_slots(drafts: Drafts) -> None:
    assert drafts.of_phone("phone") == []
    assert [drafts.append("phone", draft(number, number)) for number in range(3)] == [Appended.STORED] * 3
    kept = drafts.of_phone("phone")
    assert [(each.id, each.slot) for each in kept] == [(f"{number:016d}", number) for number in range(3)]
    assert drafts.find("phone", kept[1].id) == kept[1]
    assert drafts.find("other", kept[1].id) is None


def test_a_name_is_given_once(drafts: Drafts) -> None:
    assert drafts.append("phone", draft(1)) is Appended.STORED
    assert drafts.append("phone", draft(1)) is Appended.NAME_TAKEN
    assert drafts.delete("phone", drafts.of_phone("phone")[0])
    assert drafts.append("phone", draft(1)) is Appended.NAME_TAKEN
    assert drafts.append("other", draft(1)) is Appended.STORED


def test_the_slot_of_a_draft_that_left_is_free(drafts: Drafts) -> None:
    for number in range(5):
        drafts.append("phone", draft(number))
    assert drafts.append("phone", draft(5)) is Appended.NO_ROOM
    third = drafts.of_phone("phone")[2]
    assert [drafts.delete("phone", third), drafts.delete("phone", third)] == [True, False]
    assert drafts.append("phone", draft(5)) is Appended.STORED
    assert drafts.of_phone("phone")[2].id == draft(5).id


def test_a_draft_is_replaced_while_it_is_there(drafts: Drafts) -> None:
    drafts.append("phone", draft(0))
    drafts.append("phone", draft(1, 50))
    kept = drafts.of_phone("phone")[1]
    assert drafts.replace("phone", kept, draft(1, 2))
    changed = drafts.find("phone", kept.id)
    assert changed is not None
    assert (changed.slot, len(changed.form.companions)) == (1, 2)
    drafts.delete("phone", changed)
    assert not drafts.replace("phone", kept, draft(1, 2))
    assert [each.slot for each in drafts.of_phone("phone")] == [0]


def test_a_confirmed_draft_leaves_and_leads_to_its_declaration(drafts: Drafts) -> None:
    drafts.append("phone", draft(1, 1))
    kept = drafts.of_phone("phone")[0]
    assert drafts.confirmed_as("phone", kept.id) is None
    for _ in range(2):  # the second may be of a request that came at the same time
        drafts.confirm("phone", kept, DECLARED)
        assert drafts.confirmed_as("phone", kept.id) == DECLARED
        assert drafts.of_phone("phone") == []
    assert drafts.confirmed_as("other", kept.id) is None


def test_of_many_at_once_five_are_kept(drafts: Drafts, threads: ThreadPoolExecutor) -> None:
    done = list(threads.map(lambda number: drafts.append("phone", draft(number)), range(8)))
    assert sorted(done) == [Appended.NO_ROOM] * 3 + [Appended.STORED] * 5
    assert [each.slot for each in drafts.of_phone("phone")] == list(range(5))
