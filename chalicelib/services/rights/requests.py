"""A person has the use of their data restricted, or a field of a declaration amended: facts beside the declaration."""

from datetime import timedelta

from pydantic import ValidationError

from chalicelib.models.entry.amendments import AmendedField, Amendment, amended
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.services.rights.persons import Archive, Asked, FoundPerson, asked_hash

_ATTEMPTS = 5
"""Attempts at a pass. Each fails only if someone else's request about it succeeds."""


class NotPossible(Exception):
    """A value that the form would not accept for the field."""


def restrict(
    asked: Asked, found: FoundPerson, *, restricted: bool, by: str, receipt_for: timedelta, archive: Archive
) -> int:
    """Restrict the use of a person's data, or end that, in all of their declarations that were found.

    Returns how many passes it changed. The receipt comes last; run it again if it was interrupted.

    Raises `ServiceUnavailable` if others change the same all the time.
    """
    now = archive.clock()
    fact = Restriction(restricted=restricted, recorded_at=now, recorded_by=by)
    changed = sum(_restrict(each, fact, archive) for each in found.passes)
    done = "restricted" if restricted else "unrestricted"
    archive.receipts.append(done, asked_hash(asked, archive), passes=changed, at=now, keep_until=now + receipt_for)
    return changed


def amend(asked: Asked, field: AmendedField, text: str, *, by: str, receipt_for: timedelta, archive: Archive) -> bool:
    """Store what a person says is right in the one declaration that a code names. False if that is on record already.

    Raises
    ------
    NotPossible
        The form would not accept it.
    PassUnknown
        No pass has the code, or its holder was erased.
    """
    now = archive.clock()
    value = _value(field, text, archive)
    fact = Amendment(field=field, value=value, recorded_at=now, recorded_by=by)
    code = Code.parse(asked.text)
    for _ in range(_ATTEMPTS):
        held = pass_of(code, archive.find_record(code))
        latest = next((each.value for each in reversed(held.amendments) if each.field is field), None)
        if latest == value:
            return False
        if archive.requests.append_amendment(held, fact):
            hashed = asked_hash(asked, archive)
            archive.receipts.append("amended", hashed, passes=1, at=now, keep_until=now + receipt_for)
            return True
    raise ServiceUnavailable


def _value(field: AmendedField, text: str, archive: Archive) -> str:
    try:
        value = amended(field, text)
    except ValidationError:
        raise NotPossible from None
    # ISO 8601: years and dates sort as text.
    if field in (AmendedField.BIRTH_YEAR, AmendedField.BIRTH_DATE) and value > f"{archive.clock().date()}":
        raise NotPossible
    return value


def _restrict(held: HeldPass, fact: Restriction, archive: Archive) -> bool:
    """Whether it changed anything."""
    for _ in range(_ATTEMPTS):
        if held.is_restricted == fact.restricted:
            return False
        if archive.requests.append_restriction(held, fact):
            return True
        held = pass_of(held.code, archive.find_record(held.code))
    raise ServiceUnavailable
