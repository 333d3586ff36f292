"""Certificates of vaccination, test and recovery: what one says, and whether it is valid.

The container is Europe's (HCERT), which Vietnam uses too. What is in it was written by some thirty countries' software,
so it is read generously: a date may be a year, a field may be missing or one too many, and only what a certificate is
worth nothing without is needed. Whether it is genuine is judged strictly.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from chalicelib.models.certificates.contents import COVID_19, Contents, Proof, Recovered, Tested, Vaccinated
from chalicelib.models.certificates.names import _doubts_of_name
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateVerdict, Stage
from chalicelib.models.certificates.trusted_keys import TrustedKey
from chalicelib.models.fields import with_offset
from chalicelib.models.people.health import MOST_DOSES, Test, Vaccination

_FIRST_CASE = date(2019, 12, 1)
"""The start of the disease. No dose, test or recovery is older."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading a text. The three `…_holds` are None if reading did not get so far."""

    verdict: CertificateVerdict
    read_at: datetime
    failed_at: Stage | None = None
    signature_holds: bool | None = None
    issuer_holds: bool | None = None
    """A listed key is named, and there is no doubt that it may have signed this."""
    times_hold: bool | None = None
    contents: Contents | None = None
    doubts: tuple[CertificateDoubt, ...] = ()


def judge(contents: Contents, now: datetime, *, listed: bool, key: TrustedKey | None) -> Reading:
    """The verdict on contents. `listed`: a key with the named id is listed; `key`: the listed key that signed."""
    begun = contents.issued_at is None or contents.issued_at <= now
    times_hold = begun and now < contents.expires_at
    of_key = doubts_of_key(contents, key, now) if key else ()
    verdict, failed_at = CertificateVerdict.VALID, None
    if not listed or CertificateDoubt.KEY_NOT_FOR_THIS_KIND in of_key:
        verdict, failed_at = CertificateVerdict.UNTRUSTED, Stage.ISSUER
    elif key is None:
        verdict, failed_at = CertificateVerdict.FORGED, Stage.SIGNATURE
    elif not begun:
        verdict, failed_at = CertificateVerdict.NOT_YET_VALID, Stage.TIMES
    elif not times_hold:
        verdict, failed_at = CertificateVerdict.EXPIRED, Stage.TIMES
    return Reading(
        verdict=verdict,
        read_at=now,
        failed_at=failed_at,
        signature_holds=key is not None if listed else None,
        issuer_holds=listed and not of_key,
        times_hold=times_hold,
        contents=contents,
        doubts=(*of_key, *_doubts_of_proof(contents.proof, now)),
    )


def doubts_of_key(contents: Contents, key: TrustedKey, now: datetime) -> tuple[CertificateDoubt, ...]:
    """Why this key may not have signed this."""
    found = []
    if contents.proof.kind not in key.uses:
        found.append(CertificateDoubt.KEY_NOT_FOR_THIS_KIND)
    if contents.issuer != key.country:
        found.append(CertificateDoubt.ISSUER_COUNTRY_DIFFERS)
    # Where it does not say when it was issued, it may be as young as now.
    if not key.valid_from <= (contents.issued_at or now) <= key.valid_until:
        found.append(CertificateDoubt.KEY_NOT_VALID_THEN)
    return tuple(found)


def doubts_of_person(reading: Reading, full_name: str, born: date | int) -> tuple[CertificateDoubt, ...]:
    """Where the holder is another than who was declared: `born` is a birth date, or a year where no more is known."""
    if reading.contents is None:
        return ()
    holder = reading.contents.holder
    found = [*_doubts_of_name(holder, full_name)]
    declared = born.isoformat() if isinstance(born, date) else str(born)
    if not holder.born:
        found.append(CertificateDoubt.BIRTH_NOT_TOLD)
    elif holder.born[: len(declared)] != declared[: len(holder.born)]:
        found.append(CertificateDoubt.BIRTH_DIFFERS)
    return tuple(found)


def vaccination_of(reading: Reading) -> Vaccination | None:
    """The doses that a certificate proves: none unless it is valid and nothing about it is in doubt."""
    proof = proven(reading)
    if not isinstance(proof, Vaccinated):
        return None
    # Where only the month is known: the latest day it can have been.
    return Vaccination(doses=min(proof.dose, MOST_DOSES), last_date=min(proof.on.last, reading.read_at.date()))


def test_of(reading: Reading) -> Test | None:
    """The test that a certificate proves: none unless it is valid and nothing about it is in doubt."""
    proof = proven(reading)
    if not isinstance(proof, Tested) or proof.test_kind is None or proof.result is None:
        return None
    return Test(
        kind=proof.test_kind, result=proof.result, taken_at=with_offset(proof.taken_at, reading.read_at.tzinfo or UTC)
    )


def proven(reading: Reading) -> Proof | None:
    """What a reading proves: nothing unless it is valid and nothing about it is in doubt."""
    if reading.verdict is not CertificateVerdict.VALID or reading.doubts or reading.contents is None:
        return None
    return reading.contents.proof


def _doubts_of_proof(proof: Proof, now: datetime) -> tuple[CertificateDoubt, ...]:
    found = []
    if proof.disease != COVID_19:
        found.append(CertificateDoubt.OTHER_DISEASE)
    # A day begins somewhere half a day before it begins in Greenwich.
    furthest = (now.astimezone(UTC) + timedelta(hours=14)).date()
    if isinstance(proof, Tested):
        future, latest = proof.taken_at > now, proof.taken_at.date()
    else:
        event = proof.on if isinstance(proof, Vaccinated) else proof.first_positive
        future, latest = event.first > furthest, event.last
    if future:
        found.append(CertificateDoubt.EVENT_IN_FUTURE)
    if latest < _FIRST_CASE:
        found.append(CertificateDoubt.EVENT_TOO_EARLY)
    if isinstance(proof, Recovered):
        today = now.date()
        begun = proof.valid_from is None or proof.valid_from.first <= furthest
        ended = proof.valid_until is not None and proof.valid_until.last < today
        if ended or not begun:
            found.append(CertificateDoubt.RECOVERY_NOT_IN_FORCE)
    return tuple(found)
