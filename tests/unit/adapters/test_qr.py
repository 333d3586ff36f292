"""Pictures, read back by a reader that is not ours."""

from io import BytesIO
from xml.etree import ElementTree

import PIL.Image
import pytest
import zxingcpp

from chalicelib.adapters import qr
from tests.unit.adapters.test_cose import TOKEN


def read(image: PIL.Image.Image) -> str:
    (found,) = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert found.ec_level == "M"
    return str(found.text)


def drawn(svg: str) -> PIL.Image.Image:
    """The dark path of our SVG, painted module by module."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
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


@pytest.mark.parametrize("size", [60, 300, 2000])
def test_a_png_is_read_by_another_reader(size: int) -> None:
    image = PIL.Image.open(BytesIO(qr.png(TOKEN, size)))
    assert image.width == image.height <= size
    if size > 60:
        assert read(image.convert("L")) == TOKEN


def test_an_svg_is_read_by_another_reader() -> None:
    assert read(drawn(qr.svg(TOKEN, 300)).convert("L")) == TOKEN
