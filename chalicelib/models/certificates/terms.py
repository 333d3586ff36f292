"""The terms of certificates: what can be proven, and what reading one can say. People's words are data.

Apart from the rules, so that what only shows them stays light.
"""

import json
from functools import cache
from typing import Any

from chalicelib.data import read_text
from chalicelib.models.enums import StrEnum

LONGEST_CERTIFICATE = 4296
"""Characters: what the largest QR holds."""


class CertificateKind(StrEnum):
    """What a certificate proves."""

    VACCINATION = "vaccination"
    TEST = "test"
    RECOVERY = "recovery"


class CertificateVerdict(StrEnum):
    """What reading a certificate says."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    FORGED = "forged"
    """A listed key is named, and did not sign it."""
    UNTRUSTED = "untrusted"
    """No listed key is named, or one that may not sign this kind."""
    UNREADABLE = "unreadable"


class Stage(StrEnum):
    """The steps of reading one, in their order."""

    PREFIX = "prefix"
    BASE45 = "base45"
    COMPRESSION = "compression"
    COSE = "cose"
    CWT = "cwt"
    SCHEMA = "schema"
    ISSUER = "issuer"
    SIGNATURE = "signature"
    TIMES = "times"


class CertificateDoubt(StrEnum):
    """What a person must look at although the text is genuine."""

    KEY_NOT_FOR_THIS_KIND = "key_not_for_this_kind"
    ISSUER_COUNTRY_DIFFERS = "issuer_country_differs"
    KEY_NOT_VALID_THEN = "key_not_valid_then"
    EVENT_IN_FUTURE = "event_in_future"
    EVENT_TOO_EARLY = "event_too_early"
    """A date before the disease existed: a mistake of the issuer, such as the year 21."""
    RECOVERY_NOT_IN_FORCE = "recovery_not_in_force"
    OTHER_DISEASE = "other_disease"
    NAME_DIFFERS = "name_differs"
    NAME_PARTLY_DIFFERS = "name_partly_differs"
    BIRTH_DIFFERS = "birth_differs"
    BIRTH_NOT_TOLD = "birth_not_told"


def name_of(kind: str, code: str, language: str) -> str | None:
    """What people call what a certificate has a code for: one of the usual diseases, vaccines, products, makers."""
    name = _names()[kind].get(code)
    return name[language] if isinstance(name, dict) else name


@cache
def _names() -> dict[str, dict[str, Any]]:
    known: dict[str, dict[str, Any]] = json.loads(read_text("certificate_codes.json"))
    return known
