"""What certificates that are shown prove about a person, and what the policy makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.models.certificates.readings import Reading, doubts_of_person, proven, test_of, vaccination_of
from chalicelib.models.certificates.terms import CertificateDoubt, CertificateKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import SeenCertificate
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import Facts
from chalicelib.models.people.health import Health, Test, TestResult, Vaccination
from chalicelib.models.people.papers import Document
from chalicelib.models.people.persons import Person
from chalicelib.models.people.trips import Trip
from chalicelib.models.policy.policies import Outcome, Policy, evaluate
from chalicelib.services.collaborators import Clock, Entries, ReadCertificate, References
from chalicelib.services.entry.passes import verdict_of

_DOCUMENTS = {
    CertificateKind.VACCINATION: Document.VACCINATION_CERTIFICATE,
    CertificateKind.TEST: Document.TEST_RESULT,
    CertificateKind.RECOVERY: Document.OTHER,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """The certificates as they go on record, and what the policy says of the person they prove something about."""

    seen: list[SeenCertificate]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class CheckedCertificate:
    """A reading, and, where it was shown for a pass, what it is worth for its holder. Without `facts` there is no such
    pass."""

    reading: Reading
    code: Code | None = None
    verdict: Verdict | None = None
    facts: Facts | None = None
    doubts: tuple[CertificateDoubt, ...] = ()
    outcome: Outcome | None = None


def check_certificate(
    text: str,
    code: Code | None,
    *,
    read_certificate: ReadCertificate,
    entries: Entries,
    references: References,
    clock: Clock,
) -> CheckedCertificate:
    """Read a certificate: one query for its key; with the code of a pass one more, to compare it with its holder."""
    now = clock()
    reading = read_certificate(text, now)
    facts = entries.find(code) if code else None
    if code is None:
        return CheckedCertificate(reading)
    if facts is None or not facts.has(code.person):
        return CheckedCertificate(reading, code, Verdict.UNKNOWN)
    person, trip = facts.declaration.form.persons[code.person], facts.declaration.form.trip
    policy = references.policy(facts.declaration.policy_version)
    return CheckedCertificate(
        reading,
        code,
        verdict_of(code, facts, now),
        facts,
        _doubts(reading, person),
        weigh([text], [reading], person, trip, policy, now).outcome,
    )


def weigh(
    texts: Sequence[str], readings: Sequence[Reading], person: Person, trip: Trip, policy: Policy, at: datetime
) -> Evidence:
    """What these certificates, shown for this person, prove, and what the policy says then. `at` is on the province's
    clock.

    What a certificate proves counts for more than what was declared; what is in doubt proves nothing.
    """
    pairs = list(zip(texts, readings, strict=True))
    seen = [_seen(text, reading, _doubts(reading, person)) for text, reading in pairs]
    health = _proven(person.health, [each.vaccination for each in seen], [each.test for each in seen])
    return Evidence(seen, evaluate(policy, person.model_copy(update={"health": health}), trip, at))


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
    # Whoever says that they were tested positive since is believed.
    own = declared.test if declared.test and declared.test.result is TestResult.POSITIVE else None
    shown = [each for each in tests if each]
    latest = max([*shown, own] if own else shown, key=lambda each: each.taken_at, default=declared.test)
    return declared.model_copy(update={"vaccination": most, "test": latest})
