"""Pictures that we made, as readers that are not ours read them."""

from io import BytesIO
from xml.etree.ElementTree import Element, fromstring

import PIL.Image
import zxingcpp

SVG = "{http://www.w3.org/2000/svg}"
"""Before the name of each element."""


def parsed(svg: str) -> Element:
    """The root element. Raises `ParseError` for what is no XML."""
    return fromstring(svg)  # noqa: S314 - the attacks of untrusted XML need an author who is not us


def qr_text(picture: bytes) -> str:
    """The text of the one QR in a PNG."""
    (found,) = _qrs(picture)
    return str(found.text)


def has_qr(picture: bytes) -> bool:
    """Whether there is a QR in a PNG."""
    return bool(_qrs(picture))


def _qrs(picture: bytes) -> list[zxingcpp.Barcode]:
    image = PIL.Image.open(BytesIO(picture)).convert("L")
    return list(zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)))
