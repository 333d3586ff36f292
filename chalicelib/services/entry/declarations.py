"""Declare: from a form to a stored declaration with a signed pass for each person."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, Code
from chalicelib.models.entry.declarations import Declaration, DeclarationForm
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.entry.offline_declarations import DeclaredOffline
from chalicelib.models.entry.passes import Pass, PassClaims, masked
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.people.clocks import CLOCK_TOLERANCE
from chalicelib.models.people.consents import ConsentText
from chalicelib.models.people.health import Health
from chalicelib.models.people.persons import IDENTITY_REQUIRED_FROM_AGE, PersonDetails
from chalicelib.models.people.places import UnitReference
from chalicelib.models.people.province import Province
from chalicelib.models.people.trips import Route, Trip
from chalicelib.models.policy.assessments import evaluate
from chalicelib.models.policy.in_force import InForce
from chalicelib.models.policy.policies import Policy
from chalicelib.services.entry.ports import Declarations, Sign
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock, KeyedHash


class Declared(NamedTuple):
    """The declaration on record, under the code of its traveller."""

    code: Code
    declaration: Declaration
    repeated: bool = False
    """Whether it was on record before."""


class Caller(NamedTuple):
    """Who sends a form.

    `name` keeps the idempotency keys of different callers apart. `staff` is the subject of the member of staff who
    declares for someone, None where people declare for themselves. `is_partner` is true for an app with a key, and
    `partner` is the keyed hash of that key. `citizen` has proven a phone. `offline` is there if a device took the form
    without network: then the key is only its number, whatever phone the form has.
    """

    name: str
    staff: str | None = None
    is_partner: bool = False
    partner: str | None = None
    citizen: Citizen | None = None
    offline: DeclaredOffline | None = None


class Office(NamedTuple):
    """What declaring needs: the province's terms, and the collaborators."""

    province: Province
    consent_texts: list[ConsentText]
    lifetime: timedelta
    """Of a pass."""
    declarations: Declarations
    in_force: InForceSource
    keyed_hash: KeyedHash
    sign: Sign
    clock: Clock
    is_sandbox: bool = False


def declare(form: DeclarationForm, *, caller: Caller, idempotency_key: str, office: Office) -> Declared:
    """Judge the form, make the passes, append the declaration: one write, however many ride along.

    The same key and form from the same caller get what was stored the first time, at any later time. A key is the
    caller's and the traveller's phone's: with another phone it is another key.

    Raises
    ------
    InvalidInput
        With every field that cannot be accepted.
    IdempotencyKeyReused
        The key came with another form before.
    """
    now = office.clock().astimezone(ZoneInfo(office.province.time_zone)).replace(microsecond=0)
    in_force = office.in_force.current()
    code = code_of(form, caller, idempotency_key, office.keyed_hash)
    problems = [
        *_problems_of_persons(form, caller, now),
        *problems_of_proof(form.traveller.phone, caller.citizen, office.keyed_hash),
        *_problems_of_trip(form.trip, in_force, office, now),
        *_problems_of_consent(form, office.consent_texts),
    ]
    if problems:
        first = _first_answer(code, form, office)
        if first is None:
            raise InvalidInput(problems)
        return first
    expires_at = now + _lifetime(form, office)
    declaration = Declaration(
        form=form,
        issued_at=now,
        expires_at=expires_at,
        passes=list(_passes(form, code, in_force.policy, now, expires_at, office)),
        policy_version=in_force.policy.version,
        declared_by=caller.staff,
        by_partner=caller.is_partner,
        partner=caller.partner,
        by_proven_phone=caller.citizen is not None,
        offline=caller.offline,
    )
    stored = office.declarations.append_declaration(code, declaration)
    if stored is None:
        return Declared(code, declaration)
    if stored.form != form:
        raise IdempotencyKeyReused
    return Declared(code, stored, repeated=True)


def code_of(form: DeclarationForm, caller: Caller, idempotency_key: str, keyed_hash: KeyedHash) -> Code:
    """The code of the traveller's pass: the same for the same caller, phone and key."""
    # Derived, so that a repeated request meets its own record: idempotency costs no item and no read. By the phone,
    # too: somebody else who guesses a traveller's key cannot use it up.
    phone = "" if caller.offline else form.traveller.phone or ""
    return Code.of(keyed_hash.bits(DECLARATION_BITS, "declaration", caller.name, phone, idempotency_key), 0)


def _first_answer(code: Code, form: DeclarationForm, office: Office) -> Declared | None:
    """The answer to a form that was accepted before, and is sent again when it is too late for it."""
    stored = office.declarations.find_declaration(code)
    return Declared(code, stored, repeated=True) if stored and stored.form == form else None


def _lifetime(form: DeclarationForm, office: Office) -> timedelta:
    if office.is_sandbox:
        from chalicelib.models.entry.sandboxes import FULFILLED_AFTER, Fate, fate_of

        if fate_of(form) is Fate.EXPIRED:
            return FULFILLED_AFTER
    return office.lifetime


def _passes(
    form: DeclarationForm, code: Code, policy: Policy, issued_at: datetime, expires_at: datetime, office: Office
) -> Iterator[Pass]:
    for number, person in enumerate(form.persons):
        claims = PassClaims(
            code=Code(code.declaration, number),
            issued_at=issued_at,
            expires_at=expires_at,
            masked_name=masked(person.full_name),
            birth_year=person.born_in,
            plate=form.trip.transport.plate or "",
            commune=form.trip.destination.unit.code,
        )
        outcome = evaluate(policy, person, form.trip, issued_at)
        yield Pass(
            token=office.sign(claims),
            findings=outcome.findings,
            instructions=outcome.instructions,
            papers=outcome.papers,
        )


def _problems_of_persons(form: DeclarationForm, caller: Caller, now: datetime) -> Iterator[FieldProblem]:
    if caller.staff is None and form.traveller.phone is None:
        yield FieldProblem("/traveller/phone", "phone_missing")
    for number, person in enumerate(form.persons):
        yield from problems_of_person(person, number, now)
        yield from _problems_of_health(person.health, f"{pointer_of(number)}/health", now)


def pointer_of(number: int) -> str:
    """The pointer of a person in a form, by their number."""
    return f"/companions/{number - 1}" if number else "/traveller"


def problems_of_proof(phone: str | None, citizen: Citizen | None, keyed_hash: KeyedHash) -> Iterator[FieldProblem]:
    """Refused, not stored as unproven: the number may be a slip, or the token that of another user of the app."""
    if phone and citizen and keyed_hash.text(hashed.PHONE, phone) != citizen.phone_hash:
        yield FieldProblem("/traveller/phone", "phone_of_another_token")


def problems_of_person(person: PersonDetails, number: int, now: datetime) -> Iterator[FieldProblem]:
    """What cannot be accepted of a person of a form, beside their health answers."""
    at = pointer_of(number)
    born = f"{at}/birth_year" if person.birth_date is None else f"{at}/birth_date"
    today = now.date()
    if person.born_in > today.year or (person.birth_date and person.birth_date > today):
        yield FieldProblem(born, "birth_in_future")
    # By the year alone someone may be a year younger than the difference says.
    elif person.identity is None and today.year - person.born_in > IDENTITY_REQUIRED_FROM_AGE:
        yield FieldProblem(f"{at}/identity", "identity_missing", {"age": IDENTITY_REQUIRED_FROM_AGE})


def _problems_of_health(health: Health, at: str, now: datetime) -> Iterator[FieldProblem]:
    if health.test and health.test.taken_at > now + CLOCK_TOLERANCE:
        yield FieldProblem(f"{at}/test/taken_at", "test_in_future")
    vaccination = health.vaccination
    if vaccination and vaccination.last_date and vaccination.last_date > now.date():
        yield FieldProblem(f"{at}/vaccination/last_date", "vaccination_in_future")


def _problems_of_trip(trip: Trip, in_force: InForce, office: Office, now: datetime) -> Iterator[FieldProblem]:
    lifetime = office.lifetime
    if trip.expected_arrival > now + lifetime:
        # Not the arrival itself: the traveller may be right about that, and only early.
        earliest = _next_minute(trip.expected_arrival - lifetime).astimezone(now.tzinfo)
        params = {"minutes": int(lifetime.total_seconds()) // 60, "earliest": earliest}
        members = {"earliest": earliest.isoformat()}
        yield FieldProblem("/trip/expected_arrival", "arrival_too_far_ahead", params, members)
    if trip.expected_arrival < now - CLOCK_TOLERANCE:
        yield FieldProblem("/trip/expected_arrival", "arrival_in_past")
    yield from problems_of_route(trip, in_force, office.province)
    chosen = in_force.checkpoints.get(trip.checkpoint or "")
    if chosen is not None and not chosen.open:
        name = chosen.names
        yield FieldProblem("/trip/checkpoint", "checkpoint_closed", {"checkpoint": name})
    if trip.stay_until and trip.stay_until < now.date():
        yield FieldProblem("/trip/stay_until", "stay_ends_in_past")


def problems_of_route(trip: Route, in_force: InForce, province: Province) -> Iterator[FieldProblem]:
    """What cannot be accepted of a form's trip, whatever the time is."""
    yield from _problems_of_units(trip, in_force.policy.units_list)
    destination = trip.destination.unit
    if destination.list_version == in_force.policy.units_list and not province.contains(destination.code):
        yield FieldProblem("/trip/destination/unit/code", "destination_not_a_commune_of_the_province")
    if trip.checkpoint is not None and trip.checkpoint not in in_force.checkpoints:
        yield FieldProblem("/trip/checkpoint", "unknown_checkpoint")


def _next_minute(moment: datetime) -> datetime:
    """The moment, rounded up to a minute. People see only minutes; with a time rounded down they would be refused
    again."""
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)


def _problems_of_units(trip: Route, units_list: str) -> Iterator[FieldProblem]:
    named: list[tuple[str, UnitReference | None]] = [
        ("/trip/origin/unit", trip.origin.unit),
        *((f"/trip/places_passed/{index}/unit", place.unit) for index, place in enumerate(trip.places_passed)),
        ("/trip/destination/unit", trip.destination.unit),
    ]
    for at, unit in named:
        if unit is not None and unit.list_version != units_list:
            yield FieldProblem(f"{at}/list_version", "wrong_list_version", {"in_force": units_list})


def _problems_of_consent(form: DeclarationForm, consent_texts: list[ConsentText]) -> Iterator[FieldProblem]:
    seen = next((text for text in consent_texts if text.version == form.consent.text_version), None)
    if seen is None:
        yield FieldProblem("/consent/text_version", "consent_text_unknown", {"current": consent_texts[-1].version})
        return
    # Consent is never assumed: if the text has a choice, the form must answer it. Earlier texts had none.
    for purpose in seen.may_be_declined:
        if purpose not in form.consent.model_fields_set:
            yield FieldProblem(f"/consent/{purpose}", "field_missing")
