"""Test vectors of the pass's token, for everyone who reads it: `docs/token-vectors.json`.

`python -m tests.token_vectors` writes the file again. The keys are fixed and sign nothing else.
"""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
from base45 import b45decode, b45encode
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters.cose import PREFIX, SigningKey, sign
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import PassClaims

FILE = Path(__file__).parent.parent / "docs" / "token-vectors.json"

ISSUER = "TN"
ISSUED = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
LIFETIME = timedelta(hours=1)
LISTED, NEXT, UNLISTED = (
    SigningKey(kid.to_bytes(4, "big"), ec.derive_private_key(number, ec.SECP256R1()))
    for kid, number in ((0x01020304, 20210722), (0x01020305, 20210723), (0x0A0B0C0D, 20210724))
)
IMPOSTOR = SigningKey(LISTED.key_id, UNLISTED.private)
"""It names a key that is listed, and has another."""


def claims(person: int = 0, **changes: Any) -> PassClaims:
    known = {
        "code": Code.of(2**64 + 20210722, person),
        "issued_at": ISSUED,
        "expires_at": ISSUED + LIFETIME,
        "masked_name": "NV THU",
        "birth_year": 1990,
        "plate": "70E112345",
        "commune": "25480",
    }
    return PassClaims(**{**known, **changes})


def token(person: int = 0, key: SigningKey = LISTED, issuer: str = ISSUER, **changes: Any) -> str:
    return sign(claims(person, **changes), issuer=issuer, key=key)


def changed_byte(text: str) -> str:
    """The token with another birth year, under the old signature."""
    tag = cbor2.loads(b45decode(text.removeprefix(PREFIX)))
    protected, unprotected, payload, signature = tag.value
    content = cbor2.loads(payload)
    content[-65537][1] += 1
    message = cbor2.CBORTag(18, [protected, unprotected, cbor2.dumps(content), signature])
    return PREFIX + str(b45encode(cbor2.dumps(message)), "ascii")


def document() -> dict[str, Any]:
    """What the file holds."""
    own, foot, rider = token(), token(1, plate=""), token(2)
    during, after = ISSUED + timedelta(minutes=20), ISSUED + LIFETIME
    vectors = [
        ("valid", own, during, "valid", "Listed key, not ended, not revoked."),
        ("valid_without_plate", foot, during, "valid", "A group without a vehicle has an empty plate."),
        ("valid_by_the_next_key", token(key=NEXT), during, "valid", "Two keys are listed while one replaces another."),
        ("valid_last_second", own, after - timedelta(seconds=1), "valid", "The last second before the end."),
        ("expired", own, after, "expired", "The end itself is too late."),
        ("revoked", rider, during, "revoked", "The code is among `revoked`."),
        ("revoked_and_expired", rider, after, "revoked", "Revoked comes before expired."),
        ("wrong_key", token(key=IMPOSTOR), during, "forged", "Names a listed key; another one signed it."),
        ("changed_byte", changed_byte(own), during, "forged", "Another birth year under the old signature."),
        ("other_issuer", token(issuer="XX"), during, "forged", "Listed key, and the issuer is not the province."),
        ("unknown_kid", token(key=UNLISTED), during, "unknown_key", "No forgery: get the list of keys again."),
        ("part_of_a_token", own[: len(own) // 2], during, "unreadable", "A part of a token: scan it again."),
        ("other_text", "HC1:6BF", during, "unreadable", "It does not begin with TNP1:."),
    ]
    return {
        "issuer": ISSUER,
        "keys": [_jwk(LISTED), _jwk(NEXT)],
        "revoked": [claims(2).code.shown],
        "vectors": [
            {
                "name": name,
                "text": text,
                "at": int(at.timestamp()),
                "verdict": verdict,
                **({"claims": _claims(text)} if verdict in ("valid", "expired", "revoked") else {}),
                "note": note,
            }
            for name, text, at, verdict, note in vectors
        ],
    }


def _claims(text: str) -> dict[str, Any]:
    content = cbor2.loads(cbor2.loads(b45decode(text.removeprefix(PREFIX))).value[2])
    masked_name, birth_year, plate, commune = content[-65537]
    return {
        "code": Code.from_bytes(content[7]).shown,
        "issued_at": content[6],
        "expires_at": content[4],
        "masked_name": masked_name,
        "birth_year": birth_year,
        "plate": plate,
        "commune": f"{commune:05d}",
    }


def _jwk(key: SigningKey) -> dict[str, str]:
    numbers = key.private.public_key().public_numbers()
    point = {"x": numbers.x.to_bytes(32, "big"), "y": numbers.y.to_bytes(32, "big"), "kid": key.key_id}
    written = {name: base64.urlsafe_b64encode(raw).rstrip(b"=").decode() for name, raw in point.items()}
    return {"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", **written}


def text() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
