"""The published test vectors, read as the page about the token says, by libraries that are not ours."""

import base64
import json
from typing import Any

import cbor2
import cwt
import pytest
from base45 import b45decode
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters.cose_reading import TokenForged, TokenUnreadable, verify
from tests import token_vectors

FILE = json.loads(token_vectors.FILE.read_text(encoding="utf-8"))
PAGE = token_vectors.FILE.with_name("token.md").read_text(encoding="utf-8")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NO_CLOCK = 10**10
"""Seconds of leeway: the library asks the real clock, and these tokens are of 2021."""


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys() -> dict[bytes, Any]:
    listed = {}
    for each in FILE["keys"]:
        key = cwt.COSEKey.from_jwk({name: value for name, value in each.items() if name != "kid"})
        key._kid = raw(each["kid"])  # the library takes a JWK's id for text
        listed[key._kid] = key
    return listed


def code_of(token_id: bytes) -> str:
    """The code of a token id, by the rule on the page."""
    number = int.from_bytes(token_id, "big")
    values = [number >> 5 * place & 31 for place in reversed(range(15))]
    check = 0
    for value in values:
        check = (check ^ value) << 1
        check = check ^ 37 if check >= 32 else check
    text = "".join(ALPHABET[value] for value in [*values, check])
    return "-".join(text[start : start + 4] for start in range(0, 16, 4))


def judged(text: str, at: int) -> tuple[str, dict[str, Any] | None]:
    """The steps of the page, in its order."""
    if not text.startswith("TNP1:"):
        return "unreadable", None
    try:
        message = b45decode(text.removeprefix("TNP1:"))
        protected, *_ = cbor2.loads(message).value
        kid = cbor2.loads(protected)[4]
    except (ValueError, AttributeError, cbor2.CBORDecodeError):
        return "unreadable", None
    if kid not in keys():
        return "unknown_key", None
    try:
        claims: Any = cwt.CWT(leeway=NO_CLOCK).decode(message, keys()[kid])
    except cwt.VerifyError:
        return "forged", None
    if claims[1] != FILE["issuer"]:
        return "forged", None
    masked_name, birth_year, plate, commune = claims[-65537]
    said = {
        "code": code_of(claims[7]),
        "issued_at": claims[6],
        "expires_at": claims[4],
        "masked_name": masked_name,
        "birth_year": birth_year,
        "plate": plate,
        "commune": f"{commune:05d}",
    }
    if said["code"] in FILE["revoked"]:
        return "revoked", said
    return ("expired" if at >= claims[4] else "valid"), said


def test_the_file_is_what_the_script_writes() -> None:
    assert token_vectors.FILE.read_text(encoding="utf-8") == token_vectors.text()


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda vector: vector["name"])
def test_a_vector_is_read_by_another_library_as_it_says(vector: dict[str, Any]) -> None:
    assert judged(vector["text"], vector["at"]) == (vector["verdict"], vector.get("claims"))


@pytest.mark.parametrize("vector", FILE["vectors"], ids=lambda vector: vector["name"])
def test_our_own_reader_agrees(vector: dict[str, Any]) -> None:
    public = {
        raw(each["kid"]): ec.EllipticCurvePublicNumbers(
            int.from_bytes(raw(each["x"]), "big"), int.from_bytes(raw(each["y"]), "big"), ec.SECP256R1()
        ).public_key()
        for each in FILE["keys"]
    }
    if vector["verdict"] == "unreadable":
        with pytest.raises(TokenUnreadable):
            verify(vector["text"], issuer=FILE["issuer"], keys=public)
    elif vector["verdict"] in ("forged", "unknown_key"):
        with pytest.raises(TokenForged):
            verify(vector["text"], issuer=FILE["issuer"], keys=public)
    else:
        assert verify(vector["text"], issuer=FILE["issuer"], keys=public).code.shown == vector["claims"]["code"]


def test_the_page_names_every_verdict() -> None:
    for verdict in {each["verdict"] for each in FILE["vectors"]}:
        assert f"`{verdict}`" in PAGE
