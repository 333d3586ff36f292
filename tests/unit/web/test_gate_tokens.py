"""The gate's page reads tokens without network as the API reads them."""

import json
import subprocess
from collections import Counter
from typing import Any

import cbor2
import pytest
from base45 import b45decode, b45encode

from chalicelib.adapters.base45 import ALPHABET
from chalicelib.adapters.cose import PREFIX
from chalicelib.adapters.cose_reading import TokenForged, TokenUnreadable, verify
from infra import ROOT
from tests import token_vectors
from tests.token_vectors import LISTED, token
from tests.tools import program

DOCUMENT = json.loads(token_vectors.FILE.read_text())
KEYS = {each.key_id: each.private.public_key() for each in (LISTED, token_vectors.NEXT)}
READER = """
import { keysOf, verify, typedCode } from "%s";
const { listed, issuer, texts, typed } = JSON.parse(await new Response(process.stdin).text());
const keys = await keysOf(listed);
const read = [];
for (const text of texts) read.push(await verify(text, keys, issuer));
console.log(JSON.stringify({ read, typed: typed.map(typedCode) }));
"""


def on_the_page(*texts: str, typed: tuple[str, ...] = ()) -> Any:
    """What the page's module says, run by Node.js."""
    script = READER % (ROOT / "web" / "gate" / "tokens.js").as_uri()
    asked = {"listed": DOCUMENT["keys"], "issuer": DOCUMENT["issuer"], "texts": texts, "typed": typed}
    command = [program("node"), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def verdicts(*texts: str) -> list[str]:
    return [each["verdict"] for each in on_the_page(*texts)["read"]]


def by_the_api(text: str) -> str:
    try:
        verify(text, issuer=token_vectors.ISSUER, keys=KEYS)
    except TokenUnreadable:
        return "unreadable"
    except TokenForged:
        return "forged"
    return "genuine"


@pytest.mark.parametrize("vector", DOCUMENT["vectors"], ids=lambda each: str(each["name"]))
def test_a_vector_is_read_as_the_document_says(vector: dict[str, Any]) -> None:
    (read,) = on_the_page(vector["text"])["read"]
    # Whether a pass is revoked or over is judged by others.
    genuine = vector["verdict"] in ("valid", "expired", "revoked")
    assert read["verdict"] == ("genuine" if genuine else vector["verdict"])
    if genuine:
        said, claims = read["claims"], vector["claims"]
        assert {"code": said["code"], "masked_name": said["maskedName"], "birth_year": said["birthYear"]} | {
            "issued_at": said["issuedAt"] // 1000,
            "expires_at": said["expiresAt"] // 1000,
            "plate": said["plate"],
            "commune": said["commune"],
        } == claims


def test_no_character_of_a_token_can_be_changed() -> None:
    own = token()
    changed = [
        own[:place] + ALPHABET[(ALPHABET.index(own[place]) + step) % len(ALPHABET)] + own[place + 1 :]
        for place in range(len(PREFIX), len(own))
        for step in (1, 7, 22)
    ]
    read, expected = verdicts(*changed), [by_the_api(text) for text in changed]
    assert "genuine" not in read
    assert "genuine" not in expected
    # The API has all keys. A device says of a key id that it does not have that it cannot tell.
    pairs = Counter(zip(expected, read, strict=True))
    assert set(pairs) <= {("forged", "forged"), ("forged", "unknown_key"), ("unreadable", "unreadable")}, pairs


def test_a_permit_tells_its_days_and_hours() -> None:
    from chalicelib.models.entry.passes import StandingTimes

    (read,) = on_the_page(token(times=StandingTimes(31, 300, 1260)))["read"]
    assert read["claims"]["times"] == {"days": 31, "fromMinute": 300, "untilMinute": 1260}


def test_other_spellings_of_the_same_token_are_refused() -> None:
    tag = cbor2.loads(b45decode(token().removeprefix(PREFIX)))
    protected, _, payload, signature = tag.value
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    other_half = signature[:32] + (order - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    spelled = [
        cbor2.dumps(cbor2.CBORTag(18, [protected, {}, payload, other_half])),
        cbor2.dumps(tag) + b"\0",
        cbor2.dumps(cbor2.CBORTag(18, [protected, {1: -7}, payload, signature])),
        cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -35, 4: LISTED.key_id}), {}, payload, signature])),
        cbor2.dumps(tag).replace(b"\x58\x40", b"\x59\x00\x40"),
    ]
    texts = [PREFIX + str(b45encode(each), "ascii") for each in spelled]
    assert [by_the_api(text) for text in texts] == ["forged"] * len(texts)
    assert verdicts(*texts) == ["forged"] * len(texts)


def test_untrusted_bytes_get_an_answer() -> None:
    spelled = ["", "9f" * 60, "81" * 100, "bb7fffffffffffffff", "d28440a0", "d284f6f6f6f6", "a10000a10000"]
    texts = [PREFIX + str(b45encode(bytes.fromhex(each)), "ascii") for each in spelled]
    assert set(verdicts(*texts, "TNP1:" + "0" * 500, "TNP2:", "", "TNP1:😀")) <= {"unreadable", "forged"}


def test_a_typed_code_is_read_as_people_write_it() -> None:
    typed = ("g000 0000 k8s1 202m", "GOOO-OOOO-K8SI-2O2M", "G000‑0000‑K8S1‑202M", "G000-0000-K8S1-202N", "G000", "😀")
    assert on_the_page(typed=typed)["typed"] == ["G000-0000-K8S1-202M"] * 3 + [None] * 3
