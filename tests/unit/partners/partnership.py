"""A partner with an endpoint, in memory: what it declares, and what its webhooks become."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.partners.deliveries import Answered, AttemptOutcome
from chalicelib.models.partners.endpoints import Endpoint
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind, Turn
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.partners.announcements import Announcer, announce, expire
from chalicelib.services.partners.deliveries import Courier, attempt
from tests.forms import form, person
from tests.unit.fakes.partners import Deliveries, Later, Requests
from tests.unit.world import World

PARTNER, OTHER = "a" * 32, "b" * 32
URL, OTHER_URL = "https://app.example/webhooks", "https://other.example/"
_MOST = 10_000
"""Events that a test handles."""
DOWN = Answered(AttemptOutcome.REFUSED, 0.1, 500)


@dataclass
class Partnership:
    world: World
    endpoints: dict[str, Endpoint] = field(
        default_factory=lambda: {PARTNER: Endpoint(name="app", url=URL), OTHER: Endpoint(name="other", url=OTHER_URL)}
    )
    deliveries: Deliveries = field(default_factory=Deliveries)
    requests: Requests = field(default_factory=Requests)
    secrets: KeyedHash = field(default_factory=lambda: KeyedHash(b"w" * 32))
    later: Later = field(init=False)

    def __post_init__(self) -> None:
        self.later = Later(self.world.clock)

    def declares(self, companions: int = 0, partner: str | None = PARTNER, **trip: Any) -> list[Code]:
        """The codes of a declaration, whose event is handled."""
        body = form(self.world.clock(), **trip) | {"companions": [person(number + 1) for number in range(companions)]}
        caller = Caller("public") if partner is None else Caller(partner, is_partner=True, partner=partner)
        declared = self.world.declare(body, caller=caller)
        codes = [Code(declared.code.declaration, number) for number in range(companions + 1)]
        self.gets_event(EntryEventKind.DECLARATION_SUBMITTED, codes[0])
        return codes

    def is_used(self, code: Code) -> None:
        self.world.cross(code, decision="isolate", reason="sốt cao")
        self.gets_event(EntryEventKind.CROSSING_RECORDED, code)

    def gets_event(self, kind: EntryEventKind, code: Code) -> None:
        announce(EntryEvent.about(kind, code), announcer=self.announcer())

    def works(self, *, until: timedelta | None = None) -> list[AttemptOutcome]:
        """Handle what comes from the queue until it is empty, or for so long. Gives the outcomes."""
        end = None if until is None else self.world.clock() + until
        outcomes: list[AttemptOutcome] = []
        for _ in range(_MOST):
            if not self.later.waiting or (end is not None and min(at for at, _ in self.later.waiting) > end):
                self.world.clock.now = end or self.world.clock()
                return outcomes
            event = self.later.next()
            assert event is not None
            outcomes += [each for each in [self.handles(event)] if each]
        raise AssertionError("the queue does not become empty")

    def handles(self, event: PartnerEvent) -> AttemptOutcome | None:
        if event.kind is PartnerEventKind.EXPIRY_DUE:
            expire(Code.parse(event.subject), announcer=self.announcer())
            return None
        return attempt(Turn.parse(event.subject), event.kind, courier=self.courier())

    def sent(self) -> Iterator[tuple[str, str, str]]:
        """URL, type and code of each request."""
        for url, _, body in self.requests.sent:
            content = json.loads(body)
            yield url, content["type"], content["data"]["code"]

    def announcer(self) -> Announcer:
        return Announcer(
            find_record=self.world.entries.find,
            find_endpoint=self.endpoints.get,
            deliveries=self.deliveries,
            send_later=self.later,
            clock=self.world.clock,
        )

    def courier(self) -> Courier:
        return Courier(
            find_endpoint=self.endpoints.get,
            deliveries=self.deliveries,
            send_later=self.later,
            post=self.requests,
            keyed_hash=self.secrets,
            spread=lambda: 1.0,
            clock=self.world.clock,
        )
