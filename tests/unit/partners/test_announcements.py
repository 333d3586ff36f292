"""What a partner learns of its passes, and that nobody else learns it."""

import json
from datetime import timedelta

from chalicelib.models.entry.arrivals import ArrivalBy, GateArrival
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.erasures import without_person
from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.entry.records import pass_of
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.partners.deliveries import AttemptOutcome
from chalicelib.models.partners.events import PartnerEventKind
from chalicelib.services.partners.announcements import expire
from tests.forms import NOW
from tests.unit.partners.partnership import OTHER, OTHER_URL, URL, Partnership

MINUTE = timedelta(minutes=1)


def test_a_partner_learns_that_a_pass_was_used_and_nothing_about_the_person(partnership: Partnership) -> None:
    (code,) = partnership.declares()
    partnership.world.clock.advance(minutes=20)
    partnership.is_used(code)
    assert partnership.works(until=MINUTE) == [AttemptOutcome.DELIVERED]
    ((url, _, body),) = partnership.requests.sent
    assert url == URL
    assert json.loads(body) == {
        "type": "pass.used",
        "timestamp": (NOW + timedelta(minutes=20)).isoformat(),
        "data": {"code": code.shown, "state": "used"},
    }


def test_a_partner_learns_that_a_pass_was_revoked(partnership: Partnership) -> None:
    (code,) = partnership.declares()
    partnership.world.revoke(code, reason="dương tính")
    partnership.gets_event(EntryEventKind.PASS_REVOKED, code)
    partnership.works()
    assert list(partnership.sent()) == [(URL, "pass.revoked", code.shown)]
    assert "dương tính" not in partnership.requests.sent[0][2].decode("unicode_escape")


def test_passes_that_nobody_used_expire_and_the_others_do_not(partnership: Partnership) -> None:
    codes = partnership.declares(companions=3)
    partnership.is_used(codes[1])
    partnership.world.revoke(codes[2])
    partnership.gets_event(EntryEventKind.PASS_REVOKED, codes[2])
    partnership.works(until=timedelta(minutes=59))
    assert {kind for _, kind, _ in partnership.sent()} == {"pass.used", "pass.revoked"}
    partnership.works(until=2 * MINUTE)
    expired = [code for _, kind, code in partnership.sent() if kind == "pass.expired"]
    assert expired == [codes[0].shown, codes[3].shown]


def test_a_pass_expires_later_if_its_holder_waits_at_a_gate(partnership: Partnership) -> None:
    codes = partnership.declares(companions=1)
    entries, clock = partnership.world.entries, partnership.world.clock
    arrival = GateArrival(
        checkpoint="an-hoa", recorded_at=clock(), holds_until=clock() + timedelta(hours=6), by=ArrivalBy.STAFF
    )
    entries.append_arrivals([(pass_of(codes[0], entries.find(codes[0])), arrival)])
    partnership.works(until=timedelta(hours=5))
    assert list(partnership.sent()) == []
    partnership.works(until=timedelta(hours=2))
    assert [code for _, _, code in partnership.sent()] == [each.shown for each in codes]


def test_nothing_about_a_person_whose_data_is_restricted_is_sent_to_a_partner(partnership: Partnership) -> None:
    codes = partnership.declares(companions=2)
    entries = partnership.world.entries
    fact = Restriction(restricted=True, recorded_at=NOW, recorded_by="administrator")
    for code in codes[:2]:
        assert entries.append_restriction(pass_of(code, entries.find(code)), fact)
    partnership.is_used(codes[0])
    partnership.works(until=timedelta(hours=2))
    assert list(partnership.sent()) == [(URL, "pass.expired", codes[2].shown)]


def test_the_end_of_the_hour_is_waited_for_in_the_queue_and_comes_at_its_time(partnership: Partnership) -> None:
    """The queue delays a message by 15 minutes at most."""
    partnership.declares()
    partnership.works()
    assert partnership.later.delays == [900, 900, 900, 900, 0]
    assert partnership.world.clock() == NOW + timedelta(hours=1)


def test_an_event_that_comes_again_makes_no_second_webhook(partnership: Partnership) -> None:
    codes = partnership.declares()
    partnership.gets_event(EntryEventKind.DECLARATION_SUBMITTED, codes[0])
    partnership.works()
    partnership.world.clock.advance(minutes=5)
    partnership.is_used(codes[0])
    partnership.gets_event(EntryEventKind.CROSSING_RECORDED, codes[0])
    partnership.works()
    assert [kind for _, kind, _ in partnership.sent()] == ["pass.expired", "pass.used"]
    assert len({headers["webhook-id"] for _, headers, _ in partnership.requests.sent}) == 2


def test_another_partner_and_the_public_form_get_nothing(partnership: Partnership) -> None:
    (theirs,) = partnership.declares(partner=OTHER)
    (public,) = partnership.declares(partner=None)
    for code in (theirs, public):
        partnership.is_used(code)
    partnership.works()
    assert list(partnership.sent()) == [(OTHER_URL, "pass.used", theirs.shown)]
    assert public.declaration not in str(partnership.deliveries)


def test_without_an_endpoint_nothing_waits_and_nothing_is_stored(partnership: Partnership) -> None:
    partnership.endpoints.clear()
    (code,) = partnership.declares()
    partnership.is_used(code)
    assert partnership.later.waiting == []
    assert partnership.deliveries.deliveries == {}


def test_a_person_who_was_erased_is_in_no_webhook(partnership: Partnership) -> None:
    codes = partnership.declares(companions=1)
    partnership.is_used(codes[0])
    partnership.later.waiting.clear()
    stored = partnership.world.entries.declarations
    stored[codes[0].declaration] = without_person(stored[codes[0].declaration], 0)
    partnership.deliveries.deliveries.clear()
    partnership.world.clock.advance(hours=2)
    partnership.gets_event(EntryEventKind.CROSSING_RECORDED, codes[0])
    expire(codes[0], announcer=partnership.announcer())
    partnership.works()
    assert list(partnership.sent()) == [(URL, "pass.expired", codes[1].shown)]


def test_a_record_that_has_left_is_no_error(partnership: Partnership) -> None:
    partnership.gets_event(EntryEventKind.CROSSING_RECORDED, Code.of(7, 0))
    partnership.declares()
    partnership.world.entries.declarations.clear()
    partnership.works()
    assert partnership.requests.sent == []
    assert partnership.later.waiting == []


def test_an_expiry_that_is_delivered_twice_is_one_webhook(partnership: Partnership) -> None:
    partnership.declares()
    ((_, event),) = partnership.later.waiting
    assert event.kind is PartnerEventKind.EXPIRY_DUE
    partnership.later([event], 0)
    partnership.works()
    assert [kind for _, kind, _ in partnership.sent()] == ["pass.expired"]
