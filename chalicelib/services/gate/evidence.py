"""What certificates prove about the person who shows them, and what the policy says then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.certificates.readings import Reading, doubts_of_person, proven, test_of, vaccination_of
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import SeenCertificate
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.people.health import Health, Test, TestResult, Vaccination
from chalicelib.models.people.papers import Document
from chalicelib.models.people.persons import Person
from chalicelib.models.policy.assessments import Assessment, evaluate
from chalicelib.models.policy.policies import Policy
from chalicelib.services.gate.desks import Desk

_DOCUMENTS = {
    CertificateKind.VACCINATION: Document.VACCINATION_CERTIFICATE,
    CertificateKind.TEST: Document.TEST_RESULT,
    CertificateKind.RECOVERY: Document.OTHER,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The certificates as they go on record, and what the policy says about the person then."""

    seen: list[SeenCertificate]
    assessment: Assessment


@dataclass(frozen=True, slots=True)
class CheckedCertificate:
    """A reading. If it was shown with a pass's code: the pass, None if it is unknown, and what the certificate proves
    about its holder."""

    reading: Reading
    code: Code | None = None
    held: HeldPass | None = None
    doubts: tuple[CertificateDoubt, ...] = ()
    assessment: Assessment | None = None


def check_certificate(text: str, code: Code | None, *, desk: Desk) -> CheckedCertificate:
    """Read a certificate: one query for its key. With a pass's code one more, to compare it with the holder."""
    now = desk.clock()
    reading = desk.read_certificate(text, now)
    if code is None:
        return CheckedCertificate(reading)
    try:
        held = pass_of(code, desk.entries.find(code))
    except PassUnknown:
        return CheckedCertificate(reading, code)
    evidence = weigh([text], [reading], held, desk.in_force.policy(held.policy_version), now)
    return CheckedCertificate(reading, code, held, _doubts(reading, held.person), evidence.assessment)


def weigh(texts: Sequence[str], readings: Sequence[Reading], held: HeldPass, policy: Policy, at: datetime) -> Evidence:
    """What these certificates prove about a pass's holder, and what the policy says then. `at` is on the province's
    clock.

    What a certificate proves counts for more than what was declared. A certificate in doubt proves nothing.
    """
    person = held.person
    pairs = list(zip(texts, readings, strict=True))
    seen = [_seen(text, reading, _doubts(reading, person)) for text, reading in pairs]
    health = _proven(person.health, [each.vaccination for each in seen], [each.test for each in seen])
    return Evidence(seen, evaluate(policy, person.model_copy(update={"health": health}), held.trip, at))


def _doubts(reading: Reading, person: Person) -> tuple[CertificateDoubt, ...]:
    return doubts_of_person(reading, person.full_name, person.birth_date or person.born_in)


def _seen(text: str, reading: Reading, doubts: tuple[CertificateDoubt, ...]) -> SeenCertificate:
    vaccination, test = (None, None) if doubts else (vaccination_of(reading), test_of(reading))
    kind = reading.contents.proof.kind if reading.contents else None
    proves = proven(reading) is not None and not doubts
    return SeenCertificate(
        digest=SeenCertificate.digest_of(text),
        kind=kind,
        verdict=reading.verdict,
        issuer=reading.contents.issuer if reading.contents else None,
        doubts=[*reading.doubts, *doubts],
        document=_DOCUMENTS[kind] if kind and proves else None,
        vaccination=vaccination,
        test=test,
    )


def _proven(declared: Health, vaccinations: Sequence[Vaccination | None], tests: Sequence[Test | None]) -> Health:
    most = max((each for each in vaccinations if each), key=lambda each: each.doses, default=declared.vaccination)
    # A person who says that they were tested positive since then is believed.
    own = declared.test if declared.test and declared.test.result is TestResult.POSITIVE else None
    shown = [each for each in tests if each]
    latest = max([*shown, own] if own else shown, key=lambda each: each.taken_at, default=declared.test)
    return declared.model_copy(update={"vaccination": most, "test": latest})
