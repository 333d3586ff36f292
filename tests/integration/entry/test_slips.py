"""Passes on paper, for their holders and for staff who declared for others."""

from datetime import datetime
from io import StringIO
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from chalice.test import HTTPResponse

from chalicelib import wiring
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.links import LinkKind
from chalicelib.services.entry.links import secret_for
from tests.forms import HEALTHY, form, person
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.gate.revoking import revoke
from tests.integration.logs import audited


def slip(api: Api, own: dict[str, Any], query: str = "", **headers: str) -> HTTPResponse:
    sent = {"X_Pass_Secret": own["secret"], **headers}
    return api("GET", f"/v1/passes/{own['code']}/slip.pdf{query}", Accept="*/*", **sent)


def family(api: Api, passes: list[dict[str, Any]], query: str = "", **headers: str) -> HTTPResponse:
    own, *others = passes
    body = {"companions": [{"person": each["person"], "secret": each["secret"]} for each in others]}
    path = f"/v1/passes/{own['code']}/slip.pdf{query}"
    return api("POST", path, body, Accept="*/*", **{"X_Pass_Secret": own["secret"], **headers})


def text_of(answer: HTTPResponse) -> str:
    assert answer.status_code == 200, answer.body
    return " ".join(
        " ".join(each.get_textpage().get_text_bounded().split()) for each in pypdfium2.PdfDocument(answer.body)
    )


def qrs_of(answer: HTTPResponse) -> list[str]:
    document = pypdfium2.PdfDocument(answer.body)
    return [each.text for page in document for each in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())]


def refusal(answer: HTTPResponse) -> tuple[int, str]:
    return answer.status_code, answer.json_body["code"]


def test_a_holder_prints_a_pass(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    answer = slip(api, own)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert (answer.headers["Content-Language"], answer.headers["Cache-Control"]) == ("vi", "no-store")
    assert own["code"].replace("-", "") not in answer.headers["Content-Disposition"].replace("-", "")
    text = text_of(answer)
    for each in ("Mã QR qua chốt", own["code"], own["masked_name"], "Dùng được đến", "(0276) 1022"):
        assert each in text
    for step in own["instructions"]:
        assert step["text"] in text
    assert qrs_of(answer) == [own["token"]]


@pytest.mark.parametrize(("asked", "language"), [("en", "en"), ("km", "en"), ("zh", "en"), ("vi", "vi")])
def test_a_slip_is_in_vietnamese_or_in_english(api: Api, submitted: Submit, asked: str, language: str) -> None:
    answer = slip(api, submitted()["passes"][0], Accept_Language=asked)
    assert answer.headers["Content-Language"] == language
    assert ("Hotline (0276) 1022" in text_of(answer)) == (language == "en")


def test_a_slip_names_the_checkpoint_that_the_form_names(api: Api, clock: Clock) -> None:
    own = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]
    assert "Đi qua Chốt An Hòa" in text_of(slip(api, own))
    assert "At An Hòa checkpoint" in text_of(slip(api, own, Accept_Language="en"))


def test_a_roll_is_80_mm_wide_and_no_other_paper_is_known(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    width, _ = pypdfium2.PdfDocument(slip(api, own, "?paper=80mm").body)[0].get_size()
    assert round(width * 25.4 / 72) == 80
    refused = slip(api, own, "?paper=a5", Accept_Language="en")
    assert refusal(refused) == (422, "invalid_input")
    (error,) = refused.json_body["errors"]
    assert (error["pointer"], error["code"]) == ("/paper", "value_not_listed")
    assert "A6 or 80 mm roll" in error["detail"]


def test_a_family_of_six_is_on_one_page_and_the_seventh_on_the_next(api: Api, submitted: Submit) -> None:
    passes = submitted(companions=6)["passes"]
    six = family(api, passes[:6])
    assert len(pypdfium2.PdfDocument(six.body)) == 1
    assert sorted(qrs_of(six)) == sorted(each["token"] for each in passes[:6])
    seven = family(api, passes)
    assert len(pypdfium2.PdfDocument(seven.body)) == 2
    assert sorted(qrs_of(seven)) == sorted(each["token"] for each in passes)
    assert len(qrs_of(family(api, passes[:6], "?paper=80mm"))) == 6


def test_a_page_of_several_has_only_the_steps_that_all_share(api: Api, clock: Clock) -> None:
    ill = person(1, health={**HEALTHY, "symptoms": ["fever"]})
    body = {**form(clock()), "companions": [ill]}
    answer = api("POST", "/v1/declarations", body)
    assert answer.status_code == 201, answer.body
    passes = answer.json_body["passes"]
    own, other = ({each["text"] for each in one["instructions"]} for one in passes)
    assert other - own
    text = text_of(family(api, passes))
    assert all(step in text for step in own & other)
    assert not any(step in text for step in own ^ other)
    assert "Có người còn việc khác phải làm" in text
    assert "Có người còn việc khác" not in text_of(slip(api, passes[0]))


def test_a_wrong_secret_prints_nothing(api: Api, submitted: Submit) -> None:
    own, companion = submitted(companions=1)["passes"]
    stranger = submitted()["passes"][0]
    for secret in ("", "0" * 13, companion["secret"], stranger["secret"]):
        assert refusal(slip(api, own, X_Pass_Secret=secret)) == (403, "pass_secret_wrong")
        assert refusal(family(api, [own, companion], X_Pass_Secret=secret)) == (403, "pass_secret_wrong")
    for secret in ("0" * 13, own["secret"], stranger["secret"]):
        assert refusal(family(api, [own, {**companion, "secret": secret}])) == (403, "pass_secret_wrong")


def test_a_pass_that_is_unknown_mistyped_revoked_or_expired_is_not_printed(
    api: Api, submitted: Submit, clock: Clock
) -> None:
    unknown = Code.parse("0000-0000-0000-0000")
    secret = secret_for(LinkKind.PASS, unknown, wiring.keyed_hash())
    assert refusal(slip(api, {"code": unknown.shown, "secret": secret})) == (404, "pass_unknown")
    assert refusal(slip(api, {"code": "0000-0000-0000-0001", "secret": secret})) == (400, "code_mistyped")
    own, companion = submitted(companions=1)["passes"]
    nobody = Code(Code.parse(own["code"]).declaration, 7)
    third = {"person": 7, "secret": secret_for(LinkKind.PASS, nobody, wiring.keyed_hash())}
    assert refusal(family(api, [own, third])) == (404, "pass_unknown")
    assert revoke(api, companion["code"]).status_code == 201
    assert refusal(slip(api, companion)) == (410, "pass_ended")
    refused = family(api, [own, companion])
    assert refusal(refused) == (410, "pass_ended")
    assert slip(api, own).status_code == 200
    clock.advance(hours=1)
    assert refusal(slip(api, own)) == (410, "pass_ended")


def test_the_companions_of_a_slip_are_checked_by_field(api: Api, submitted: Submit) -> None:
    own = submitted()["passes"][0]
    refused = family(api, [own, {"person": 51, "secret": "0"}])
    pointers = {each["pointer"] for each in refused.json_body["errors"]}
    assert (refused.status_code, pointers) == (422, {"/companions/0/person", "/companions/0/secret"})


def declared_by_staff(api: Api, clock: Clock, language: str = "vi") -> list[dict[str, Any]]:
    body = {**form(clock(), companions=1), "language": language}
    answer = api("POST", "/v1/checkpoint/declarations", body, role="checkpoint")
    assert answer.status_code == 201, answer.body
    passes: list[dict[str, Any]] = answer.json_body["passes"]
    return passes


def of_staff(api: Api, code: str, role: str = "checkpoint") -> HTTPResponse:
    return api("GET", f"/v1/checkpoint/passes/{code}/slip.pdf", role=role, Accept="*/*", Accept_Language="vi")


def test_staff_print_what_they_declared_in_the_language_of_its_form(api: Api, clock: Clock) -> None:
    passes = declared_by_staff(api, clock, "en")
    answer = of_staff(api, passes[1]["code"])
    assert sorted(qrs_of(answer)) == sorted(each["token"] for each in passes)
    assert answer.headers["Content-Language"] == "en"
    assert revoke(api, passes[1]["code"]).status_code == 201
    assert qrs_of(of_staff(api, passes[0]["code"])) == [passes[0]["token"]]
    clock.advance(hours=1)
    assert refusal(of_staff(api, passes[0]["code"])) == (410, "pass_ended")


def test_staff_print_no_slip_of_what_others_declared(api: Api, submitted: Submit, clock: Clock) -> None:
    assert refusal(of_staff(api, submitted()["passes"][0]["code"])) == (409, "slip_not_by_staff")
    assert refusal(of_staff(api, "0000-0000-0000-0000")) == (404, "pass_unknown")
    assert refusal(of_staff(api, "0000-0000-0000-0001")) == (400, "code_mistyped")
    own = declared_by_staff(api, clock)[0]
    assert of_staff(api, own["code"], "commune").status_code == 403
    assert of_staff(api, own["code"], "hotline").status_code == 200


def test_only_the_declarer_and_roles_that_see_health_print_what_to_do(api: Api, clock: Clock) -> None:
    own = declared_by_staff(api, clock)[0]
    path, step = f"/v1/checkpoint/passes/{own['code']}/slip.pdf", own["instructions"][0]["text"]

    def printed(role: str, subject: str) -> str:
        return text_of(api("GET", path, role=role, subject=subject, Accept="*/*"))

    assert step in printed("checkpoint", "staff-1")
    # Of the hotline, and of a guard who is not posted.
    for role, subject in (("hotline", "hotline-1"), ("checkpoint", "nobody")):
        text = printed(role, subject)
        assert own["code"].replace("-", " ") in text
        assert not any(each["text"] in text for each in own["instructions"])
    body = {**form(clock()), "language": "vi"}
    answer = api("POST", "/v1/checkpoint/declarations", body, role="hotline", subject="hotline-1")
    own = answer.json_body["passes"][0]
    path, step = f"/v1/checkpoint/passes/{own['code']}/slip.pdf", own["instructions"][0]["text"]
    assert step in printed("hotline", "hotline-1")


def test_a_page_has_the_end_of_the_pass_that_ends_first(api: Api, submitted: Submit, clock: Clock) -> None:
    own, companion = passes = submitted(companions=1)["passes"]
    arrived = {"checkpoint": "an-hoa", "arrivals": [{"code": own["code"]}]}
    assert api("POST", "/v1/checkpoint/arrivals", arrived, role="checkpoint").status_code == 200
    ends = datetime.fromisoformat(companion["expires_at"])
    assert f"Dùng được đến {ends:%H:%M}" in text_of(family(api, passes))
    clock.advance(hours=1)
    assert slip(api, own).status_code == 200


def test_a_print_by_staff_is_audited(api: Api, clock: Clock, logged: StringIO) -> None:
    passes = declared_by_staff(api, clock)
    of_staff(api, passes[0]["code"])
    line = audited(logged)[-1]
    assert (line["action"], line["codes"]) == ("print slip", [each["code"].replace("-", "") for each in passes])
