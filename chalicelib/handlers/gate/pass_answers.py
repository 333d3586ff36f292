"""The answer to a scan of a pass: its token or its code."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from chalicelib.handlers.entry.answers import RequiredPaper, Shown, TravellerInstruction, instructions, papers
from chalicelib.handlers.gate.answers import (
    NamedConflict,
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
from chalicelib.models.entry.arrivals import ArrivalBy, GateArrival
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing, IdentityHeld
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.offline_declarations import FoundDifferently
from chalicelib.models.entry.passes import Verdict, masked
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.fields import with_offset
from chalicelib.models.gate.scans import ReadAs
from chalicelib.models.people.health import Health
from chalicelib.models.people.persons import Gender, Person
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Destination, Purpose, Transport, Trip
from chalicelib.services.gate.checks import CheckedPass

if TYPE_CHECKING:
    # Few passes that are checked are revoked.
    from chalicelib.models.entry.revocations import Revocation

_HIDDEN = "(hạn chế)"
"""Stands where an address must stand, if its use is restricted."""


class Papers(Shape):
    """What the token says, to compare with the papers."""

    masked_name: str
    """The person's name, as the QR shows it: initials and the last word, without accents."""
    birth_year: int
    """The person's year of birth."""
    plate: str
    """The vehicle's plate; empty if there is none."""
    commune: str
    """The code of the commune of destination."""


class PersonOnRecord(Shape):
    """A person as on the form, without the health answers."""

    full_name: str
    """As on the form."""
    born_in: int
    """The year of birth."""
    birth_date: date | None = None
    """The date of birth, if the form has it."""
    gender: Gender
    """As the person says."""
    nationality: str
    """ISO 3166-1 alpha-2."""
    identity: ShownIdentity | None = None
    """Their document, if they have one."""
    phone: str | None = None
    """In E.164."""


class TripOnRecord(Shape):
    """The trip as on the form. `purpose` only for roles that need health answers: a medical one reveals health."""

    origin: Place
    """Where the trip began."""
    places_passed: list[Place]
    """Places passed in the last 14 days."""
    destination: Destination
    """Where in the province they will be."""
    transport: Transport
    """How they travel."""
    purpose: Purpose | None = None
    """Why they come."""
    expected_arrival: datetime
    """When they meant to be at the gate."""
    checkpoint: str | None = None
    """The checkpoint they meant to pass."""
    stay_until: date | None = None
    """The last day of the stay."""


class CompanionPass(Shape):
    """Someone of the same declaration."""

    person: int
    """Their number in the declaration: 0 is the traveller."""
    code: Shown
    """Their pass's code."""
    masked_name: str
    """Their name, as the QR shows it: initials and the last word, without accents."""
    verdict: Verdict
    """The verdict of their pass now."""


class ShownRevocation(Shape):
    """The revocation of a pass: who revoked it, and when. `reason` is only for roles that see health answers, because
    it may reveal health."""

    recorded_at: datetime
    """When it was revoked."""
    recorded_by: str
    """The member of staff: the subject of their token."""
    recorded_by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""
    reason: str | None = None
    """Why."""


class Left(Shape):
    """The departure of the pass's holder from the province."""

    recorded_at: datetime
    """When the departure was recorded."""
    checkpoint: str
    """The id of the checkpoint."""


class Waits(Shape):
    """The arrival of the pass's holder in the queue of a gate."""

    arrived_at: datetime
    """When."""
    checkpoint: str
    """The id of the checkpoint. A pass whose hour has ended was to be used there."""
    by: ArrivalBy
    """Who recorded it: `staff`, or the phone of the `holder`."""


class OnRecord(Shape):
    """A pass, as far as it is known. `person`, `trip` and what follows them are there if it is on record.

    `trip.purpose`, the whole `person.identity.number`, `health`, `findings`, `instructions`, `papers_required`,
    `crossing`, `corrections`, `open_conflicts` and `may_leave` are for roles that need health answers.

    Of a `restricted` pass nobody sees these, but for the number; nor the phone, the addresses, the host and the places
    passed. The verdict and what is compared with the papers stay. If the traveller's pass is restricted, the addresses
    of the trip are left out for companions, too.
    """

    read_as: ReadAs
    """What the text was taken for."""
    verdict: Verdict | None = None
    """What checking the pass says."""
    checked_at: datetime
    """When it was checked."""
    code: Shown | None = None
    """The pass's code."""
    person_number: int | None = None
    """The person's number in the declaration: 0 is the traveller."""
    issued_at: datetime | None = None
    """When the pass was issued."""
    expires_at: datetime | None = None
    """When the pass ends: the end of its hour; later if the holder arrived within it; earlier if it was replaced."""
    arrival: Waits | None = None
    """The holder waits at a gate since then."""
    replaced: ShownReplacement | None = None
    """The same persons declared the same trip again: use the newer pass."""
    person: PersonOnRecord | None = None
    """Who holds the pass."""
    health: Health | None = None
    """What they declared about their health."""
    trip: TripOnRecord | None = None
    """The trip that they declared."""
    findings: list[StaffFinding] | None = None
    """What the policy found by what was declared, for staff."""
    instructions: list[TravellerInstruction] | None = None
    """The traveller's next steps."""
    papers_required: list[RequiredPaper] | None = None
    """The papers that the traveller must have."""
    crossing: Crossing | None = None
    """What was recorded when the pass was used."""
    corrections: list[Correction] | None = None
    """Of the crossing, in their order: the last one holds."""
    open_conflicts: list[NamedConflict] | None = None
    """Crossings recorded without network that nobody has settled yet."""
    may_leave: bool | None = None
    """True if the person was admitted and has not left: the pass is `used`, and valid for the way out."""
    left: Left | None = None
    """When and where the person left."""
    identity_held: IdentityHeld | None = None
    """The receipt of the person's identity card, as long as the checkpoint of the crossing keeps it."""
    revocation: ShownRevocation | None = None
    """Who withdrew the pass, and when."""
    riding_along: list[CompanionPass] | None = None
    """The other passes of the same declaration."""
    declared_by: str | None = None
    """The member of staff (subject of their token) who declared for the traveller."""
    declared_offline: bool | None = None
    """True if a device took the form without network."""
    found_differently: list[FoundDifferently] | None = None
    """Of a form taken without network: where the server finds something else about this person than the device did."""
    origin: Origin | None = None
    """Who sent the declaration. Anyone may have written what is `unproven`: compare it with the papers."""
    restricted: bool | None = None
    """True if the person's data is restricted."""
    amendments: list[ShownAmendment] | None = None
    """In their order: of a field the last one is what the person says now."""


class CheckedToken(OnRecord):
    """A text that begins as our tokens do."""

    read_as: Literal[ReadAs.TOKEN] = ReadAs.TOKEN
    """What the text was taken for."""
    verdict: Verdict
    """What checking the pass says."""
    papers: Papers | None = None
    """The claims of a genuine token."""


class CheckedCode(OnRecord):
    """A code, correct or mistyped."""

    read_as: Literal[ReadAs.CODE] = ReadAs.CODE
    """What the text was taken for."""
    verdict: Verdict
    """What checking the pass says."""


def checked_token(result: CheckedPass, policy_of: PolicyOf, *, with_health: bool, language: str) -> CheckedToken:
    claims = result.claims
    shape: dict[str, Any] = {}
    if claims is not None:
        here = result.at.tzinfo or UTC
        shape |= {"issued_at": with_offset(claims.issued_at, here), "expires_at": with_offset(claims.expires_at, here)}
        shape["papers"] = Papers(
            masked_name=claims.masked_name, birth_year=claims.birth_year, plate=claims.plate, commune=claims.commune
        )
    shape |= _known(result, policy_of, with_health=with_health, language=language)
    return CheckedToken(verdict=result.verdict, **shape)


def checked_code(result: CheckedPass, policy_of: PolicyOf, *, with_health: bool, language: str) -> CheckedCode:
    shape = _known(result, policy_of, with_health=with_health, language=language)
    return CheckedCode(verdict=result.verdict, **shape)


def left_of(held: HeldPass) -> Left | None:
    departure = held.departure
    return Left(recorded_at=departure.recorded_at, checkpoint=departure.checkpoint) if departure else None


def _known(result: CheckedPass, policy_of: PolicyOf, *, with_health: bool, language: str) -> dict[str, Any]:
    """What is known about the pass that was checked."""
    shape: dict[str, Any] = {"checked_at": result.at}
    if result.code is not None:
        shape |= {"code": result.code.shown, "person_number": result.code.person}
    if result.held is not None:
        shape |= on_record(result.held, policy_of, result.at, with_health=with_health, language=language)
    return shape


def on_record(held: HeldPass, policy_of: PolicyOf, at: datetime, *, with_health: bool, language: str) -> dict[str, Any]:
    person, declaration = held.person, held.record.declaration
    whole, with_health = with_health, with_health and not held.is_restricted
    # The traveller declared the trip.
    trip_is_restricted = held.is_restricted or held.record.is_restricted(0)
    shape: dict[str, Any] = {
        "issued_at": held.issued_at,
        "expires_at": held.expires_at,
        "arrival": _waits(held.arrival),
        "replaced": replacement_of(held),
        "person": _person(person, whole=whole, with_phone=not held.is_restricted),
        "trip": _trip(_restricted(held.trip) if trip_is_restricted else held.trip, with_purpose=with_health),
        "left": left_of(held),
        "identity_held": held.identity_held,
        "revocation": _revocation(held.revocation, with_reason=with_health),
        "declared_by": declaration.declared_by,
        "declared_offline": declaration.offline is not None or None,
        "origin": held.origin,
        "restricted": held.is_restricted or None,
        "amendments": amendments_of(held, whole=whole),
        "riding_along": [
            CompanionPass(
                person=each.code.person,
                code=each.code.shown,
                masked_name=masked(each.person.full_name),
                verdict=each.verdict(at),
            )
            for each in held.record.passes(held.code.declaration)
            if each.code.person != held.code.person
        ],
    }
    if with_health:
        policy = policy_of(held.policy_version)
        shape |= {
            "health": person.health,
            # Instructions and decisions reveal health.
            "instructions": instructions(policy, held.instructions, language),
            "papers_required": papers(policy, held.issued.papers, language),
            "crossing": held.crossing,
            "may_leave": held.may_leave or None,
            "corrections": list(held.corrections) or None,
            "open_conflicts": [NamedConflict(id=each.id, kind=each.kind) for each in held.open_conflicts] or None,
            "findings": findings_of(policy, held.findings, language),
        }
        if declaration.offline:
            differences = declaration.offline.found_differently
            shape["found_differently"] = [each for each in differences if each.person == held.code.person] or None
    return shape


def _waits(arrival: GateArrival | None) -> Waits | None:
    if arrival is None:
        return None
    return Waits(arrived_at=arrival.recorded_at, checkpoint=arrival.checkpoint, by=arrival.by)


def _person(person: Person, *, whole: bool, with_phone: bool) -> PersonOnRecord:
    members = {name: getattr(person, name) for name in PersonOnRecord.model_fields}
    phone = person.phone if with_phone else None
    return PersonOnRecord(**{**members, "identity": identity_of(person, whole=whole), "phone": phone})


def _restricted(trip: Trip) -> Trip:
    """The trip with what a gate needs: the plate, the communes, the time."""
    return trip.without_addresses(_HIDDEN).model_copy(update={"places_passed": []})


def _trip(trip: Trip, *, with_purpose: bool) -> TripOnRecord:
    # Leave out every purpose, not only the medical one: a missing purpose would reveal it.
    members = {name: getattr(trip, name) for name in TripOnRecord.model_fields if with_purpose or name != "purpose"}
    return TripOnRecord(**members)


def _revocation(revocation: "Revocation | None", *, with_reason: bool) -> ShownRevocation | None:
    if revocation is None:
        return None
    return ShownRevocation(
        recorded_at=revocation.recorded_at,
        recorded_by=revocation.recorded_by,
        recorded_by_name=revocation.recorded_by_name,
        reason=revocation.reason if with_reason else None,
    )
