"""Certificates of two countries whose keys are listed, and what the service makes of them."""

import json
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.adapters.hcert import decode
from chalicelib.adapters.trusted_key_files import facts_of
from chalicelib.models.certificates.readings import Reading
from chalicelib.models.certificates.trusted_keys import TrustedKey, TrustListEntry
from chalicelib.services.certificates.readings import read_certificate
from tests.certificates import bare_entry, european_key, make_certificate, vaccination, vietnamese_key
from tests.forms import NOW
from tests.unit.fakes.certificates import TrustedKeys

KID = b"\x01\x02\x03\x04\x05\x06\x07\x08"
BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
ISSUED, EXPIRES = NOW - timedelta(days=10), NOW + timedelta(days=355)


def trusted(entry: dict[str, Any], country: str = "VN") -> TrustedKey:
    facts = facts_of(TrustListEntry.model_validate_json(json.dumps(entry)))
    return TrustedKey(
        kid=facts.kid,
        country=facts.country or country,
        public_key=facts.public_key,
        valid_from=facts.valid_from,
        valid_until=facts.valid_until,
        uses=list(facts.uses),
        put_by="admin-1",
        put_at=NOW,
    )


def read(text: str, keys: Sequence[TrustedKey], now: datetime = NOW) -> Reading:
    return read_certificate(text, now, decode=decode, trusted_keys=TrustedKeys(list(keys)))


VIETNAM = trusted(bare_entry(vietnamese_key(), KID, NOW))
AUSTRIA = trusted(bare_entry(european_key(), b"austria1", NOW), "AT")
KEYS = [VIETNAM, AUSTRIA]


def vietnamese(payload: Any = None, **container: Any) -> str:
    return make_certificate(
        vietnamese_key(), KID, "VN", vaccination() if payload is None else payload, ISSUED, EXPIRES, **container
    )


def european(payload: Any, country: str = "AT", **container: Any) -> str:
    return make_certificate(european_key(), b"austria1", country, payload, ISSUED, EXPIRES, **container)
