"""The form, as drivers fill it in on a cheap phone with a bad line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from playwright.sync_api import Playwright, Request, Route, expect

from infra.local.stack import Stack
from tests.endpoint import serving
from tests.journeys.actors import Guard, Partner, Traveller, Witness
from tests.journeys.pages.browsers import Person, film_of, has_room, qr_of, running
from tests.journeys.pages.conftest import Somebody
from tests.pictures import qr_text

PATIENCE = 60_000
"""Milliseconds."""
CARD = "072090000123|290000123|Nguyễn Văn Thử|17051990|Nam|Tổ 3, ấp Ninh Phú, Tây Ninh|22072021"


class Driver:
    """Somebody who fills in the form. Each number is another person."""

    def __init__(self, person: Person, number: int) -> None:
        self.person, self.page, self.number = person, person.page, number
        self.phone = f"0913{number:06d}"
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)

    def goes_on(self) -> None:
        self.page.get_by_role("button", name="Tiếp tục").click()

    def sees(self, heading: str) -> None:
        self.page.get_by_role("heading", name=heading, level=1).wait_for()

    def picks(self, label: str, typed: str, option: str) -> None:
        self.page.get_by_role("combobox", name=label).press_sequentially(typed)
        self.page.get_by_role("option", name=option).first.click()

    def says_who(self, name: str = "Nguyễn Văn Thử", born: str = "1990") -> None:
        self.page.get_by_label("Họ và tên").fill(name)
        self.page.get_by_label("Năm sinh hoặc ngày sinh").fill(born)
        self.page.get_by_label("Nam", exact=True).check()
        self.goes_on()

    def gives_papers(self, phone: str = "") -> None:
        self.sees("Giấy tờ và số điện thoại")
        self.page.get_by_label("Số căn cước công dân").fill(f"0720900{self.number:05d}")
        self.page.get_by_label("Số điện thoại di động").fill(phone or self.phone)
        self.goes_on()

    def says_from_where(self) -> None:
        self.sees("Đi từ đâu?")
        self.picks("Tỉnh, thành phố", "ho chi minh", "Hồ Chí Minh")
        self.picks("Xã, phường nơi đi", "ben nghe", "Bến Nghé")
        self.goes_on()

    def says_where_to(self) -> None:
        self.sees("Đến đâu ở Tây Ninh?")
        self.picks("Xã, phường nơi đến", "ninh thanh", "Phường Ninh Thạnh")
        self.page.get_by_label("Địa chỉ nơi đến").fill("Tổ 3")
        self.page.get_by_label("Về nhà").check()
        self.goes_on()

    def names_the_vehicle(self) -> None:
        self.sees("Đi bằng gì?")
        self.page.get_by_label("Xe máy").check()
        self.page.get_by_label("Biển số xe").fill("70E1-123.45")
        self.goes_on()

    def says_when(self) -> None:
        self.sees("Khi nào tới chốt?")
        self.page.get_by_label("30 phút nữa").check()
        self.page.get_by_label("Chốt An Hòa").check()
        self.goes_on()

    def is_alone(self) -> None:
        self.sees("Có ai đi cùng không?")
        self.goes_on()

    def is_well(self) -> None:
        self.page.get_by_label("Không có triệu chứng nào").check()
        for each in self.page.get_by_label("Không", exact=True).all():
            each.check()
        self.goes_on()

    def agrees(self) -> None:
        self.sees("Đồng ý xử lý dữ liệu")
        self.page.get_by_label("Tôi đã đọc và đồng ý").check()
        self.goes_on()

    def answers_everything(self, **papers: str) -> None:
        self.page.goto("/")
        self.says_who()
        self.gives_papers(**papers)
        self.says_from_where()
        self.says_where_to()
        self.names_the_vehicle()
        self.says_when()
        self.is_alone()
        self.sees("Sức khỏe hôm nay")
        self.is_well()
        self.agrees()
        self.sees("Kiểm tra lại rồi gửi")

    def sends(self) -> None:
        self.page.get_by_role("button", name="Gửi tờ khai").click()

    def holds_a_pass(self) -> str:
        """The code on the page."""
        self.page.locator("#picture").wait_for()
        return self.page.locator(".pass .code").inner_text()


def test_a_driver_with_a_child_declares_on_a_slow_line(stack: Stack, somebody: Somebody) -> None:
    driver = Driver(somebody(), 8101)
    page = driver.page
    driver.person.is_slow()
    page.add_init_script(_WATCH)
    page.goto("/")
    driver.person.shoots("declare-1-who")
    assert page.evaluate("window.shifts") == []
    driver.goes_on()
    expect(page.get_by_role("alert")).to_be_focused()
    driver.person.has_no_barriers()
    driver.person.shoots("declare-1-who-missing")
    driver.says_who()
    driver.gives_papers()
    driver.says_from_where()
    driver.sees("Đến đâu ở Tây Ninh?")
    page.get_by_role("combobox", name="Xã, phường nơi đến").press_sequentially("ninh th")
    page.get_by_role("option").first.wait_for()
    driver.person.has_no_barriers()
    driver.person.shoots("declare-4-to")
    page.get_by_role("combobox", name="Xã, phường nơi đến").fill("")
    driver.says_where_to()
    driver.names_the_vehicle()
    driver.says_when()
    driver.sees("Có ai đi cùng không?")
    page.get_by_role("button", name="Thêm người đi cùng").click()
    page.get_by_label("Họ và tên").fill("Trần Thị Mẫu")
    page.get_by_label("Năm sinh hoặc ngày sinh").fill(str(datetime.now(UTC).year - 6))
    page.get_by_label("Nữ").check()
    page.get_by_label("Chưa có (trẻ em)").check()
    driver.goes_on()
    driver.sees("Có ai đi cùng không?")
    expect(page.locator(".people-name")).to_have_text("Trần Thị Mẫu")
    driver.goes_on()
    for name in ("Nguyễn Văn Thử", "Trần Thị Mẫu"):
        driver.sees(f"{name}: sức khỏe hôm nay")
        if name == "Trần Thị Mẫu":
            page.locator(".symptom").last.wait_for()
            driver.person.has_no_barriers()
            driver.person.shoots("declare-8-health")
            has_room(page)
        driver.is_well()
    driver.sees("Đồng ý xử lý dữ liệu")
    expect(page.get_by_label("Tôi đã đọc và đồng ý")).not_to_be_checked()
    page.get_by_label("Cha hoặc mẹ").check()
    driver.person.has_no_barriers()
    driver.agrees()
    driver.sees("Kiểm tra lại rồi gửi")
    expect(page.locator(".summary")).to_contain_text("Phường Ninh Thạnh")
    driver.person.has_no_barriers()
    driver.person.shoots("declare-10-check")
    has_room(page)
    driver.sends()
    driver.sees("Đã có mã QR")
    driver.person.shoots("declare-11-done")
    codes = page.locator(".passes .code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("button", name="Phiếu để in cho mọi người").click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    page.get_by_role("link", name="TT MAU").click()
    assert driver.holds_a_pass() == codes[1]
    page.go_back()
    page.get_by_role("link", name="NV THU").click()
    assert driver.holds_a_pass() == codes[0]
    seen = Guard(stack).scans(qr_text(driver.person.shoots("declare-12-pass")))
    assert (seen["verdict"], seen["person"]["full_name"]) == ("valid", "Nguyễn Văn Thử")


_WATCH = """
window.shifts = [];
const watch = (type, tell) =>
  new PerformanceObserver((list) => list.getEntries().forEach(tell)).observe({ type, buffered: true });
watch("layout-shift", (each) => {
  const moved = each.sources.map((source) => source.node?.parentElement?.outerHTML.slice(0, 100));
  if (!each.hadRecentInput) window.shifts.push([each.value, location.hash, moved]);
});
"""


def test_what_the_api_refuses_leads_to_its_question(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8102)
    page = driver.page
    driver.person.allowed.append("422")
    driver.answers_everything(phone="0212345678")
    driver.sends()
    alert = page.get_by_role("alert")
    expect(alert).to_be_focused()
    expect(alert).to_contain_text("Số điện thoại")
    driver.person.has_no_barriers()
    driver.person.shoots("declare-refused")
    words = alert.get_by_role("link").inner_text()
    alert.get_by_role("link").click()
    driver.sees("Giấy tờ và số điện thoại")
    expect(page.locator("#phone-error")).to_contain_text(words)
    expect(page.get_by_role("alert")).to_be_focused()
    driver.person.shoots("declare-refused-phone")
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("Số điện thoại di động")).to_be_focused()
    page.get_by_label("Số điện thoại di động").fill(driver.phone)
    driver.goes_on()
    driver.sees("Kiểm tra lại rồi gửi")
    driver.sends()
    driver.holds_a_pass()


def test_the_question_names_the_province_once_it_is_known(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8112)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    driver.page.route("**/settings.json", hold)
    driver.page.goto("/")
    driver.says_who()
    driver.gives_papers()
    driver.says_from_where()
    driver.sees("Đến đâu?")
    for route in held:
        route.continue_()
    driver.sees("Đến đâu ở Tây Ninh?")


def test_an_answer_that_is_lost_is_asked_for_again_with_the_same_key(stack: Stack, somebody: Somebody) -> None:
    driver = Driver(somebody(), 8103)
    driver.person.allowed.append("net::ERR")
    sent: list[Request] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request)
        if len(sent) == 1:
            route.fetch()  # it arrives
            route.abort("connectionreset")  # its answer does not
        elif len(sent) == 2:
            route.fulfill(status=503, headers={"Retry-After": "1"})
        else:
            route.continue_()

    driver.person.allowed.append("503")
    driver.page.route("**/v1/declarations", lose_the_first)
    driver.answers_everything()
    driver.sends()
    driver.page.get_by_role("alert").filter(has_text="Chưa gửi được vì mạng yếu").wait_for()
    driver.person.shoots("declare-not-sent")
    code = driver.holds_a_pass()
    keys = {each.headers["idempotency-key"] for each in sent}
    assert (len(sent), len(keys), len({each.post_data for each in sent})) == (3, 1, 1)
    found = Guard(stack).finds(phone=driver.phone)
    assert [each.replace("-", "") for each in found] == [code.replace("-", "")]


def test_a_step_that_did_not_come_is_asked_for_again(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8111)
    page = driver.page
    driver.person.allowed.append("net::ERR")
    page.route("**/declare/persons.js", lambda route: route.abort())
    page.goto("/")
    driver.says_who()
    page.get_by_role("alert").wait_for()
    driver.person.has_no_barriers()
    page.unroute("**/declare/persons.js")
    page.get_by_role("button", name="Thử lại").click()
    page.get_by_label("Số căn cước công dân").fill(f"0720900{driver.number:05d}")
    page.get_by_label("Số điện thoại di động").fill(driver.phone)
    # The second tap of a double one is not for the next step, which has no answers yet.
    page.get_by_role("button", name="Tiếp tục").dblclick()
    driver.sees("Đi từ đâu?")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_back_button_and_a_reload_keep_what_was_typed(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8104)
    page = driver.page
    page.goto("/")
    page.get_by_label("Họ và tên").wait_for()
    has_room(page)
    driver.says_who()
    driver.gives_papers()
    driver.sees("Đi từ đâu?")
    page.go_back()
    driver.sees("Giấy tờ và số điện thoại")
    expect(page.get_by_label("Số điện thoại di động")).to_have_value(driver.phone)
    page.reload()
    driver.sees("Giấy tờ và số điện thoại")
    expect(page.get_by_label("Số điện thoại di động")).to_have_value(driver.phone)
    page.go_back()
    driver.sees("Người khai")
    expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Văn Thử")
    page.goto("/#check")
    driver.sees("Đi từ đâu?")
    assert page.evaluate("Object.keys(localStorage)") == []
    # As a former release has kept it, without a field that is new.
    page.evaluate("""() => {
      const form = { persons: [{ full_name: "Trần Thị Mẫu", born: "1990" }], trip: {}, consent: {} };
      sessionStorage.setItem("declaration", JSON.stringify(form));
    }""")
    page.goto("/#who")
    page.reload()
    expect(page.get_by_label("Họ và tên")).to_have_value("Trần Thị Mẫu")
    expect(page.get_by_label("Năm sinh hoặc ngày sinh")).to_have_value("1990")


def test_a_browser_inside_another_app_is_enough(somebody: Somebody) -> None:
    """It has no camera, no service worker and no storage."""
    driver = Driver(somebody(), 8110)
    driver.page.add_init_script("""
      delete Navigator.prototype.serviceWorker;
      delete Navigator.prototype.mediaDevices;
      delete Navigator.prototype.wakeLock;
      for (const name of ["sessionStorage", "localStorage", "indexedDB", "caches"]) {
        Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });
      }
    """)
    driver.answers_everything()
    driver.sends()
    driver.holds_a_pass()


def test_the_keyboard_alone_is_enough(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8109)
    page, keys = driver.page, driver.page.keyboard
    page.goto("/")
    page.wait_for_function("() => document.querySelector('form button.primary:not([type])')")
    page.get_by_label("Họ và tên").focus()
    keys.type("Trần Thị Mẫu")
    keys.press("Tab")
    keys.type("1990")
    keys.press("Tab")
    keys.press("ArrowDown")
    keys.press("Enter")
    driver.sees("Giấy tờ và số điện thoại")
    driver.gives_papers()
    driver.sees("Đi từ đâu?")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.get_by_role("combobox").focus()
    keys.type("tay ninh")
    page.get_by_role("option").first.wait_for()
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    expect(page.get_by_role("combobox", name="Tỉnh, thành phố")).to_have_value("Tỉnh Tây Ninh")


def test_a_device_remembers_who_asks_for_it_until_they_do_not(somebody: Somebody) -> None:
    driver = Driver(somebody(), 8105)
    page = driver.page
    driver.answers_everything()
    page.get_by_label("Nhớ tên").check()
    driver.sends()
    driver.holds_a_pass()
    assert "symptoms" not in page.evaluate("JSON.stringify(localStorage)")
    later = driver.person.context.new_page()
    later.goto("/")
    expect(later.get_by_label("Họ và tên")).to_have_value("Nguyễn Văn Thử")
    later.get_by_role("button", name="Không nhớ tôi nữa").click()
    expect(later.get_by_label("Họ và tên")).to_have_value("")
    assert "remembered" not in later.evaluate("Object.keys(localStorage)")


def test_a_card_s_qr_fills_in_who_somebody_is(playwright: Playwright, somebody: Somebody, tmp_path: Path) -> None:
    with running(playwright, film_of(qr_of(CARD), tmp_path / "card.y4m")) as browser:
        driver = Driver(somebody(browser, permissions=["camera"]), 8106)
        page = driver.page
        page.goto("/")
        page.get_by_role("button", name="Quét thẻ căn cước").click()
        expect(page.get_by_label("Họ và tên")).to_have_value("Nguyễn Văn Thử")
        expect(page.get_by_label("Năm sinh hoặc ngày sinh")).to_have_value("17/05/1990")
        expect(page.get_by_label("Nam", exact=True)).to_be_checked()
        driver.goes_on()
        expect(page.get_by_label("Số căn cước công dân")).to_have_value("072090000123")
        driver.person.leaves()
        driver.person.errors.clear()


def test_a_form_that_was_saved_at_home_is_confirmed_on_the_road(stack: Stack, somebody: Somebody) -> None:
    driver, witness = Driver(somebody(), 8107), Witness(stack)
    page = driver.page
    driver.answers_everything()
    page.get_by_role("button", name="Lưu để khai báo sau").click()
    driver.sees("Lưu để khai báo sau")
    own = Traveller(stack, driver.number)
    before = len(witness.texts().get(own.phone, []))
    page.get_by_role("button", name="Nhận mã 6 số").click()
    page.get_by_label("Mã 6 số trong tin nhắn").wait_for()
    witness.waits_until(lambda: len(witness.texts().get(own.phone, [])) > before, "the one-time code")
    page.get_by_label("Mã 6 số trong tin nhắn").fill(own.reads_code(witness))
    page.get_by_role("button", name="Xác nhận").click()
    page.get_by_label("Ngày tới chốt").wait_for()
    driver.person.has_no_barriers()
    driver.person.shoots("declare-later")
    page.get_by_role("button", name="Lưu tờ khai").click()
    driver.sees("Mã QR và bản nháp của tôi")
    page.get_by_role("button", name="Khai báo ngay").wait_for()
    driver.person.has_no_barriers()
    driver.person.shoots("declare-mine")
    page.get_by_role("button", name="Khai báo ngay").click()
    driver.sees("Xác nhận tờ khai")
    page.get_by_label("15 phút nữa").check()
    page.get_by_label("Không ai có triệu chứng").check()
    page.get_by_label("Tôi đã đọc và đồng ý").check()
    driver.person.has_no_barriers()
    driver.person.shoots("declare-confirm")
    page.get_by_role("button", name="Xác nhận và gửi").click()
    code = driver.holds_a_pass()
    seen = Guard(stack).looks_up(code)
    assert (seen["verdict"], seen["origin"]) == ("valid", "proven")
    # Their phone finds it again.
    page.goto("/#mine")
    page.get_by_role("link", name=code).wait_for()


def test_a_passenger_confirms_their_seat_by_the_link_of_the_message(stack: Stack, somebody: Somebody) -> None:
    driver = Driver(somebody(), 8108)
    page, kept = driver.page, _bus(stack)
    seat = kept["seats"][0]
    page.goto(f"/#{kept['id']}{seat['number']:02d}{seat['secret']}")
    page.get_by_label("Nam", exact=True).check()
    assert seat["secret"] not in page.url
    page.get_by_label("Số căn cước công dân").fill(f"0720900{driver.number:05d}")
    driver.goes_on()
    driver.says_from_where()
    driver.sees("Đến đâu ở Tây Ninh?")
    page.get_by_label("Địa chỉ nơi đến").fill("Tổ 3")
    page.get_by_label("Về nhà").check()
    driver.goes_on()
    driver.sees("Sức khỏe hôm nay")
    driver.is_well()
    driver.agrees()
    driver.sees("Kiểm tra lại rồi gửi")
    driver.sends()
    driver.holds_a_pass()
    seats = Guard(stack).lists_vehicle("70B-799.81")["bus"]["seats"]
    assert {each["seat"]: each["confirmed"] for each in seats} == {"0A": True, "1A": False}


def _bus(stack: Stack) -> dict[str, Any]:
    """What the company gets, that has sent its passengers."""
    now = datetime.now(UTC)
    manifest = {
        "service_number": "TN-TRANG",
        "plate": "70B-799.81",
        "departs_at": (now - timedelta(hours=1)).isoformat(),
        "expected_arrival": (now + timedelta(minutes=30)).isoformat(),
        "checkpoint": "an-hoa",
        "destination": {"list_version": "2021", "code": "25480"},
        "notify": False,
        "seats": [
            {"seat": f"{number}A", "full_name": "Nguyễn Văn Thử", "birth_year": 1990, "phone": f"091398{number:04d}"}
            for number in range(2)
        ],
    }
    with serving() as endpoint:
        partner = Partner(stack, endpoint, f"bus-{uuid4().hex[:8]}")
        answer = partner.send(
            "POST", "/v1/partner/manifests", manifest, X_Api_Key=partner.key, Idempotency_Key=str(uuid4())
        )
    assert answer.status == 201, answer.data
    kept: dict[str, Any] = json.loads(answer.data)
    return kept
