"""The gate's page: the queue and its board, what was recorded wrongly, families and buses without network."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import PIL.Image
import zxingcpp
from playwright.sync_api import Page, expect

from chalicelib.models.entry.codes import Code
from infra.local.stack import Stack
from tests.journeys.actors import Guard, HealthOfficer, Supervisor, Traveller
from tests.journeys.pages.browsers import Person, has_room
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
    types,
    waits_until_all_is_sent,
    waits_until_it_works_offline,
)
from tests.unit.permits.made import permit_form


def shoots_in_both_themes(person: Person, name: str, *, whole: bool = True) -> None:
    person.shoots(name, whole=whole)
    person.page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
    person.has_no_barriers()
    person.shoots(f"{name}-light", whole=whole)
    person.page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")


def looks_wrong_and_right(stack: Stack, code: str) -> tuple[str, list[str]]:
    """What was recorded first, and the corrections."""
    seen = Guard(stack).looks_up(code)
    return seen["crossing"]["decision"], [each["decision"] for each in seen.get("corrections", [])]


def test_who_is_there_scans_the_board_and_is_in_the_list(stack: Stack, guard: Callable[..., Person]) -> None:
    own, other = (
        Traveller(stack, 7650 + number, full_name="Lê Thị Chờ").declares()["passes"][0] for number in range(2)
    )
    an_hoa = guard(other["token"])
    page = an_hoa.page
    waits_until_it_works_offline(page)
    has_room(page)
    shoots_in_both_themes(an_hoa, "gate-start", whole=False)
    presses(page, "Đang chờ ở chốt", "Mở bảng cho người chờ quét")
    page.wait_for_function("() => document.querySelector('.board-picture')?.naturalWidth > 0")
    an_hoa.has_no_barriers()
    (board,) = zxingcpp.read_barcodes(PIL.Image.open(BytesIO(an_hoa.shoots("gate-board"))))
    expect(page.locator(".board-text")).to_have_text(board.text)
    shoots_in_both_themes(an_hoa, "gate-board")
    page.emulate_media(media="print")
    (printed,) = zxingcpp.read_barcodes(PIL.Image.open(BytesIO(an_hoa.shoots("gate-board-printed"))))
    assert printed.text == page.locator(".board-text").inner_text()
    page.emulate_media(media="screen")
    arrived = Traveller(stack, 0).send(
        "POST", f"/v1/passes/{own['code']}/arrival", {"board": board.text}, X_Pass_Secret=own["secret"]
    )
    assert arrived.status == 201, arrived.data
    page.go_back()
    page.get_by_role("button", name="Lê Thị Chờ").first.wait_for()
    an_hoa.has_no_barriers()
    has_room(page)
    shoots_in_both_themes(an_hoa, "gate-queue", whole=False)
    page.get_by_role("button", name="Lê Thị Chờ").first.click()
    says(page, "HỢP LỆ")
    expect(page.get_by_role("button", name="Ghi đã tới chốt")).to_have_count(0)
    # A guard in the queue, without network.
    page.go_back()
    page.go_back()
    loses_the_network(an_hoa)
    scans(page)
    says(page, "HỢP LỆ")
    presses(page, "Ghi đã tới chốt")
    is_said(page, KEPT)
    page.go_back()
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    seen = Guard(stack).looks_up(other["code"])
    assert (seen["arrival"]["checkpoint"], seen["arrival"]["by"], seen["verdict"]) == ("an-hoa", "staff", "valid")


def test_a_wrong_tap_is_corrected_at_once_or_from_the_list(stack: Stack, guard: Callable[..., Person]) -> None:
    first, second = (Traveller(stack, 7655 + number).declares()["passes"][0] for number in range(2))
    an_hoa = guard(second["token"])
    page = an_hoa.page
    types(page, first["code"])
    says(page, "HỢP LỆ")
    presses(page, "36,6", "Cho qua")
    is_said(page, RECORDED)
    an_hoa.shoots("gate-recorded-correct", whole=False)
    presses(page, "Sửa lại")
    expect(page.get_by_role("heading", name="Đúng ra là")).to_be_visible()
    an_hoa.has_no_barriers()
    shoots_in_both_themes(an_hoa, "gate-correct", whole=False)
    presses(page, "Không cho qua")
    shoots_in_both_themes(an_hoa, "gate-correct-why", whole=False)
    presses(page, "Bấm nhầm")
    is_said(page, "Đã sửa")
    assert looks_wrong_and_right(stack, first["code"]) == ("admit", ["refuse"])
    # Without network the correction is sent after what it corrects.
    page.go_back()
    loses_the_network(an_hoa)
    scans(page)
    says(page, "HỢP LỆ")
    presses(page, "36,6", "Cho qua")
    is_said(page, KEPT)
    page.go_back()
    presses(page, "Lượt vừa ghi")
    page.get_by_role("button", name="Sửa lại").first.wait_for()
    an_hoa.has_no_barriers()
    has_room(page)
    shoots_in_both_themes(an_hoa, "gate-last", whole=False)
    page.get_by_role("button", name="Sửa lại").first.click()
    page.get_by_label("Nhiệt độ đo lại (°C), nếu có").fill("384")
    presses(page, "Chuyển cách ly", "Đã đo lại nhiệt độ")
    page.get_by_role("heading", name="Lượt vừa ghi").wait_for()
    page.go_back()
    page.get_by_role("button", name="2 lượt chờ gửi").wait_for()
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    assert looks_wrong_and_right(stack, second["code"]) == ("admit", ["isolate"])
    assert Guard(stack).looks_up(second["code"])["corrections"][0]["temperature"] == 38.4


def test_a_family_without_a_phone_is_declared_together(stack: Stack, guard: Callable[..., Person]) -> None:
    an_hoa = guard("072185007660||Trần Thị Mẹ|17051985|Nữ|Tổ 3, Tây Ninh|22072021")
    page = an_hoa.page
    waits_until_it_works_offline(page)
    presses(page, "Khai báo giúp", "Quét căn cước")
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Mẹ", timeout=PATIENCE)
    declares_a_family(page, 7660)
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-family")
    presses(page, "Gửi tờ khai")
    page.get_by_text("2 người · 2 hợp lệ").wait_for()
    page.get_by_label("Cả xe: Nhiệt độ").fill("36,6")
    presses(page, "Cho qua 2 người")
    page.get_by_text("Đã ghi 2 người").wait_for()
    # The next ones, without network.
    an_hoa.allowed = [OFFLINE]
    an_hoa.context.set_offline(True)
    presses(page, "Khai báo giúp", "Quét căn cước")
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Mẹ", timeout=PATIENCE)
    expect(page.get_by_label("Số căn cước")).to_have_value("072185007660")
    declares_a_family(page, 7662)
    if page.get_by_role("button", name="Gửi tờ khai").is_visible():
        presses(page, "Gửi tờ khai")
    page.get_by_label("Nhiệt độ (°C): Trần Văn Con").fill("36,4")
    an_hoa.has_no_barriers()
    an_hoa.shoots("gate-family-offline")
    presses(page, "Cho qua")
    page.locator(".paper-number").wait_for()
    presses(page, "Xong")
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    page.get_by_role("heading", name="Đã được cấp mã").wait_for()
    an_hoa.shoots("gate-family-codes", whole=False)
    codes = page.locator("code").all_inner_texts()
    seen = [Guard(stack).looks_up(code) for code in codes]
    assert [each["crossing"]["decision"] for each in seen] == ["admit"] * 2
    assert [each["crossing"].get("temperature") for each in seen] == [None, 36.4]


def declares_a_family(page: Page, number: int) -> None:
    """A mother and her child, who has no document yet."""
    page.get_by_label("Họ và tên").fill("Trần Thị Mẹ")
    page.get_by_label("Năm sinh").fill("1985")
    page.get_by_label("Nữ", exact=True).check()
    page.get_by_label("Số căn cước").fill(f"07218500{number}")
    fills_in(page, f"70E1-{number}0")
    presses(page, "Thêm người đi cùng")
    child = page.get_by_role("group", name="Người đi cùng 1")
    child.get_by_label("Họ và tên").fill("Trần Văn Con")
    child.get_by_label("Năm sinh").fill("2020")
    child.get_by_label("Nam", exact=True).check()
    child.get_by_label("Không", exact=True).check()


def test_a_bus_without_network_is_scanned_into_a_list(stack: Stack, guard: Callable[..., Person]) -> None:
    bus = {"kind": "bus", "plate": "51B-766.70"}
    passes = [Traveller(stack, 7670 + number).declares(transport=bus)["passes"][0] for number in range(3)]
    made_up = Code.of(12_345, 0).shown
    an_hoa = guard([*(each["token"] for each in passes), made_up])
    page = an_hoa.page
    loses_the_network(an_hoa)
    presses(page, "Ghi cả xe")
    an_hoa.shoots("gate-bus-start", whole=False)
    presses(page, "Quét từng mã trên xe")
    page.get_by_text("Đã quét 4 người.").wait_for()
    an_hoa.has_no_barriers()
    page.locator(".found button").nth(1).click()
    presses(page, "Không cho qua", "Giấy tờ không khớp")
    page.get_by_label("Cả xe: Nhiệt độ").fill("36,5")
    shoots_in_both_themes(an_hoa, "gate-bus-offline")
    # A code that the device cannot verify goes with nobody.
    presses(page, "Cho qua 3 người")
    page.get_by_text(f"{made_up}: máy chưa kiểm được mã này").wait_for()
    page.locator(".found button", has_text=made_up).click()
    presses(page, "Không có trên xe")
    presses(page, "Cho qua 2 người")
    is_said(page, KEPT)
    # The battery dies.
    page.reload()
    page.get_by_role("button", name="3 lượt chờ gửi").click()
    page.get_by_text("Xe 51B-766.70: 3 người").wait_for()
    an_hoa.has_no_barriers()
    shoots_in_both_themes(an_hoa, "gate-bus-waits", whole=False)
    page.go_back()
    # Another gate has one of them meanwhile.
    assert Guard(stack, "checkpoint-2").records(passes[0]["code"])[0] == 201
    an_hoa.context.set_offline(False)
    waits_until_all_is_sent(page)
    page.get_by_text("Mã đã được ghi ở nơi khác").wait_for()
    an_hoa.shoots("gate-bus-conflict", whole=False)
    assert passes[0]["code"] in [each["code"] for each in Supervisor(stack).lists_conflicts()]
    decisions = [Guard(stack).looks_up(each["code"])["crossing"]["decision"] for each in passes]
    assert sorted(decisions) == ["admit", "admit", "refuse"]


def test_a_family_whose_answer_is_lost_is_recorded_once(stack: Stack, guard: Callable[..., Person]) -> None:
    passes = Traveller(stack, 7680).declares(companions=2)["passes"]
    an_hoa = guard(passes[0]["token"])
    page = an_hoa.page
    an_hoa.allowed = ["net::ERR_FAILED"]
    scans(page)
    says(page, "HỢP LỆ")
    page.get_by_text("Đi cùng: 2").click()
    presses(page, "Ghi cả xe")
    page.get_by_text("3 người · 3 hợp lệ").wait_for()
    page.get_by_label("Cả xe: Nhiệt độ").fill("36,7")
    loses_the_answer_of(page, "**/v1/checkpoint/crossings/group")
    presses(page, "Cho qua 3 người")
    is_said(page, KEPT)
    waits_until_all_is_sent(page)
    expect(page.get_by_role("heading", name="Ghi nhận trái nhau")).to_have_count(0)
    for each in passes:
        seen = Guard(stack).looks_up(each["code"])
        assert (seen["crossing"]["temperature"], "open_conflicts" in seen) == (36.7, False)


def test_a_crossing_by_permit_whose_answer_is_lost_is_recorded_once(stack: Stack, guard: Callable[..., Person]) -> None:
    officer = HealthOfficer(stack)
    asked = permit_form(7690, datetime.now(UTC))
    answer = officer.send("POST", "/v1/permits", {"permits": [asked]}, Idempotency_Key=str(uuid4()))
    code = json.loads(answer.data)["lines"][0]["code"]
    granted = officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    next_one = Traveller(stack, 7691).declares()["passes"][0]
    an_hoa = guard(granted["holder"]["token"])
    page = an_hoa.page
    an_hoa.allowed = ["net::ERR_FAILED"]
    scans(page)
    says(page, "HỢP LỆ")
    # The device's clock names another minute than the server's.
    page.evaluate("() => { const now = Date.now; Date.now = () => now() - 7 * 60000 }")
    loses_the_answer_of(page, "**/v1/checkpoint/permit-crossings")
    presses(page, "Không triệu chứng, không tiếp xúc", "Cho qua")
    is_said(page, KEPT)
    page.go_back()
    # The next answer shows that there is a network. What waits is sent soon, not with the next sync.
    types(page, next_one["code"])
    says(page, "HỢP LỆ")
    page.go_back()
    page.go_back()
    waits_until_all_is_sent(page)
    (crossing,) = officer.asks("GET", f"/v1/checkpoint/permits/{code}/crossings")["crossings"]
    # It is corrected by the server's minute.
    page.go_back()
    presses(page, "Lượt vừa ghi")
    page.get_by_role("button", name="Sửa lại").click()
    presses(page, "Không cho qua", "Nhầm người")
    page.get_by_role("heading", name="Lượt vừa ghi").wait_for()
    (corrected,) = officer.asks("GET", f"/v1/checkpoint/permits/{code}/crossings")["crossings"]
    assert (corrected["decision"], corrected["crossing"]) == ("refuse", crossing["crossing"])


def loses_the_answer_of(page: Page, address: str) -> None:
    """The first such request is carried out, and the page never learns of it."""

    def carry_out(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route(address, carry_out, times=1)
