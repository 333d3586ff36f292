"""Put what a person says is right beside one declaration."""

import sys

from chalicelib.models.entry.amendments import AmendedField
from chalicelib.services.rights.persons import find_person, shown
from chalicelib.services.rights.requests import NotPossible, amend
from infra.errors import CannotGoOn
from infra.operation.audit_lines import caller
from infra.operation.persons.requests import Request, audit


def amend_person(request: Request) -> None:
    found = find_person(request.asked, archive=request.archive)
    held = [each for each in found.passes if str(each.code) == request.asked.text]
    audit(request, "amend person" if request.options.yes else "look up person", [request.asked.text])
    if not held:
        print("Nothing is held.")
        return
    print(shown(held[0]))
    if not request.options.yes:
        print("Nothing was changed. To amend it: --yes")
        return
    try:
        is_new = amend(
            request.asked,
            request.options.field,
            _right_value(request.options.field),
            by=caller(request.account),
            receipt_for=request.days("AuditRetentionDays"),
            archive=request.archive,
        )
    except NotPossible:
        raise CannotGoOn(f"No form would accept this as {request.options.field}. Nothing was changed.") from None
    print("It stands beside the declaration now." if is_new else "It stands beside the declaration already.")


def _right_value(field: AmendedField) -> str:
    """From the terminal, or from the standard input."""
    if sys.stdin.isatty():
        example = " (kind and number: cccd 072090000123)" if field is AmendedField.IDENTITY else ""
        return input(f"What the person says is right as {field}{example}: ")
    return sys.stdin.readline()
