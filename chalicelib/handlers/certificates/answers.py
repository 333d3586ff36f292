"""The answer about a certificate of vaccination, test or recovery."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.data import words
from chalicelib.http.shapes import Shape
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateVerdict, Stage, name_of
from chalicelib.models.fields import with_offset
from chalicelib.models.people.health import TestKind, TestResult

if TYPE_CHECKING:
    from chalicelib.models.certificates.contents import Proof
    from chalicelib.models.certificates.readings import Reading


class ShownCertificateDoubt(Shape):
    """What staff must look at although the certificate is genuine."""

    code: CertificateDoubt
    """What it is, for programs."""
    title: str
    """What it is, in words."""
    detail: str
    """What to do now."""


class CertificateHolder(Shape):
    """The person that the certificate is about."""

    full_name: str
    """As written."""
    transliterated_name: str
    """As machine-readable papers have it."""
    born: str | None = None
    """A day, a year and month, or a year, as the certificate has it."""


class CodedName(Shape):
    """A code of the certificate, with its name if it is a usual one."""

    code: str
    """The code, as the certificate has it."""
    name: str | None = None
    """What it stands for, in the language of Accept-Language."""


class ProvenVaccination(Shape):
    """One dose, as the certificate has it."""

    disease: CodedName
    """Against which disease."""
    vaccine: CodedName
    """The kind of vaccine."""
    product: CodedName
    """The product."""
    manufacturer: CodedName
    """Who made it."""
    dose: int
    """Which dose this is."""
    of_doses: int | None = None
    """Of how many, if the certificate says so."""
    on: str
    """A day, a year and month, or a year."""
    country: str
    """Where it was given."""


class ProvenTest(Shape):
    """A test, as the certificate has it."""

    disease: CodedName
    """For which disease."""
    kind: TestKind | None = None
    """How the sample was examined; left out if the code is not a usual one."""
    result: TestResult | None = None
    """What came of it; left out if the code is not a usual one."""
    name: str
    """The test's name."""
    taken_at: datetime
    """When the sample was taken."""
    hours_since: float
    """Hours since the sample was taken."""
    place: str
    """Who tested."""
    country: str
    """Where the sample was taken."""


class ProvenRecovery(Shape):
    """That someone had the disease and recovered, as the certificate has it."""

    disease: CodedName
    """Of which disease."""
    first_positive: str
    """The day of the first positive test: a day, a year and month, or a year."""
    valid_from: str | None = None
    """From then on it counts, by its issuer."""
    valid_until: str | None = None
    """Until then it counts, by its issuer."""
    country: str
    """Where the test was taken."""


class ReadCertificate(Shape):
    """A certificate of vaccination, test or recovery: the verdict first, then its content.

    Only a `valid` one proves anything. If it was readable, one of `vaccination`, `test` and `recovery` is there.
    """

    verdict: CertificateVerdict
    """What checking it says."""
    title: str
    """The verdict in words."""
    detail: str
    """What to do now."""
    failed_at: Stage | None = None
    """The step of reading at which it failed."""
    why: str | None = None
    """The same in words."""
    read_at: datetime
    """When it was checked."""
    signature_holds: bool | None = None
    """Whether the signature fits the key; left out if it was not looked at."""
    issuer_holds: bool | None = None
    """Whether the key is on the trust list; left out if it was not looked at."""
    times_hold: bool | None = None
    """Whether it has begun and not ended; left out if it was not looked at."""
    doubts: list[ShownCertificateDoubt] = []
    """What staff must look at although it is genuine."""
    issuer: str | None = None
    """A country."""
    issued_at: datetime | None = None
    """When it was issued."""
    expires_at: datetime | None = None
    """When it ends."""
    holder: CertificateHolder | None = None
    """The person on the certificate."""
    vaccination: ProvenVaccination | None = None
    """The dose, if it is about one."""
    test: ProvenTest | None = None
    """The test, if it is about one."""
    recovery: ProvenRecovery | None = None
    """The recovery, if it is about one."""


def certificate(reading: "Reading", language: str, doubts: Sequence[CertificateDoubt] = ()) -> ReadCertificate:
    """`doubts` come from comparing the holder with a person (`doubts_of_person`)."""
    known = words("certificates")
    verdict = known["verdicts"][reading.verdict]
    shape: dict[str, Any] = {
        "verdict": reading.verdict,
        "title": verdict["title"][language],
        "detail": verdict["detail"][language],
        "failed_at": reading.failed_at,
        "why": known["stages"][reading.failed_at]["detail"][language] if reading.failed_at else None,
        "read_at": reading.read_at,
        "signature_holds": reading.signature_holds,
        "issuer_holds": reading.issuer_holds,
        "times_hold": reading.times_hold,
        "doubts": [
            ShownCertificateDoubt(code=each, **{part: text[language] for part, text in known["doubts"][each].items()})
            for each in (*reading.doubts, *doubts)
        ],
    }
    if reading.contents is not None:
        contents, here = reading.contents, reading.read_at.tzinfo or UTC
        holder = CertificateHolder(
            full_name=contents.holder.full_name,
            transliterated_name=contents.holder.transliterated,
            born=contents.holder.born or None,
        )
        shape |= {
            "issuer": contents.issuer,
            "issued_at": contents.issued_at and with_offset(contents.issued_at, here),
            "expires_at": with_offset(contents.expires_at, here),
            "holder": holder,
            contents.proof.kind.value: _proof(contents.proof, reading.read_at, language),
        }
    return ReadCertificate(**shape)


def _proof(proof: "Proof", now: datetime, language: str) -> ProvenVaccination | ProvenTest | ProvenRecovery:
    from chalicelib.models.certificates.contents import Recovered, Tested, Vaccinated

    def named(kind: str, code: str) -> CodedName:
        return CodedName(code=code, name=name_of(kind, code, language))

    disease = named("diseases", proof.disease)
    match proof:
        case Vaccinated():
            return ProvenVaccination(
                disease=disease,
                vaccine=named("vaccines", proof.vaccine),
                product=named("products", proof.product),
                manufacturer=named("manufacturers", proof.manufacturer),
                dose=proof.dose,
                of_doses=proof.of_doses,
                on=proof.on.text,
                country=proof.country,
            )
        case Tested():
            return ProvenTest(
                disease=disease,
                kind=proof.test_kind,
                result=proof.result,
                name=proof.name,
                taken_at=with_offset(proof.taken_at, now.tzinfo or UTC),
                hours_since=round((now - proof.taken_at).total_seconds() / 3600, 1),
                place=proof.place,
                country=proof.country,
            )
        case Recovered():
            return ProvenRecovery(
                disease=disease,
                first_positive=proof.first_positive.text,
                valid_from=proof.valid_from.text if proof.valid_from else None,
                valid_until=proof.valid_until.text if proof.valid_until else None,
                country=proof.country,
            )
