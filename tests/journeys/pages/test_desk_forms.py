"""Every form of the desk, sent to success: what an office decides is on record afterwards."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from playwright.sync_api import APIResponse, Page, Route, expect

from infra.accounts import engine
from infra.local.stack import Stack
from tests.certificates import bare_entry, european_key
from tests.forms import person
from tests.journeys.actors import Administrator, Guard, Supervisor, Witness
from tests.journeys.pages.clerks import PATIENCE, REFUSED, Clerk, declared
from tests.journeys.pages.conftest import Somebody

GATE = "chot-thu"
OFFICER = "Bùi Thị Dịch Tễ"


def test_an_administrator_keeps_staff_gates_and_trusted_keys(stack: Stack, somebody: Somebody) -> None:
    clerk = Clerk(somebody, "administrator")
    clerk.opens("Cán bộ", "Cán bộ")
    name = "Cán Bộ Thử"
    clerk.presses("Phân công cán bộ")
    clerk.fills("Mã cán bộ", str(uuid4()))
    clerk.chooses("một chốt")
    clerk.picks("Chốt", "Chốt Phước Chỉ")
    clerk.fills("Họ và tên để đồng nghiệp biết (không bắt buộc)", name)
    clerk.agrees("Phân công", "Đã phân công")
    expect(clerk.row(name)).to_contain_text("Chốt Phước Chỉ")
    clerk.row(name).click()
    clerk.presses("Đổi nơi làm việc")
    clerk.chooses("một xã, phường")
    clerk.finds_commune("an tinh", "An Tịnh")
    clerk.shoots("desk-posting", whole=False)
    clerk.agrees("Phân công", "Đã phân công")
    expect(clerk.row(name)).to_contain_text("An Tịnh")
    clerk.presses("Chặn tài khoản")
    clerk.agrees("Chặn tài khoản", "Đã chặn")
    expect(clerk.row(name)).to_contain_text("bị chặn")
    clerk.person.has_no_barriers()
    clerk.shoots("desk-staff")
    clerk.presses("Bỏ chặn")
    clerk.agrees("Bỏ chặn", "Đã bỏ chặn")
    clerk.presses("Rút về")
    clerk.agrees("Rút về", "Đã rút về")
    expect(clerk.page.locator("[data-row]", has_text=name)).to_have_count(0)

    with gate_gone_afterwards(stack):
        clerk.opens("Chốt", "Các chốt")
        clerk.presses("Thêm chốt")
        clerk.fills("Mã chốt", GATE)
        for label, text in (
            ("Tên", "Chốt Thử"),
            ("Tên tiếng Anh", "Trial gate"),
            ("Đường", "Đường tỉnh 789"),
            ("Vị trí", "Cầu mẫu"),
        ):
            clerk.fills(label, text)
        clerk.finds_commune("an tinh", "An Tịnh")
        clerk.fills("Vĩ độ", "11,08")
        clerk.fills("Kinh độ", "106,33")
        clerk.agrees("Lưu", "Đã lưu chốt")
        clerk.row("Chốt Thử").click()
        clerk.presses("Đóng chốt")
        clerk.agrees("Đóng chốt", "Đã đóng chốt")
        expect(clerk.row("Chốt Thử")).to_contain_text("đóng cửa")
        clerk.presses("Mở chốt")
        clerk.agrees("Mở chốt", "Đã mở chốt")
        clerk.presses("Thay đổi")
        clerk.fills("Tên", "Chốt Thử Mới")
        clerk.agrees("Lưu", "Đã lưu chốt")
        expect(clerk.row("Chốt Thử Mới")).to_contain_text("đang mở")
        clerk.person.has_no_barriers()
        clerk.shoots("desk-gates")

    clerk.opens("Quy định", "Quy định")
    clerk.presses("Khóa chứng nhận")
    for keys, done in (
        ([bare_entry(european_key(), b"desk-key", datetime.now(UTC))], "thêm 1, bỏ 0"),
        ([], "thêm 0, bỏ 1"),
    ):
        replaces_keys(clerk, keys, done)
        expect(clerk.page.locator("[data-row]", has_text="Liechtenstein")).to_have_count(len(keys))


def test_a_list_that_comes_late_does_not_undo_what_was_done_meanwhile(stack: Stack, somebody: Somebody) -> None:
    clerk = Clerk(somebody, "administrator")
    held: list[tuple[Route, APIResponse]] = []

    def hold_the_first(route: Route) -> None:
        if held:
            return route.continue_()
        return held.append((route, route.fetch()))

    clerk.page.route("**/v1/trust-list?*", hold_the_first)
    clerk.opens("Quy định", "Quy định")
    clerk.presses("Khóa chứng nhận")
    replaces_keys(clerk, [bare_entry(european_key(), b"late-key", datetime.now(UTC))], "thêm 1, bỏ 0")
    liechtenstein = clerk.page.locator("[data-row]", has_text="Liechtenstein")
    expect(liechtenstein).to_have_count(1)
    ((route, former),) = held
    with clerk.page.expect_response("**/v1/trust-list?*"):
        route.fulfill(response=former)
    clerk.person.page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))")
    assert liechtenstein.count() == 1
    replaces_keys(clerk, [], "thêm 0, bỏ 1")
    expect(liechtenstein).to_have_count(0)


def replaces_keys(clerk: Clerk, keys: list[Any], done: str) -> None:
    clerk.presses("Thay khóa của một nước")
    clerk.fills("Nước, hai chữ in", "li")
    clerk.fills("Các khóa, dạng JSON", json.dumps(keys))
    clerk.agrees("Thay khóa", done)


@contextmanager
def gate_gone_afterwards(stack: Stack) -> Iterator[None]:
    """Nobody deletes a gate. Other stories do not know this one."""
    try:
        yield
    finally:
        table = stack["outputs"]["ReferenceTableName"]
        key = {"partition": {"S": "CURRENT"}, "row": {"S": f"CHECKPOINT#{GATE}"}}
        engine(stack["endpoint_url"]).client("dynamodb").delete_item(TableName=table, Key=key)


def test_an_administrator_puts_a_policy_in_force_after_reading_what_changes(stack: Stack, somebody: Somebody) -> None:
    clerk = Clerk(somebody, "administrator")
    clerk.person.allowed.append(REFUSED)
    before = Administrator(stack).get("/v1/policy")
    clerk.opens("Quy định", "Quy định")
    clerk.presses("Sửa")
    editor = clerk.page.get_by_label("Nội dung, dạng JSON")
    policy = json.loads(editor.input_value())
    policy["version"] = f"desk-{uuid4().hex[:8]}"
    policy["tracing"][-1]["second_officer_above"] += 1
    editor.fill(json.dumps(policy, indent=2, ensure_ascii=False))
    expect(clerk.page.locator("ins", has_text=policy["version"])).to_be_visible()
    try:
        # Somebody else was faster: the draft stays, and is compared with what is in force now.
        other = {**before, "version": f"other-{uuid4().hex[:8]}"}
        assert Administrator(stack).send("PUT", "/v1/policy", other, If_Match=f'"{before["version"]}"').status == 200
        clerk.presses("Áp dụng…")
        clerk.presses("Áp dụng", clerk.form)
        expect(clerk.form.get_by_role("alert")).to_be_visible()
        clerk.presses("Thôi", clerk.form)
        expect(clerk.page.locator("del", has_text=other["version"])).to_be_visible()
        clerk.presses("Áp dụng…")
        clerk.agrees("Áp dụng", f"Bản {policy['version']} đã có hiệu lực")
        clerk.reads(policy["version"])
        clerk.presses("Các bản")
        clerk.row(policy["version"]).click()
        clerk.reads("Chưa có thay đổi nào.")
        clerk.person.has_no_barriers()
        clerk.shoots("desk-policy-versions")
    finally:
        now = Administrator(stack).get("/v1/policy")["version"]
        again = {**before, "version": f"again-{uuid4().hex[:8]}"}
        assert Administrator(stack).send("PUT", "/v1/policy", again, If_Match=f'"{now}"').status == 200


def test_officers_share_the_work_of_a_case_and_close_it_and_revoke(stack: Stack, somebody: Somebody) -> None:
    code = declared(stack, 7741, "70A77741")
    other = declared(stack, 7742, "70A77741", full_name="Hồ Thị Người Gần")
    health, colleague = Guard(stack, "health"), Guard(stack, "health-2")
    sampled = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    case = health.asks("POST", "/v1/cases", {"person": {"pass": code}, "sampled_at": sampled}, expects=201)["case"]
    permit = permitted(stack, "Mai Văn Chở Hàng")
    colleague.get("/v1/officers/me/work")
    named = f"/v1/staff/{stack['staff']['health-2']['subject']}/posting"
    Administrator(stack).asks("PUT", named, {"checkpoint": None, "name": OFFICER})

    officer = Clerk(somebody, "health")
    officer.opens("Ca nhiễm", "Ca nhiễm")
    officer.row(case).click()
    officer.sees(f"Ca {case}")
    officer.reloads_until(lambda: officer.page.locator("[data-row]", has_text="F1"))
    officer.row("F1").click()
    officer.presses("Ghi việc đã làm")
    officer.picks("Giao cho", OFFICER)
    officer.person.has_no_barriers()
    officer.shoots("desk-assign", whole=False)
    officer.agrees("Ghi", "Đã ghi")
    expect(officer.page.locator(".facts").get_by_text(OFFICER)).to_be_visible()
    assert [each["case"] for each in colleague.get("/v1/officers/me/work")["work"]].count(case) == 1
    officer.presses("Đóng ca")
    officer.fills("Lý do đóng", "Đã khỏi bệnh")
    officer.agrees("Đóng ca", "Đã đóng ca")
    officer.shows("đã đóng")
    officer.reads("Đã khỏi bệnh")
    Administrator(stack).asks("DELETE", named)

    officer.opens("Chốt", "Tra mã")
    officer.looks_up(other)
    officer.presses("Thu hồi mã")
    officer.fills("Lý do", "Là người tiếp xúc")
    officer.agrees("Thu hồi mã", "Đã thu hồi mã")
    officer.shows("đã thu hồi")

    officer.opens("Giấy phép", "Giấy phép qua chốt nhiều lần")
    officer.page.get_by_label("Tình trạng").select_option("đã cấp")
    officer.row("Mai Văn Chở Hàng").click()
    officer.sees("Mai Văn Chở Hàng")
    officer.reads(permit)
    officer.presses("Thu hồi")
    officer.fills("Lý do", "Không chở hàng nữa")
    officer.agrees("Thu hồi", "Đã thu hồi")
    officer.shows("đã thu hồi")
    officer.person.has_no_barriers()
    officer.shoots("desk-permit-revoked")


def permitted(stack: Stack, name: str) -> str:
    """A permit that was granted. Gives its code."""
    today = datetime.now(ZoneInfo("Asia/Ho_Chi_Minh")).date()
    asked: dict[str, Any] = {
        "person": {"full_name": name, "birth_year": 1980, "identity": {"kind": "cccd", "number": "072080077431"}},
        "employer": "Công ty Mẫu",
        "purpose": "Chở hàng",
        "commune": "25480",
        "conditions": {"from": today.isoformat(), "until": (today + timedelta(days=20)).isoformat()},
    }
    hotline = Guard(stack, "hotline")
    answer = hotline.send("POST", "/v1/permits", {"permits": [asked]}, Idempotency_Key=str(uuid4()))
    code = str(json.loads(answer.data)["lines"][0]["code"])
    Supervisor(stack).asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    return code


def test_a_supervisor_corrects_a_crossing_and_a_second_officer_releases_a_wave(
    stack: Stack, somebody: Somebody
) -> None:
    code = declared(stack, 7751, "70A77751", full_name="Cao Văn Ghi Nhầm")
    assert Guard(stack).records(code)[0] == 201
    declared(stack, 7752, "70A77752", checkpoint="phuoc-chi")
    phone = person(7752)["phone"].replace("0", "+84", 1)
    supervisor = Clerk(somebody, "supervisor")
    supervisor.opens("Chốt", "Chốt")
    supervisor.presses("Tra mã")
    supervisor.looks_up(code)
    supervisor.presses("Đính chính")
    supervisor.chooses("không cho qua")
    supervisor.fills("Nhiệt độ đúng, °C (không bắt buộc)", "38,2")
    supervisor.fills("Lý do", "Đo lại thấy sốt")
    supervisor.agrees("Đính chính", "Đã đính chính")
    supervisor.reads("Đo lại thấy sốt")

    supervisor.opens("Tin nhắn", "Tin nhắn cho nhiều người")
    supervisor.presses("Báo chốt đóng cửa")
    supervisor.picks("Chốt đóng cửa", "Chốt Phước Chỉ")
    supervisor.picks("Mời đi chốt", "Chốt Lộc Giang")
    supervisor.fills("Lý do", "Cầu hỏng")
    supervisor.agrees("Soạn tin", "Đã soạn")
    supervisor.shows("chờ duyệt gửi")

    officer = Clerk(somebody, "health")
    officer.opens("Tin nhắn", "Tin nhắn cho nhiều người")
    officer.page.locator("[data-row]").first.press("Enter")
    officer.reads("Cầu hỏng")
    officer.presses("Duyệt gửi")
    officer.fills("Lý do", "Đã gọi hỏi chốt")
    officer.agrees("Duyệt gửi", "Tin đang được gửi")
    witness = Witness(stack)
    witness.waits_until(lambda: any("Loc Giang" in each for each in witness.texts().get(phone, [])), "the message")
    officer.reloads_until(lambda: officer.page.locator(".chip", has_text="đã chuyển đi hết"))
    officer.person.has_no_barriers()
    officer.shoots("desk-wave")


def test_a_form_outlives_the_end_of_a_session_and_nobody_else_sees_it(stack: Stack, somebody: Somebody) -> None:
    name = "Tô Thị Viết Dở"
    clerk = Clerk(somebody, "hotline")
    clerk.person.allowed.append(REFUSED)
    keys: list[str] = []

    def end_the_session(route: Route) -> None:
        """The token is refused once: an administrator has blocked the account, or the session has ended elsewhere."""
        keys.append(route.request.headers["idempotency-key"])
        refused = {"authorization": "Bearer refused"} if len(keys) in (1, 3) else {}
        route.continue_(headers={**route.request.headers, **refused})

    clerk.page.route("**/v1/permits", end_the_session)
    asks(clerk, name, "072185077611")
    clerk.reads("Biểu mẫu anh/chị đang viết vẫn còn ở đây")
    # What was typed is neither shown nor stored.
    kept = "JSON.stringify([document.body.innerHTML, {...sessionStorage}, {...localStorage}])"
    assert name not in clerk.page.evaluate(f"() => {kept}")
    clerk.person.has_no_barriers()
    clerk.shoots("desk-session-ended", whole=False)
    signs_in_elsewhere(clerk, "hotline")
    expect(clerk.form).to_be_visible(timeout=PATIENCE)
    expect(clerk.form.get_by_text("Biểu mẫu vẫn như cũ")).to_be_focused()
    clerk.shoots("desk-form-kept", whole=False)
    clerk.agrees("Gửi yêu cầu", "Đã gửi yêu cầu")
    assert (len(keys), len(set(keys))) == (2, 1)

    # The session ends again, and somebody else signs in: the form is gone.
    asks(clerk, "Lý Văn Bỏ Lại", "072085077612")
    clerk.reads("Biểu mẫu anh/chị đang viết vẫn còn ở đây")
    signs_in_elsewhere(clerk, "administrator")
    clerk.sees("Anh/chị muốn làm gì?")
    expect(clerk.page.get_by_text("quản trị viên")).to_be_visible()
    expect(clerk.form).to_have_count(0)
    assert len(keys) == 3


def test_nothing_that_one_has_begun_is_sent_in_the_name_of_another_who_signs_in_in_another_tab(
    stack: Stack, somebody: Somebody
) -> None:
    clerk = Clerk(somebody, "hotline")
    clerk.person.allowed.append(REFUSED)
    sent: list[str] = []
    clerk.page.on("request", lambda each: sent.append(each.url) if each.method == "POST" else None)
    begins(clerk, "Lại Thị Giao Ca", "072185077613")
    tab = clerk.person.context.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto("/desk")
    tab.get_by_role("button", name="Đăng xuất").click()
    tab.get_by_role("button", name="Đăng nhập").click()
    tab.get_by_role("button", name="administrator", exact=True).click()
    expect(tab.get_by_role("heading", name="Anh/chị muốn làm gì?")).to_be_visible(timeout=PATIENCE)
    # The token of the first one would be good for a while, and the second one's could renew it.
    clerk.presses("Gửi yêu cầu", clerk.form)
    clerk.sees("Anh/chị muốn làm gì?")
    expect(clerk.page.get_by_text("quản trị viên")).to_be_visible()
    expect(clerk.form).to_have_count(0)
    assert not [each for each in sent if each.endswith("/v1/permits")]
    tab.close()


def asks(clerk: Clerk, name: str, number: str) -> None:
    """Send a request for a permit."""
    begins(clerk, name, number)
    clerk.presses("Gửi yêu cầu", clerk.form)


def begins(clerk: Clerk, name: str, number: str) -> None:
    """Fill in a request for a permit."""
    clerk.opens("Giấy phép", "Giấy phép qua chốt nhiều lần")
    clerk.presses("Xin giấy phép")
    clerk.fills("Họ và tên", name)
    clerk.fills("Năm sinh", "1985")
    clerk.fills("Số giấy tờ", number)
    clerk.fills("Đơn vị, nơi làm việc", "Công ty Ví Dụ")
    clerk.fills("Đi lại để làm gì", "Chở rau")
    clerk.finds_commune("an tinh", "An Tịnh")


def signs_in_elsewhere(clerk: Clerk, username: str) -> None:
    """In the tab that is offered, which is closed afterwards."""
    with clerk.person.context.expect_page() as opened:
        clerk.page.get_by_role("link", name="Đăng nhập lại trong thẻ mới").click()
    tab: Page = opened.value
    tab.set_default_timeout(PATIENCE)
    tab.get_by_role("button", name=username, exact=True).click()
    expect(tab.get_by_role("heading", name="Đã đăng nhập")).to_be_visible(timeout=PATIENCE)
    tab.close()
