"""The desk, as offices have it: an officer with a case, a commune with its stays, permits, conflicts, the policy."""

import json
import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Route, expect

from infra.local.stack import Stack
from tests.forms import person
from tests.journeys.actors import Device, Guard, Witness
from tests.journeys.pages.browsers import PHONE, SCREEN
from tests.journeys.pages.clerks import PATIENCE, REFUSED, Clerk, declared
from tests.journeys.pages.conftest import Somebody

LITTLE = 0.01
"""Of what may move while the page is loaded: the browser's score."""


def test_nothing_moves_while_the_desk_comes_over_a_slow_line(somebody: Somebody) -> None:
    clerk = somebody(**SCREEN)
    clerk.is_slow()
    clerk.page.add_init_script(_WATCH)
    clerk.page.goto("/desk", timeout=PATIENCE)
    clerk.page.get_by_role("button", name="Đăng nhập").wait_for(timeout=PATIENCE)
    assert clerk.page.evaluate("window.moved") < LITTLE


_WATCH = """
window.moved = 0;
const watch = (type, tell) =>
  new PerformanceObserver((list) => list.getEntries().forEach(tell)).observe({ type, buffered: true });
watch("layout-shift", (each) => { window.moved += each.value; });
"""


def test_an_officer_opens_a_case_and_has_a_contact_told(stack: Stack, somebody: Somebody) -> None:
    code = declared(stack, 7701, "70A77701")
    other = declared(stack, 7702, "70A77701", full_name="Lê Thị Hàng Xóm")
    phone = person(7702)["phone"].replace("0", "+84", 1)
    officer = Clerk(somebody, "health")
    officer.person.allowed.append(REFUSED)
    officer.shoots("desk-start")
    officer.page.keyboard.press("1")
    expect(officer.page.get_by_role("button", name="Mở ca mới")).to_be_visible()

    # What is missing is said at its field, and what was typed stays.
    officer.page.keyboard.press("n")
    officer.fills("Mã, 16 ký tự", code)
    officer.presses("Mở ca", officer.form)
    officer.reads("Có lỗi cần sửa")
    officer.person.has_no_barriers()
    officer.form.locator(".errors a").first.press("Enter")
    expect(officer.page.locator("#onset_on")).to_be_focused()
    sampled = datetime.now(UTC) + timedelta(hours=6)
    officer.fills("Lấy mẫu dương tính lúc", sampled.strftime("%Y-%m-%dT%H:%M"))
    officer.agrees("Mở ca", "Đã mở ca")
    officer.sees(re.compile(r"^Ca \w{4}-"))

    contact = officer.row("F1")
    officer.reloads_until(lambda: officer.page.locator("[data-row]", has_text="F1"))
    contact.focus()
    officer.page.keyboard.press("Enter")
    officer.reads(other)
    officer.presses("Xem chuỗi lây")
    expect(officer.page.get_by_role("img", name="Chuỗi lây")).to_be_visible()
    officer.person.has_no_barriers()
    officer.shoots("desk-case")

    officer.presses("Ghi việc đã làm")
    officer.chooses("liên lạc được")
    officer.fills("Ghi chú (không bắt buộc)", "Đã gọi điện, khỏe")
    officer.agrees("Ghi", "Đã ghi")
    expect(contact).to_contain_text("đã liên lạc được")

    # A colleague who goes on with the work reads what was recorded.
    officer.opens("Ca nhiễm", "Ca nhiễm")
    officer.presses("Việc của tôi")
    officer.page.locator("[data-row]").first.click()
    officer.reads("Đã gọi điện, khỏe")
    officer.person.has_no_barriers()
    officer.shoots("desk-contact")
    officer.page.get_by_role("button", name=re.compile("^Ca ")).click()
    officer.sees(re.compile(r"^Ca \w{4}-"))

    officer.presses("Nhắn tin cho người tiếp xúc")
    officer.fills("Lý do gửi", "Đã xác minh")
    officer.agrees("Soạn đợt tin", "Tin chờ duyệt")
    officer.presses("Xem và duyệt đợt tin")
    officer.reads("chờ duyệt gửi")
    officer.presses("Duyệt gửi")
    officer.fills("Lý do", "Danh sách đúng")
    officer.shoots("desk-release", whole=False)
    officer.agrees("Duyệt gửi", "Tin đang được gửi")
    expect(officer.page.get_by_text("chờ duyệt gửi")).to_have_count(0)
    witness = Witness(stack)
    witness.waits_until(lambda: any("COVID-19" in each for each in witness.texts().get(phone, [])), "the message")

    # Nobody has two cases at a time: the desk leads to the one that there is.
    officer.opens("Ca nhiễm", "Ca nhiễm")
    officer.presses("Mở ca mới")
    officer.fills("Mã, 16 ký tự", code)
    officer.fills("Lấy mẫu dương tính lúc", sampled.strftime("%Y-%m-%dT%H:%M"))
    officer.presses("Mở ca", officer.form)
    officer.form.get_by_role("button", name="Xem ca").click()
    officer.sees(re.compile(r"^Ca \w{4}-"))

    # Back in the list, the line that was open has the focus.
    officer.opens("Ca nhiễm", "Ca nhiễm")
    row = officer.page.locator("[data-row]").first
    row.press("Enter")
    officer.sees(re.compile(r"^Ca \w{4}-"))
    officer.page.keyboard.press("Escape")
    expect(officer.page.locator("[data-row]").first).to_be_focused()


def test_a_commune_keeps_its_stays_on_a_phone_and_sees_no_case(stack: Stack, somebody: Somebody) -> None:
    name = "Phạm Thị Lưu Trú"
    code = declared(stack, 7711, "70A77711", full_name=name)
    moving = declared(stack, 7712, "70A77712", full_name="Lê Văn Chuyển")
    assert [Guard(stack).records(each)[0] for each in (code, moving)] == [201, 201]
    Witness(stack).waits_for_queues(["StaysQueue"])
    clerk = Clerk(somebody, "commune", **PHONE)
    clerk.person.allowed.append(REFUSED)
    expect(clerk.page.get_by_role("link", name="Ca nhiễm")).to_have_count(0)
    clerk.fits()
    clerk.shoots("desk-start-phone")
    clerk.opens("Người lưu trú", "Người lưu trú")
    clerk.reads(name)
    clerk.fits()
    clerk.shoots("desk-stays-phone")
    clerk.person.has_no_barriers()
    clerk.row(name).click()
    clerk.sees(name)

    clerk.presses("Ghi đã đến hay chưa")
    clerk.agrees("Ghi", "Đã ghi")
    clerk.presses("Báo sức khỏe giúp")
    clerk.chooses("sốt")
    clerk.fills("Nhiệt độ, °C (không bắt buộc)", "39,1")
    clerk.agrees("Ghi", "Đã ghi")
    expect(clerk.page.locator(".chip.wrong", has_text="có bệnh")).to_be_visible()
    clerk.presses("Thay đổi")
    clerk.fills("Ngày cuối cùng mới", (datetime.now(UTC) + timedelta(days=20)).date().isoformat())
    clerk.presses("Thay đổi", clerk.form)
    clerk.reads("Có lỗi cần sửa")
    clerk.shoots("desk-form-phone", whole=False)
    clerk.fills("Lý do", "Còn sốt")
    clerk.agrees("Thay đổi", "Đã ghi")
    clerk.presses("Hủy thay đổi cuối")
    clerk.fills("Lý do", "Nhập nhầm ngày")
    clerk.agrees("Hủy thay đổi", "Đã ghi")
    clerk.fits()
    clerk.shoots("desk-stay-phone")
    clerk.person.has_no_barriers()

    clerk.presses("Ghi xét nghiệm")
    clerk.chooses("âm tính")
    clerk.agrees("Ghi", "Đã ghi")
    clerk.reads("xét nghiệm nhanh · âm tính")
    clerk.presses("Thay đổi")
    clerk.chooses("kết thúc ngay: không cần nữa")
    clerk.fills("Lý do", "Xét nghiệm âm tính")
    clerk.agrees("Thay đổi", "Đã ghi")
    clerk.shows("đã kết thúc")

    # Somebody who moves leaves this commune's list.
    clerk.presses("← Danh sách")
    clerk.row("Lê Văn Chuyển").click()
    clerk.presses("Thay đổi")
    clerk.chooses("chuyển đến nơi khác trong tỉnh")
    clerk.finds_commune("loc hung", "Lộc Hưng")
    clerk.fills("Địa chỉ mới", "Ấp Lộc Trát, nhà 7")
    clerk.fills("Lý do", "Về nhà con gái")
    clerk.agrees("Thay đổi", "Đã chuyển")
    clerk.sees("Người lưu trú")
    clerk.reads("Tải lúc")
    expect(clerk.page.locator("[data-row]", has_text="Lê Văn Chuyển")).to_have_count(0)

    # The address of a section that the role does not allow leads to the start, and no request is sent.
    asked: list[str] = []
    clerk.page.on("request", lambda request: asked.append(request.url))
    clerk.page.goto("/desk#cases")
    clerk.page.reload()
    clerk.sees("Anh/chị muốn làm gì?")
    assert not [each for each in asked if "/v1/cases" in each]


def test_the_hotline_asks_for_a_permit_and_a_supervisor_grants_it(stack: Stack, somebody: Somebody) -> None:
    name = "Võ Văn Tài Xế"
    hotline = Clerk(somebody, "hotline")
    hotline.person.allowed += [REFUSED, "net::ERR"]
    hotline.opens("Giấy phép", "Giấy phép qua chốt nhiều lần")
    hotline.presses("Xin giấy phép")
    hotline.fills("Họ và tên", name)
    hotline.fills("Năm sinh", "1985")
    hotline.fills("Số giấy tờ", "072085077210")
    hotline.fills("Đơn vị, nơi làm việc", "Công ty Ví Dụ")
    hotline.fills("Đi lại để làm gì", "Chở rau mỗi ngày")
    hotline.presses("Gửi yêu cầu", hotline.form)
    hotline.reads("Có lỗi cần sửa")
    hotline.reads("Vui lòng điền: xã, phường, thị trấn.")
    hotline.finds_commune("an tinh", "An Tịnh")
    hotline.shoots("desk-permit-form", whole=False)
    # The answer is lost: the same form is sent again with the same key, and is on record once.
    keys: list[str] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            return route.continue_()
        route.fetch()
        return route.abort()

    hotline.page.route("**/v1/permits", lose_the_first)
    hotline.presses("Gửi yêu cầu", hotline.form)
    hotline.reads("Không có mạng")
    hotline.agrees("Gửi yêu cầu", "đã được gửi trước đó")
    assert (len(keys), len(set(keys))) == (2, 1)
    hotline.person.has_no_barriers()

    supervisor = Clerk(somebody, "supervisor")
    supervisor.opens("Giấy phép", "Giấy phép qua chốt nhiều lần")
    supervisor.row(name).click()
    supervisor.sees(name)
    supervisor.shoots("desk-permit")
    supervisor.presses("Cấp")
    supervisor.agrees("Cấp", "Đã cấp giấy phép")
    expect(supervisor.page.locator(".chip", has_text="đã cấp")).to_be_visible()
    supervisor.person.has_no_barriers()


def test_a_supervisor_settles_a_conflict(stack: Stack, somebody: Somebody) -> None:
    name = "Đỗ Văn Hai Chốt"
    code = declared(stack, 7731, "70A77731", full_name=name)
    guard = Guard(stack)
    device = Device(guard, "an-hoa-tablet-77")
    device.syncs()
    device.keeps(code, "refuse", reason="Thiếu giấy tờ")
    assert guard.records(code)[0] == 201
    assert device.hands_in()["counts"]["conflict"] == 1

    supervisor = Clerk(somebody, "supervisor")
    supervisor.opens("Chốt", "Chốt")
    supervisor.row(name).click()
    listed = supervisor.page.locator("[data-row]", has_text=name)
    before = listed.count()
    supervisor.reads("Đang có trong hồ sơ")
    supervisor.shoots("desk-conflict")
    supervisor.person.has_no_barriers()
    supervisor.presses("Xử lý")
    supervisor.chooses("không cho qua")
    supervisor.fills("Lý do", "Hai chốt đã xem lại")
    supervisor.agrees("Xử lý", "Đã xử lý trường hợp này")
    expect(listed).to_have_count(before - 1)

    supervisor.presses("Tra mã")
    supervisor.page.get_by_label("Mã qua chốt, 16 ký tự").fill(code)
    supervisor.presses("Tra")
    supervisor.reads("Hai chốt đã xem lại")
    supervisor.shoots("desk-code")
    supervisor.presses("Các chốt")
    supervisor.row("Chốt An Hòa").click()
    supervisor.presses("Đổi số làn")
    supervisor.fills("Số làn", "4")
    supervisor.agrees("Lưu", "Đã đổi số làn")
    supervisor.person.has_no_barriers()


def test_an_officer_tries_a_policy_and_an_error_leads_to_its_line(stack: Stack, somebody: Somebody) -> None:
    officer = Clerk(somebody, "health")
    officer.person.allowed.append(REFUSED)
    officer.opens("Quy định", "Quy định")
    officer.sees("Quy tắc")
    officer.presses("Thử thay đổi")
    editor = officer.page.get_by_label("Nội dung, dạng JSON")
    policy = json.loads(editor.input_value())
    policy["version"] = "trial-77"
    policy["test_valid_hours"] = 9000
    editor.fill(json.dumps(policy, indent=2, ensure_ascii=False))
    officer.presses("Thử")
    officer.page.locator(".errors button").click()
    chosen = "text => text.value.slice(text.selectionStart, text.selectionEnd)"
    expect(editor).to_be_focused()
    assert editor.evaluate(chosen) == "9000"
    policy["test_valid_hours"] = 48
    editor.fill(json.dumps(policy, indent=2, ensure_ascii=False))
    officer.presses("Thử")
    officer.sees("Kết quả thử")
    expect(officer.page.locator("ins", has_text="trial-77")).to_be_visible()
    officer.person.has_no_barriers()
    officer.shoots("desk-policy")
    officer.page.get_by_role("button", name="English").click()
    officer.sees("Result of the trial")
