"""The trust list over HTTP and in DynamoDB, and certificates read by it."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.wiring.certificates import read_certificate
from tests.certificates import bare_entry, european_key, make_certificate, signer, vaccination, vietnamese_key
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock

KID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


def put(api: Api, country: str, *entries: dict[str, Any], **changes: Any) -> Any:
    return api("PUT", f"/v1/trust-list/{country}", {"keys": entries}, **{"role": "administrator", **changes})


def vietnamese(clock: Clock, kid: bytes = KID) -> str:
    now = clock()
    key = vietnamese_key()
    return make_certificate(key, kid, "VN", vaccination(), now - timedelta(days=1), now + timedelta(days=1))


def test_administrators_change_the_list_and_roles_that_need_it_see_it(api: Api) -> None:
    assert api("GET", "/v1/trust-list").status_code == 401
    assert put(api, "VN", role=None).status_code == 401
    for role in ("checkpoint", "supervisor", "health", "hotline"):
        refused = put(api, "VN", role=role)
        assert (refused.status_code, refused.json_body["code"]) == (403, "staff_role_missing")
    for role in ("administrator", "supervisor", "health"):
        assert api("GET", "/v1/trust-list", role=role).status_code == 200
    for role in ("checkpoint", "hotline"):
        assert api("GET", "/v1/trust-list", role=role).status_code == 403


def test_the_list_names_who_put_each_key_there_and_when(api: Api, clock: Clock) -> None:
    key_id, entry = signer(vietnamese_key(), clock())
    later = (clock() + timedelta(days=500)).isoformat()  # listed in the order in which they end
    bare = bare_entry(european_key(), KID, clock(), uses=["test"], valid_until=later)
    answer = put(api, "VN", entry, bare, subject="admin-1")
    assert answer.status_code == 200, answer.body
    kids = [b64encode(key_id).decode(), b64encode(KID).decode()]
    assert answer.json_body == {"country": "VN", "added": kids, "changed": [], "kept": [], "removed": []}
    put(api, "AT", bare_entry(european_key(), KID, clock()), subject="admin-2")
    listed = api("GET", "/v1/trust-list", role="health").json_body["keys"]
    assert [(key["country"], key["kid"], key["put_by"]) for key in listed] == [
        ("AT", kids[1], "admin-2"),
        ("VN", kids[0], "admin-1"),
        ("VN", kids[1], "admin-1"),
    ]
    assert listed[2]["uses"] == ["test"]
    assert set(listed[1]["uses"]) == {"vaccination", "test", "recovery"}
    assert "put_by_name" not in listed[1]  # nobody has written one
    assert "public_key" not in listed[1]
    assert sorted(put(api, "VN").json_body["removed"]) == sorted([listed[1]["kid"], listed[2]["kid"]])
    assert [key["country"] for key in api("GET", "/v1/trust-list", role="health").json_body["keys"]] == ["AT"]


def test_more_keys_than_one_write_takes_are_all_put_and_all_removed(api: Api, clock: Clock) -> None:
    entries = [bare_entry(european_key(), number.to_bytes(8, "big"), clock()) for number in range(60)]
    assert len(put(api, "DE", *entries).json_body["added"]) == 60
    assert len(api("GET", "/v1/trust-list", role="supervisor").json_body["keys"]) == 60
    again = put(api, "DE", *entries[30:]).json_body
    assert [len(again[part]) for part in ("added", "changed", "kept", "removed")] == [0, 0, 30, 30]


def test_a_certificate_is_believed_while_its_key_is_listed(api: Api, clock: Clock) -> None:
    text = vietnamese(clock)
    assert read_certificate(text, clock()).verdict == "untrusted"
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    put(api, "AT", bare_entry(european_key(), KID, clock()))
    reading = read_certificate(text, clock())
    assert (reading.verdict, reading.doubts) == ("valid", ())
    put(api, "VN")
    # Austria lists a key of this id, which did not sign it.
    assert read_certificate(text, clock()).verdict == "forged"
    put(api, "AT")
    assert read_certificate(text, clock()).verdict == "untrusted"


def test_a_key_id_that_begins_like_another_is_another(api: Api, clock: Clock) -> None:
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    assert read_certificate(vietnamese(clock, KID[:6]), clock()).verdict == "untrusted"
    assert read_certificate(vietnamese(clock, KID + b"\x01"), clock()).verdict == "untrusted"


def test_a_check_is_one_query_a_minute_for_each_key(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    asked = count_calls(monkeypatch)
    for _ in range(3):
        assert read_certificate(vietnamese(clock), clock()).verdict == "valid"
    assert asked == ["Query"]
    clock.advance(seconds=60)
    read_certificate(vietnamese(clock), clock())
    assert asked == ["Query", "Query"]
    read_certificate("HC1:nothing", clock())
    assert len(asked) == 2


def count_calls(monkeypatch: pytest.MonkeyPatch, fail: str = "") -> list[str]:
    """The names of all calls to AWS from here on; those named `fail` fail."""
    asked: list[str] = []

    def answer(call: Call, name: str, request: Mapping[str, Any]) -> dict[str, Any]:
        asked.append(name)
        if name == fail:
            raise ClientError({"Error": {"Code": "InternalServerError"}}, name)
        return call(name, request)

    respond(monkeypatch, answer)
    return asked


def test_a_failure_leaves_the_list_as_it_was_or_more_and_the_same_request_completes_it(
    api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = bare_entry(vietnamese_key(), KID, clock()), bare_entry(vietnamese_key(), b"\x09" * 8, clock())
    put(api, "VN", old)
    with monkeypatch.context() as patch:
        count_calls(patch, fail="BatchWriteItem")
        failed = put(api, "VN", new)
        assert (failed.status_code, failed.json_body["code"]) == (503, "service_unavailable")
        assert read_certificate(vietnamese(clock), clock()).verdict == "valid"
    assert put(api, "VN", new).json_body["removed"] == [b64encode(KID).decode()]


def test_every_problem_is_described_at_its_pointer_in_the_language_asked_for(api: Api, clock: Clock) -> None:
    _, foreign = signer(european_key(), clock(), country="FR")
    bad = {**bare_entry(european_key(), KID, clock()), "public_key": "AAAA"}
    for language, word in (
        ("en", "X.509 certificate (key 1): This certificate is of FR, not VN."),
        ("vi", "Chứng thư số (khóa 1): Chứng thư số này của FR, không phải VN."),
    ):
        answer = put(api, "VN", foreign, bad, Accept_Language=language)
        assert answer.status_code == 422
        assert [(each["pointer"], each["code"]) for each in answer.json_body["errors"]] == [
            ("/keys/0/certificate", "key_of_another_country"),
            ("/keys/1/public_key", "public_key_unreadable"),
        ]
        assert answer.json_body["errors"][0]["detail"].startswith(word)
    shapeless = put(api, "VN", {"uses": ["flying"], "wings": 2})
    assert {each["pointer"] for each in shapeless.json_body["errors"]} == {"/keys/0/uses/0", "/keys/0/wings"}
    assert put(api, "XK").status_code == 200
    unknown = put(api, "ZZ")
    assert (unknown.status_code, unknown.json_body["code"]) == (422, "country_unknown")


def test_a_list_of_300_certificates_fits_and_a_larger_body_does_not(api: Api, clock: Clock) -> None:
    _, entry = signer(vietnamese_key(), clock())
    accepted = put(api, "VN", entry, *({"certificate": "A" * 1_200} for _ in range(300)))
    assert accepted.status_code == 422
    assert len(accepted.json_body["errors"]) == 100
    assert put(api, "VN", *({"certificate": "A" * 1_200} for _ in range(400))).status_code == 413


def test_a_change_leaves_a_line_that_names_the_keys_and_nothing_more(
    api: Api, clock: Clock, logged: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()), subject="admin-1")
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    (line,) = [line for line in lines if line["message"] == "audit"]
    assert (line["staff"], line["roles"], line["action"]) == ("admin-1", ["administrator"], "replace trusted keys")
    assert line["why"] == f"VN: added {b64encode(KID).decode()}"
    # The line is there before anything is written, so no change is without one.
    logged.truncate(0)
    count_calls(monkeypatch, fail="BatchWriteItem")
    assert put(api, "VN").status_code == 503
    assert f"VN: removed {b64encode(KID).decode()}" in logged.getvalue()


def test_the_example_of_the_documentation_is_accepted(api: Api) -> None:
    path = api("GET", "/v1/openapi.json").json_body["paths"]["/v1/trust-list/{country}"]["put"]
    example = path["requestBody"]["content"]["application/json"]["example"]
    assert put(api, path["parameters"][0]["example"], *example["keys"]).status_code == 200


def test_nothing_is_changed_during_maintenance(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib import settings

    monkeypatch.setenv("MAINTENANCE", "true")
    settings.settings.cache_clear()
    assert put(api, "VN").json_body["code"] == "maintenance"
    assert api("GET", "/v1/trust-list", role="administrator").status_code == 200
