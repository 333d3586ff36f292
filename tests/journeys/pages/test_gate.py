"""The gate's page, as guards use it: a phone with a camera, at night, with network and without."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3
from playwright.sync_api import Playwright, expect

from infra.accounts import engine
from infra.deployment import pages as deployed_pages
from infra.local.stack import Stack
from infra.packaging import pages as built_pages
from tests import certificates, token_vectors
from tests.forms import for_a_day
from tests.journeys.actors import Administrator, Guard, HealthOfficer, Supervisor, Traveller, Witness
from tests.journeys.pages.browsers import Person
from tests.journeys.pages.conftest import Somebody
from tests.journeys.pages.guards import (
    KEPT,
    OFFLINE,
    PATIENCE,
    RECORDED,
    fills_in,
    is_said,
    loses_the_network,
    presses,
    says,
    scans,
    signs_in,
    types,
    waits_until_all_is_sent,
    waits_until_it_works_offline,
)
from tests.tools import program


def is_whole_with_text_twice_as_large(person: Person) -> None:
    """Nothing is cut off at the side."""
    page = person.page
    page.evaluate("() => { document.documentElement.style.fontSize = '200%' }")
    person.has_no_barriers()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= page.evaluate("() => innerWidth")
    person.shoots("gate-valid-large")
    page.evaluate("() => { document.documentElement.style.fontSize = '' }")


def test_three_taps_from_the_scan_to_the_record(stack: Stack, guard: Callable[..., Person]) -> None:
    own = Traveller(stack, 7610).declares()["passes"][0]
    an_hoa = guard(own["token"])
    page = an_hoa.page
    expect(page.get_by_role("heading", name="Chốt An Hòa")).to_be_visible()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-home")
    page.evaluate("() => { globalThis.taps = 0; addEventListener('click', () => globalThis.taps++, true) }")
    begun = time.monotonic()
    scans(page)
    says(page, "HỢP LỆ")
    an_hoa.shoots("gate-valid", whole=False)
    is_whole_with_text_twice_as_large(an_hoa)
    page.evaluate("() => { globalThis.taps = 0 }")
    presses(page, "36,6", "Tùy thân", "Cho qua")
    is_said(page, RECORDED)
    assert time.monotonic() - begun < 10
    assert page.evaluate("() => globalThis.taps") == 3
    an_hoa.shoots("gate-recorded", whole=False)
    on_record = Guard(stack).looks_up(own["code"])
    assert on_record["crossing"]["temperature"] == 36.6
    assert on_record["crossing"]["documents_seen"] == ["identity_document"]
    assert on_record["verdict"] == "used"


def test_a_verdict_has_no_barriers_and_a_reason_takes_one_tap(stack: Stack, guard: Callable[..., Person]) -> None:
    ill, other, late = (Traveller(stack, 7611 + number) for number in range(3))
    ill_pass = ill.declares()["passes"][0]["code"]
    an_hoa = guard()
    page = an_hoa.page
    # Until then the device does not know the policy's fever: the API asks for the reason.
    waits_until_it_works_offline(page)
    types(page, ill_pass)
    says(page, "HỢP LỆ")
    an_hoa.has_no_barriers()
    # A fever is not admitted without a reason.
    page.get_by_label("Nhiệt độ (°C): Khác").fill("384")
    presses(page, "Cho qua")
    expect(page.get_by_role("heading", name="Vì sao vẫn cho qua?")).to_be_focused()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-reason", whole=False)
    presses(page, "Quay lại", "Chuyển cách ly", "Sốt")
    is_said(page, RECORDED)
    crossing = Guard(stack).looks_up(ill_pass)["crossing"]
    assert (crossing["decision"], crossing["temperature"], crossing["reason"]) == ("isolate", 38.4, "Sốt")
    # The next code, at once; and twice the same.
    refused = other.declares()["passes"][0]["code"]
    page.get_by_label("Mã 16 ký tự").fill(refused.lower().replace("-", " "))
    page.get_by_role("button", name="Kiểm tra").click()
    presses(page, "Không cho qua", "Giấy tờ không khớp")
    is_said(page, RECORDED)
    assert Guard(stack).looks_up(refused)["crossing"]["decision"] == "refuse"
    page.get_by_label("Mã 16 ký tự").fill(refused)
    page.get_by_role("button", name="Kiểm tra").click()
    says(page, "ĐÃ DÙNG")
    expect(page.get_by_role("button", name="Cho qua")).to_have_count(0)
    an_hoa.shoots("gate-used", whole=False)
    # Who is found by the plate, on the way out.
    code = late.declares(transport={"kind": "car", "plate": "70A-761.13"})["passes"][0]["code"]
    Guard(stack).records(code)
    page.go_back()
    page.go_back()
    presses(page, "Ra khỏi tỉnh")
    types(page, code)
    says(page, "ĐƯỢC RA")
    presses(page, "Ghi lượt ra")
    is_said(page, RECORDED)
    assert Guard(stack).looks_up(code)["left"]["checkpoint"] == "an-hoa"


def test_a_visitor_leaves_a_card_and_gets_it_back(stack: Stack, guard: Callable[..., Person]) -> None:
    own = Traveller(stack, 7614, full_name="Nguyễn Thị Khách").declares(**for_a_day(datetime.now(UTC)))["passes"][0]
    an_hoa = guard()
    page = an_hoa.page
    types(page, own["code"])
    says(page, "HỢP LỆ")
    page.get_by_text("Giấy tờ khác, quét chứng nhận").click()
    page.get_by_label("Giữ giấy tờ, số biên nhận").fill("A-017")
    presses(page, "36,6", "Giấy tờ xe", "Cho qua")
    is_said(page, RECORDED)
    page.go_back()
    presses(page, "Chưa ra khỏi tỉnh")
    page.get_by_text("đang giữ giấy tờ, biên nhận A-017").wait_for()
    an_hoa.shoots("gate-visitors", whole=False)
    page.get_by_role("button", name="Nguyễn Thị Khách").click()
    says(page, "ĐÃ DÙNG")
    page.get_by_label("Đã trả giấy tờ").check()
    presses(page, "Ghi lượt ra")
    is_said(page, RECORDED)
    seen = Guard(stack).looks_up(own["code"])
    assert seen["crossing"]["documents_seen"] == ["vehicle_papers"]
    assert (seen["left"]["checkpoint"], "identity_held" in seen) == ("an-hoa", False)


def test_who_has_no_phone_at_hand_is_found(stack: Stack, guard: Callable[..., Person]) -> None:
    traveller, witness = Traveller(stack, 7613, full_name="Phạm Thị Tìm"), Witness(stack)
    code = traveller.declares(transport={"kind": "car", "plate": "70A-761.33"})["passes"][0]["code"]
    witness.waits_until(lambda: code.replace("-", "") in witness.codes_exposed(), "the search knows them", pause=0.5)
    number = traveller.form()["traveller"]["identity"]["number"]
    an_hoa = guard()
    page = an_hoa.page
    for by, sought in (("Biển số", "70a 76133"), ("Điện thoại", traveller.phone), ("Số giấy tờ", number)):
        presses(page, "Tìm người, tìm xe")
        page.get_by_role("radio", name=by).check()
        page.get_by_role("textbox", name=by).fill(sought)
        presses(page, "Tìm")
        page.get_by_role("button", name="Phạm Thị Tìm").click()
        says(page, "HỢP LỆ")
        page.go_back()
        page.go_back()
    presses(page, "Ghi cả xe")
    page.get_by_label("Biển số xe, hoặc số chuyến").fill("70A-761.33")
    presses(page, "Xem danh sách")
    page.get_by_text("1 người · 1 hợp lệ").wait_for()
    page.go_back()
    presses(page, "Tìm người, tìm xe")
    page.get_by_role("textbox", name="Biển số").fill("70A-99999")
    presses(page, "Tìm")
    page.get_by_text("Không có ai").wait_for()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-search", whole=False)


def test_a_forged_pass_is_called_so_with_network_and_without(stack: Stack, guard: Callable[..., Person]) -> None:
    own = Traveller(stack, 7615).declares()["passes"][0]["token"]
    forged = token_vectors.changed_byte(own)
    an_hoa = guard(forged)
    page = an_hoa.page
    waits_until_it_works_offline(page)
    scans(page)
    says(page, "KHÔNG THẬT")
    expect(page.get_by_role("button", name="Cho qua")).to_have_count(0)
    an_hoa.shoots("gate-forged", whole=False)
    an_hoa.allowed = [OFFLINE]
    an_hoa.context.set_offline(True)
    page.reload()
    scans(page)
    says(page, "KHÔNG THẬT")
    an_hoa.has_no_barriers()


def test_an_hour_without_network_then_all_is_sent_and_a_conflict_is_shown(
    stack: Stack, guard: Callable[..., Person]
) -> None:
    first, second = (Traveller(stack, 7616 + number).declares()["passes"][0] for number in range(2))
    an_hoa = guard(first["token"])
    an_hoa.allowed = [OFFLINE]
    page = an_hoa.page
    waits_until_it_works_offline(page)
    an_hoa.context.set_offline(True)
    page.reload()
    scans(page)
    says(page, "HỢP LỆ")
    page.get_by_text("Mất mạng: máy này tự kiểm tra").wait_for()
    an_hoa.shoots("gate-offline", whole=False)
    presses(page, "36,8", "Tùy thân", "Cho qua")
    is_said(page, KEPT)
    # The battery dies; the page opens again. What was recorded is still there, and cannot be recorded again.
    page.reload()
    page.get_by_role("button", name="1 lượt chờ gửi").wait_for()
    types(page, first["code"])
    says(page, "ĐÃ DÙNG")
    expect(page.get_by_role("button", name="Cho qua")).to_have_count(0)
    page.go_back()
    page.get_by_label("Mã 16 ký tự").fill(second["code"])
    page.get_by_role("button", name="Kiểm tra").click()
    says(page, "CHƯA RÕ")
    presses(page, "36,4", "Cho qua")
    is_said(page, KEPT)
    page.go_back()
    # Meanwhile the first one went through another gate.
    assert Guard(stack, "checkpoint-2").records(first["code"])[0] == 201
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    page.get_by_text("Mã đã được ghi ở nơi khác").wait_for()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-conflict", whole=False)
    assert Guard(stack).looks_up(second["code"])["crossing"]["temperature"] == 36.4
    assert first["code"] in [each["code"] for each in Supervisor(stack).lists_conflicts()]
    presses(page, "Đã xem")
    expect(page.get_by_text("Mã đã được ghi ở nơi khác")).to_have_count(0)


def test_a_slow_network_keeps_nobody_waiting(stack: Stack, guard: Callable[..., Person]) -> None:
    own = Traveller(stack, 7618).declares()["passes"][0]
    an_hoa = guard(own["token"])
    page = an_hoa.page
    page.get_by_text("Dữ liệu lúc").wait_for()
    held: list[Any] = []
    is_slow = [True]
    page.route("**/v1/checkpoint/c*", lambda route: held.append(route) if is_slow else route.continue_())
    scans(page)
    says(page, "HỢP LỆ")
    page.get_by_text("Mất mạng: máy này tự kiểm tra").wait_for()
    presses(page, "36,6", "Cho qua")
    is_said(page, KEPT)
    is_slow.clear()
    for route in held:
        route.continue_()
    page.get_by_text("Có mạng ·").wait_for()
    page.go_back()
    waits_until_all_is_sent(page)
    assert Guard(stack).looks_up(own["code"])["crossing"]["temperature"] == 36.6


def test_without_a_camera_codes_are_typed(playwright: Playwright, stack: Stack, somebody: Somebody) -> None:
    an_hoa = somebody()
    page = an_hoa.page
    page.set_default_timeout(PATIENCE)
    signs_in(page)
    # Nobody has allowed it.
    an_hoa.context.clear_permissions()
    scans(page)
    page.get_by_text("Chưa được phép dùng máy ảnh").wait_for()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-no-camera", whole=False)
    expect(page.get_by_role("button", name="Gõ mã")).to_be_visible()
    browser = playwright.chromium.launch(executable_path=program("chromium", "chromium-browser"))
    try:
        other = somebody(browser, permissions=["camera"])
        other.page.set_default_timeout(PATIENCE)
        signs_in(other.page)
        scans(other.page)
        other.page.get_by_text("Máy này không có máy ảnh").wait_for()
        other.context.close()
    finally:
        browser.close()


def test_a_whole_bus_with_one_exception(stack: Stack, guard: Callable[..., Person]) -> None:
    bus = {"transport": {"kind": "bus", "plate": "51B-761.20"}}
    passes = Traveller(stack, 7620).declares(companions=4, **bus)["passes"]
    an_hoa = guard(passes[0]["token"], viewport={"width": 412, "height": 900})
    page = an_hoa.page
    scans(page)
    says(page, "HỢP LỆ")
    page.get_by_text("Đi cùng: 4").click()
    presses(page, "Ghi cả xe")
    page.get_by_text("5 người · 5 hợp lệ").wait_for()
    an_hoa.has_no_barriers()
    page.locator(".found button").nth(3).click()
    presses(page, "Chuyển cách ly", "Sốt")
    page.get_by_label("Cả xe: Nhiệt độ").fill("36,5")
    an_hoa.shoots("gate-bus")
    presses(page, "Cho qua 4 người")
    page.get_by_text("Đã ghi 5 người").wait_for()
    decisions = [Guard(stack).looks_up(each["code"])["crossing"]["decision"] for each in passes]
    assert sorted(decisions) == ["admit"] * 4 + ["isolate"]


def test_what_waits_survives_a_new_release_which_never_takes_over_by_itself(
    stack: Stack, guard: Callable[..., Person], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Traveller(stack, 7630).declares()["passes"][0]
    an_hoa = guard(own["token"])
    an_hoa.allowed = [OFFLINE]
    page = an_hoa.page
    waits_until_it_works_offline(page)
    an_hoa.context.set_offline(True)
    scans(page)
    says(page, "HỢP LỆ")
    presses(page, "36,6", "Cho qua")
    is_said(page, KEPT)
    page.go_back()
    with released(stack, tmp_path, monkeypatch, "Bắt đầu quét", "Quét mã QR"):
        # Nothing is sent yet, so that the line still waits.
        page.route("**/v1/checkpoint/crossings/batch", lambda route: route.abort())
        an_hoa.allowed.append("net::ERR_FAILED")
        an_hoa.context.set_offline(False)
        page.reload()
        page.get_by_text("Có bản mới.").wait_for()
        expect(page.get_by_role("button", name="Bắt đầu quét")).to_be_visible()
        an_hoa.shoots("gate-update", whole=False)
        presses(page, "Dùng bản mới")
        page.get_by_role("button", name="Quét mã QR").wait_for()
        page.get_by_role("button", name="1 lượt chờ gửi").click()
        presses(page, "Gửi ngay")
        expect(page.get_by_role("button", name="Gửi ngay")).to_be_enabled(timeout=PATIENCE)
        page.go_back()
        page.unroute("**/v1/checkpoint/crossings/batch")
        waits_until_all_is_sent(page)
    assert Guard(stack).looks_up(own["code"])["crossing"]["decision"] == "admit"


@contextmanager
def released(stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch, text: str, other: str) -> Iterator[None]:
    """A release of the pages in which the gate has another text, for as long as the `with` lasts."""
    account, bucket = engine(stack["endpoint_url"], stack["region"]), stack["outputs"]["PagesBucketName"]
    settings = json.loads(urllib3.request("GET", f"{stack['endpoint_url']}/settings.json").data)
    web = folder / "web"
    shutil.copytree(built_pages.SOURCES, web, ignore=shutil.ignore_patterns("node_modules"))
    words = web / "gate" / "words.js"
    words.write_text(words.read_text().replace(text, other))
    with monkeypatch.context() as patched:
        patched.setattr(built_pages, "SOURCES", web)
        built_pages.build(folder / "pages")
    deployed_pages.put(account, bucket, folder / "pages", settings)
    try:
        yield
    finally:
        deployed_pages.put(account, bucket, built_pages.PAGES, settings)


def test_who_is_not_posted_reads_what_to_tell_the_supervisor(stack: Stack, guard: Callable[..., Person]) -> None:
    hotline = guard(username="hotline")
    hotline.page.get_by_text("Tài khoản này không trực chốt").wait_for()
    presses(hotline.page, "Đăng xuất")
    hotline.page.get_by_role("button", name="Đăng nhập").wait_for()
    hotline.has_no_barriers()
    hotline.shoots("gate-sign-in", whole=False)


def test_a_permit_is_asked_two_questions(stack: Stack, guard: Callable[..., Person]) -> None:
    officer, holder = HealthOfficer(stack), Traveller(stack, 7640).form()["traveller"]
    today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
    asked = {
        "person": {name: holder[name] for name in ("full_name", "birth_year", "identity", "phone")},
        "employer": "Công ty Thử Nghiệm",
        "purpose": "Chở rau mỗi ngày",
        "commune": "25480",
        "plate": "70C-076.40",
        "conditions": {"from": today, "until": today},
    }
    answer = officer.send("POST", "/v1/permits", {"permits": [asked]}, Idempotency_Key=str(uuid4()))
    code = json.loads(answer.data)["lines"][0]["code"]
    granted = officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    an_hoa = guard(granted["holder"]["token"])
    page = an_hoa.page
    waits_until_it_works_offline(page)
    scans(page)
    says(page, "HỢP LỆ")
    page.get_by_text("Công ty Thử Nghiệm").wait_for()
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-permit", whole=False)
    presses(page, "Không triệu chứng, không tiếp xúc", "Cho qua")
    is_said(page, RECORDED)
    # On the way out, without network.
    an_hoa.allowed = [OFFLINE]
    an_hoa.context.set_offline(True)
    page.go_back()
    presses(page, "Ra khỏi tỉnh")
    scans(page)
    says(page, "ĐƯỢC RA")
    presses(page, "Ghi lượt ra")
    is_said(page, KEPT)
    page.go_back()
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    crossings = officer.asks("GET", f"/v1/checkpoint/permits/{code}/crossings")["crossings"]
    assert sorted(each["crossing"]["direction"] for each in crossings) == ["in", "out"]


def test_a_certificate_is_scanned_beside_a_pass(stack: Stack, guard: Callable[..., Person]) -> None:
    now = datetime.now(UTC)
    key = certificates.vietnamese_key()
    Administrator(stack).trusts("VN", certificates.bare_entry(key, b"vietnam1", now))
    taken = certificates.test(sc=(now - timedelta(hours=5)).isoformat())
    text = certificates.make_certificate(
        key, b"vietnam1", "VN", taken, now - timedelta(days=1), now + timedelta(days=30)
    )
    own = Traveller(stack, 7641, full_name="Nguyễn Văn Thử").declares()["passes"][0]
    an_hoa = guard(text)
    page = an_hoa.page
    types(page, own["code"])
    says(page, "HỢP LỆ")
    page.get_by_text("Chưa có kết quả xét nghiệm âm tính").wait_for()
    page.get_by_text("Giấy tờ khác, quét chứng nhận").click()
    presses(page, "Quét chứng nhận")
    page.get_by_text("Nguyễn Văn Thử, 17/05/1990").wait_for()
    expect(page.get_by_text("Chưa có kết quả xét nghiệm âm tính")).to_have_count(0)
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-certificate")
    presses(page, "36,6", "Cho qua")
    is_said(page, RECORDED)
    crossing = Guard(stack).looks_up(own["code"])["crossing"]
    assert [each["verdict"] for each in crossing["certificates"]] == ["valid"]
    assert crossing["documents_seen"] == ["test_result"]
    # Without network the device judges it by the trust list.
    page.go_back()
    loses_the_network(an_hoa)
    scans(page)
    says(page, "ĐÚNG")
    page.get_by_text("Chứng nhận thật").wait_for()
    an_hoa.shoots("gate-certificate-offline", whole=False)


def test_somebody_without_a_pass_is_declared_from_their_card(stack: Stack, guard: Callable[..., Person]) -> None:
    an_hoa = guard("072190007642||Trần Thị Mẫu|17051990|Nữ|Tổ 3, Tây Ninh|22072021")
    page = an_hoa.page
    waits_until_it_works_offline(page)
    scans(page)
    says(page, "CĂN CƯỚC")
    an_hoa.shoots("gate-card", whole=False)
    presses(page, "Khai báo giúp")
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Mẫu")
    presses(page, "Gửi tờ khai")
    expect(page.get_by_role("alert")).to_be_focused()
    an_hoa.has_no_barriers()
    fills_in(page, "70E1-764.20")
    an_hoa.shoots("gate-declare")
    presses(page, "Gửi tờ khai")
    says(page, "HỢP LỆ")
    presses(page, "36,6", "Tùy thân", "Cho qua")
    # The card is still before the camera, and is read again.
    says(page, "CĂN CƯỚC")
    # The next one, without network: the form waits, and its number is on paper.
    page.goto("/gate")
    page.get_by_role("button", name="Bắt đầu quét").wait_for()
    an_hoa.allowed = [OFFLINE]
    an_hoa.context.set_offline(True)
    presses(page, "Khai báo giúp")
    page.get_by_label("Họ và tên").fill("Lê Văn Mẫu")
    page.get_by_label("Năm sinh").fill("1985")
    page.get_by_label("Nam", exact=True).check()
    page.get_by_label("Số căn cước").fill("072085007643")
    fills_in(page, "70E1-764.30", is_ill=True)
    if page.get_by_role("button", name="Gửi tờ khai").is_visible():
        presses(page, "Gửi tờ khai")
    page.get_by_text("Có triệu chứng: chuyển bộ phận y tế tại chốt.").wait_for()
    presses(page, "Cho qua", "Y tế tại chốt đã khám")
    page.get_by_text("T-0002").wait_for()
    an_hoa.shoots("gate-paper", whole=False)
    presses(page, "Xong")
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    page.get_by_role("heading", name="Đã được cấp mã").wait_for()
    code = page.locator("code").inner_text()
    an_hoa.shoots("gate-declared-later", whole=False)
    seen = Guard(stack).looks_up(code)
    assert (seen["declared_offline"], seen["crossing"]["reason"]) == (True, "Y tế tại chốt đã khám")
    assert "found_differently" not in seen
