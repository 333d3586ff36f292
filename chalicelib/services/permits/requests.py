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
from chalicelib.services.parallel import in_parallel
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
    """Store each request that can be accepted: one transaction each. The outcomes are in the order of the requests.

    The same key and list again do nothing: each line gets its first answer. A line of the list that was refused may be
    corrected and sent again under the same key. A line that was accepted is refused if it differs.
    """
    now = office.clock().replace(microsecond=0)
    numbered = list(enumerate(lines))

    def ask_one(line: tuple[int, PermitForm | InvalidInput]) -> AskedLine:
        number, form = line
        if isinstance(form, InvalidInput):
            return AskedLine(error=form)
        try:
            return _ask_one(number, form, asker, idempotency_key, now, office)
        except DomainError as error:
            return AskedLine(error=error)

    return in_parallel(ask_one, numbered)


def _ask_one(
    number: int, form: PermitForm, asker: Asker, idempotency_key: str, now: datetime, office: PermitOffice
) -> AskedLine:
    # Derived, so that a repeated request meets its own record.
    bits = office.keyed_hash.bits(DECLARATION_BITS, "permit", asker.name, idempotency_key, str(number))
    code = Code.of(bits, PERMIT)
    if problems := list(_problems(number, form, office)):
        # It may have been accepted before, on an earlier day.
        record = office.permits.find(code)
        if record is not None and record.permit.form == form:
            return AskedLine(record.permit, repeated=True)
        raise InvalidInput(problems)
    permit = Permit(
        code=str(code),
        form=form,
        hashed=office.keyed_hash.text(hashed.PERSON, form.person.identity.identifying_text),
        plate_hashed=office.keyed_hash.text(hashed.PLATE, form.plate) if form.plate else None,
        asked_at=now,
        asked_by=asker.staff,
        partner=asker.partner,
    )
    there = office.permits.ask(permit)
    match there:
        case None:
            return AskedLine(permit)
        case StoredAlready(stored):
            if stored.form != form:
                raise IdempotencyKeyReused
            return AskedLine(stored, repeated=True)
        case OpenAlready():
            raise PermitOpen


def _problems(number: int, form: PermitForm, office: PermitOffice) -> Iterator[FieldProblem]:
    at = f"/permits/{number}"
    if form.person.birth_year > office.today.year:
        yield FieldProblem(f"{at}/person/birth_year", "birth_in_future")
    if not office.province.contains(form.commune):
        params = {"list_version": office.province.units_list}
        yield FieldProblem(f"{at}/commune", "commune_not_of_the_province", params)
    yield from problems_of(form.conditions, f"{at}/conditions", office)
