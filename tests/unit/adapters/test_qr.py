"""Pictures, read back by a reader that is not ours."""

from io import BytesIO

import PIL.Image
import pytest
import zxingcpp

from chalicelib.adapters import qr
from chalicelib.handlers.entry.pictures import SMALLEST
from tests.pictures import parsed
from tests.unit.adapters.test_cose import TOKEN


def read(image: PIL.Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert found.ec_level == "M"
    return str(found.text)


def drawn(svg: str) -> PIL.Image.Image:
    """The dark path of our SVG, painted module by module."""
    root = parsed(svg)
    side = int(root.attrib["viewBox"].split()[2])
    image = PIL.Image.new("1", (side, side), 1)
    dark = root[1].attrib["d"]
    for run in dark.split("z"):
        if run:
            start, _, length = run.removeprefix("M").partition("h")
            x, y = (int(part) for part in start.split())
            for step in range(int(length.partition("v")[0])):
                image.putpixel((x + step, y), 0)
    return image.resize((side * 4, side * 4))


def test_no_picture_is_larger_than_asked_for() -> None:
    longest = "A" * 311  # of version 10 at level M; a token has 240 characters at most
    image = PIL.Image.open(BytesIO(qr.png(longest, SMALLEST)))
    assert image.width == image.height <= SMALLEST


@pytest.mark.parametrize("size", [60, 300, 2000])
def test_a_png_is_read_by_another_reader(size: int) -> None:
    image = PIL.Image.open(BytesIO(qr.png(TOKEN, size)))
    assert image.width == image.height <= size
    if size > 60:
        assert read(image.convert("L")) == TOKEN


@pytest.mark.parametrize("size", [1, 57, 60, 114, 119, 300, 399, 400, 1000, 2000])
def test_each_pixel_of_a_png_is_that_of_its_module(size: int) -> None:
    image = PIL.Image.open(BytesIO(qr.png(TOKEN, size)))
    matrix = qr.modules(TOKEN)
    side = len(matrix) + 2 * qr.QUIET_ZONE
    painted = PIL.Image.new("1", (side, side), 1)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            painted.putpixel((x + qr.QUIET_ZONE, y + qr.QUIET_ZONE), not dark)
    scale = max(1, size // side)
    expected = painted.resize((side * scale, side * scale), PIL.Image.Resampling.NEAREST)
    assert (image.mode, image.size) == (expected.mode, expected.size)
    assert image.tobytes() == expected.tobytes()


def test_an_svg_is_read_by_another_reader() -> None:
    assert read(drawn(qr.svg(TOKEN, 300)).convert("L")) == TOKEN
