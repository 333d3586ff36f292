"""Who changes checkpoints, and when others notice."""

import json
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.people.province import province
from chalicelib.storage.policy.policies import InForceSource
from chalicelib.storage.reference_rows import ReferenceRow
from chalicelib.storage.tables import Table
from chalicelib.wiring import reference_table
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.logs import audited
from tests.integration.staff.posting import change, checkpoint, crosses, post, problem_of


def test_an_administrator_adds_and_changes_checkpoints_and_the_list_tells_at_once(api: Api, logged: StringIO) -> None:
    added = change(api, "cho-moi", name="Chốt mới", lanes=3)
    assert added.status_code == 200, added.body
    assert added.json_body["id"] == "cho-moi"
    assert change(api, "cho-moi", name="Chốt mới", lanes=3).json_body == added.json_body
    assert checkpoint(api, "cho-moi") == {key: value for key, value in added.json_body.items() if key != "id"}
    moved = change(api, "an-tinh", commune="25735", latitude=11, longitude=106.4)
    assert moved.status_code == 200, moved.body
    assert checkpoint(api, "an-tinh")["commune"] == "25735"
    assert post(api, "newcomer", "cho-moi").status_code == 200
    assert audited(logged)[0]["why"] == "cho-moi: open, 3 lanes"


def test_a_supervisor_opens_and_closes_their_own_checkpoint_and_changes_nothing_else(api: Api) -> None:
    closed = change(api, "an-hoa", role="supervisor", open=False, lanes=1)
    assert (closed.status_code, closed.json_body["open"], closed.json_body["lanes"]) == (200, False, 1)
    assert change(api, "an-hoa", role="supervisor", open=True).status_code == 200
    renamed = change(api, "an-hoa", role="supervisor", name="Chốt của tôi")
    assert problem_of(renamed) == (403, "checkpoint_change_needs_administrator")
    assert problem_of(change(api, "cho-moi", role="supervisor")) == (403, "checkpoint_change_needs_administrator")
    assert problem_of(change(api, "an-tinh", role="supervisor", open=False)) == (403, "staff_posted_elsewhere")
    assert problem_of(change(api, "an-hoa", role="supervisor", subject="newcomer")) == (403, "staff_not_posted")
    assert checkpoint(api, "an-tinh")["open"]


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"commune": "00001"}, "/commune", "commune_not_of_the_province"),
        ({"latitude": 106.352}, "/latitude", "number_too_high"),
        ({"longitude": 11.0365}, "/longitude", "number_too_low"),
        ({"lanes": 0}, "/lanes", "number_too_low"),
        ({"lanes": 21}, "/lanes", "number_too_high"),
        ({"open": "yes"}, "/open", "wrong_type"),
        ({"name": ""}, "/name", "field_missing"),
        ({"id": "an-tinh"}, "/id", "unknown_field"),
    ],
)
def test_a_checkpoint_that_cannot_be_is_refused(api: Api, changes: dict[str, Any], pointer: str, code: str) -> None:
    answer = change(api, "an-hoa", **changes)
    assert answer.status_code == 422
    assert [(each["pointer"], each["code"]) for each in answer.json_body["errors"]] == [(pointer, code)]


def test_a_checkpoint_has_an_id_of_small_letters_digits_and_hyphens(api: Api) -> None:
    for name in ("An-Hoa", "a", "x" * 41, "an%20hoa"):
        answer = api("PUT", f"/v1/checkpoints/{name}", checkpoint(api, "an-hoa"), role="administrator")
        assert problem_of(answer) == (400, "checkpoint_id_malformed")


def test_another_process_notices_a_closed_checkpoint_within_a_minute(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    other = InForceSource(reference_table(), hotline=province("tay-ninh").hotline, clock=clock)
    assert other.current().checkpoints["an-hoa"].open
    change(api, "an-hoa", open=False)
    clock.advance(seconds=60)
    assert not other.current().checkpoints["an-hoa"].open
    assert problem_of(crosses(api, "staff-1", code)) == (409, "admission_at_closed_checkpoint")


def test_a_supervisor_does_not_undo_an_administrators_change_of_a_moment_ago(api: Api, clock: Clock) -> None:
    stale = checkpoint(api, "an-hoa")
    renamed = {**stale, "name": "Chốt An Hòa mới"}
    row = ReferenceRow("CURRENT", "CHECKPOINT#an-hoa", body=json.dumps({**renamed, "id": "an-hoa"}))
    reference_table().put(row)
    clock.advance(seconds=1)
    refused = api("PUT", "/v1/checkpoints/an-hoa", {**stale, "lanes": 9}, role="supervisor")
    assert problem_of(refused) == (403, "checkpoint_change_needs_administrator")


def test_a_change_of_the_same_moment_elsewhere_is_seen_before_it_is_overwritten(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = checkpoint(api, "an-hoa")
    elsewhere = ReferenceRow(
        "CURRENT", "CHECKPOINT#an-hoa", body=json.dumps({**stale, "id": "an-hoa", "name": "Chốt An Hòa mới"})
    )

    def after_another(*given: Any) -> Any:
        reference_table().put(elsewhere)
        return put_if(reference_table(), *given)

    put_if = Table.put_if
    monkeypatch.setattr(reference_table(), "put_if", after_another)
    refused = api("PUT", "/v1/checkpoints/an-hoa", {**stale, "lanes": 9}, role="supervisor")
    assert problem_of(refused) == (403, "checkpoint_change_needs_administrator")
    assert reference_table().body_of("CURRENT", "CHECKPOINT#an-hoa") == elsewhere.body
    assert checkpoint(api, "an-hoa")["name"] == "Chốt An Hòa mới"


def test_a_checkpoint_as_it_was_is_not_written(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(Table, "put_if")
    assert change(api, "an-hoa").status_code == 200
