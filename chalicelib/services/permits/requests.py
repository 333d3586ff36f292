"""Ask for permits: each request of a list is stored or refused on its own."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import DECLARATION_BITS, PERMIT, Code
from chalicelib.models.entry.errors import IdempotencyKeyReused
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.people import hashed
from chalicelib.models.permits.errors import PermitOpen
from chalicelib.models.permits.forms import PermitForm
from chalicelib.models.permits.permits import OpenAlready, Permit, StoredAlready
from chalicelib.services.permits.offices import PermitOffice, problems_of


class Asker(NamedTuple):
    """Who asks: a member of staff, or a partner by its key."""

    name: str
    """It keeps the idempotency keys of one asker apart from those of another."""
    staff: str | None = None
    partner: str | None = None


class AskedLine(NamedTuple):
    """What became of one request of several. Either `permit` or `error` is there."""

    permit: Permit | None = None
    error: DomainError | None = None
    repeated: bool = False
    """Whether it was on record before."""


def ask(
    lines: Sequence[PermitForm | InvalidInput], *, asker: Asker, idempotency_key: str, office: PermitOffice
) -> list[AskedLine]:
    """Store each request that can be accepted. The outcomes are in the order of the requests.

    The same key and list again do nothing: each line gets its first answer. A line of the list that was refused may be
    corrected and sent again under the same key. A line that was accepted is refused if it differs. If
    this fails, some may be stored: the same list again stores the others.

    Raises `ServiceUnavailable`.
    """
    now = office.clock().replace(microsecond=0)
    outcomes: dict[int, AskedLine] = {}
    permits: dict[int, Permit] = {}
    taken: set[tuple[str, str | None]] = set()
    for number, form in enumerate(lines):
        if isinstance(form, InvalidInput):
            outcomes[number] = AskedLine(error=form)
            continue
        permit = _permit(_code(number, asker, idempotency_key, office), form, asker, now, office)
        if problems := list(_problems(number, form, office)):
            outcomes[number] = _first_answer(permit, office) or AskedLine(error=InvalidInput(problems))
        elif (permit.hashed, permit.plate_hashed) in taken:
            outcomes[number] = AskedLine(error=PermitOpen())
        else:
            taken.add((permit.hashed, permit.plate_hashed))
            permits[number] = permit
    stored = office.permits.ask(list(permits.values()))
    for (number, permit), there in zip(permits.items(), stored, strict=True):
        outcomes[number] = _outcome(permit, there)
    return [outcomes[number] for number in range(len(lines))]


def _code(number: int, asker: Asker, idempotency_key: str, office: PermitOffice) -> Code:
    # Derived, so that a repeated request meets its own record.
    bits = office.keyed_hash.bits(DECLARATION_BITS, "permit", asker.name, idempotency_key, str(number))
    return Code.of(bits, PERMIT)


def _permit(code: Code, form: PermitForm, asker: Asker, now: datetime, office: PermitOffice) -> Permit:
    return Permit(
        code=str(code),
        form=form,
        hashed=office.keyed_hash.text(hashed.PERSON, form.person.identity.identifying_text),
        plate_hashed=office.keyed_hash.text(hashed.PLATE, form.plate) if form.plate else None,
        asked_at=now,
        asked_by=asker.staff,
        partner=asker.partner,
    )


def _first_answer(permit: Permit, office: PermitOffice) -> AskedLine | None:
    """The answer to a request that was accepted before, and is sent again when it is too late for it."""
    record = office.permits.find(Code.parse(permit.code))
    if record is None or record.permit.form != permit.form:
        return None
    return AskedLine(record.permit, repeated=True)


def _outcome(permit: Permit, there: StoredAlready | OpenAlready | None) -> AskedLine:
    match there:
        case None:
            return AskedLine(permit)
        case StoredAlready(stored) if stored.form == permit.form:
            return AskedLine(stored, repeated=True)
        case StoredAlready():
            return AskedLine(error=IdempotencyKeyReused())
        case OpenAlready():
            return AskedLine(error=PermitOpen())


def _problems(number: int, form: PermitForm, office: PermitOffice) -> Iterator[FieldProblem]:
    at = f"/permits/{number}"
    if form.person.birth_year > office.today.year:
        yield FieldProblem(f"{at}/person/birth_year", "birth_in_future")
    if not office.province.contains(form.commune):
        params = {"list_version": office.province.units_list}
        yield FieldProblem(f"{at}/commune", "commune_not_of_the_province", params)
    yield from problems_of(form.conditions, f"{at}/conditions", office)
