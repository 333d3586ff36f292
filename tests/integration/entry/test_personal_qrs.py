"""The pictures of the national personal QR, for a pass's holder alone."""

import pytest

from tests.forms import form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.pictures import qr_text


def test_another_reader_reads_the_picture_and_the_gate_its_text(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    answer = api("GET", f"/v1/passes/{own['code']}/personal-qr.png?size=400", X_Pass_Secret=own["secret"])
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "no-store"
    text = qr_text(answer.body)
    assert text.startswith("072090000000|NGUYEN VAN THU|1990-")
    checked = api("POST", "/v1/checkpoint/checks", {"qr": text}, role="checkpoint").json_body
    assert checked["read_as"] == "personal_qr"
    assert "072090000000" in str(checked["prefilled"])
    drawn = api("GET", f"/v1/passes/{own['code']}/personal-qr.svg", X_Pass_Secret=own["secret"])
    assert drawn.headers["Content-Type"] == "image/svg+xml"
    assert "NGUYEN" not in str(drawn.body)


@pytest.mark.parametrize("picture", ["svg", "png"])
def test_it_is_for_the_holder_of_a_pass_that_has_not_ended(
    api: Api, submitted: Submit, clock: Clock, picture: str
) -> None:
    first, second = submitted(companions=1)["passes"]
    path = f"/v1/passes/{first['code']}/personal-qr.{picture}"
    for secret in ("", second["secret"]):
        refused = api("GET", path, X_Pass_Secret=secret)
        assert (refused.status_code, refused.json_body["code"]) == (403, "pass_secret_wrong")
    sized = api("GET", f"{path}?size=9", X_Pass_Secret=first["secret"])
    assert sized.json_body["code"] == "picture_size_invalid"
    assert "personal-qr" not in str(api("POST", f"/v1/passes/{first['code']}/open", X_Pass_Secret=first["secret"]).body)
    clock.advance(hours=1)
    ended = api("GET", path, X_Pass_Secret=first["secret"])
    assert (ended.status_code, ended.json_body["code"]) == (410, "pass_ended")


def test_a_child_without_a_document_has_none(api: Api, clock: Clock) -> None:
    body = {**form(clock()), "companions": [person(1, identity=None, birth_year=clock().year - 8)]}
    child = api("POST", "/v1/declarations", body).json_body["passes"][1]
    path = f"/v1/passes/{child['code']}/personal-qr.png"
    refused = api("GET", path, X_Pass_Secret=child["secret"], Accept_Language="en")
    assert (refused.status_code, refused.json_body["code"]) == (409, "personal_qr_impossible")
