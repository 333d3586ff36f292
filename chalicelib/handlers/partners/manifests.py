"""Bus companies send who sits where before a bus leaves; each passenger confirms their own seat."""

from datetime import datetime

from pydantic import Field

from chalicelib import wiring
from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.entry.issued_passes import answer_to
from chalicelib.handlers.entry.pass_answers import IssuedPasses
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.links import SECRET_LENGTH
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.partners.errors import ManifestUnknown, SeatAlreadyConfirmed, SeatSecretWrong
from chalicelib.models.partners.manifests import Manifest, ManifestForm, SeatForm
from chalicelib.observability import count
from chalicelib.services.partners import manifests as service
from chalicelib.services.partners.manifests import secret_for
from chalicelib.wiring.partners import manifest_desk, manifests

ID = parameter("path", "id", "The manifest's id, from the answer that it was sent with.", "0000000000000B09")
_NUMBER = parameter("path", "number", "The seat's number in the manifest, from 0.", "0", pattern="^[0-9]{1,2}$")
_SECRET = parameter(
    "header",
    "X-Seat-Secret",
    "The seat's secret, 13 characters, from the answer to the manifest.",
    "0000000000000",
    required=True,
    minLength=SECRET_LENGTH,
)


class SeatToConfirm(Shape):
    """A seat, and what its passenger confirms it with."""

    number: int
    """Its number in the manifest, from 0."""
    seat: str
    """The seat, as the company names it."""
    secret: str
    """Only for this passenger. With the id and the number it lets them declare for this seat, and read nothing."""


class KeptManifest(Shape):
    """A manifest that was taken."""

    id: str
    """Its id: 16 characters."""
    leaves_at: datetime
    """Until then it is kept, and seats can be confirmed: a day after the expected arrival."""
    seats: list[SeatToConfirm]
    """In the manifest's order."""


class SeatState(Shape):
    """Whether a seat's passenger has declared."""

    number: int
    """Its number in the manifest, from 0."""
    seat: str
    """The seat, as the company names it."""
    confirmed: bool
    """Whether its passenger has declared with its secret."""


class SeatCounts(Shape):
    """How many seats there are."""

    total: int
    """All of them."""
    confirmed: int
    """Those whose passenger has declared."""


class ManifestState(Shape):
    """A manifest as its company reads it: without persons, codes and health answers."""

    id: str
    """Its id."""
    expected_arrival: datetime
    """When the bus is expected at the gate."""
    leaves_at: datetime
    """Until then it is kept."""
    counts: SeatCounts
    """Of its seats."""
    seats: list[SeatState] = Field(max_length=60)
    """In the manifest's order."""


@serve(
    "POST",
    "/v1/partner/manifests",
    summary="Send the passengers of a bus",
    tag="partners",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    writes=True,
    api_key=True,
    errors=(*IDEMPOTENCY_ERRORS, ServiceUnavailable),
    parameters=(idempotency_parameter("manifest", "the first answer", "5e2f4a86-0f5d-4b0e-9d3a-000000000042"),),
)
def send_manifest(call: Call[ManifestForm]) -> Answer[KeptManifest]:
    """Before the bus leaves: who sits where, 60 at most. We text each passenger the link of their seat, once for each
    trip, seat and phone. With `notify: false` you do so yourself: give each passenger the id, the number and the secret
    of their seat, and nobody else. Each of them confirms it within the hour before arrival. At the gate staff see which
    seats are confirmed."""
    kept = service.keep_manifest(
        call.body, partner=_partner(call), idempotency_key=idempotency_key(call), desk=manifest_desk()
    )
    if not kept.repeated:
        count("Manifests")
    location = f"{call.base_url}/v1/partner/manifests/{kept.manifest.id}"
    return Answer(_to_confirm(kept.manifest), {"Location": location, **replayed(kept.repeated)})


@serve(
    "GET",
    "/v1/partner/manifests/{id}",
    summary="See which seats are confirmed",
    tag="partners",
    api_key=True,
    errors=(ManifestUnknown, ServiceUnavailable),
    parameters=(ID,),
)
def get_partner_manifest(call: Call) -> Answer[ManifestState]:
    """How many passengers have declared, and on which seats. Only with the key that sent the manifest."""
    record = service.find_manifest(call.path["id"], partner=_partner(call), manifests=manifests())
    manifest = record.manifest
    seats = [
        SeatState(number=number, seat=each.seat, confirmed=number in record.confirmed) for number, each in record.seats
    ]
    return Answer(
        ManifestState(
            id=manifest.id,
            expected_arrival=manifest.form.expected_arrival,
            leaves_at=manifest.leaves_at,
            counts=SeatCounts(total=len(seats), confirmed=sum(each.confirmed for each in seats)),
            seats=seats,
        )
    )


@serve(
    "POST",
    "/v1/manifest-seats/{id}/{number}",
    summary="Confirm a seat",
    tag="travellers",
    status=201,
    headers=("Location", "Idempotent-Replayed"),
    writes=True,
    errors=(SeatSecretWrong, ManifestUnknown, SeatAlreadyConfirmed, ServiceUnavailable),
    parameters=(ID, _NUMBER, _SECRET),
)
def confirm_seat(call: Call[SeatForm]) -> Answer[IssuedPasses]:
    """A passenger of a bus gives what the company cannot know, at most one hour before arrival, and gets their pass. It
    makes a declaration as `POST /v1/declarations` does; name, year of birth, phone, vehicle and commune are those of
    the manifest. Nobody else of the bus is in it. The same form again gets the first answer. Who is not in the
    manifest, or differs from it, declares as everyone does."""
    declared = service.confirm_seat(
        call.path["id"],
        call.path["number"],
        call.headers.get("x-seat-secret", ""),
        call.body,
        desk=manifest_desk(),
    )
    if not declared.repeated:
        count("Seats_confirmed")
    return answer_to(declared, call)


def _partner(call: AnyCall) -> str:
    # The gateway has checked the key.
    return wiring.partner_of(call.headers["x-api-key"])


def _to_confirm(manifest: Manifest) -> KeptManifest:
    keyed_hash = wiring.keyed_hash()
    seats = [
        SeatToConfirm(number=number, seat=each.seat, secret=secret_for(manifest.id, number, keyed_hash))
        for number, each in enumerate(manifest.form.seats)
    ]
    return KeptManifest(id=manifest.id, leaves_at=manifest.leaves_at, seats=seats)
