"""base45, compared with the library of that name and with the examples of RFC 9285."""

import base45 as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.base45 import ALPHABET, decode, encode


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_examples_of_the_standard(raw: bytes, text: str) -> None:
    assert encode(raw) == text
    assert decode(text) == raw


@given(st.binary(max_size=300))
def test_bytes_are_encoded_as_by_the_library_and_read_back(raw: bytes) -> None:
    text = encode(raw)
    assert text == library.b45encode(raw).decode()
    assert decode(text) == raw


@given(st.text(ALPHABET, max_size=12) | st.text(max_size=12).filter(lambda text: not text.endswith("\n")))
def test_a_text_is_read_or_refused_as_by_the_library(text: str) -> None:
    try:
        expected = library.b45decode(text)
    except ValueError:
        with pytest.raises(ValueError):  # noqa: PT011 - there is one kind
            decode(text)
    else:
        assert decode(text) == expected


@pytest.mark.parametrize("text", ["GGW", ":::", "::", "A", "BB8\n", "bb8", "BB８"])
def test_what_encodes_nothing_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - there is one kind
        decode(text)
