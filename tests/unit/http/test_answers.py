"""Responses as Lambda returns them, compared with Chalice's own."""

import base64

from chalice.app import Response

from chalicelib.http.answers import Bytes, Headers, Text

HEADERS: Headers = {"Content-Type": "application/json", "X-Request-Id": "1"}
PICTURE: Headers = {"Content-Type": "image/png"}


def test_text_is_returned_as_chalice_returns_it() -> None:
    assert Text("{}", HEADERS, 201).to_dict() == Response("{}", HEADERS, 201).to_dict()


def test_bytes_are_returned_as_chalice_returns_a_binary_type() -> None:
    raw = b"\x89PNG"
    ours = Bytes(raw, PICTURE, 200).to_dict()
    assert ours == Response(raw, PICTURE, 200).to_dict(["image/png"])
    assert base64.b64decode(ours["body"]) == raw
