"""What the API shows: the shapes of answers, made from the domain's models."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.models.certificate_terms import CertificateVerdict, Doubt, Stage, name_of, words
from chalicelib.models.codes import Code
from chalicelib.models.crossings import Crossing, Revocation
from chalicelib.models.declarations import Declaration, Gender, Health, TestKind, TestResult, Trip
from chalicelib.models.facts import Facts
from chalicelib.models.identities import Identity
from chalicelib.models.passes import Verdict, masked
from chalicelib.models.policies import Level, Policy
from chalicelib.services.passes import Checked, ReadAs, verdict_of

if TYPE_CHECKING:
    from chalicelib.models.certificates import Proof, Reading

Shown = Annotated[str, Field(examples=["0000-0000-0000-0000"])]
"""A code as people see it: `XXXX-XXXX-XXXX-XXXX`."""


class Shape(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Links(Shape):
    """Where to find the pass and its picture."""

    self: str
    qr_svg: str
    qr_png: str


class TravellerInstruction(Shape):
    """A step for the traveller, in the language asked for."""

    id: str
    text: str


class StaffFinding(Shape):
    """What the policy found, for staff. `stop` means: not to be admitted without a reason."""

    id: str
    level: Level
    text: str


class IssuedPass(Shape):
    """A pass as its holder gets it."""

    person: int
    """0 is the traveller, then the companions in the form's order."""
    masked_name: str
    code: Shown
    token: str
    """The text of the QR."""
    issued_at: datetime
    expires_at: datetime
    links: Links
    instructions: list[TravellerInstruction]


class IssuedPasses(Shape):
    """What a declaration earns: a pass for each person."""

    declaration: str
    """What the codes of all its passes begin with."""
    issued_at: datetime
    expires_at: datetime
    policy_version: str
    passes: list[IssuedPass]


class PublicPass(Shape):
    """What anyone may know of a pass: nothing about the person."""

    code: Shown
    state: Literal["valid", "expired", "used", "revoked"]
    issued_at: datetime
    expires_at: datetime
    links: Links


class Papers(Shape):
    """What the token itself says, to compare with the papers."""

    masked_name: str
    birth_year: int
    plate: str
    commune: str


class PersonOnRecord(Shape):
    """A person as on the form, without the health answers."""

    full_name: str
    born_in: int
    birth_date: date | None = None
    gender: Gender
    nationality: str
    identity: Identity | None = None
    phone: str | None = None


class CompanionPass(Shape):
    """Someone of the same declaration."""

    person: int
    code: Shown
    masked_name: str
    verdict: Verdict


class CheckedPass(Shape):
    """The lookup: the verdict first, then what the gate needs.

    `person`, `trip` and what follows them are there if the pass is on record; `health`, `findings`, `instructions` and
    `crossing` only for roles that need health answers.
    """

    verdict: Verdict
    read_as: ReadAs
    checked_at: datetime
    code: Shown | None = None
    person_number: int | None = None
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    papers: Papers | None = None
    person: PersonOnRecord | None = None
    health: Health | None = None
    trip: Trip | None = None
    findings: list[StaffFinding] | None = None
    instructions: list[TravellerInstruction] | None = None
    crossing: Crossing | None = None
    revocation: Revocation | None = None
    riding_along: list[CompanionPass] | None = None
    declared_by: str | None = None


class CertificateDoubt(Shape):
    """What a person must look at although the certificate is genuine."""

    code: Doubt
    title: str
    detail: str
    """What to do now."""


class CertificateHolder(Shape):
    """Who the certificate was made out for."""

    full_name: str
    """As written."""
    transliterated_name: str
    """As machine-readable papers have it."""
    born: str | None = None
    """A day, a year and month, or a year: what the certificate knows."""


class CodedName(Shape):
    """A code of the certificate, with its name where it is one of the usual ones."""

    code: str
    name: str | None = None


class ProvenVaccination(Shape):
    disease: CodedName
    vaccine: CodedName
    product: CodedName
    manufacturer: CodedName
    dose: int
    of_doses: int | None = None
    on: str
    """A day, a year and month, or a year."""
    country: str


class ProvenTest(Shape):
    disease: CodedName
    kind: TestKind | None = None
    result: TestResult | None = None
    name: str
    taken_at: datetime
    hours_since: float
    place: str
    country: str


class ProvenRecovery(Shape):
    disease: CodedName
    first_positive: str
    valid_from: str | None = None
    valid_until: str | None = None
    country: str


class ReadCertificate(Shape):
    """A certificate of vaccination, test or recovery: the verdict first, then what it says.

    Nothing but a `valid` one proves anything. One of `vaccination`, `test` and `recovery` is there if it was readable.
    """

    verdict: CertificateVerdict
    title: str
    detail: str
    """What to do now."""
    failed_at: Stage | None = None
    """The step of reading at which it failed."""
    why: str | None = None
    """The same in words."""
    read_at: datetime
    signature_holds: bool | None = None
    issuer_holds: bool | None = None
    times_hold: bool | None = None
    doubts: list[CertificateDoubt] = []
    issuer: str | None = None
    """A country."""
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    holder: CertificateHolder | None = None
    vaccination: ProvenVaccination | None = None
    test: ProvenTest | None = None
    recovery: ProvenRecovery | None = None


def links(base_url: str, code: Code) -> Links:
    here = f"{base_url}/v1/passes/{code}"
    return Links(self=here, qr_svg=f"{here}/qr.svg", qr_png=f"{here}/qr.png")


def instructions(policy: Policy, ids: list[str], language: str) -> list[TravellerInstruction]:
    return [TravellerInstruction(id=each, text=getattr(policy.instructions[each], language)) for each in ids]


def declared(code: Code, declaration: Declaration, policy: Policy, *, base_url: str, language: str) -> IssuedPasses:
    """`policy` is the one the declaration was judged by."""
    return IssuedPasses(
        declaration=code.declaration,
        issued_at=declaration.issued_at,
        expires_at=declaration.expires_at,
        policy_version=declaration.policy_version,
        passes=[
            IssuedPass(
                person=number,
                masked_name=masked(person.full_name),
                code=(own := Code(code.declaration, number)).shown,
                token=each.token,
                issued_at=declaration.issued_at,
                expires_at=declaration.expires_at,
                links=links(base_url, own),
                instructions=instructions(policy, each.instructions, language),
            )
            for number, (person, each) in enumerate(zip(declaration.form.persons, declaration.passes, strict=True))
        ],
    )


def checked(result: Checked, policy: Policy | None, *, with_health: bool, language: str) -> CheckedPass:
    """`policy` is the one the declaration was judged by, if there is one on record."""
    shape: dict[str, Any] = {"verdict": result.verdict, "read_as": result.read_as, "checked_at": result.at}
    if result.code is not None:
        shape |= {"code": result.code.shown, "person_number": result.code.person}
    if result.claims is not None:
        claims = result.claims
        shape |= {
            "issued_at": claims.issued_at,
            "expires_at": claims.expires_at,
            "papers": Papers(
                masked_name=claims.masked_name,
                birth_year=claims.birth_year,
                plate=claims.plate,
                commune=claims.commune,
            ),
        }
    if result.code is not None and result.facts is not None and policy is not None:
        shape |= _on_record(result.code, result.facts, policy, result.at, with_health=with_health, language=language)
    return CheckedPass.model_construct(**shape)


def _on_record(
    code: Code, facts: Facts, policy: Policy, at: datetime, *, with_health: bool, language: str
) -> dict[str, Any]:
    declaration = facts.declaration
    own = declaration.passes[code.person]
    person = declaration.form.persons[code.person]
    record: dict[str, Any] = {
        "issued_at": declaration.issued_at,
        "expires_at": declaration.expires_at,
        "person": PersonOnRecord(**{name: getattr(person, name) for name in PersonOnRecord.model_fields}),
        "trip": declaration.form.trip,
        "revocation": facts.revocations.get(code.person),
        "declared_by": declaration.declared_by,
        "riding_along": [
            CompanionPass(
                person=number,
                code=(other := Code(code.declaration, number)).shown,
                masked_name=masked(each.full_name),
                verdict=verdict_of(other, facts, at),
            )
            for number, each in enumerate(declaration.form.persons)
            if number != code.person
        ],
    }
    if with_health:
        findings = [(each, policy.findings[each]) for each in own.findings]
        record |= {
            "health": person.health,
            # What one is told to do, and was decided at the gate, tells how one is.
            "instructions": instructions(policy, own.instructions, language),
            "crossing": facts.crossings.get(code.person),
            "findings": [
                StaffFinding(id=name, level=finding.level, text=getattr(finding, language))
                for name, finding in findings
            ],
        }
    return record


def certificate(reading: "Reading", language: str, doubts: Sequence[Doubt] = ()) -> ReadCertificate:
    """`doubts` are those that comparing the holder with a person raised (`doubts_of_person`)."""
    said = words("verdicts", reading.verdict)
    shape: dict[str, Any] = {
        "verdict": reading.verdict,
        "title": said["title"][language],
        "detail": said["detail"][language],
        "failed_at": reading.failed_at,
        "why": words("stages", reading.failed_at)["detail"][language] if reading.failed_at else None,
        "read_at": reading.read_at,
        "signature_holds": reading.signature_holds,
        "issuer_holds": reading.issuer_holds,
        "times_hold": reading.times_hold,
        "doubts": [
            CertificateDoubt(code=each, **{part: text[language] for part, text in words("doubts", each).items()})
            for each in (*reading.doubts, *doubts)
        ],
    }
    if reading.contents is not None:
        contents = reading.contents
        holder = CertificateHolder(
            full_name=contents.holder.full_name,
            transliterated_name=contents.holder.transliterated,
            born=contents.holder.born or None,
        )
        shape |= {
            "issuer": contents.issuer,
            "issued_at": contents.issued_at,
            "expires_at": contents.expires_at,
            "holder": holder,
            contents.proof.kind.value: _proof(contents.proof, reading.read_at, language),
        }
    return ReadCertificate(**shape)


def _proof(proof: "Proof", now: datetime, language: str) -> ProvenVaccination | ProvenTest | ProvenRecovery:
    from chalicelib.models.certificates import Recovered, Tested, Vaccinated

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
                taken_at=proof.taken_at,
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
