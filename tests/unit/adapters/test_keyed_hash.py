"""Keyed hashes are HMAC-SHA-256."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.keyed_hash import hmac_sha256


@given(st.binary(max_size=200), st.lists(st.binary(max_size=300), min_size=1, max_size=3))
def test_a_key_that_is_used_again_gives_the_same_hashes(key: bytes, messages: list[bytes]) -> None:
    for message in messages:
        assert hmac_sha256(key, message) == hmac.digest(key, message, "sha256")
