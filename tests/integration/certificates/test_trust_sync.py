"""Gates' devices keep the trust list, on moto."""

from base64 import b64decode, b64encode
from typing import Any
from zlib import decompress

import cwt
from base45 import b45decode
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from chalicelib.services.certificates.trust_sync import OVERLAP
from tests.certificates import bare_entry, european_key, signer, vietnamese_key
from tests.integration.certificates.test_trust_list import KID, put, vietnamese
from tests.integration.conftest import Api, Clock

SYNC = "/v1/checkpoint/trust-list"


def sync(api: Api, since: str = "", **how: str) -> Any:
    path = f"{SYNC}?since={since}" if since else SYNC
    return api("GET", path, **{"role": "checkpoint", **how})


def test_all_keys_once_then_what_changed(api: Api, clock: Clock) -> None:
    _, entry = signer(vietnamese_key(), clock())
    put(api, "VN", entry)
    clock.advance(minutes=5)
    first = sync(api).json_body
    assert (first["complete"], len(first["keys"]), first["removed"]) == (True, 1, [])
    assert first["keys"][0].keys() == {"kid", "country", "public_key", "valid_from", "valid_until", "uses"}
    clock.advance(hours=5)
    put(api, "AT", bare_entry(european_key(), KID, clock(), uses=["test"]))
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    clock.advance(minutes=5)
    second = sync(api, first["cursor"]).json_body
    kid = b64encode(KID).decode()
    assert not second["complete"]
    assert [(key["kid"], key["country"]) for key in second["keys"]] == [(kid, "AT"), (kid, "VN")]
    assert second["removed"] == [{"kid": first["keys"][0]["kid"], "country": "VN"}]
    clock.advance(minutes=5)
    nothing = sync(api, second["cursor"]).json_body
    assert (nothing["complete"], nothing["keys"], nothing["removed"]) == (False, [], [])


def test_a_device_that_has_everything_gets_304(api: Api, clock: Clock) -> None:
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    clock.advance(minutes=5)
    first = sync(api)
    assert sync(api, If_None_Match=first.headers["ETag"]).status_code == 304
    cursor = first.json_body["cursor"]
    nothing = sync(api, cursor, If_None_Match=first.headers["ETag"])
    assert nothing.status_code == 200
    clock.advance(days=3)
    assert sync(api, cursor, If_None_Match=nothing.headers["ETag"]).status_code == 304
    put(api, "VN")
    removed = sync(api, cursor, If_None_Match=nothing.headers["ETag"])
    assert (removed.status_code, len(removed.json_body["removed"])) == (200, 1)


def test_a_list_sent_again_is_no_change(api: Api, clock: Clock) -> None:
    entry = bare_entry(vietnamese_key(), KID, clock())
    put(api, "VN", entry)
    clock.advance(seconds=OVERLAP.total_seconds() + 1)
    cursor = sync(api).json_body["cursor"]
    clock.advance(seconds=OVERLAP.total_seconds() + 1)
    put(api, "VN", entry)
    assert sync(api, cursor).json_body["keys"] == []


def test_a_device_verifies_a_certificate_by_the_synced_key_with_a_library_that_is_not_ours(
    api: Api, clock: Clock
) -> None:
    put(api, "VN", bare_entry(vietnamese_key(), KID, clock()))
    (key,) = sync(api).json_body["keys"]
    text = vietnamese(clock)
    message = decompress(b45decode(text.removeprefix("HC1:")))
    public = load_der_public_key(b64decode(key["public_key"]))
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims: Any = cwt.decode(message, cwt.COSEKey.from_pem(pem, alg="PS256", kid=b64decode(key["kid"])))
    assert claims[1] == key["country"] == "VN"
    assert "v" in claims[-260][1]


def test_roles_and_questions_that_are_refused(api: Api) -> None:
    assert sync(api, role="supervisor").status_code == 200
    for role in ("hotline", "health", "commune", "administrator"):
        assert sync(api, role=role).json_body["code"] == "staff_role_missing"
    assert api("GET", SYNC).status_code == 401
    assert sync(api, "yesterday").json_body["complete"]
