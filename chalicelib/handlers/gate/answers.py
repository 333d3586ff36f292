"""What the API shows staff: the shapes of answers, made from the domain's models."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.data import words
from chalicelib.handlers.certificates.answers import ReadCertificate, certificate
from chalicelib.handlers.entry.answers import RequiredPaper, Shown, TravellerInstruction, instructions, papers
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.passes import Verdict, masked
from chalicelib.models.entry.records import Facts
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.gate.cards import CardDoubt, CardReading, prefilled
from chalicelib.models.people.health import Health
from chalicelib.models.people.identities import Identity
from chalicelib.models.people.persons import Gender
from chalicelib.models.people.trips import Trip
from chalicelib.models.policy.policies import Level, Policy
from chalicelib.services.entry.passes import verdict_of
from chalicelib.services.gate.checks import Checked, Found, ReadAs

if TYPE_CHECKING:
    from chalicelib.services.gate.evidence import CheckedCertificate

PolicyOf = Callable[[str], Policy]
"""The policy of a version: a declaration is shown by the one it was judged by."""


class StaffFinding(Shape):
    """What the policy found, for staff. `stop` means: not to be admitted without a reason."""

    id: str
    level: Level
    text: str


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


class NamedConflict(Shape):
    """`GET /v1/checkpoint/conflicts` tells all of it."""

    id: str
    kind: ConflictKind


class ShownRevocation(Shape):
    """That a pass was withdrawn, by whom, when. `reason` only for roles that need health answers: it may tell some."""

    recorded_at: datetime
    recorded_by: str
    recorded_by_name: str | None = None
    reason: str | None = None


class FoundPass(Shape):
    """One of several passes: who holds it, what it is worth now, when it ends.

    `finding_level` is the highest of the `findings`; both only for roles that need health answers.
    """

    code: Shown
    person_number: int
    verdict: Verdict
    full_name: str
    born_in: int
    identity: Identity | None = None
    plate: str | None = None
    expires_at: datetime
    finding_level: Level | None = None
    findings: list[StaffFinding] | None = None


class FoundPasses(Shape):
    """What a search led to, the newest first."""

    complete: bool
    """Whether these are all: at most 60 declarations are looked at, and 300 passes told."""
    passes: list[FoundPass]


class Counts(Shape):
    """How many passes there are, in all and by what they are worth now."""

    total: int
    valid: int
    used: int
    expired: int
    revoked: int


class Manifest(Shape):
    """Everyone of one vehicle or one declaration, by declaration and person."""

    complete: bool
    """Whether these are all: at most 60 declarations are looked at, and 300 passes told and counted."""
    counts: Counts
    passes: list[FoundPass]


class PrefilledPerson(Shape):
    """What a card gives the declaration's form, by the names of its fields."""

    full_name: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    gender: Gender | None = None
    nationality: str | None = None
    identity: Identity | None = None
    phone: str | None = None


class Prefilled(Shape):
    """The part of a declaration's form that need not be typed: an app merges it into its own."""

    traveller: PrefilledPerson


class Card(Shape):
    """What else a card says. `on_behalf`: the person was registered by someone else, by whom if it is told."""

    older_number: str | None = None
    address: str | None = None
    issued_on: date | None = None
    personal_id: str | None = None
    on_behalf: bool | None = None
    registered_by: str | None = None


class ToldCardDoubt(Shape):
    """Something about the card that contradicts itself or cannot be. Program against `code`, show `text`."""

    code: CardDoubt
    text: str


class Expected(Shape):
    """Something that a gate reads."""

    read_as: ReadAs
    text: str


class CheckedPass(Shape):
    """The answer to any scan: what the text was read as, then what the gate needs.

    A `token` and a `code` have a `verdict`. `person`, `trip` and what follows them are there if the pass is on record;
    `health`, `findings`, `instructions`, `papers_required`, `crossing` and what was said of it later only for roles
    that need health answers.

    A `citizen_card` and a `personal_qr` have no verdict, for they are no pass: `prefilled`, `card` and `doubts` say
    what was read, `found` which passes their holder has that have not expired.

    Of a `certificate`, `certificate` says what it is worth; with the `code` of a pass the rest is that pass's, and
    `findings`, `instructions` and `papers_required` are what the policy says by what the certificate proves.

    Of an `other` text the verdict is `unreadable`, and `expected` says what a gate reads.
    """

    read_as: ReadAs
    verdict: Verdict | None = None
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
    papers_required: list[RequiredPaper] | None = None
    crossing: Crossing | None = None
    corrections: list[Correction] | None = None
    """What was said of the crossing later, in its order: the last one holds."""
    open_conflicts: list[NamedConflict] | None = None
    revocation: ShownRevocation | None = None
    riding_along: list[CompanionPass] | None = None
    declared_by: str | None = None
    prefilled: Prefilled | None = None
    card: Card | None = None
    certificate: ReadCertificate | None = None
    doubts: list[ToldCardDoubt] | None = None
    found: list[FoundPass] | None = None
    expected: list[Expected] | None = None


def checked(result: Checked, policy_of: PolicyOf, *, with_health: bool, language: str) -> CheckedPass:
    shape: dict[str, Any] = {"read_as": result.read_as, "verdict": result.verdict, "checked_at": result.at}
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
    if result.code is not None and result.facts is not None:
        policy = policy_of(result.facts.declaration.policy_version)
        shape |= _on_record(result.code, result.facts, policy, result.at, with_health=with_health, language=language)
    if result.card is not None:
        shape |= _card(result.card, language)
    if result.found is not None:
        shape["found"] = found(result.found, policy_of, with_health=with_health, language=language)
    if result.verdict is Verdict.UNREADABLE:
        shape["expected"] = [
            Expected(read_as=ReadAs(name), text=said[language]) for name, said in words("gate")["expected"].items()
        ]
    return CheckedPass.model_construct(**shape)


def checked_certificate(result: "CheckedCertificate", policy_of: PolicyOf, *, language: str) -> CheckedPass:
    """For who may see health. With a pass on record all of it, and what the policy finds by what is proven."""
    shape: dict[str, Any] = {
        "read_as": ReadAs.CERTIFICATE,
        "checked_at": result.reading.read_at,
        "certificate": certificate(result.reading, language, result.doubts),
    }
    if result.code is not None:
        shape |= {"verdict": result.verdict, "code": result.code.shown, "person_number": result.code.person}
    if result.code is not None and result.facts is not None and result.outcome is not None:
        policy = policy_of(result.facts.declaration.policy_version)
        at = result.reading.read_at
        shape |= _on_record(result.code, result.facts, policy, at, with_health=True, language=language)
        shape |= {
            "findings": _findings(policy, result.outcome.findings, language),
            "instructions": instructions(policy, result.outcome.instructions, language),
            "papers_required": papers(policy, result.outcome.papers, language),
        }
    return CheckedPass.model_construct(**shape)


def found(passes: Sequence[Found], policy_of: PolicyOf, *, with_health: bool, language: str) -> list[FoundPass]:
    return [_found(each, policy_of if with_health else None, language) for each in passes]


def manifest(
    passes: Sequence[Found], policy_of: PolicyOf, *, complete: bool, with_health: bool, language: str
) -> Manifest:
    counted = Counter(each.verdict for each in passes)
    verdicts = (Verdict.VALID, Verdict.USED, Verdict.EXPIRED, Verdict.REVOKED)
    return Manifest(
        complete=complete,
        counts=Counts(total=len(passes), **{verdict.value: counted[verdict] for verdict in verdicts}),
        passes=found(passes, policy_of, with_health=with_health, language=language),
    )


def _found(each: Found, policy_of: PolicyOf | None, language: str) -> FoundPass:
    declaration, person = each.declaration, each.person
    findings = None
    if policy_of is not None:
        own = declaration.passes[each.code.person].findings
        findings = _findings(policy_of(declaration.policy_version), own, language)
    return FoundPass(
        code=each.code.shown,
        person_number=each.code.person,
        verdict=each.verdict,
        full_name=person.full_name,
        born_in=person.born_in,
        identity=person.identity,
        plate=declaration.form.trip.transport.plate,
        expires_at=declaration.expires_at,
        finding_level=max((each.level for each in findings), key=list(Level).index) if findings else None,
        findings=findings,
    )


def _card(reading: CardReading, language: str) -> dict[str, Any]:
    said = words("gate")["doubts"]
    return {
        "prefilled": Prefilled(traveller=PrefilledPerson(**prefilled(reading))),
        "card": Card(**{name: getattr(reading, name) for name in Card.model_fields}),
        "doubts": [ToldCardDoubt(code=doubt, text=said[doubt][language]) for doubt in reading.doubts],
    }


def _findings(policy: Policy, ids: list[str], language: str) -> list[StaffFinding]:
    named = [(each, policy.findings[each]) for each in ids]
    return [StaffFinding(id=name, level=finding.level, text=getattr(finding, language)) for name, finding in named]


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
        "revocation": _revocation(facts.revocations.get(code.person), with_reason=with_health),
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
        crossing = facts.crossings.get(code.person)
        # What was proven at the gate holds from then on.
        found = own.findings if crossing is None or crossing.findings is None else crossing.findings
        steps = own.instructions if crossing is None or crossing.instructions is None else crossing.instructions
        record |= {
            "health": person.health,
            # What one is told to do, and was decided at the gate, tells how one is.
            "instructions": instructions(policy, steps, language),
            "papers_required": papers(policy, own.papers, language),
            "crossing": crossing,
            "corrections": facts.corrections.get(code.person),
            "open_conflicts": [NamedConflict(id=each.id, kind=each.kind) for each in facts.open_conflicts(code.person)]
            or None,
            "findings": _findings(policy, found, language),
        }
    return record


def _revocation(revocation: Revocation | None, *, with_reason: bool) -> ShownRevocation | None:
    if revocation is None:
        return None
    return ShownRevocation(
        recorded_at=revocation.recorded_at,
        recorded_by=revocation.recorded_by,
        recorded_by_name=revocation.recorded_by_name,
        reason=revocation.reason if with_reason else None,
    )
