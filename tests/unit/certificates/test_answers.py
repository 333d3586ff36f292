"""What staff are answered about a certificate."""

import json

from chalicelib.handlers.certificates.answers import certificate as shape
from chalicelib.models.certificates.terms import CertificateDoubt
from tests import certificates
from tests.certificates import recovery
from tests.unit.certificates.listed import KEYS, european, read, vietnamese


def test_the_answer_says_the_verdict_first_and_names_what_has_codes() -> None:
    reading = read(vietnamese(), KEYS)
    shown = json.loads(shape(reading, "vi", (CertificateDoubt.NAME_DIFFERS,)).model_dump_json(exclude_none=True))
    assert next(iter(shown)) == "verdict"
    assert shown["vaccination"]["product"] == {"code": "EU/1/20/1528", "name": "Comirnaty (Pfizer/BioNTech)"}
    assert shown["vaccination"]["vaccine"]["name"] == "vắc xin mRNA"
    assert shown["holder"] == {
        "full_name": "Nguyễn Văn Thử",
        "transliterated_name": "NGUYEN<VAN THU",
        "born": "1990-05-17",
    }
    assert [each["code"] for each in shown["doubts"]] == ["name_differs"]
    tested = shape(read(european(certificates.test()), KEYS), "en")
    assert tested.test is not None
    assert tested.test.hours_since == 30.0
    assert shape(read(european(recovery()), KEYS), "en").recovery is not None
    unreadable = shape(read("HC1:!", KEYS), "en")
    assert (unreadable.verdict, unreadable.failed_at, unreadable.holder) == ("unreadable", "base45", None)
