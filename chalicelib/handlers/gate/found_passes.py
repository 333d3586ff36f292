"""Passes that were found: by a search, in a vehicle, in a declaration. A check of one pass does not load this."""

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.handlers.entry.answers import Shown
from chalicelib.handlers.gate.answers import (
    PolicyOf,
    ShownAmendment,
    ShownIdentity,
    ShownReplacement,
    StaffFinding,
    amendments_of,
    findings_of,
    identity_of,
    replacement_of,
)
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.policy.texts import Level

if TYPE_CHECKING:
    from chalicelib.models.partners.manifests import ManifestRecord
    from chalicelib.services.gate.searches import FoundPasses as SearchResult


class FoundPass(Shape):
    """One of several passes: its holder, its verdict now, its end.

    `finding_level` is the highest of the `findings`; both only for roles that need health answers, and for nobody if
    the pass is `restricted`.
    """

    code: Shown
    """The pass's code."""
    person_number: int
    """The person's number in the declaration: 0 is the traveller."""
    verdict: Verdict
    """The verdict of the pass now."""
    origin: Origin
    """Who sent the declaration. Anyone may have written what is `unproven`: compare it with the papers."""
    full_name: str
    """Who holds the pass."""
    born_in: int
    """Their year of birth."""
    identity: ShownIdentity | None = None
    """Their document, if they have one."""
    plate: str | None = None
    """The vehicle's plate, without separators."""
    expires_at: datetime
    """When the pass ends."""
    finding_level: Level | None = None
    """The highest level of the findings."""
    findings: list[StaffFinding] | None = None
    """What the policy found by what was declared."""
    arrived_at: datetime | None = None
    """When the holder arrived in the queue of a gate: since then the pass holds until `expires_at`."""
    replaced: ShownReplacement | None = None
    """The same persons declared again: the pass has ended."""
    restricted: bool | None = None
    """True if the person's data is restricted."""
    amendments: list[ShownAmendment] | None = None
    """In their order: of a field the last one is what the person says now."""


class FoundPasses(Shape):
    """A page of what a search found: by `origin`, then the newest first."""

    complete: bool
    """Whether these are all, or the last page of them: a page has passes of at most 60 declarations, and 300 passes."""
    cursor: str | None = None
    """Send it with the same question, within a pass's lifetime, to get the next page; left out on the last one."""
    passes: list[FoundPass]
    """Those of this page."""


class Counts(Shape):
    """How many passes there are, in all and by their verdicts now."""

    total: int
    """All of them."""
    valid: int
    """Those that a gate would admit now."""
    used: int
    """Those with a crossing."""
    expired: int
    """Those whose hour has ended."""
    revoked: int
    """Those that staff withdrew."""


class BusSeat(Shape):
    """A seat of a bus whose company has sent its passengers."""

    seat: str
    """The seat, as the company names it."""
    full_name: str
    """Who sits there, as the company wrote it."""
    born_in: int
    """Their year of birth."""
    confirmed: bool
    """Whether this passenger has declared with the seat's secret. If not, ask them at the gate."""
    code: Shown | None = None
    """The code of their pass, if they have."""
    verdict: Verdict | None = None
    """The verdict of that pass now; left out if the pass is not on this page."""


class Bus(Shape):
    """What a bus's company has sent before it left."""

    id: str
    """The id of the list."""
    service_number: str
    """The number of the bus service."""
    plate: str
    """The bus's plate, without separators."""
    departed_at: datetime
    """When it was to leave."""
    expected_arrival: datetime
    """When it is expected at the gate."""
    checkpoint: str
    """The checkpoint that it will pass."""
    seats_total: int
    """How many seats are taken."""
    seats_confirmed: int
    """Those whose passenger has declared."""
    seats: list[BusSeat]
    """Those that are not confirmed first."""


class Manifest(Shape):
    """Everyone of one vehicle or one declaration, or a page of them, by `origin`, declaration and person."""

    complete: bool
    """Whether these are all, or the last page of them: a page has passes of at most 60 declarations, and 300 passes."""
    cursor: str | None = None
    """Send it with the same plate, within a pass's lifetime, to get the next page; left out on the last one."""
    counts: Counts
    """Of the passes on this page."""
    passes: list[FoundPass]
    """Those of this page."""
    bus: Bus | None = None
    """What the bus's company has sent: on the first page, of a bus that is expected within 12 hours or was within the
    last 24."""


def found(passes: "SearchResult", policy_of: PolicyOf | None, language: str) -> list[FoundPass]:
    """`policy_of` is for roles that see health; without it, findings are left out and numbers are masked."""
    return [_found(each, passes.at, policy_of, language) for each in passes.passes]


def manifest(
    passes: "SearchResult", policy_of: PolicyOf | None, language: str, bus: "ManifestRecord | None" = None
) -> Manifest:
    verdicts = Counter(each.verdict(passes.at) for each in passes.passes)
    counted = (Verdict.VALID, Verdict.USED, Verdict.EXPIRED, Verdict.REVOKED)
    return Manifest(
        complete=passes.complete,
        cursor=passes.cursor,
        counts=Counts(total=len(passes.passes), **{verdict.value: verdicts[verdict] for verdict in counted}),
        passes=found(passes, policy_of, language),
        bus=_bus(bus, passes) if bus else None,
    )


def _bus(record: "ManifestRecord", passes: "SearchResult") -> Bus:
    form = record.manifest.form
    verdicts = {str(each.code): each.verdict(passes.at) for each in passes.passes}
    seats = []
    for number, passenger in record.seats:
        confirmed = record.confirmed.get(number)
        seats.append(
            BusSeat(
                seat=passenger.seat,
                full_name=passenger.full_name,
                born_in=passenger.birth_year,
                confirmed=confirmed is not None,
                code=Code.parse(confirmed.code).shown if confirmed else None,
                verdict=verdicts.get(confirmed.code) if confirmed else None,
            )
        )
    return Bus(
        id=record.manifest.id,
        service_number=form.service_number,
        plate=form.plate,
        departed_at=form.departs_at,
        expected_arrival=form.expected_arrival,
        checkpoint=form.checkpoint,
        seats_total=len(seats),
        seats_confirmed=sum(each.confirmed for each in seats),
        seats=sorted(seats, key=lambda each: each.confirmed),
    )


def _found(held: HeldPass, at: datetime, policy_of: PolicyOf | None, language: str) -> FoundPass:
    person = held.person
    whole = policy_of is not None
    findings = None
    if policy_of is not None and not held.is_restricted:
        findings = findings_of(policy_of(held.policy_version), held.issued.findings, language)
    return FoundPass(
        code=held.code.shown,
        person_number=held.code.person,
        verdict=held.verdict(at),
        origin=held.origin,
        full_name=person.full_name,
        born_in=person.born_in,
        identity=identity_of(person, whole=whole),
        plate=held.trip.transport.plate,
        expires_at=held.expires_at,
        arrived_at=held.arrived_at,
        replaced=replacement_of(held),
        finding_level=max((each.level for each in findings), key=list(Level).index) if findings else None,
        findings=findings,
        restricted=held.is_restricted or None,
        amendments=amendments_of(held, whole=whole),
    )
