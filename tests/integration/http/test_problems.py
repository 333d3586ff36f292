"""Problems as they are answered (RFC 9457)."""

import pytest

from chalicelib import settings
from chalicelib.http import routes
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.refused import fields_refused

TYPE = "https://pass.example/docs/errors#"


def test_one_wrong_field_is_named_and_explained_in_both_languages(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    vietnamese = api("POST", "/v1/declarations", body).json_body
    english = api("POST", "/v1/declarations", body, Accept_Language="en-GB,en;q=0.9,vi;q=0.5").json_body
    assert (vietnamese["status"], vietnamese["type"]) == (422, f"{TYPE}invalid_input")
    assert (vietnamese["title"], english["title"]) == ("Có mục cần sửa", "Some entries need correcting")
    detail = "Số điện thoại: Vui lòng nhập số di động, ví dụ 0912345678. "
    assert vietnamese["detail"].startswith(detail)
    assert vietnamese["errors"] == [
        {"pointer": "/traveller/phone", "code": "phone_impossible", "detail": vietnamese["detail"]}
    ]
    assert english["detail"].startswith("Phone number: Enter a mobile number, like 0912345678. ")


def test_the_code_does_not_depend_on_how_many_fields_are_wrong(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["phone"] = "12345"
    one = api("POST", "/v1/declarations", body)
    body["trip"]["purpose"] = "fun"
    two = api("POST", "/v1/declarations", body)
    assert fields_refused(one) == [("/traveller/phone", "phone_impossible")]
    assert {pointer for pointer, _ in fields_refused(two)} == {"/traveller/phone", "/trip/purpose"}
    assert two.json_body["detail"] == "Vui lòng kiểm tra: số điện thoại (và 1 mục khác)."


def test_fields_that_are_left_empty_are_named(api: Api, clock: Clock) -> None:
    body = form(clock())
    del body["traveller"]["phone"], body["traveller"]["full_name"], body["trip"]["purpose"]
    body["trip"]["destination"]["address"] = ""
    vietnamese = api("POST", "/v1/declarations", body).json_body
    assert vietnamese["detail"] == "Vui lòng điền: họ và tên (và 2 mục khác)."
    del body["trip"]["destination"]["address"]
    english = api("POST", "/v1/declarations", body, Accept_Language="en").json_body
    assert english["detail"] == "Please fill in: full name (and 2 more)."
    assert english["errors"][0]["detail"] == "Please fill in: full name."


def test_choices_are_given_by_their_names_in_the_language_of_the_answer(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["traveller"]["gender"] = "m"
    vietnamese = api("POST", "/v1/declarations", body).json_body
    english = api("POST", "/v1/declarations", body, Accept_Language="en").json_body
    assert vietnamese["detail"] == "Giới tính: Vui lòng chọn một trong: nam, nữ hoặc khác."
    assert english["detail"] == "Gender: Choose one of: male, female or other."


def test_what_only_a_developer_can_use_is_in_a_member_of_its_own(api: Api, clock: Clock) -> None:
    body = form(clock())
    body["trip"]["expected_arrival"] = None
    body["traveller"]["birth_year"] = "1990"
    answer = api("POST", "/v1/declarations", body).json_body
    reasons = {each["code"]: each["reason"] for each in answer["errors"]}
    assert reasons == {
        "wrong_type": "Input should be a valid integer",
        "time_invalid": "not written as RFC 3339 asks for, like 2021-07-22T14:30:00+07:00",
    }
    assert "None" not in str(answer)
    broken = api("POST", "/v1/declarations", b"{").json_body
    assert broken["reason"].startswith("EOF while parsing")
    assert "EOF" not in broken["detail"]


def test_a_crossing_that_a_gate_cannot_record_is_explained_to_a_guard(api: Api) -> None:
    line = {"code": "0000-0000-0000-0000", "checkpoint": "an-hoa", "temperature": 50.0, "decision": "admit"}
    answer = api("POST", "/v1/checkpoint/crossings", line, role="checkpoint").json_body
    assert answer["detail"] == "Thân nhiệt: Phải từ 30 đến 45 °C. Đo lại, hoặc kiểm tra số vừa nhập."


def test_a_type_leads_to_the_page_also_where_no_address_is_set(
    api: Api, aws: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert api("GET", "/v1/passes/X").json_body["type"] == f"{TYPE}code_mistyped"
    monkeypatch.delenv("PUBLIC_URL")
    settings.settings.cache_clear()
    assert api("GET", "/v1/passes/X", Host="evil.example").json_body["type"] == "/docs/errors#code_mistyped"
    assert api("GET", "/docs/none.js").json_body["type"] == "/docs/errors#not_found"


def test_a_fault_of_ours_names_the_hotline_and_the_request(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object, __: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(routes, "query_of", fail)
    answer = api("GET", "/v1/administrative-units")
    assert answer.status_code == 500
    assert "gọi (0276) 1022 và đọc mã yêu cầu" in answer.json_body["detail"]
    assert answer.json_body["detail"].endswith(f"{answer.headers['X-Request-Id']}.")


def test_a_fault_is_answered_in_words_with_settings_that_cannot_be_used(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASS_LIFETIME_SECONDS", "never")
    settings.settings.cache_clear()
    answer = api("GET", "/v1/health")
    assert (answer.status_code, answer.json_body["type"]) == (500, "/docs/errors#internal_error")
    assert "(0276) 1022" in answer.json_body["detail"]
