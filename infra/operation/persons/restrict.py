"""Restrict what is done with a person's data, or end that."""

from chalicelib.services.rights.persons import find_person, shown
from chalicelib.services.rights.requests import restrict
from infra.operation.audit_lines import caller
from infra.operation.persons.requests import Request, audit


def restrict_person(request: Request) -> None:
    found = find_person(request.asked, archive=request.archive)
    audit(request, f"{request.options.action} person" if request.options.yes else "look up person", found.keys.codes)
    if not found.passes:
        print("Nothing is held.")
        return
    for each in found.passes:
        print(f"{shown(each)}{'  restricted' if each.is_restricted else ''}")
    if not request.options.yes:
        print(f"Nothing was changed. To {request.options.action} it: --yes")
        return
    changed = restrict(
        request.asked,
        found,
        restricted=request.options.action == "restrict",
        by=caller(request.account),
        receipt_for=request.days("AuditRetentionDays"),
        archive=request.archive,
    )
    now = request.archive.clock().isoformat(timespec="seconds")
    print(f"Done at {now}: {changed} of {len(found.passes)} passes changed.")
