"""The gate's page judges certificates without network as the API does."""

import json
import subprocess
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.adapters import hcert
from chalicelib.models.certificates.contents import Unreadable, contents_of
from chalicelib.models.certificates.readings import judge
from chalicelib.models.certificates.trusted_keys import TrustedKey
from infra import ROOT
from tests import certificates as made
from tests.certificates import european_key, make_certificate, spki, vietnamese_key
from tests.tools import program

NOW = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
BEGAN, ENDS = NOW - timedelta(days=30), NOW + timedelta(days=30)
READER = """
import { readCertificate } from "%s";
const { texts, trusted, now } = JSON.parse(await new Response(process.stdin).text());
const read = [];
for (const text of texts) read.push(await readCertificate(text, trusted, now));
console.log(JSON.stringify(read));
"""


def trusted(key: Any, kid: bytes, country: str, *uses: str) -> dict[str, Any]:
    uses = uses or ("vaccination", "test", "recovery")
    return {**made.bare_entry(key, kid, NOW), "country": country, "uses": [*uses], "public_key": spki(key)}


LISTED = [
    trusted(vietnamese_key(), b"vietnam1", "VN"),
    # Countries may share an id.
    trusted(european_key(), b"vietnam1", "AT"),
    trusted(european_key(), b"tests\xff\xfe?", "DE", "test"),
]


def on_the_page(*texts: str) -> Any:
    script = READER % (ROOT / "web" / "gate" / "certificates.js").as_uri()
    given = {"texts": texts, "trusted": LISTED, "now": round(NOW.timestamp() * 1000)}
    command = [program("node"), "--input-type=module", "-e", script]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def by_the_api(text: str) -> str:
    try:
        container = hcert.decode(text)
        contents = contents_of(container.claims)
    except Unreadable:
        return "unreadable"
    keys = [
        TrustedKey.model_validate_json(json.dumps({**each, "put_by": "nobody", "put_at": NOW.isoformat()}))
        for each in LISTED
        if b64decode(each["kid"]) == container.key_id
    ]
    signer = next((each for each in keys if container.signed_by(each.der)), None)
    return judge(contents, NOW, listed=bool(keys), key=signer).verdict.value


def test_a_certificate_is_judged_as_the_api_judges_it() -> None:
    ours, theirs = vietnamese_key(), european_key()
    vaccinated, tested, recovered = made.vaccination(), made.test(), made.recovery()
    later = timedelta(hours=1)
    good = make_certificate(ours, b"vietnam1", "VN", vaccinated, BEGAN, ENDS)
    texts = {
        good: "valid",
        make_certificate(theirs, b"vietnam1", "AT", tested, BEGAN, ENDS): "valid",
        make_certificate(ours, b"vietnam1", "VN", recovered, BEGAN, ENDS, tags=(18, 61)): "valid",
        make_certificate(ours, b"vietnam1", "VN", recovered, BEGAN, ENDS, tags=(), kid_protected=False): "valid",
        make_certificate(theirs, b"tests\xff\xfe?", "DE", tested, BEGAN, ENDS): "valid",
        make_certificate(theirs, b"tests\xff\xfe?", "DE", vaccinated, BEGAN, ENDS): "untrusted",
        make_certificate(ours, b"unlisted", "VN", vaccinated, BEGAN, ENDS): "untrusted",
        make_certificate(ours, b"tests\xff\xfe?", "DE", tested, BEGAN, ENDS): "forged",
        make_certificate(ours, b"vietnam1", "VN", vaccinated, NOW + later, ENDS): "not_yet_valid",
        make_certificate(ours, b"vietnam1", "VN", vaccinated, BEGAN, NOW - later): "expired",
        good[: len(good) // 2]: "unreadable",
        "HC1:": "unreadable",
        "HC1:6BF": "unreadable",
    }
    assert [by_the_api(text) for text in texts] == [*texts.values()]
    assert [each["verdict"] for each in on_the_page(*texts)] == [*texts.values()]


def test_no_character_of_a_certificate_can_be_changed() -> None:
    text = make_certificate(european_key(), b"vietnam1", "AT", made.test(), BEGAN, ENDS)
    changed = [text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :] for place in range(4, len(text))]
    verdicts = [each["verdict"] for each in on_the_page(*changed)]
    assert set(verdicts) <= {"unreadable", "forged", "untrusted"}


def test_what_it_says_is_shown() -> None:
    key = vietnamese_key()
    texts = [
        make_certificate(key, b"vietnam1", "VN", each, BEGAN, ENDS)
        for each in (made.vaccination(), made.test(), made.recovery())
    ]
    doses, test, recovery = on_the_page(*texts)
    assert doses["holder"] == {"full_name": "Nguyễn Văn Thử", "born": "1990-05-17"}
    assert (doses["issuer"], doses["vaccination"]["dose"], doses["vaccination"]["on"]) == ("VN", 2, "2021-07-01")
    assert (test["test"]["name"], test["test"]["result"]) == ("Invented PCR", "negative")
    assert recovery["recovery"] == {"first_positive": "2021-04-01"}
