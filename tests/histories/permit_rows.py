"""What the tables hold of permits, taken apart here; what is wrong with it whatever was answered; and the exposures of
crossings by permit."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.histories.effects import HERE, OF_CASES, without_hashes
from tests.histories.tables import CODE, Tables

_HELD = {"asked": {"OPEN"}, "granted": {"OPEN", "GRANTED"}}
"""The rows that keep the person from another permit, by state."""


@dataclass
class StoredPermit:
    """A permit, the facts beside it, and the rows that lead to it."""

    code: str
    permit: Any = None
    decision: Any = None
    revocation: Any = None
    crossings: dict[str, Any] = field(default_factory=dict)
    """By minute and direction."""
    lists: list[str] = field(default_factory=list)
    """The states that it is listed under."""
    held: set[str] = field(default_factory=set)
    changes: list[tuple[str, str]] = field(default_factory=list)
    """What gates read: code, time of the revocation."""

    @property
    def mark(self) -> str:
        """Each request of a race has its own purpose."""
        return str(self.permit["form"]["purpose"])

    @property
    def document(self) -> str:
        return document_of(self.permit["form"])

    @property
    def is_granted(self) -> bool:
        """Whether it was, perhaps until a revocation."""
        return self.decision is not None and self.decision["outcome"] == "grant"

    @property
    def state(self) -> str:
        if self.decision is None:
            return "asked"
        if not self.is_granted:
            return "refused"
        return "granted" if self.revocation is None else "revoked"

    @property
    def facts(self) -> int:
        """How many there are, the request among them."""
        return 1 + (self.decision is not None) + (self.revocation is not None) + len(self.crossings)

    def add(self, row: str, body: str) -> None:
        if row == "PERMIT":
            self.permit = json.loads(body)
        elif row == "DECISION":
            self.decision = json.loads(body)
        elif row == "REVOCATION":
            self.revocation = json.loads(body)


def document_of(form: Any) -> str:
    """The number of the person's document."""
    return str(form["person"]["identity"]["number"])


def name_of(crossing: Any) -> str:
    """Minute and direction of a crossing: of a permit there is one for each."""
    at = datetime.fromisoformat(crossing["crossed_at"]).astimezone(UTC)
    return f"{at:%Y-%m-%dT%H:%MZ}#{crossing['direction']}"


def stored_permits(tables: Tables, marks: set[str]) -> dict[str, StoredPermit]:
    """The permits that were asked for with these marks, by code. Others may have used the table, too."""
    found: dict[str, StoredPermit] = {}

    def of(code: str) -> StoredPermit:
        return found.setdefault(code, StoredPermit(code))

    for partition, row, body in tables.permits:
        kind, _, rest = partition.partition("#")
        name = row.rpartition("#")[2]
        if kind == "CROSSINGS" and row.count("#") == 1:
            of(rest).crossings[row] = json.loads(body)
        elif kind == "LIST":
            of(name).lists.append(rest)
        elif kind == "CHANGES":
            of(name).changes.append((name, json.loads(body)["revoked_at"]))
        elif kind == "PERSON" and "#" in row:
            of(body).held.add(row.partition("#")[0])
        elif len(partition) == CODE:
            of(partition).add(row, body)
    return {code: each for code, each in found.items() if each.permit is not None and each.mark in marks}


def wrong_in_itself(permit: StoredPermit) -> Iterator[str]:
    """What contradicts itself, and lists in which offices and gates read another state."""
    code, revocation = permit.code, permit.revocation
    if revocation is not None and not permit.is_granted:
        yield f"the permit {code} is revoked, and was never granted"
    for name, crossing in permit.crossings.items():
        if name_of(crossing) != name:
            yield f"the crossing {name} of {code} has another time on record: {crossing['crossed_at']}"
    if permit.lists != [permit.state]:
        yield f"offices read that {code} is {permit.lists} instead of {permit.state}"
    if permit.held != _HELD.get(permit.state, set()):
        yield f"the person of {code}, which is {permit.state}, is kept from another permit by {sorted(permit.held)}"
    expected = [] if revocation is None else [(code, revocation["recorded_at"])]
    if permit.changes != expected:
        yield f"gates read the revocations {permit.changes} of permits instead of {expected}"


def permit_exposures(permits: Iterable[StoredPermit], tables: Tables) -> Iterator[str]:
    """Each crossing by permit is an exposure of a known origin, once under each of its places."""
    expected = {each.code: set(_rows(each)) for each in permits}
    found: dict[str, Counter[tuple[str, str]]] = {code: Counter() for code in expected}
    for place, moment in tables.exposures:
        code = moment.split("#")[1]
        if code in found and place.partition("#")[0] not in OF_CASES:
            found[code][without_hashes(place, moment)] += 1
    for code, rows in expected.items():
        yield from (f"lost: no exposure {row}" for row in sorted(rows - found[code].keys()))
        more = found[code] - Counter(dict.fromkeys(rows, 1))
        yield from (f"an exposure that nothing explains: {row}" for row in sorted(more))


def _rows(permit: StoredPermit) -> Iterator[tuple[str, str]]:
    """Place and moment of each row; hashes are left out. Crossings in one second at one gate share them."""
    form = permit.permit["form"]
    for crossing in permit.crossings.values():
        at, gate = datetime.fromisoformat(crossing["crossed_at"]), crossing["checkpoint"]
        moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}#{permit.code}#crossed#{gate}"
        yield "PERSON#KNOWN", moment
        if form["person"].get("phone"):
            yield "PHONE#KNOWN", moment
        if crossing.get("plate_seen") or form.get("plate"):
            yield "PLATE#KNOWN", moment
        yield f"COMMUNE#{form['commune']}#{at.astimezone(HERE):%Y-%m-%d}", moment
        yield f"CHECKPOINT#{gate}#{at.astimezone(HERE):%Y-%m-%dT%H}", moment
