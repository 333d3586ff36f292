"""What a certificate says: its claims, read field by field.

Thirty countries' software wrote them, so reading is generous: a date may be a year, a field may be missing or one too
many, and only fields without which a certificate proves nothing are needed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal

from chalicelib.models.certificates.terms import CertificateKind, Stage
from chalicelib.models.certificates.trusted_keys import country_of
from chalicelib.models.fields import UNSEEN
from chalicelib.models.people.health import TestKind, TestResult

COVID_19 = "840539006"
"""The disease's code (SNOMED CT)."""

_MOST_ENTRIES = 10
"""The most entries of a certificate. Schema 1.3.0 allows one; older schemas allow several, without a limit."""


class Unreadable(Exception):
    """The text is no certificate that can be read; `stage` is the step at which that showed."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self.stage = stage


@dataclass(frozen=True, slots=True)
class Container:
    """A certificate out of its wrappings, not verified. `signed_by` judges a public key (SubjectPublicKeyInfo)."""

    key_id: bytes
    claims: Any
    signed_by: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date as far as it is known: `text` is a year, a year and month, or a day."""

    text: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Holder:
    """Who it was made out for. Names as written, and as machine-readable papers have them; any part may be empty."""

    family_name: str
    given_name: str
    family_name_transliterated: str
    given_name_transliterated: str
    born: str
    """A day, a year and month, a year, or nothing."""

    @property
    def full_name(self) -> str:
        return _joined(self.family_name, self.given_name) or self.transliterated

    @property
    def transliterated(self) -> str:
        return _joined(self.family_name_transliterated, self.given_name_transliterated)


@dataclass(frozen=True, slots=True)
class Vaccinated:
    disease: str
    vaccine: str
    product: str
    manufacturer: str
    dose: int
    of_doses: int | None
    on: PartialDate
    country: str
    kind: Literal[CertificateKind.VACCINATION] = CertificateKind.VACCINATION


@dataclass(frozen=True, slots=True)
class Tested:
    disease: str
    test_kind: TestKind | None
    """None for a kind that is not known here."""
    result: TestResult | None
    """The same."""
    name: str
    taken_at: datetime
    place: str
    country: str
    kind: Literal[CertificateKind.TEST] = CertificateKind.TEST


@dataclass(frozen=True, slots=True)
class Recovered:
    disease: str
    first_positive: PartialDate
    valid_from: PartialDate | None
    valid_until: PartialDate | None
    country: str
    kind: Literal[CertificateKind.RECOVERY] = CertificateKind.RECOVERY


Proof = Vaccinated | Tested | Recovered


@dataclass(frozen=True, slots=True)
class Contents:
    """What a certificate says. It may still be forged."""

    issuer: str
    """A country, where one can be made out."""
    issued_at: datetime | None
    expires_at: datetime
    holder: Holder
    proof: Proof


_KINDS: Mapping[str, TestKind] = {"LP6464-4": TestKind.PCR, "LP217198-3": TestKind.ANTIGEN}
"""LOINC parts: nucleic acid amplification with probe detection; rapid immunoassay."""
_RESULTS: Mapping[str, TestResult] = {"260415000": TestResult.NEGATIVE, "260373001": TestResult.POSITIVE}
"""SNOMED CT: not detected; detected."""

_ISSUER, _EXPIRES_AT, _ISSUED_AT, _HCERT, _PAYLOAD = 1, 4, 6, -260, 1


_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
_UNSEEN = re.compile(f"[{UNSEEN}]")

LONGEST_TEXT = 200
"""Characters of any text of a certificate that are read: the text is untrusted, and is shown, compared and kept."""


def contents_of(claims: Any) -> Contents:
    """What a certificate's claims (RFC 8392) say.

    Raises
    ------
    Unreadable
        At `cwt` or `schema`.
    """
    try:
        expires_at = _moment(claims[_EXPIRES_AT])
        issued_at = _moment(claims[_ISSUED_AT]) if claims.get(_ISSUED_AT) is not None else None
        payload = claims[_HCERT][_PAYLOAD]
        if not isinstance(payload, dict):
            raise TypeError
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        raise Unreadable(Stage.CWT) from None
    try:
        proof = _proof(payload)
        holder = _holder(payload)
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        raise Unreadable(Stage.SCHEMA) from None
    issuer = country_of(_text(claims, _ISSUER))
    return Contents(
        # Some write more than a country's code there. The entry has the country too.
        issuer=issuer if _COUNTRY.fullmatch(issuer) else proof.country,
        issued_at=issued_at,
        expires_at=expires_at,
        holder=holder,
        proof=proof,
    )


def _proof(payload: Any) -> Proof:
    # Some certificates have the other kinds too, empty.
    (kind,) = (name for name in ("v", "t", "r") if payload.get(name))
    entries = payload[kind]
    if not isinstance(entries, list) or not 1 <= len(entries) <= _MOST_ENTRIES:
        raise ValueError
    return max((_entry(kind, each) for each in entries), key=_weight)


def _weight(proof: Proof) -> tuple[object, ...]:
    """Of several entries of a certificate the one that says most about the person now: the last dose, the latest test
    or recovery. What is about another disease counts after all others."""
    if isinstance(proof, Vaccinated):
        return proof.disease == COVID_19, proof.dose, proof.on.first
    return proof.disease == COVID_19, proof.taken_at if isinstance(proof, Tested) else proof.first_positive.first


def _entry(kind: str, entry: Any) -> Proof:
    country = country_of(_text(entry, "co"))
    country = country if _COUNTRY.fullmatch(country) else ""
    disease = _text(entry, "tg")
    if kind == "v":
        return Vaccinated(
            disease=disease,
            vaccine=_text(entry, "vp"),
            product=_text(entry, "mp"),
            manufacturer=_text(entry, "ma"),
            dose=_number(entry["dn"]),
            of_doses=_number(entry["sd"]) if entry.get("sd") is not None else None,
            on=_partial_date(entry["dt"]),
            country=country,
        )
    if kind == "t":
        return Tested(
            disease=disease,
            test_kind=_KINDS.get(_text(entry, "tt")),
            result=_RESULTS.get(_text(entry, "tr")),
            name=_text(entry, "nm"),
            taken_at=_moment(entry["sc"]),
            place=_text(entry, "tc"),
            country=country,
        )
    return Recovered(
        disease=disease,
        first_positive=_partial_date(entry["fr"]),
        valid_from=_partial_date(entry["df"]) if entry.get("df") else None,
        valid_until=_partial_date(entry["du"]) if entry.get("du") else None,
        country=country,
    )


def _holder(payload: Any) -> Holder:
    names, born = payload["nam"], payload.get("dob")
    family, given, plain_family, plain_given = (_text(names, name) for name in ("fn", "gn", "fnt", "gnt"))
    if not any((family, given, plain_family, plain_given)):
        raise ValueError
    if isinstance(born, int | float):
        # A year as a number, or a date as seconds.
        born = str(born) if 1900 <= born <= 9999 else _moment(born).date().isoformat()
    known = _BORN.match(born.strip()) if isinstance(born, str) else None
    return Holder(family, given, plain_family, plain_given, known[0] if known else "")


def _text(entry: Any, name: str | int) -> str:
    """A field's text, or "" if it has none: as much of it as people need, in one line that reads from left to right."""
    value = entry.get(name)
    return _UNSEEN.sub(" ", value[:LONGEST_TEXT]).strip() if isinstance(value, str) else ""


def _number(value: Any) -> int:
    number = int(value)
    if not 1 <= number <= 99 or number != float(value):
        raise ValueError
    return number


_BORN = re.compile(r"\d{4}(?:-(?!00)\d\d(?:-(?!00)\d\d)?)?", re.ASCII)
"""As far as it is known: what follows may be a time, or an X or a zero for each digit that is not."""

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:[Tt ](?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d+)?)?"
    r" ?(?P<offset>[Zz]|(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?)?",
    re.ASCII,
)
"""Dates and times as they are met: fractions of any length, offsets as `Z`, `+02:00`, `+0200`, `+02`, `+0`, or none."""


def _moment(value: Any) -> datetime:
    """A time: seconds since 1970 or text. Without an offset it is taken for Greenwich's."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    written = _WRITTEN.fullmatch(value.strip())
    if written is None:
        raise ValueError
    part = {name: int(text) for name, text in written.groupdict("0").items() if text.isdecimal()}
    offset = timedelta(hours=part["hours"], minutes=part["minutes"]) * (-1 if written["sign"] == "-" else 1)
    return datetime(
        part["year"],
        part["month"] or 1,
        part["day"] or 1,
        part["hour"],
        part["minute"],
        part["second"],
        tzinfo=timezone(offset),
    ).astimezone(UTC)


def _partial_date(value: Any) -> PartialDate:
    if isinstance(value, int | float):
        day = _moment(value).date()
        return PartialDate(day.isoformat(), day, day)
    written = _WRITTEN.fullmatch(value.strip())
    if written is None:
        raise ValueError
    year, month, day_of_month = (int(written[name] or 0) for name in ("year", "month", "day"))
    first = date(year, month or 1, day_of_month or 1)
    if day_of_month:
        return PartialDate(first.isoformat(), first, first)
    text = f"{first:%Y-%m}" if month else f"{year:04d}"
    next_one = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    return PartialDate(text, first, next_one - timedelta(days=1))


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
