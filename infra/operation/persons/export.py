"""Write what is held about a person into a file."""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.models.people.holdings import Holding
from chalicelib.services.rights.persons import FoundPerson, export, find_person, shown
from infra.errors import CannotGoOn
from infra.operation.persons.archives import KEEPERS
from infra.operation.persons.requests import Request, audit


def export_person(request: Request) -> None:
    found = find_person(request.asked, archive=request.archive)
    holdings = export(found, archive=request.archive)
    audit(request, "export person", found.keys.codes)
    if not holdings:
        print("Nothing is held.")
        return
    text = json.dumps(_document(holdings, request.archive.clock()), ensure_ascii=False, indent=1)
    try:
        opened = os.open(request.options.to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotGoOn(f"{request.options.to} is there already. Name a new file.") from None
    with open(opened, "w", encoding="utf-8") as writable:
        writable.write(text + "\n")
    show(found, holdings)
    print(f"Written to {request.options.to}, which only you can read. Delete it when the person has it.")


def show(found: FoundPerson, holdings: Sequence[Holding]) -> None:
    """Print the passes and permits, and how many rows each table holds."""
    for each in found.held:
        print(shown(each))
    for table in KEEPERS:
        print(f"{sum(each.table == table for each in holdings):6} in {table}")


def _document(holdings: Sequence[Holding], at: datetime) -> dict[str, Any]:
    """What is held about a person, as the file has it."""
    return {
        "written_at": at.isoformat(timespec="seconds"),
        "held": [
            {
                **each._asdict(),
                "since": each.since.isoformat(timespec="seconds"),
                "until": each.until.isoformat(timespec="seconds"),
            }
            for each in holdings
        ],
    }
