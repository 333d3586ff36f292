"""Manifests: keep the list of a bus's passengers, and make a declaration of each seat that its passenger confirms.

The secret of a seat is computed from the manifest's id and the seat's number, so nothing is stored. It lets its holder
declare for this seat and nothing else: what is on record is answered only to the same form.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple

from chalicelib.models.entry.codes import DECLARATION_BITS, Code, plain_characters
from chalicelib.models.entry.errors import CodeMistyped, IdempotencyKeyReused
from chalicelib.models.entry.links import SECRET_BITS, secret_of
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.partners.errors import ManifestUnknown, SeatAlreadyConfirmed, SeatSecretWrong
from chalicelib.models.partners.manifests import (
    AHEAD,
    KEPT_FOR,
    LOOKED_AHEAD,
    MANIFEST,
    MOST_SEATS,
    FoundBy,
    Manifest,
    ManifestForm,
    ManifestHashes,
    ManifestRecord,
    SeatConfirmed,
    SeatForm,
)
from chalicelib.models.people import hashed
from chalicelib.models.people.names import compared
from chalicelib.models.people.places import UnitReference
from chalicelib.services.entry.declarations import Caller, Declared, Office, declare
from chalicelib.services.partners.ports import Manifests
from chalicelib.services.ports import Clock, KeyedHash


class ManifestDesk(NamedTuple):
    """What manifests need."""

    office: Office
    manifests: Manifests
    ask_for_messages: Callable[[Code], None]
    """Queue the event that sends the passengers their links, for later: the manifest is stored by then, or never."""


class KeptManifest(NamedTuple):
    """A manifest, and whether it was stored before."""

    manifest: Manifest
    repeated: bool = False


def keep_manifest(form: ManifestForm, *, partner: str, idempotency_key: str, desk: ManifestDesk) -> KeptManifest:
    """Keep a list of passengers. The same key and form from the same partner get what was stored the first time.

    Raises
    ------
    InvalidInput
        With every field that cannot be accepted.
    IdempotencyKeyReused
        The key came with another form before.
    """
    office = desk.office
    code = Code.of(office.keyed_hash.bits(DECLARATION_BITS, "manifest", partner, idempotency_key), MANIFEST)
    record = desk.manifests.find(code)
    if record is None:
        now = office.clock()
        if problems := list(_problems(form, now, office)):
            raise InvalidInput(problems)
        manifest = Manifest(id=str(code), form=form, partner=partner, received_at=now.replace(microsecond=0))
        if form.notify:
            # Before the write: if this process ends between the two, the event finds no manifest. No link is missed.
            desk.ask_for_messages(code)
        if desk.manifests.append(manifest, _hashes(form, office.keyed_hash)):
            return KeptManifest(manifest)
        record = desk.manifests.find(code)
    if record is None or record.manifest.form != form:
        raise IdempotencyKeyReused
    return KeptManifest(record.manifest, repeated=True)


def find_manifest(text: str, *, partner: str, manifests: Manifests) -> ManifestRecord:
    """The partner's manifest with this id. Raises `ManifestUnknown`, also for another partner's."""
    code = _code(text)
    record = manifests.find(code) if code else None
    if record is None or record.manifest.partner != partner:
        raise ManifestUnknown
    return record


def confirm_seat(text: str, number: str, secret: str, form: SeatForm, *, desk: ManifestDesk) -> Declared:
    """Make the declaration of a seat's passenger. The same form again gets the first one.

    The seat is the declaration's idempotency key, so however many try at once, one declaration is made.

    Raises
    ------
    SeatSecretWrong
        Also for a seat that no manifest has.
    ManifestUnknown
        The manifest has left.
    SeatAlreadyConfirmed
        With another form.
    InvalidInput
        With every field that cannot be accepted.
    """
    office = desk.office
    code, seat = (
        _code(text),
        int(number) if number.isascii() and number.isdecimal() and len(number) <= 2 else MOST_SEATS,
    )
    expected = secret_for(str(code), seat, office.keyed_hash)
    # In constant time: see `services.entry.links`.
    if code is None or not compare_digest(expected.encode(), plain_characters(secret).encode()):
        raise SeatSecretWrong
    record = desk.manifests.find(code)
    if record is None or seat not in dict(record.seats):
        raise ManifestUnknown
    manifest = record.manifest
    declaration = manifest.declared(seat, form)
    try:
        if problems := list(_problems_of_seat(form, manifest.form.seats[seat].birth_year)):
            raise InvalidInput(problems)
        declared = declare(
            declaration,
            caller=Caller(f"manifest {manifest.partner}", is_partner=True, partner=manifest.partner),
            idempotency_key=f"{manifest.id} {seat}",
            office=office,
        )
    except InvalidInput as refused:
        if seat in record.confirmed:
            raise SeatAlreadyConfirmed from None
        raise InvalidInput([_within_seat_form(each) for each in refused.problems]) from None
    except IdempotencyKeyReused:
        raise SeatAlreadyConfirmed from None
    if seat not in record.confirmed:
        confirmed = SeatConfirmed(code=str(declared.code), confirmed_at=declared.declaration.issued_at)
        desk.manifests.append_confirmation(manifest, seat, confirmed)
    return declared


def manifest_of_bus(
    by: FoundBy, text: str, *, manifests: Manifests, keyed_hash: KeyedHash, clock: Clock
) -> ManifestRecord | None:
    """The manifest of a bus, by its plate or its service number: of several the one that is expected nearest to
    now. Two queries."""
    now = clock()
    label, plain = (hashed.PLATE, text) if by is FoundBy.PLATE else (hashed.SERVICE, compared(text))
    listed = manifests.arriving(by, keyed_hash.text(label, plain), since=now - KEPT_FOR, until=now + LOOKED_AHEAD)
    if not listed:
        return None
    _, code = min(listed, key=lambda each: (abs(each[0] - now), str(each[1])))
    return manifests.find(code)


def secret_for(manifest: str, number: int, keyed_hash: KeyedHash) -> str:
    """The secret of a seat: 13 characters."""
    return secret_of(keyed_hash.bits(SECRET_BITS, "seat", manifest, str(number)))


def _code(text: str) -> Code | None:
    try:
        return Code.parse(text)
    except CodeMistyped:
        return None


def _hashes(form: ManifestForm, keyed_hash: KeyedHash) -> ManifestHashes:
    return ManifestHashes(
        keyed_hash.text(hashed.PLATE, form.plate),
        keyed_hash.text(hashed.SERVICE, compared(form.service_number)),
        [keyed_hash.text(hashed.PHONE, each.phone) for each in form.seats],
    )


def _problems(form: ManifestForm, now: datetime, office: Office) -> Iterator[FieldProblem]:
    in_force = office.in_force.current()
    if form.expected_arrival < now:
        yield FieldProblem("/expected_arrival", "arrival_in_past")
    if form.expected_arrival > now + AHEAD:
        yield FieldProblem("/expected_arrival", "manifest_too_far_ahead", {"days": AHEAD.days})
    if form.checkpoint not in in_force.checkpoints:
        yield FieldProblem("/checkpoint", "unknown_checkpoint")
    communes: list[tuple[str, UnitReference | None]] = [("/destination", form.destination)]
    communes += [(f"/seats/{number}/destination", each.destination) for number, each in enumerate(form.seats)]
    for at, unit in communes:
        if unit is None:
            continue
        if unit.list_version != (units_list := in_force.policy.units_list):
            yield FieldProblem(f"{at}/list_version", "wrong_list_version", {"in_force": units_list})
        elif not office.province.contains(unit.code):
            yield FieldProblem(f"{at}/code", "destination_not_a_commune_of_the_province")
    for number, each in enumerate(form.seats):
        if each.birth_year > now.year:
            yield FieldProblem(f"/seats/{number}/birth_year", "birth_in_future")


def _problems_of_seat(form: SeatForm, born_in: int) -> Iterator[FieldProblem]:
    """What a declaration's form refuses by itself: this one has the year of birth elsewhere."""
    if form.identity and form.identity.birth_year not in (None, born_in):
        yield FieldProblem("/traveller/identity/number", "identity_contradicts_birth", {"year": born_in})


def _within_seat_form(problem: FieldProblem) -> FieldProblem:
    """A problem of the declaration's form, where it is in the passenger's."""
    pointer = problem.pointer.removeprefix("/traveller").removeprefix("/trip")
    return problem._replace(pointer=pointer.replace("/destination/address", "/address"))
