"""What anyone may know of a pass, and the pictures that its link opens."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.links import LinkKind
from chalicelib.services.entry.links import secret_for
from tests.integration.calls import Call, respond
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.revoking import revoke
from tests.pictures import qr_text
from tests.tables import client


def test_the_state_of_a_pass_tells_nothing_about_the_person(api: Api, submitted: Submit, clock: Clock) -> None:
    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}")
    assert answer.status_code == 200
    assert answer.json_body.keys() == {"code", "state", "issued_at", "expires_at"}
    assert answer.json_body["state"] == "valid"
    assert answer.headers["Cache-Control"] == "no-store"
    clock.advance(hours=1)
    assert api("GET", f"/v1/passes/{own['code']}").json_body["state"] == "expired"


@pytest.mark.parametrize(
    "written", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("-", "%20")]
)
def test_a_code_in_the_address_is_read_as_people_write_it(
    api: Api, submitted: Submit, written: Callable[[str], str]
) -> None:
    code = submitted()["passes"][0]["code"]
    assert api("GET", f"/v1/passes/{written(code)}").json_body["code"] == code


def test_a_slip_is_400_and_an_unknown_code_404(api: Api) -> None:
    unknown = Code.parse("0000-0000-0000-0000")
    secret = secret_for(LinkKind.PASS, unknown, wiring.keyed_hash())
    for method, tail in (("GET", ""), ("GET", "/qr.svg"), ("GET", "/qr.png"), ("POST", "/open")):
        slip = api(method, f"/v1/passes/0000-0000-0000-0001{tail}", X_Pass_Secret=secret)
        assert (slip.status_code, slip.json_body["code"]) == (400, "code_mistyped")
        answer = api(method, f"/v1/passes/{unknown}{tail}", X_Pass_Secret=secret)
        assert (answer.status_code, answer.json_body["code"]) == (404, "pass_unknown")


@pytest.mark.parametrize(("method", "tail"), [("GET", "/qr.svg"), ("GET", "/qr.png"), ("POST", "/open")])
def test_a_code_opens_its_state_and_nothing_else(api: Api, submitted: Submit, method: str, tail: str) -> None:
    own, companion = submitted(companions=1)["passes"]
    route = f"/v1/passes/{own['code']}{tail}"
    for headers in (
        {},
        {"X_Pass_Secret": ""},
        {"X_Pass_Secret": companion["secret"]},
        {"X_Pass_Secret": own["secret"][:-1]},
        {"X_Pass_Secret": own["secret"] + "0"},
        {"X_Pass_Secret": "é" * 13},
    ):
        refused = api(method, route, Accept="*/*", **headers)
        assert (refused.status_code, refused.json_body["code"]) == (403, "pass_secret_wrong")
        assert not any(each.encode() in refused.body for each in (own["token"], own["masked_name"]))
    assert api(method, route, Accept="*/*", X_Pass_Secret=own["secret"]).status_code == 200
    assert api(method, route, Accept="*/*", X_Pass_Secret=own["secret"].lower()).status_code == 200


def test_a_guess_gets_the_same_answer_whether_or_not_there_is_such_a_pass_and_reads_nothing(
    api: Api, submitted: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = submitted()["passes"][0]["code"]
    reads = []

    def record(call: Call, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        reads.append(operation)
        return call(operation, request)

    respond(monkeypatch, record)
    known, unknown = (
        api("POST", f"/v1/passes/{each}/open", X_Pass_Secret="0" * 13) for each in (code, "0000-0000-0000-0000")
    )
    assert known.status_code == unknown.status_code == 403
    assert {**known.json_body, "instance": ""} == {**unknown.json_body, "instance": ""}
    assert reads == []


@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp,image/*,*/*;q=0.8", "", "text/html"])
def test_the_png_is_the_token_whatever_the_accept_header_says(api: Api, submitted: Submit, accept: str) -> None:
    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}/qr.png?size=400", Accept=accept, X_Pass_Secret=own["secret"])
    assert answer.headers["Content-Type"] == "image/png"
    assert qr_text(answer.body) == own["token"]


def test_a_record_whose_retention_has_ended_is_gone_before_it_is_deleted(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    code = submitted()["passes"][0]["code"]
    key = {"declaration": {"S": code.replace("-", "")[:13]}, "row": {"S": "DECLARATION"}}
    ended = {":now": {"N": str(int(clock().timestamp()) - 1)}}
    client("dynamodb").update_item(
        TableName="entries", Key=key, UpdateExpression="SET expires_at = :now", ExpressionAttributeValues=ended
    )
    assert api("GET", f"/v1/passes/{code}").json_body["code"] == "pass_unknown"


def test_a_picture_is_cacheable_and_known_by_its_etag(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    picture = partial(api, "GET", f"/v1/passes/{own['code']}/qr.svg")
    first = picture(X_Pass_Secret=own["secret"])
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    # A cache gives it to no request without the secret.
    assert "X-Pass-Secret" in first.headers["Vary"].split(", ")
    again = picture(X_Pass_Secret=own["secret"], If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.body) == (304, b"")
    weak = picture(X_Pass_Secret=own["secret"], If_None_Match=f'"x", W/{first.headers["ETag"]}')
    assert weak.status_code == 304
    assert picture(If_None_Match=first.headers["ETag"]).status_code == 403


@pytest.mark.parametrize("size", ["0", "79", "1001", "-1", "1e3", "99999999999", "x", "", "٣٠٠"])
def test_an_impossible_size_is_refused(api: Api, submitted: Submit, size: str) -> None:
    from urllib.parse import quote

    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}/qr.svg?size={quote(size)}", X_Pass_Secret=own["secret"])
    assert (answer.status_code, answer.json_body["code"]) == (400, "picture_size_invalid")
    assert answer.json_body["detail"] == "Chọn cỡ từ 80 đến 1000 điểm ảnh."


def test_the_largest_picture_is_what_a_screen_shows(api: Api, submitted: Submit) -> None:
    """A larger one costs the public's function time that others wait for."""
    own = submitted()["passes"][0]
    picture = api("GET", f"/v1/passes/{own['code']}/qr.png?size=1000", Accept="*/*", X_Pass_Secret=own["secret"])
    assert (picture.status_code, picture.body[:4]) == (200, b"\x89PNG")


def test_a_pass_that_has_ended_has_no_picture_and_none_is_kept_for_longer(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    ends, used, revoked = (submitted()["passes"][0] for _ in range(3))

    def seen(own: dict[str, Any]) -> Iterator[HTTPResponse]:
        for picture in ("qr.svg", "qr.png"):
            yield api("GET", f"/v1/passes/{own['code']}/{picture}", Accept="*/*", X_Pass_Secret=own["secret"])

    clock.advance(minutes=50)
    crossing = {"code": used["code"], "checkpoint": "an-hoa", "decision": "admit", "temperature": 36.6}
    assert api("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint").status_code == 201
    for kept in (*seen(ends), *seen(used)):
        assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "private, max-age=600")
    assert revoke(api, revoked["code"]).status_code == 201
    assert [each.status_code for each in seen(revoked)] == [410, 410]
    clock.advance(minutes=10)
    for own, state in ((ends, "expired"), (used, "used"), (revoked, "revoked")):
        assert api("GET", f"/v1/passes/{own['code']}").json_body["state"] == state
        for gone in seen(own):
            assert (gone.status_code, gone.json_body["code"]) == (410, "pass_ended")
        opened = api("POST", f"/v1/passes/{own['code']}/open", X_Pass_Secret=own["secret"])
        assert (opened.status_code, opened.json_body["state"]) == (200, state)
        assert "token" not in opened.json_body
