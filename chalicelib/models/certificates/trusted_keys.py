"""The trust list: the public keys whose certificates are believed, by the country that they belong to.

An administrator sends a country's whole list, which replaces the one before. So a key that a country withdrew is gone
with its next list.
"""

from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import AwareDatetime, ConfigDict, Field

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.errors import FieldProblem
from chalicelib.models.fields import Moment
from chalicelib.models.people.places import is_country
from chalicelib.models.records import Record, any_of

MOST_KEYS = 1_000
"""Of one country. The largest had some two hundred."""

_OWN_CODES = {"UK": "GB", "EL": "GR"}
"""Countries that go by another code than ISO's in some papers."""


class TrustedKey(Record):
    """A key on the list: what a check needs, and who put it there."""

    kid: str = Field(examples=["2Rk3X8HntrI="])
    """The key's id, in base64."""
    country: str
    public_key: str
    """SubjectPublicKeyInfo, in base64."""
    valid_from: AwareDatetime
    valid_until: AwareDatetime
    uses: list[CertificateKind]
    put_by: str
    put_by_name: str | None = None
    put_at: AwareDatetime

    @property
    def der(self) -> bytes:
        return b64decode(self.public_key)

    @property
    def name(self) -> "KeyName":
        return KeyName(self.kid, self.country)


class KeyName(NamedTuple):
    """What names a key: countries may share an id."""

    kid: str
    country: str


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What an entry says about its key. `country` is None if it does not say."""

    kid: str
    country: str | None
    public_key: str
    valid_from: datetime
    valid_until: datetime
    uses: tuple[CertificateKind, ...]


class KeyNotUsable(Exception):
    """The entry has no key that may be listed; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_KNOWN: dict[str, Any] = {
    **{name: {"type": "string"} for name in ("kid", "valid_from", "valid_until")},
    "uses": {"type": "array", "items": {}},
}

_EITHER = any_of(
    {
        "required": ["certificate"],
        "properties": {
            "certificate": {"type": "string"},
            **{name: {"type": "null"} for name in ("public_key", *_KNOWN)},
        },
    },
    {
        "required": ["public_key", *_KNOWN],
        "properties": {"certificate": {"type": "null"}, "public_key": {"type": "string"}, **_KNOWN},
    },
)
"""Only a certificate, or a public key with all that is known of it."""


class TrustListEntry(Record):
    """A key: an X.509 certificate, which says all there is to know, or a bare public key and what is known of it."""

    model_config = ConfigDict(json_schema_extra=_EITHER)

    certificate: str | None = Field(default=None, max_length=16_384)
    """X.509, in PEM or as DER in base64. Country, validity, uses and key id follow from it."""
    public_key: str | None = Field(default=None, max_length=8_192)
    """SubjectPublicKeyInfo, in PEM or as DER in base64."""
    kid: str | None = Field(default=None, max_length=128, examples=["2Rk3X8HntrI="])
    """With `public_key`: the key's id in base64, as lists of keys write it."""
    valid_from: Moment | None = None
    """With `public_key`: from when on certificates signed with it are believed."""
    valid_until: Moment | None = None
    """With `public_key`: until when."""
    uses: list[CertificateKind] | None = Field(default=None, min_length=1, max_length=len(CertificateKind))
    """What certificates signed with it may prove."""


class TrustList(Record):
    """All keys of one country. An empty list withdraws the country."""

    keys: list[TrustListEntry] = Field(max_length=MOST_KEYS)
    """All of the country's keys, 1,000 at most."""


@dataclass(frozen=True, slots=True)
class TrustListChange:
    """What a new list of a country changes."""

    country: str
    added: tuple[TrustedKey, ...]
    changed: tuple[TrustedKey, ...]
    kept: tuple[TrustedKey, ...]
    removed: tuple[TrustedKey, ...]


def may_be_listed(country: str) -> bool:
    """Whether it is a code under which keys are listed: ISO 3166-1 alpha-2, and Kosovo's, which has none."""
    return is_country(country) or country == "XK"


def country_of(code: str) -> str:
    """A country's code as ISO 3166 has it."""
    return _OWN_CODES.get(code.upper(), code.upper())


def problems_of_form(entry: TrustListEntry, pointer: str) -> list[FieldProblem]:
    """The problems of an entry that show without reading its key."""
    if (entry.certificate is None) == (entry.public_key is None):
        return [FieldProblem(pointer, "trusted_key_ambiguous")]
    known = {name: getattr(entry, name) for name in ("kid", "valid_from", "valid_until", "uses")}
    if entry.certificate is not None:
        given = [name for name, value in known.items() if value is not None]
        return [FieldProblem(f"{pointer}/{name}", "told_by_certificate") for name in given]
    missing = [name for name, value in known.items() if value is None]
    problems = [FieldProblem(f"{pointer}/{name}", "field_missing") for name in missing]
    if entry.valid_from and entry.valid_until and entry.valid_from >= entry.valid_until:
        problems.append(FieldProblem(f"{pointer}/valid_until", "validity_reversed"))
    return problems
