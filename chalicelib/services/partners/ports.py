"""What the services of partners need from outside."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.partners.deliveries import Answered, Attempt, Delivery, DeliveryRecord
from chalicelib.models.partners.endpoints import Endpoint, Reliability
from chalicelib.models.partners.events import PartnerEvent
from chalicelib.models.partners.manifests import FoundBy, Manifest, ManifestHashes, ManifestRecord, SeatConfirmed

FindEndpoint = Callable[[str], Endpoint | None]
"""The endpoint of a partner; None if none is registered."""

SendLater = Callable[[Sequence[PartnerEvent], int], None]
"""Put events into the webhooks queue, delayed by this many seconds: `LONGEST_DELAY` at most. All are taken, or it
raises."""


Post = Callable[[str, Mapping[str, str], bytes], Answered]
"""Send a body to a URL, with headers: `post(url, headers, body)`. It never raises."""


class Deliveries(Protocol):
    """Deliveries and their attempts, append-only, by partner."""

    def append(self, partner: str, delivery: Delivery) -> None:
        """Store it, unless one with its id is there already."""

    def find(self, partner: str, delivery: str) -> DeliveryRecord | None:
        """A partner's delivery with this id."""

    def append_attempt(self, partner: str, delivery: Delivery, attempt: Attempt) -> None:
        """Store it, unless one of its number is there already."""

    def latest(self, partner: str, before: str | None, at_most: int) -> list[DeliveryRecord]:
        """A partner's deliveries by id, the last one first: those before an id, or all."""

    def reliability(self, partner: str) -> Reliability:
        """How the partner's endpoint has answered lately."""

    def put_reliability(self, partner: str, reliability: Reliability) -> None:
        """Replace it."""


class SandboxEntries(Protocol):
    """What a sandbox adds to declarations, as staff do."""

    def find(self, code: Code) -> DeclarationRecord | None:
        """All that is on record about the declaration of a pass."""

    def append_crossing(self, held: HeldPass, crossing: Crossing) -> Crossing | None:
        """Store it. If the pass has a crossing, nothing is written, and that one is returned."""

    def append_revocation(self, held: HeldPass, revocation: Revocation) -> Revocation | None:
        """The same for a revocation."""


Spread = Callable[[], float]
"""A random number from 0 to 1."""


class Manifests(Protocol):
    """Lists of passengers. They leave a day after the expected arrival."""

    def append(self, manifest: Manifest, hashes: ManifestHashes) -> bool:
        """Store it, and what leads to it. False if its id is taken."""

    def find(self, code: Code) -> ManifestRecord | None:
        """A manifest and its confirmed seats, in one query."""

    def append_confirmation(self, manifest: Manifest, number: int, confirmed: SeatConfirmed) -> None:
        """Note that a seat is confirmed. One is enough: if it is already, nothing changes."""

    def arriving(self, by: FoundBy, hashed: str, *, since: datetime, until: datetime) -> list[tuple[datetime, Code]]:
        """The manifests of a plate or a service number with an expected arrival between these times, in one query."""
