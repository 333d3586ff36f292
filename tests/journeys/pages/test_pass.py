"""The page of a pass, as a traveller has it on a phone."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Playwright, expect

from infra.local.stack import Stack
from tests.journeys.actors import Guard, HealthOfficer, Traveller
from tests.journeys.pages.browsers import Person, film_of, has_room, qr_of, running
from tests.journeys.pages.conftest import Somebody
from tests.pictures import qr_text

PATIENCE = 60_000
"""Milliseconds."""


@pytest.fixture(autouse=True)
def _patient() -> None:
    expect.set_options(timeout=PATIENCE)


def _opens(person: Person, link: str) -> Page:
    person.page.set_default_timeout(PATIENCE)
    person.page.goto(link)
    return person.page


def test_the_link_shows_a_qr_that_another_reader_reads(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7501).declares()["passes"][0]
    traveller = somebody()
    page = _opens(traveller, own["links"]["page"])
    page.locator("#picture").wait_for()
    page.wait_for_function("() => document.getElementById('picture').complete")
    expect(page.locator(".pass .code")).to_have_text(own["code"])
    expect(page.locator(".clock")).to_contain_text("5")
    expect(page.get_by_text("Chỉ có giá trị khi được quét")).to_be_visible()
    expect(page.get_by_text("Chốt An Hòa")).to_be_visible()
    assert qr_text(traveller.shoots("pass")) == own["token"]
    traveller.has_no_barriers()
    has_room(page)
    page.emulate_media(color_scheme="dark")
    assert qr_text(traveller.shoots("pass-dark")) == own["token"]
    page.emulate_media(media="print")
    assert qr_text(traveller.shoots("pass-print")) == own["token"]


def test_the_page_runs_our_own_scripts_and_nothing_else(somebody: Somebody) -> None:
    traveller = somebody()
    answer = traveller.page.goto("/p")
    assert answer is not None
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; ")
    assert "require-trusted-types-for 'script'; trusted-types tnp" in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    text = answer.text()
    assert re.findall(r"<script(?![^>]* src=)|<style|\son\w+=|style=|(?:src|href)=.https?:", text) == []
    assert set(re.findall(r'(?:src|href)="/([^/"]+)/', text)) == {"a"}


def test_it_is_there_without_network_until_it_is_over(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7502).declares()["passes"][0]
    traveller = somebody()
    traveller.allowed.append("net::ERR")
    traveller.page.clock.install(time=datetime.now(UTC))
    page = _opens(traveller, own["links"]["page"])
    page.locator("#picture").wait_for()
    page.wait_for_function("() => navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function(_KEPT)
    assert own["secret"] not in page.evaluate(_WHAT_IS_KEPT)
    traveller.context.set_offline(True)
    page.reload()
    page.get_by_text("Không có mạng").wait_for()
    page.wait_for_function("() => document.getElementById('picture')?.complete")
    assert qr_text(traveller.shoots("pass-offline")) == own["token"]
    page.clock.fast_forward("01:00:30")
    page.locator(".over").wait_for()
    expect(page.locator("#picture")).to_have_count(0)
    traveller.has_no_barriers()
    traveller.shoots("pass-over")
    assert page.evaluate(_WHAT_IS_KEPT) == "[]"


_WHAT_IS_KEPT = """() => new Promise((resolve) => {
  indexedDB.open("pass").onsuccess = ({ target: { result } }) => {
    if (!result.objectStoreNames.contains("passes")) return resolve("[]");
    result.transaction("passes").objectStore("passes").getAll().onsuccess = (found) =>
      resolve(JSON.stringify(found.target.result));
  };
})"""
_KEPT = f"() => ({_WHAT_IS_KEPT})().then((kept) => kept !== '[]')"


def test_a_clock_that_is_an_hour_ahead_ends_no_pass(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7503).declares()["passes"][0]
    traveller = somebody()
    traveller.page.clock.install(time=datetime.fromtimestamp(datetime.now(UTC).timestamp() + 4000, UTC))
    page = _opens(traveller, own["links"]["page"])
    page.locator("#picture").wait_for()
    expect(page.locator(".clock")).to_contain_text("59:")


def test_a_pass_that_was_revoked_is_grey(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7504).declares()["passes"][0]
    HealthOfficer(stack).revokes(own["code"], "Thử nghiệm")
    traveller = somebody()
    traveller.allowed.append("410")
    page = _opens(traveller, own["links"]["page"])
    page.locator(".over").get_by_text("Đã bị thu hồi").wait_for()
    expect(page.locator("main").get_by_role("link", name="(0276) 1022").first).to_have_attribute("href", "tel:02761022")
    expect(page.locator("#picture")).to_have_count(0)
    traveller.has_no_barriers()
    traveller.shoots("pass-revoked")


def test_a_pass_that_was_used_is_grey_and_says_what_to_do(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7510).declares()["passes"][0]
    status, _ = Guard(stack).records(own["code"])
    assert status == 201
    traveller = somebody()
    page = _opens(traveller, own["links"]["page"])
    page.locator(".over").get_by_text("Đã qua chốt").wait_for()
    expect(page.get_by_role("heading", name="Việc cần làm")).to_be_visible()
    page.wait_for_function("() => document.getElementById('picture')?.complete")
    assert qr_text(traveller.shoots("pass-used")) == own["token"]
    traveller.has_no_barriers()


def test_a_link_that_was_cut_opens_nothing(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7505).declares()["passes"][0]
    link = own["links"]["page"]
    traveller = somebody()
    page = _opens(traveller, link[:-3])
    page.get_by_text("Đường dẫn này bị thiếu").wait_for()
    traveller.allowed.append("403")
    page.goto("about:blank")
    page.goto(link[:-1] + ("0" if link[-1] != "0" else "1"))
    page.get_by_role("alert").wait_for()
    expect(page.locator(".pass")).to_have_count(0)


def test_the_board_of_a_gate_is_scanned_or_typed(
    stack: Stack, playwright: Playwright, somebody: Somebody, tmp_path: Path
) -> None:
    guard = Guard(stack)
    one, other = Traveller(stack, 7506).declares(companions=1)["passes"]
    board = guard.asks("GET", "/v1/checkpoint/board")["text"]
    with running(playwright, film_of(qr_of(board), tmp_path / "board.y4m")) as browser:
        traveller = somebody(browser, permissions=["camera"])
        page = _opens(traveller, one["links"]["page"])
        page.get_by_role("button", name="Tôi đã tới chốt").click()
        traveller.has_no_barriers()
        page.get_by_role("button", name="Mở máy ảnh").click()
        page.get_by_text("Đã tới Chốt An Hòa").wait_for()
        traveller.has_no_barriers()
        traveller.shoots("pass-arrived")
        traveller.leaves()
        traveller.errors.clear()
    traveller = somebody()
    traveller.allowed.append("422")
    page = _opens(traveller, other["links"]["page"])
    page.get_by_role("button", name="Tôi đã tới chốt").click()
    page.get_by_label("Hoặc gõ dòng chữ dưới mã QR của bảng").fill("TNB1:an-hoa:1:0000000000000")
    page.get_by_role("button", name="Gửi").click()
    page.get_by_role("alert").wait_for()
    traveller.shoots("pass-board-wrong")
    page.get_by_label("Hoặc gõ dòng chữ dưới mã QR của bảng").fill(guard.asks("GET", "/v1/checkpoint/board")["text"])
    page.get_by_role("button", name="Gửi").click()
    page.get_by_text("Đã tới Chốt An Hòa").wait_for()


def test_it_is_saved_as_a_picture_and_as_a_slip(stack: Stack, somebody: Somebody, tmp_path: Path) -> None:
    own = Traveller(stack, 7508).declares()["passes"][0]
    page = _opens(somebody(), own["links"]["page"])
    page.locator("#picture").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Lưu thành ảnh").click()
    download.value.save_as(tmp_path / "pass.png")
    assert qr_text((tmp_path / "pass.png").read_bytes()) == own["token"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Phiếu để in (PDF)").click()
    download.value.save_as(tmp_path / "slip.pdf")
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF")


def test_a_driver_from_cambodia_reads_khmer(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7509).declares()["passes"][0]
    page = _opens(somebody(locale="km-KH"), own["links"]["page"])
    page.get_by_text("មានតម្លៃតែពេលបុគ្គលិកស្កេន").wait_for()
    page.get_by_role("button", name="Tiếng Việt").click()
    page.get_by_text("Chỉ có giá trị khi được quét").wait_for()


def test_a_permit_s_link_shows_when_and_where_it_is_valid(stack: Stack, somebody: Somebody) -> None:
    officer, today = HealthOfficer(stack), datetime.now(UTC)
    asked = {
        "person": {
            "full_name": "Tài Xế Thử",
            "birth_year": 1980,
            "identity": {"kind": "passport", "number": f"B7{uuid4().int % 10**6:06d}"},
        },
        "plate": "70C-98765",
        "employer": "Công ty Vận tải Ví Dụ",
        "purpose": "Chở rau mỗi ngày",
        "commune": "25480",
        "conditions": {
            "from": f"{today:%Y-%m-%d}",
            "until": f"{today + timedelta(days=30):%Y-%m-%d}",
            "days": ["monday", "friday"],
            "hours": {"from": "05:00", "until": "21:00"},
            "checkpoints": ["an-hoa"],
        },
    }
    answer = officer.send("POST", "/v1/permits", {"permits": [asked]}, Idempotency_Key=str(uuid4()))
    assert answer.status == 200, answer.data
    code = json.loads(answer.data)["lines"][0]["code"]
    granted = officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    traveller = somebody()
    page = _opens(traveller, f"/p#{code.replace('-', '')}{granted['holder']['secret']}")
    page.locator("#picture").wait_for()
    page.wait_for_function("() => document.getElementById('picture').complete")
    expect(page.locator(".lines")).to_contain_text("thứ hai, thứ sáu")
    expect(page.locator(".lines")).to_contain_text("05:00 – 21:00")
    expect(page.locator(".lines")).to_contain_text("Chốt An Hòa")
    expect(page.get_by_role("button", name="Tôi đã tới chốt")).to_have_count(0)
    assert qr_text(traveller.shoots("pass-permit"))
    traveller.has_no_barriers()
