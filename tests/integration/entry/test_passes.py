"""What anyone may know of a pass, and its picture."""

from collections.abc import Callable
from io import BytesIO

import PIL.Image
import pytest
import zxingcpp

from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.revoking import revoke
from tests.tables import client


def test_the_state_of_a_pass_tells_nothing_about_the_person(api: Api, submitted: Submit, clock: Clock) -> None:
    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}")
    assert answer.status_code == 200
    assert answer.json_body.keys() == {"code", "state", "issued_at", "expires_at", "links"}
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


@pytest.mark.parametrize("tail", ["", "/qr.svg", "/qr.png"])
def test_a_slip_is_400_and_an_unknown_code_404(api: Api, tail: str) -> None:
    slip = api("GET", f"/v1/passes/0000-0000-0000-0001{tail}")
    unknown = api("GET", f"/v1/passes/0000-0000-0000-0000{tail}")
    assert (slip.status_code, slip.json_body["code"]) == (400, "code_mistyped")
    assert (unknown.status_code, unknown.json_body["code"]) == (404, "pass_unknown")


@pytest.mark.parametrize("accept", ["image/png", "image/avif,image/webp,image/*,*/*;q=0.8", "", "text/html"])
def test_the_png_is_the_token_whatever_the_accept_header_says(api: Api, submitted: Submit, accept: str) -> None:
    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}/qr.png?size=400", Accept=accept)
    assert answer.headers["Content-Type"] == "image/png"
    (found,) = zxingcpp.read_barcodes(
        PIL.Image.open(BytesIO(answer.body)).convert("L"),
        formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode),
    )
    assert found.text == own["token"]


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
    first = api("GET", f"/v1/passes/{own['code']}/qr.svg")
    assert first.headers["Cache-Control"] == "private, max-age=3600"
    again = api("GET", f"/v1/passes/{own['code']}/qr.svg", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.body) == (304, b"")
    weak = api("GET", f"/v1/passes/{own['code']}/qr.svg", If_None_Match=f'"x", W/{first.headers["ETag"]}')
    assert weak.status_code == 304


@pytest.mark.parametrize("size", ["0", "59", "1001", "-1", "1e3", "99999999999", "x", "", "٣٠٠"])
def test_an_impossible_size_is_refused(api: Api, submitted: Submit, size: str) -> None:
    from urllib.parse import quote

    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}/qr.svg?size={quote(size)}")
    assert (answer.status_code, answer.json_body["code"]) == (400, "picture_size_invalid")
    assert answer.json_body["detail"] == "Chọn cỡ từ 60 đến 1000 điểm ảnh."


def test_the_largest_picture_is_what_a_screen_shows(api: Api, submitted: Submit) -> None:
    """A larger one costs the public's function time that others wait for."""
    own = submitted()["passes"][0]
    picture = api("GET", f"/v1/passes/{own['code']}/qr.png?size=1000", Accept="*/*")
    assert (picture.status_code, picture.body[:4]) == (200, b"\x89PNG")


def test_a_pass_that_has_ended_has_no_picture_and_none_is_kept_for_longer(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    ends, revoked = (submitted()["passes"][0]["code"] for _ in range(2))
    clock.advance(minutes=50)
    for picture in ("qr.svg", "qr.png"):
        kept = api("GET", f"/v1/passes/{ends}/{picture}", Accept="*/*")
        assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "private, max-age=600")
    assert revoke(api, revoked).status_code == 201
    clock.advance(minutes=10)
    for code, state in ((ends, "expired"), (revoked, "revoked")):
        assert api("GET", f"/v1/passes/{code}").json_body["state"] == state
        for picture in ("qr.svg", "qr.png"):
            gone = api("GET", f"/v1/passes/{code}/{picture}", Accept="*/*")
            assert (gone.status_code, gone.json_body["code"]) == (410, "pass_ended")
