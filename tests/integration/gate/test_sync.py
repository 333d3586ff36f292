"""What gates learn to work without network."""

import gzip
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.revocations import RevokedPass
from chalicelib.storage.entry.rows import Entry
from chalicelib.storage.rows import instant
from infra.operation.keys import new_key
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.recording import ADMIT
from tests.integration.gate.revoking import revoke, sync
from tests.integration.logs import audited
from tests.tables import by_botocore, client


def test_a_gate_learns_of_a_correction_with_its_next_sync(api: Api, clock: Clock, submitted: Submit) -> None:
    code = submitted()["passes"][0]["code"]
    api("POST", "/v1/checkpoint/crossings", {"code": code, **ADMIT}, role="checkpoint")
    before = api("GET", "/v1/checkpoint/sync", role="checkpoint").json_body
    assert (before["checkpoint"], before["corrections"]) == ("an-hoa", [])
    for decision in ("isolate", "refuse"):
        clock.advance(seconds=1)
        body = {"code": code, "decision": decision, "reason": "đo lại: sốt"}
        assert api("POST", "/v1/checkpoint/corrections", body, role="checkpoint").status_code == 201
    delta = api("GET", f"/v1/checkpoint/sync?since={before['cursor']}", role="checkpoint").json_body
    assert not delta["complete"]
    assert [each["decision"] for each in delta["corrections"]] == ["isolate", "refuse"]
    assert {each["code"] for each in delta["corrections"]} == {code}
    assert "sốt" not in str(delta)


def test_a_device_gets_all_of_it_once_and_then_what_changed(api: Api, submitted: Submit, clock: Clock) -> None:
    passes = submitted(companions=1)["passes"]
    revoke(api, passes[0]["code"])
    clock.advance(minutes=1)
    first = sync(api, Accept_Encoding="gzip")
    assert first.headers["Cache-Control"] == "private, no-cache"
    body = json.loads(gzip.decompress(first.body))
    assert (body["complete"], body["pass_lifetime_seconds"], len(body["revocations"])) == (True, 3600, 1)
    assert body["keys"] == api("GET", "/v1/keys").json_body["keys"]
    assert body["checkpoints"] == api("GET", "/v1/checkpoints").json_body["checkpoints"]
    assert body["policy"]["version"]
    # Who asks for all of it again has it.
    assert sync(api, If_None_Match=first.headers["ETag"]).status_code == 304
    clock.advance(minutes=1)
    second = sync(api, body["cursor"])
    nothing = second.json_body
    assert nothing.keys() == {
        "cursor",
        "complete",
        "server_time",
        "pass_lifetime_seconds",
        "revocations",
        "corrections",
        "arrivals",
        "replacements",
        "checkpoint",
    }
    assert (nothing["complete"], nothing["revocations"]) == (False, [])
    assert len(second.body) < 300
    clock.advance(minutes=1)
    assert sync(api, nothing["cursor"], If_None_Match=second.headers["ETag"]).status_code == 304
    revoke(api, passes[1]["code"])
    third = sync(api, nothing["cursor"], If_None_Match=second.headers["ETag"])
    assert [each["code"] for each in third.json_body["revocations"]] == [passes[1]["code"]]
    clock.advance(minutes=1)
    again = sync(api, third.json_body["cursor"], If_None_Match=third.headers["ETag"])
    assert again.status_code == 304  # what the overlap repeats is nothing new
    clock.advance(hours=2)
    assert sync(api, third.json_body["cursor"]).json_body["complete"]


def test_a_new_key_or_policy_or_checkpoint_reaches_a_device(
    api: Api, aws: dict[str, str], clock: Clock, submitted: Submit
) -> None:
    from chalicelib.adapters.pass_keys import KeyRing

    submitted()
    body_of_first = sync(api).json_body
    cursor = body_of_first["cursor"]
    ssm, name = client("ssm"), aws["SIGNING_KEYS_PARAMETER"]
    ring = KeyRing.model_validate_json(ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"])
    rotated = KeyRing(keys=[*ring.keys, new_key(clock())]).model_dump_json()
    ssm.put_parameter(Name=name, Value=rotated, Type="SecureString", Overwrite=True)
    clock.advance(minutes=5)
    body = sync(api, cursor).json_body
    assert (len(body["keys"]), "policy" in body, "checkpoints" in body) == (2, False, False)
    policy = api("GET", "/v1/policy", role="administrator")
    changed = {**policy.json_body, "version": "2021-07-20.1"}
    stored = api("PUT", "/v1/policy", changed, role="administrator", If_Match=policy.headers["ETag"])
    assert stored.status_code == 200, stored.body
    clock.advance(minutes=1)
    body = sync(api, body["cursor"]).json_body
    assert ("keys" in body, body["policy"]["version"], "checkpoints" in body) == (False, "2021-07-20.1", False)
    (gate,) = [each for each in body_of_first["checkpoints"] if each["id"] == "an-hoa"]
    closed = {name: value for name, value in gate.items() if name != "id"} | {"open": False}
    assert api("PUT", "/v1/checkpoints/an-hoa", closed, role="administrator").status_code == 200
    clock.advance(minutes=1)
    body = sync(api, body["cursor"]).json_body
    assert ("keys" in body, "policy" in body, len(body["checkpoints"])) == (False, False, 13)


def test_texts_of_the_policy_name_the_hotline_and_the_stored_policy_keeps_its_placeholder(
    api: Api, submitted: Submit
) -> None:
    shown = sync(api).json_body["policy"]["instructions"]["watch-health-14"]
    assert "gọi (0276) 1022, bấm phím 1" in shown["vi"]
    assert shown["sms"].endswith("goi 02761022.")
    stored = api("GET", "/v1/policy", role="administrator").json_body["instructions"]["watch-health-14"]
    assert ("{hotline}" in stored["vi"], stored["sms"].endswith("goi {hotline}.")) == (True, True)
    near = submitted(origin={"unit": {"list_version": "2021", "code": "01"}})
    texts = [each["text"] for each in near["passes"][0]["instructions"]]
    assert any("gọi (0276) 1022, bấm phím 1." in text for text in texts)


def change(code: Code, at: datetime, filling: str = "") -> Entry:
    """The row that lists a revocation. The pass was declared a moment before."""
    revoked = RevokedPass(code=str(code), revoked_at=at, expires_at=at + timedelta(minutes=59))
    body = revoked.model_dump_json() + filling
    return Entry("CHANGES", f"{instant(at)}#{code}#REVOCATION", body=body, expires_at=2_000_000_000)


def test_revocations_of_several_pages_are_all_sent(api: Api, clock: Clock) -> None:
    for number in range(40):
        # A page of a query is a megabyte at most.
        by_botocore().entries.put(change(Code.of(number, 0), clock(), " " * 60_000))
    assert len(sync(api).json_body["revocations"]) == 40


def test_only_what_can_still_be_good_is_read(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for hours in range(24):
        at = clock() - timedelta(hours=hours, minutes=30)
        by_botocore().entries.batch_write(change(Code.of(number, 0), at) for number in range(20))
    read: list[int] = []

    def count(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer = call(operation, request)
        read.append(len(answer.get("Items", [])) if request.get("TableName") == "entries" else 0)
        return answer

    respond(monkeypatch, count)
    assert len(sync(api).json_body["revocations"]) == sum(read) == 20


def test_a_sync_leaves_an_audit_line_with_the_codes_in_it(api: Api, submitted: Submit, logged: StringIO) -> None:
    revoked, corrected = [each["code"] for each in submitted(companions=1)["passes"]]
    revoke(api, revoked)
    api("POST", "/v1/checkpoint/crossings", {"code": corrected, **ADMIT}, role="checkpoint")
    body = {"code": corrected, "decision": "refuse", "reason": "giấy tờ"}
    assert api("POST", "/v1/checkpoint/corrections", body, role="checkpoint").status_code == 201
    logged.truncate(0)
    sync(api)
    (line,) = audited(logged)
    assert (line["staff"], line["action"]) == ("staff-1", "synchronise")
    assert line["codes"] == [each.replace("-", "") for each in (revoked, corrected)]
