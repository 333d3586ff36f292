"""Announcements: whose phones they reach, and what those are sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.entry.announcements import AnnouncementForm
from chalicelib.models.entry.arrivals import ArrivalBy, GateArrival
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import AnnouncementReachesNobody, AnnouncementTooLarge, IdempotencyKeyReused
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.restrictions import Restriction
from chalicelib.models.errors import InvalidInput
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.templates import NOTICES, shipped_templates
from chalicelib.models.messaging.waves import Wave, WaveItem
from chalicelib.models.people.province import province
from chalicelib.services.entry import announcements
from chalicelib.services.entry.announcements import Announced, Announcer, announce, notice_of_announcement
from chalicelib.services.entry.declarations import Caller
from chalicelib.services.entry.notices import NoticeSources
from tests.forms import NOW, form, person
from tests.unit.fakes.waves import Waves
from tests.unit.world import SUPERVISOR, World

STAFF = Caller("staff guard", staff="guard")
CLOSED = {"checkpoint": "an-hoa", "instead": "loc-giang"}


@dataclass
class Stage:
    """A province, and an officer who announces something."""

    world: World
    waves: Waves = field(default_factory=Waves)

    def __post_init__(self) -> None:
        gates = self.world.in_force.checkpoints
        gates["loc-giang"] = gates["an-hoa"].model_copy(update={"id": "loc-giang", "name": "Chốt Lộc Giang"})

    def announces(self, codes: Sequence[Code] | None, key: str = "key", **changes: Any) -> Announced:
        body = {"text": "gate_closed", "values": CLOSED, "reason": "Ngập", **changes}
        if codes is not None:
            body["codes"] = [each.shown for each in codes]
        announcer = Announcer(
            self.world.entries,
            self.world.exposures,
            self.world.in_force.current().checkpoints,
            self.waves,
            self.world.clock,
        )
        read = AnnouncementForm.model_validate(body, strict=False)
        return announce(read, staff=SUPERVISOR, idempotency_key=key, announcer=announcer)

    def reached(self, codes: Sequence[Code] | None) -> list[str]:
        """The codes whose holders are told."""
        return self.waves.of[self.announces(codes, key=f"key {len(self.waves.kept)}").record.wave.id]

    def notice(self, wave: Wave, code: Code, **item: Any) -> Notice | None:
        sources = NoticeSources(
            find_record=self.world.entries.find,
            find_policy=self.world.in_force.policy,
            text_link=str,
            hotline=province("tay-ninh").hotline.dialled,
            zone=ZoneInfo("Asia/Ho_Chi_Minh"),
            retention=timedelta(days=30),
        )
        checkpoints = self.world.in_force.current().checkpoints
        return notice_of_announcement(WaveItem(wave, str(code), **item), sources=sources, checkpoints=checkpoints)


@pytest.fixture
def stage(world: World) -> Stage:
    return Stage(world)


def other(number: int, **changes: Any) -> dict[str, Any]:
    """The form of another traveller."""
    return {**form(), "traveller": person(number, **changes)}


def arrive(world: World, code: Code, checkpoint: str = "an-hoa") -> None:
    held, now = world.held(code), world.clock()
    arrival = GateArrival(
        checkpoint=checkpoint, recorded_at=now, holds_until=now + timedelta(hours=6), by=ArrivalBy.HOLDER
    )
    assert world.entries.append_arrivals([(held, arrival)]) == [None]


def test_the_holders_of_valid_passes_are_told(stage: Stage) -> None:
    world = stage.world
    valid, used, revoked = (world.declare(other(number)).code for number in (1, 2, 3))
    world.cross(used)
    world.revoke(revoked)
    made = stage.announces([valid, used, revoked])
    wave = made.record.wave
    assert (stage.waves.of[wave.id], wave.number, wave.left_out) == ([str(valid)], 1, 2)
    assert (wave.kind, wave.text, wave.values, wave.made_by) == ("announced", "gate_closed", CLOSED, "supervisor")
    world.clock.advance(hours=1)
    with pytest.raises(AnnouncementReachesNobody):
        stage.announces([valid], key="another")


def test_a_phone_is_told_once(stage: Stage) -> None:
    codes = [
        stage.world.declare(other(1, identity={"kind": "passport", "number": f"C123456{each}"})).code
        for each in range(3)
    ]
    assert stage.reached(codes) == [str(codes[0])]


@pytest.mark.parametrize(("caller", "number"), [(Caller("public"), 1), (STAFF, 2)])
def test_a_public_form_has_its_traveller_told_and_that_of_staff_everyone_with_a_phone(
    stage: Stage, caller: Caller, number: int
) -> None:
    body = {**form(), "companions": [person(1), person(2, phone=None)]}
    declared = stage.world.declare(body, caller=caller).code
    codes = [Code(declared.declaration, each) for each in range(3)]
    assert len(stage.reached(codes)) == number
    # Someone without a phone rides along with the traveller, whose phone is told for them.
    assert stage.reached([codes[2]]) == [str(codes[2])]


def test_who_declined_messages_or_is_restricted_or_has_no_phone_is_not_told(stage: Stage) -> None:
    declining = {**other(1), "consent": {**form()["consent"], "messages": False}}
    declined = stage.world.declare(declining).code
    restricted = stage.world.declare(other(2))
    silent = stage.world.declare(other(3, phone=None), caller=STAFF).code
    record = stage.world.entries.find(restricted.code)
    assert record is not None
    held = record.passes(restricted.code.declaration)[0]
    stage.world.entries.append_restriction(held, Restriction(restricted=True, recorded_at=NOW, recorded_by="operator"))
    with pytest.raises(AnnouncementReachesNobody):
        stage.announces([declined, restricted.code, silent])


def test_without_codes_those_who_mean_to_go_there_are_told(stage: Stage) -> None:
    trips: list[dict[str, Any]] = [{}, {"checkpoint": "loc-giang"}, {"checkpoint": None}]
    there, *_ = (
        stage.world.declare_and_trace({**other(number), "trip": {**form()["trip"], **trip}}).code
        for number, trip in enumerate(trips, 1)
    )
    assert stage.reached(None) == [str(there)]
    stage.world.cross(there)
    with pytest.raises(AnnouncementReachesNobody):
        stage.announces(None, key="another")


def test_an_announcement_reaches_people_who_wait_for_hours_but_not_elsewhere(stage: Stage) -> None:
    world = stage.world
    away = {**form()["trip"], "checkpoint": "loc-giang"}
    waiting, crossed, detour, elsewhere = (
        world.declare_and_trace({**other(number), "trip": trip}).code
        for number, trip in enumerate([form()["trip"], form()["trip"], away, form()["trip"]], 1)
    )
    world.clock.advance(minutes=50)
    for code in (waiting, crossed, detour):
        arrive(world, code)
    arrive(world, elsewhere, checkpoint="loc-giang")
    world.cross(crossed)
    # Much later than anyone was expected, and within the six hours that passes hold.
    world.clock.advance(hours=5)
    assert stage.reached(None) == [str(waiting), str(detour)]
    wave = next(iter(stage.waves.kept.values())).wave
    notice = stage.notice(wave, waiting)
    assert notice is not None
    assert notice.useful_until is not None
    assert notice.useful_until > world.clock()
    world.clock.advance(hours=2)
    with pytest.raises(AnnouncementReachesNobody):
        stage.announces(None, key="another")


def test_people_who_have_crossed_do_not_count_among_those_who_may_wait(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stage.world
    codes = [world.declare_and_trace(other(number)).code for number in range(1, 5)]
    for code in codes:
        arrive(world, code)
    for code in codes[1:]:
        world.cross(code)
        world.trace(EntryEvent.about(EntryEventKind.CROSSING_RECORDED, code))
    monkeypatch.setattr(announcements, "MOST_PASSES", 2)
    world.clock.advance(hours=3)
    assert stage.reached(None) == [str(codes[0])]


def test_unknown_passes_and_checkpoints_are_named_by_their_places(stage: Stage) -> None:
    known, unknown = stage.world.declare().code, Code.of(7, 0)
    with pytest.raises(InvalidInput) as refused:
        stage.announces([unknown, known, Code(known.declaration, 5), unknown])
    assert [(each.pointer, each.code) for each in refused.value.problems] == [
        (f"/codes/{place}", "pass_unknown") for place in (0, 2, 3)
    ]
    with pytest.raises(InvalidInput) as refused:
        stage.announces([known], values={"checkpoint": "nowhere", "instead": "nor-there"})
    assert [each.pointer for each in refused.value.problems] == ["/values/checkpoint", "/values/instead"]
    assert stage.waves.kept == {}


@pytest.mark.parametrize(
    ("instead", "code"), [("an-hoa", "announcement_same_checkpoint"), ("an-tinh", "checkpoint_closed")]
)
def test_nobody_is_sent_to_a_checkpoint_that_is_closed(stage: Stage, instead: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        stage.announces([stage.world.declare().code], values={**CLOSED, "instead": instead})
    assert [(each.pointer, each.code) for each in refused.value.problems] == [("/values/instead", code)]


def test_more_passes_than_one_announcement_may_have_are_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        stage.world.declare_and_trace(other(number), caller=STAFF)
    monkeypatch.setattr(announcements, "MOST_PASSES", 2)
    with pytest.raises(AnnouncementTooLarge):
        stage.announces(None)


def test_forms_that_anyone_may_send_keep_no_announcement_from_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = stage.world
    flood = [world.declare_and_trace(other(number)).code for number in range(1, 6)]
    waiting = world.declare_and_trace(other(6)).code
    known = world.declare_and_trace(other(7), caller=STAFF).code
    arrive(world, waiting)
    monkeypatch.setattr(announcements, "MOST_PASSES", 3)
    wave = stage.announces(None).record.wave
    first, second, of_flood = stage.waves.of[wave.id]
    assert [first, second] == [str(known), str(waiting)]
    assert of_flood in map(str, flood)
    assert wave.left_out > 0


def test_the_same_request_makes_one_wave_whatever_has_become_of_the_passes(stage: Stage) -> None:
    code = stage.world.declare().code
    first = stage.announces([code])
    stage.world.clock.advance(hours=2)
    again = stage.announces([code])
    assert (first.repeated, again.repeated, again.record.wave) == (False, True, first.record.wave)
    with pytest.raises(IdempotencyKeyReused):
        stage.announces([code], reason="Sạt lở")


@pytest.mark.parametrize(("language", "name"), [("vi", "Chốt An Hòa"), ("en", "An Hoa"), ("zh", "An Hoa")])
def test_a_notice_names_the_checkpoints_in_the_reader_s_language(stage: Stage, language: str, name: str) -> None:
    code = stage.world.declare({**form(), "language": language}).code
    wave = stage.announces([code]).record.wave
    notice = stage.notice(wave, code)
    assert notice is not None
    assert (notice.recipient, notice.values["checkpoint"], notice.language) == ("+84912345678", name, language)
    assert (notice.about, notice.event, notice.useful_until) == (str(code), f"wave_{wave.id}", NOW + timedelta(hours=1))
    assert (notice.share, notice.is_essential) == (2, False)
    assert len(notice.tracking) <= 48


@pytest.mark.parametrize(("language", "at_zalo"), [("km", "ប៉ុស្តិ៍"), ("zh", "检查站"), ("en", "An Hoa")])
def test_at_zalo_the_name_of_a_checkpoint_has_the_reader_s_letters(stage: Stage, language: str, at_zalo: str) -> None:
    gates = stage.world.in_force.checkpoints
    gates["an-hoa"] = gates["an-hoa"].model_copy(update={"name_km": "ប៉ុស្តិ៍", "name_zh": "检查站"})
    code = stage.world.declare({**form(), "language": language}).code
    notice = stage.notice(stage.announces([code]).record.wave, code)
    assert notice is not None
    assert (notice.values["checkpoint"], notice.full_values["checkpoint"]) == ("An Hoa", at_zalo)


def test_behind_the_gate_a_notice_helps_nobody(stage: Stage) -> None:
    code = stage.world.declare().code
    wave = stage.announces([code]).record.wave
    stage.world.clock.advance(minutes=5)
    stage.world.cross(code)
    notice = stage.notice(wave, code)
    assert notice is not None
    assert notice.useful_until == stage.world.clock()


def test_that_a_message_was_wrong_is_said_after_the_gate_too(stage: Stage) -> None:
    code = stage.world.declare().code
    wave = stage.announces([code]).record.wave.model_copy(update={"text": "message_taken_back", "values": {}})
    notice = stage.notice(wave, code, taken_back=NOW)
    assert notice is not None
    assert (notice.values, notice.useful_until) == ({"sent": "14:00 22/07", "hotline": "02761022"}, None)


def test_a_record_that_has_left_is_told_nothing(stage: Stage) -> None:
    code = stage.world.declare().code
    wave = stage.announces([code]).record.wave
    stage.world.entries.declarations.clear()
    assert stage.notice(wave, code) is None


def test_the_values_fit_their_templates(stage: Stage) -> None:
    gates = stage.world.in_force.checkpoints
    gates["an-hoa"] = gates["an-hoa"].model_copy(update={"name": "Chốt " * 30})
    code = stage.world.declare().code
    wave = stage.announces([code]).record.wave
    items: list[dict[str, Any]] = [{}, {"taken_back": NOW}]
    for item, text in zip(items, ("gate_closed", "message_taken_back"), strict=True):
        notice = stage.notice(wave.model_copy(update={"text": text}), code, **item)
        assert notice is not None
        longest = NOTICES[text].longest
        assert notice.values.keys() == longest.keys()
        assert all(0 < len(value) <= longest[name] for name, value in notice.values.items())
        assert shipped_templates("tay-ninh").compose(notice).text
