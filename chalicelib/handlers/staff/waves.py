"""Officers list waves of messages, and release, pause, resume, stop and take them back.

It is here and not in `messaging`, which does not import staff.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from chalicelib import wiring
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import ListPage, Shape
from chalicelib.models.errors import Choices
from chalicelib.models.fields import with_offset
from chalicelib.models.messaging.errors import (
    WaveChanged,
    WaveNeedsSecondOfficer,
    WaveSentNothing,
    WaveStateWrong,
    WaveUnknown,
)
from chalicelib.models.messaging.messages import DeliveryOutcome
from chalicelib.models.messaging.waves import WaveFact, WaveFactKind, WaveReason, WaveRecord, WaveState
from chalicelib.models.people.province import province
from chalicelib.models.staff.errors import RoleMissing
from chalicelib.models.staff.roles import SEND_WAVES, WAVES_OF_KIND, Principal, Role
from chalicelib.observability import audit, count
from chalicelib.services.messaging import waves
from chalicelib.services.messaging.waves import Done, Officer
from chalicelib.settings import settings
from chalicelib.wiring.waves import wave_office

_ID = parameter("path", "id", "A wave's id.", "5f0c2a9b1d3e4f60")


class ShownWave(Shape):
    """A wave of messages, without its recipients."""

    id: str
    """Its id."""
    state: WaveState
    """Its state."""
    kind: str
    """The kind of messages: `announced` for announcements about passes, `contact_told` for contacts of a case."""
    text: str
    """The id of the message template."""
    values: dict[str, str]
    """The values of the text: ids of checkpoints."""
    messages: int
    """How many messages it has."""
    handed_over: int
    """How many of them are with the workers that send them."""
    left_out: int
    """For an announcement: the number of requested passes that get no message. They are used, revoked or expired, have
    no phone, declined messages, or have restricted data; or the phone gets the message for another pass; or there are
    too many: then those of unknown origin are left out."""
    rate: int
    """The most messages a minute."""
    reason: str
    """Why it was made."""
    made_at: datetime
    """When."""
    made_by: str
    """The member of staff: the subject of their token."""
    made_by_name: str | None = None
    """Their name, as a colleague had entered it; left out if there was none."""
    needs_second_officer: bool
    """Whether another officer than its maker must release it."""
    takes_back: str | None = None
    """The wave whose messages it takes back."""
    taken_back_by: str | None = None
    """The wave that takes its messages back."""
    facts: list[WaveFact]
    """The actions of officers, the oldest first."""


class CountedMessages(Shape):
    """The outcomes of its messages."""

    sent: int
    """Messages that a provider accepted."""
    delivered: int
    """Of the sent messages, those known to be on the phone."""
    not_sent: dict[DeliveryOutcome, int]
    """Messages that were not sent, by reason."""
    open: int
    """Messages not begun, or being sent; or the record was erased meanwhile."""


class CountedWave(ShownWave):
    """A wave, and the outcomes of its messages so far."""

    counts: CountedMessages
    """The outcomes of its messages."""


class Waves(ListPage):
    """The latest first."""

    waves: list[ShownWave]
    """The latest first."""


@serve("GET", "/v1/waves", summary="Waves of messages", tag="messages", roles=SEND_WAVES)
def list_waves(call: Call[None, PageQuery]) -> Answer[Waves]:
    """All waves of the last 30 days, the latest first. Only health officers see those to contacts of a case: for other
    roles a page may have fewer entries than `limit`."""
    query, since = call.query, wiring.clock() - settings().declaration_retention
    page = waves.list_waves(since=since, cursor=query.cursor, limit=query.limit, office=wave_office())
    found = [shown(each) for each in page.items if call.principal.may(_roles_of(each))]
    return Answer(Waves(waves=found, **page.ending))


@serve(
    "GET",
    "/v1/waves/{id}",
    summary="A wave, and the outcomes of its messages",
    tag="messages",
    roles=SEND_WAVES,
    errors=(WaveUnknown,),
    parameters=(_ID,),
)
def get_wave(call: Call) -> Answer[CountedWave]:
    """Its state, the actions of officers, and how many messages were sent, delivered or not sent, with the reasons."""
    record = _permitted(call.principal, call.path["id"])
    counts = waves.count_messages(record, office=wave_office())
    return Answer(CountedWave(**dict(shown(record)), counts=CountedMessages(**counts._asdict())))


_changes = partial(
    serve,
    "POST",
    tag="messages",
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    parameters=(_ID,),
)


@_changes(
    "/v1/waves/{id}/release",
    summary="Release a wave",
    errors=(WaveUnknown, WaveStateWrong, WaveNeedsSecondOfficer, WaveChanged),
)
def release_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Its messages are sent from now on, at its rate. A large wave must be released by another officer than its maker.
    Repeating it changes nothing."""
    return _change(call, WaveFactKind.RELEASED)


@_changes("/v1/waves/{id}/pause", summary="Pause a wave", errors=(WaveUnknown, WaveStateWrong, WaveChanged))
def pause_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Within seconds sending stops until the wave is resumed."""
    return _change(call, WaveFactKind.PAUSED)


@_changes("/v1/waves/{id}/resume", summary="Resume a wave", errors=(WaveUnknown, WaveStateWrong, WaveChanged))
def resume_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Sending continues where it was paused. Some messages that waited with the workers are sent minutes later."""
    return _change(call, WaveFactKind.RESUMED)


@_changes("/v1/waves/{id}/stop", summary="Stop a wave", errors=(WaveUnknown, WaveStateWrong, WaveChanged))
def stop_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Within seconds sending stops. A stopped wave cannot be resumed."""
    return _change(call, WaveFactKind.STOPPED)


@_changes(
    "/v1/waves/{id}/taking-back",
    summary="Take a wave back",
    status=201,
    errors=(WaveUnknown, WaveChanged, WaveSentNothing),
)
def take_wave_back(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Stop the wave, and make a new wave which informs everyone who got its message that it was wrong. The answer is
    the new wave. It must be released like any wave."""
    by, wave = _officer(call.principal), _permitted(call.principal, call.path["id"]).wave.id
    done = waves.take_back(wave, call.body.reason, by=by, office=wave_office())
    return _done(call, WaveFactKind.TAKEN_BACK, done)


def shown(record: WaveRecord) -> ShownWave:
    """A wave as officers see it, in the province's time."""
    wave, above = record.wave, province(settings().province).second_officer_above
    members = wave.model_dump(include=_COPIED)
    return ShownWave(
        **members,
        state=record.state,
        messages=wave.number,
        handed_over=record.handed_over,
        made_at=with_offset(wave.made_at, wiring.offset()),
        needs_second_officer=record.needs_second_officer(above),
        taken_back_by=record.taken_back_by,
        facts=[each.model_copy(update={"at": with_offset(each.at, wiring.offset())}) for each in record.facts],
    )


_COPIED: Mapping[str, bool] = dict.fromkeys(
    ("id", "kind", "text", "values", "left_out", "rate", "reason", "made_by", "made_by_name", "takes_back"), True
)


def _change(call: Call[WaveReason], kind: WaveFactKind) -> Answer[ShownWave]:
    by, wave = _officer(call.principal), _permitted(call.principal, call.path["id"]).wave.id
    return _done(call, kind, waves.change_wave(wave, kind, call.body.reason, by=by, office=wave_office()))


def _permitted(principal: Principal, wave: str) -> WaveRecord:
    """The wave. Raises `WaveUnknown`, and `RoleMissing` if the role may not see or change waves of this kind."""
    record = waves.find_wave(wave, office=wave_office())
    roles = _roles_of(record)
    if not principal.may(roles):
        raise RoleMissing(roles=Choices("role", sorted(roles)))
    return record


def _roles_of(record: WaveRecord) -> frozenset[Role]:
    return WAVES_OF_KIND.get(record.wave.kind, SEND_WAVES)


def _officer(principal: Principal) -> Officer:
    return Officer(principal.subject, principal.name)


def _done(call: Call[WaveReason], kind: WaveFactKind, done: Done) -> Answer[ShownWave]:
    audit(call.principal, action=f"wave {kind}", codes=[], why=f"{call.path['id']}: {call.body.reason}")
    if not done.repeated:
        count(f"Waves_{kind}")
    return Answer(shown(done.record), replayed(done.repeated))
