"""Declare: from a form to a stored declaration with a signed pass for each person."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, Code
from chalicelib.models.entry.declarations import Declaration, DeclarationForm
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.entry.passes import Pass, PassClaims, masked
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people.persons import IDENTITY_REQUIRED_FROM_AGE, Person
from chalicelib.models.people.places import UnitReference
from chalicelib.models.people.province import ConsentText, Province
from chalicelib.models.people.trips import Trip
from chalicelib.models.policy.in_force import Reference
from chalicelib.models.policy.policies import evaluate
from chalicelib.services.collaborators import Clock, Entries, KeyedHash, References, Sign

CLOCK_TOLERANCE = timedelta(seconds=60)
"""A form's arrival time has whole minutes: "now" may lie up to one in the past."""


@dataclass(frozen=True, slots=True)
class Declared:
    """The declaration that stands on record, under the code of its traveller."""

    code: Code
    declaration: Declaration


@dataclass(frozen=True, slots=True)
class Caller:
    """Who hands in a form.

    `name` keeps the idempotency keys of different callers apart. `staff` is the subject of the member of staff who
    declares for someone, None where people declare for themselves.
    """

    name: str
    staff: str | None = None


def declare(
    form: DeclarationForm,
    *,
    caller: Caller,
    idempotency_key: str | None,
    province: Province,
    consent_texts: list[ConsentText],
    lifetime: timedelta,
    entries: Entries,
    references: References,
    keyed_hash: KeyedHash,
    sign: Sign,
    clock: Clock,
) -> Declared:
    """Judge the form, make the passes, append the declaration: one write, however many ride along.

    The same key and form from the same caller give back what was stored the first time, whatever the clock says now.

    Raises
    ------
    InvalidInput
        With every field that cannot be accepted.
    IdempotencyKeyReused
        The key came with another form before.
    """
    now = clock().astimezone(ZoneInfo(province.time_zone)).replace(microsecond=0)
    reference = references.current()
    code = _code(caller, idempotency_key, keyed_hash)
    problems = [
        *_problems_of_persons(form, caller, now),
        *_problems_of_trip(form.trip, reference, province, lifetime, now),
        *_problems_of_consent(form, consent_texts),
    ]
    if problems:
        return _first_answer_or_refuse(code, form, idempotency_key, entries, problems)
    declaration = Declaration(
        form=form,
        issued_at=now,
        expires_at=now + lifetime,
        passes=list(_passes(form, code, reference, now, now + lifetime, sign)),
        policy_version=reference.policy.version,
        declared_by=caller.staff,
    )
    standing = entries.append_declaration(code, declaration) or declaration
    if standing.form != form:
        raise IdempotencyKeyReused
    return Declared(code, standing)


def _code(caller: Caller, idempotency_key: str | None, keyed_hash: KeyedHash) -> Code:
    if idempotency_key is None:
        return Code.of(secrets.randbits(DECLARATION_BITS), 0)
    # Derived, so that a repeated request meets its own record: idempotency costs no item and no read.
    return Code.of(keyed_hash.bits(DECLARATION_BITS, "declaration", caller.name, idempotency_key), 0)


def _first_answer_or_refuse(
    code: Code, form: DeclarationForm, idempotency_key: str | None, entries: Entries, problems: list[FieldProblem]
) -> Declared:
    """A form that was good when first sent stays answered when it is sent again late: only then is there a read."""
    facts = entries.find(code) if idempotency_key is not None else None
    if facts is None or facts.declaration.form != form:
        raise InvalidInput(problems)
    return Declared(code, facts.declaration)


def _passes(
    form: DeclarationForm, code: Code, reference: Reference, issued_at: datetime, expires_at: datetime, sign: Sign
) -> Iterator[Pass]:
    for number, person in enumerate(form.persons):
        claims = PassClaims(
            code=str(Code(code.declaration, number)),
            issued_at=issued_at,
            expires_at=expires_at,
            masked_name=masked(person.full_name),
            birth_year=person.born_in,
            plate=form.trip.transport.plate or "",
            commune=form.trip.destination.unit.code,
        )
        outcome = evaluate(reference.policy, person, form.trip, issued_at)
        yield Pass(
            token=sign(claims),
            findings=outcome.findings,
            instructions=outcome.instructions,
            papers=outcome.papers,
        )


def _problems_of_persons(form: DeclarationForm, caller: Caller, now: datetime) -> Iterator[FieldProblem]:
    if caller.staff is None and form.traveller.phone is None:
        yield FieldProblem("/traveller/phone", "phone_missing")
    for number, person in enumerate(form.persons):
        at = f"/companions/{number - 1}" if number else "/traveller"
        yield from _problems_of_person(person, at, now)


def _problems_of_person(person: Person, at: str, now: datetime) -> Iterator[FieldProblem]:
    born = f"{at}/birth_year" if person.birth_date is None else f"{at}/birth_date"
    today = now.date()
    if person.born_in > today.year or (person.birth_date and person.birth_date > today):
        yield FieldProblem(born, "birth_in_future")
    # By the year alone someone may be a year younger than the difference says.
    elif person.identity is None and today.year - person.born_in > IDENTITY_REQUIRED_FROM_AGE:
        yield FieldProblem(f"{at}/identity", "identity_missing", {"age": IDENTITY_REQUIRED_FROM_AGE})
    if person.health.test and person.health.test.taken_at > now + CLOCK_TOLERANCE:
        yield FieldProblem(f"{at}/health/test/taken_at", "test_in_future")
    vaccination = person.health.vaccination
    if vaccination and vaccination.last_date and vaccination.last_date > today:
        yield FieldProblem(f"{at}/health/vaccination/last_date", "vaccination_in_future")


def _problems_of_trip(
    trip: Trip, reference: Reference, province: Province, lifetime: timedelta, now: datetime
) -> Iterator[FieldProblem]:
    if trip.expected_arrival > now + lifetime:
        # Not the arrival itself: the traveller may be right about that, and only early.
        earliest = (trip.expected_arrival - lifetime).astimezone(now.tzinfo)
        params = {"minutes": int(lifetime.total_seconds()) // 60, "earliest": earliest.isoformat(timespec="minutes")}
        yield FieldProblem("/trip/expected_arrival", "arrival_too_far_ahead", params)
    if trip.expected_arrival < now - CLOCK_TOLERANCE:
        yield FieldProblem("/trip/expected_arrival", "arrival_in_past")
    yield from _problems_of_units(trip, reference.policy.units_list)
    destination = trip.destination.unit
    if destination.list_version == reference.policy.units_list and not province.contains(destination.code):
        yield FieldProblem("/trip/destination/unit/code", "destination_not_a_commune_of_the_province")
    if trip.checkpoint is not None and trip.checkpoint not in reference.checkpoints:
        yield FieldProblem("/trip/checkpoint", "unknown_checkpoint", {"checkpoint": trip.checkpoint})
    elif trip.checkpoint is not None and not reference.checkpoints[trip.checkpoint].open:
        yield FieldProblem("/trip/checkpoint", "checkpoint_closed", {"checkpoint": trip.checkpoint})
    if trip.stay_until and trip.stay_until < now.date():
        yield FieldProblem("/trip/stay_until", "stay_ends_in_past")


def _problems_of_units(trip: Trip, units_list: str) -> Iterator[FieldProblem]:
    named: list[tuple[str, UnitReference | None]] = [
        ("/trip/origin/unit", trip.origin.unit),
        *((f"/trip/places_passed/{index}/unit", place.unit) for index, place in enumerate(trip.places_passed)),
        ("/trip/destination/unit", trip.destination.unit),
    ]
    for at, unit in named:
        if unit is not None and unit.list_version != units_list:
            yield FieldProblem(f"{at}/list_version", "wrong_list_version", {"in_force": units_list})


def _problems_of_consent(form: DeclarationForm, consent_texts: list[ConsentText]) -> Iterator[FieldProblem]:
    if form.consent.text_version not in {text.version for text in consent_texts}:
        yield FieldProblem("/consent/text_version", "consent_text_unknown", {"current": consent_texts[-1].version})
