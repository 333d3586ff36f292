"""Slips, read back by readers that are not ours: PDFium for the text and the picture, ZXing for the QR."""

import pypdfium2
import pytest
import zxingcpp

from chalicelib.adapters.slips import pdf
from chalicelib.models.entry.slips import Paper, SlipPage, SlipPass
from tests.unit.adapters.test_cose import TOKEN

STEPS = (
    "Cách ly y tế tại nhà 14 ngày; xét nghiệm vào ngày thứ 1, 7 và 14.",
    "Trong vòng 24 giờ, khai báo với trạm y tế xã, phường, thị trấn nơi đến; đang cách ly thì gọi điện.",
)
CODES = ["0000-0000-0000-0000", *(f"0000-0000-0000-00{number}2" for number in range(1, 6))]
PRINTER, THERMAL = 300, 203
"""Dots per inch."""


def page(count: int = 1, steps: tuple[str, ...] = STEPS, gate: str | None = "Đi qua Chốt An Hòa") -> SlipPage:
    passes = [SlipPass(code, TOKEN, "NTH NHUNG") for code in CODES[:count]]
    return SlipPage(passes, "Mã QR qua chốt", "Dùng được đến 10:45 ngày 22/7", gate, steps, "Tổng đài (0276) 1022")


def opened(content: bytes) -> pypdfium2.PdfDocument:
    assert content.startswith(b"%PDF-1.7")
    return pypdfium2.PdfDocument(content)


def text_of(page: pypdfium2.PdfPage) -> str:
    return " ".join(page.get_textpage().get_text_bounded().split())


def codes_of(page: pypdfium2.PdfPage, dots: int) -> list[str]:
    picture = page.render(scale=dots / 72).to_pil()
    return [each.text for each in zxingcpp.read_barcodes(picture)]


@pytest.mark.parametrize("paper", Paper)
def test_a_slip_says_all_that_its_holder_needs_in_letters_with_accents(paper: Paper) -> None:
    (shown,) = opened(pdf([page()], paper, "vi"))
    text = text_of(shown)
    for each in ("Mã QR qua chốt", CODES[0], "NTH NHUNG", "Dùng được đến 10:45 ngày 22/7", "Đi qua Chốt An Hòa"):
        assert each in text
    for each in (*STEPS, "Tổng đài (0276) 1022"):
        assert each in text


@pytest.mark.parametrize("count", [1, 2, 5, 6])
@pytest.mark.parametrize(("paper", "dots"), [(Paper.A6, PRINTER), (Paper.ROLL, THERMAL)])
def test_each_qr_is_read_from_the_printed_page(paper: Paper, dots: int, count: int) -> None:
    (shown,) = opened(pdf([page(count)], paper, "vi"))
    assert codes_of(shown, dots) == [TOKEN] * count
    text = text_of(shown).replace(" ", "-")
    for code in CODES[:count]:
        assert code in text


def test_a_page_is_an_a6_sheet_or_as_wide_as_the_roll() -> None:
    for count in (1, 6):
        (shown,) = opened(pdf([page(count)], Paper.A6, "vi"))
        assert [round(each * 25.4 / 72) for each in shown.get_size()] == [105, 148]
    short, long = (opened(pdf([page(count)], Paper.ROLL, "vi"))[0] for count in (1, 6))
    assert {round(each.get_width() * 25.4 / 72) for each in (short, long)} == {80}
    assert short.get_height() < long.get_height()


@pytest.mark.parametrize("count", [1, 2, 6])
@pytest.mark.parametrize("paper", Paper)
def test_nothing_lies_over_something_else_or_outside_the_margin(paper: Paper, count: int) -> None:
    (shown,) = opened(pdf([page(count, STEPS * 2)], paper, "vi"))
    text = shown.get_textpage()
    boxes = sorted((text.get_rect(each) for each in range(text.count_rects())), key=lambda box: -box[3])
    for left, bottom, right, top in boxes:
        assert (left > 8, bottom > 8, right < shown.get_width() - 8, top < shown.get_height() - 8) == (True,) * 4
    for number, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            apart = other[0] >= right - 1 or other[2] <= left + 1 or other[3] <= bottom + 1.5 or other[1] >= top - 1
            assert apart, (number, other)


def test_steps_that_do_not_fit_are_left_out_whole_and_the_hotline_stays() -> None:
    (shown,) = opened(pdf([page(6, STEPS * 20)], Paper.A6, "vi"))
    text = text_of(shown)
    assert 2 <= text.count("Cách ly y tế tại nhà") < 20
    assert text.endswith("Tổng đài (0276) 1022")
    assert text.count("•") == text.count("14.") + text.count("gọi điện.")
    (roll,) = opened(pdf([page(6, STEPS * 20)], Paper.ROLL, "vi"))
    assert text_of(roll).count("Cách ly y tế tại nhà") == 20


def test_a_slip_is_black_and_white() -> None:
    (shown,) = opened(pdf([page(6)], Paper.A6, "vi"))
    picture = shown.render(scale=2).to_pil().convert("RGB")
    assert all(red == green == blue for _, (red, green, blue) in picture.getcolors(1 << 20) or [])


def test_a_text_that_came_apart_into_letters_and_accents_is_put_together() -> None:
    apart = "Ca\u0301ch ly ta\u0323i nha\u0300."
    (shown,) = opened(pdf([page(steps=(apart,))], Paper.A6, "vi"))
    assert "Cách ly tại nhà." in text_of(shown)


def test_a_letter_that_the_font_lacks_is_a_box_and_no_error() -> None:
    (shown,) = opened(pdf([page(steps=("Nhà 家.",), gate=None)], Paper.A6, "vi"))
    assert "Nhà" in text_of(shown)


def test_the_same_pages_make_the_same_file_and_each_page_is_there() -> None:
    pages = [page(6), page(1)]
    assert pdf(pages, Paper.A6, "vi") == pdf(pages, Paper.A6, "vi")
    assert len(opened(pdf(pages, Paper.A6, "vi"))) == 2
    assert len(pdf(pages, Paper.A6, "vi")) < 40_000
