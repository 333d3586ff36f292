"""What guards do at the gate's page, for the tests of it."""

from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import zxingcpp
from playwright.sync_api import Page, expect

from tests.journeys.pages.browsers import Person, film_of

PATIENCE = 60_000
"""Milliseconds."""
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"
"""What a browser writes of each request without network."""
RECORDED, KEPT = "Đã ghi", "Đã ghi trên máy, sẽ gửi khi có mạng"


def qr(text: str) -> PIL.Image.Image:
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return PIL.Image.fromarray(zxingcpp.write_barcode_to_image(barcode, scale=8, add_quiet_zones=True))


def signs_in(page: Page, username: str = "checkpoint") -> None:
    page.goto("/gate")
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("button", name=username, exact=True).click()
    page.get_by_role("button", name="Bắt đầu quét").wait_for()


def waits_until_it_works_offline(page: Page) -> None:
    page.get_by_text("Dữ liệu lúc").wait_for()
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


def loses_the_network(person: Person) -> None:
    """Once the page works without it."""
    waits_until_it_works_offline(person.page)
    person.allowed = [OFFLINE]
    person.context.set_offline(True)


def scans(page: Page) -> None:
    page.get_by_role("button", name="Bắt đầu quét").click()


def types(page: Page, code: str) -> None:
    page.get_by_role("button", name="Gõ mã").click()
    page.get_by_label("Mã 16 ký tự").fill(code)
    page.get_by_role("button", name="Kiểm tra").click()


def waits_until_all_is_sent(page: Page) -> None:
    """The page sends by itself. Leads from the first screen to the list of what waits."""
    page.locator("button.waits").click()
    page.get_by_text("Đã gửi hết").wait_for()


def says(page: Page, word: str) -> None:
    expect(page.get_by_role("heading", name=word, exact=True)).to_be_visible(timeout=PATIENCE)


def is_said(page: Page, text: str) -> None:
    """Of what was just decided: a verdict has the same words about an earlier decision. The next scan takes it away."""
    page.get_by_role("status").get_by_text(text, exact=True).wait_for()


def presses(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()


def fills_in(page: Page, plate: str, *, is_ill: bool = False) -> None:
    """What a card does not say."""
    page.get_by_label("Có" if is_ill else "Không", exact=True).check()
    if is_ill:
        page.get_by_label("Sốt").check()
    page.get_by_label("Đi từ tỉnh").fill("ho chi")
    page.get_by_role("button", name="Thành phố Hồ Chí Minh").click()
    page.get_by_label("Đến xã").fill("ninh son")
    page.get_by_role("button", name="Phường Ninh Sơn").click()
    page.get_by_label("Địa chỉ nơi đến").fill("Tổ 3")
    page.get_by_label("Biển số").fill(plate)
    page.get_by_label("Về nơi cư trú").check()
    page.get_by_label("Dùng thông tin").check()


def film_of_several(pictures: Sequence[PIL.Image.Image], file: Path) -> Path:
    """A film of one picture after the other, half a second each."""
    parts = [film_of(each, file.with_name(f"{number}-{file.name}")) for number, each in enumerate(pictures)]
    films = [part.read_bytes() for part in parts]
    head = films[0][: films[0].index(b"\n") + 1]
    file.write_bytes(head + b"".join(2 * film[len(head) :] for film in films))
    return file
