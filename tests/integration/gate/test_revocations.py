"""A pass is withdrawn: what staff, gates and the traveller see of it."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.storage.entry.entries import Entries
from tests.forms import person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.revoking import REASON, REVOCATIONS, SYNC, revoke, sync
from tests.integration.queues import batch, inserted, queued
from tests.integration.refused import fields_refused
from tests.tables import rows


def test_only_supervisors_and_health_officers_revoke_and_only_gates_sync(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    for role in ("checkpoint", "hotline", "administrator"):
        assert revoke(api, code, role=role).json_body["code"] == "staff_role_missing"
    for role in ("health", "hotline", "administrator"):
        assert api("GET", SYNC, role=role).json_body["code"] == "staff_role_missing"
    assert api("POST", REVOCATIONS, {}).json_body["code"] == api("GET", SYNC).json_body["code"] == "staff_token_missing"
    assert revoke(api, code, role="health").status_code == 201


def test_a_revocation_is_on_record_in_the_lookup_and_in_the_sync_at_once(
    api: Api, submitted: Submit, clock: Clock, logged: StringIO
) -> None:
    own = submitted()["passes"][0]
    plain = own["code"].replace("-", "")
    logged.truncate(0)
    answer = revoke(api, own["code"].lower())
    assert answer.status_code == 201, answer.body
    assert {**answer.json_body, "recorded_at": ""} == {
        "recorded_at": "",
        "recorded_by": "boss",
        "reason": REASON,
    }
    lines = [json.loads(line) for line in logged.getvalue().strip("\0").splitlines()]
    (audited,) = [line for line in lines if line["message"] == "audit"]
    assert (audited["staff"], audited["action"], audited["codes"]) == ("boss", "revoke pass", [plain])
    assert "khai thay" not in logged.getvalue()
    assert api("GET", f"/v1/passes/{plain}").json_body["state"] == "revoked"
    seen = api("POST", "/v1/checkpoint/checks", {"qr": own["token"]}, role="checkpoint").json_body
    assert (seen["verdict"], seen["revocation"]["reason"]) == ("revoked", REASON)
    synced = sync(api).json_body
    (revocation,) = synced["revocations"]
    assert revocation.keys() == {"code", "revoked_at", "expires_at"}
    assert revocation["code"] == own["code"]
    assert datetime.fromisoformat(revocation["expires_at"]) == clock() + timedelta(hours=1)
    (listed,) = [row for row in rows("entries") if row["declaration"]["S"] == "CHANGES"]
    assert listed["row"]["S"] == f"{clock().astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{plain}#REVOCATION"
    assert int(listed["expires_at"]["N"]) == int((clock() + timedelta(hours=25)).timestamp())
    assert "boss" not in json.dumps(listed)


def test_roles_that_see_no_health_answers_see_no_reason(api: Api, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    revoke(api, code)
    seen = api("GET", f"/v1/checkpoint/passes/{code}", role="hotline").json_body
    assert (seen["verdict"], seen["revocation"]["recorded_by"]) == ("revoked", "boss")
    assert "reason" not in seen["revocation"]


def test_a_second_revocation_is_refused_with_the_first(api: Api, submitted: Submit, clock: Clock) -> None:
    code = submitted()["passes"][0]["code"]
    first = revoke(api, code)
    clock.advance(seconds=5)
    again = revoke(api, code)
    assert (again.status_code, again.json_body) == (201, first.json_body)
    assert [each.headers.get("Idempotent-Replayed") for each in (first, again)] == [None, "true"]
    for other in (revoke(api, code, subject="doctor", role="health"), revoke(api, code, "Khác")):
        assert (other.status_code, other.json_body["code"]) == (409, "pass_already_revoked")
        assert other.json_body["revocation"] == first.json_body
    assert len(sync(api).json_body["revocations"]) == 1


def test_a_code_that_no_pass_has_is_not_revoked(api: Api, submitted: Submit) -> None:
    declaration = submitted()["declaration"]
    assert fields_refused(revoke(api, "0000-0000-0000-0001")) == [("/code", "code_mistyped")]
    for unknown in (Code.of(1, 0), Code(declaration, 1)):
        answer = revoke(api, unknown.shown)
        assert (answer.status_code, answer.json_body["code"]) == (404, "pass_unknown")
    assert sync(api).json_body["revocations"] == []


def test_of_two_revocations_at_the_same_moment_the_second_is_refused_with_the_first(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = submitted()["passes"][0]["code"]
    find = Entries.find
    others: list[Any] = []

    def overtaken(self: Entries, found: Code) -> Any:
        facts = find(self, found)
        if not others:
            others.append(None)
            others.append(revoke(api, code, subject="quicker"))
        return facts

    monkeypatch.setattr(Entries, "find", overtaken)
    slower = revoke(api, code)
    assert others[1].status_code == 201
    assert (slower.status_code, slower.json_body["revocation"]["recorded_by"]) == (409, "quicker")
    assert len(sync(api).json_body["revocations"]) == 1


def test_a_revocation_is_one_event_and_one_message_to_the_traveller(
    api: Api, lambdas: Any, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    own = submitted()["passes"][0]
    revoke(api, own["code"])
    new = [{"declaration": each["declaration"], "row": each["row"]} for each in rows("entries")]
    revoked = [keys for keys in new if keys["row"]["S"] != "DECLARATION"]
    assert len(revoked) == 2
    lambdas.lambda_.invoke("fan_out", inserted(*revoked))
    (event,) = queued("messages")
    assert event["kind"] == "pass_revoked"
    assert queued("set_aside") == []
    for _ in range(2):
        answer = lambdas.lambda_.invoke("notify", batch(json.dumps(event), json.dumps(event))).payload
        assert answer == {"batchItemFailures": []}
    ((phone, text),) = sent
    assert phone == person()["phone"].replace("0", "+84", 1)
    assert text == (
        f"Tay Ninh: ma QR qua chot co 4 ky tu cuoi {own['code'][-4:]} da bi thu hoi, khong con gia tri. "
        "Can hoi, goi 02761022."
    )


def test_revoking_rests_during_maintenance_and_syncing_does_not(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib import settings

    code = submitted()["passes"][0]["code"]
    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    assert revoke(api, code).json_body["code"] == "maintenance"
    assert sync(api).status_code == 200
