"""Citizen tokens: one that is altered, invented or too old is refused, and no text breaks the reader."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.adapters.citizen_tokens import CitizenTokens
from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.errors import CitizenTokenExpired, CitizenTokenRefused
from chalicelib.models.people.hashed import PHONE
from chalicelib.models.tracing.exposures import FoundBy
from tests.forms import NOW

KEY = KeyedHash(b"k" * 32)
TOKENS = CitizenTokens(KEY, lifetime=timedelta(hours=12))
PHONE_HASH = KEY.text(PHONE, "+84912345678")
TOKEN = TOKENS.issue(PHONE_HASH, NOW).text


def test_a_token_says_which_phone_is_proven_until_it_ends() -> None:
    issued = TOKENS.issue(PHONE_HASH, NOW)
    assert issued.expires_at == NOW + timedelta(hours=12)
    assert TOKENS.read(issued.text, NOW) == Citizen(PHONE_HASH)
    assert TOKENS.read(issued.text, issued.expires_at - timedelta(seconds=1)) == Citizen(PHONE_HASH)
    with pytest.raises(CitizenTokenExpired):
        TOKENS.read(issued.text, issued.expires_at)


def test_a_phone_has_the_hash_that_its_exposures_have() -> None:
    assert FoundBy.PHONE.value == PHONE


def test_a_token_holds_no_phone_number() -> None:
    assert b"912345678" not in urlsafe_b64decode(TOKEN.removeprefix("TNC1."))
    assert "912345678" not in TOKEN


def test_a_token_of_another_stage_is_refused() -> None:
    with pytest.raises(CitizenTokenRefused):
        CitizenTokens(KeyedHash(b"j" * 32), lifetime=timedelta(hours=12)).read(TOKEN, NOW)


def test_a_hash_of_the_stage_is_no_signature_of_a_token() -> None:
    """The key is a derived one: no hash that stands in a table or an event opens anything."""
    content = urlsafe_b64decode(TOKEN.removeprefix("TNC1."))[:20]
    for parts in ((content.hex(),), ("citizen token", content.hex()), (PHONE, content.hex())):
        forged = urlsafe_b64encode(content + bytes.fromhex(KEY.text(*parts))).decode()
        with pytest.raises(CitizenTokenRefused):
            TOKENS.read(f"TNC1.{forged}", NOW)


@given(st.integers(0, 36 * 8 - 1))
def test_no_altered_token_passes(bit: int) -> None:
    raw = bytearray(urlsafe_b64decode(TOKEN.removeprefix("TNC1.")))
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(CitizenTokenRefused):
        TOKENS.read(f"TNC1.{urlsafe_b64encode(raw).decode()}", NOW)


@given(
    st.text()
    | st.text(st.sampled_from("TNC1.-_Aa0=+/ \n"), max_size=80)
    | st.binary().map(lambda b: b.decode("latin-1"))
)
@example("")
@example("TNC1." + "A" * 48)
@example(f"{TOKEN}\n")
@example(f"{TOKEN}=")
@example(TOKEN.lower())
@example(TOKEN.removeprefix("TNC1."))
@example("TNC1." + "\u0661" * 48)
def test_no_text_whatsoever_breaks_the_reader(text: str) -> None:
    with pytest.raises(CitizenTokenRefused):
        TOKENS.read(text, NOW)
