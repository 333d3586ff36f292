"""Officers see waves of messages, and release, pause, resume, stop and take them back.

It is here and not in `messaging`, which knows no staff.
"""

from collections.abc import Mapping
from datetime import datetime

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
    """A wave of messages: whom it reaches is not shown."""

    id: str
    """Its id."""
    state: WaveState
    """What it does now."""
    kind: str
    """Whose messages they are: `announced` for announcements about passes, `contact_told` for contacts of a case."""
    text: str
    """The id of the message template."""
    values: dict[str, str]
    """What the text is about: ids of checkpoints."""
    messages: int
    """How many it has."""
    handed_over: int
    """How many of them are with the workers that send them."""
    left_out: int
    """Of an announcement: passes that were asked for and get no message: used, revoked or expired, without a phone,
    messages declined, data restricted; or the phone gets it for another pass."""
    rate: int
    """The most messages a minute."""
    reason: str
    """Why it was made."""
    made_at: datetime
    """When."""
    made_by: str
    """The member of staff: the subject of their token."""
    made_by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""
    needs_second_officer: bool
    """Whether another officer must release it than the one who made it."""
    takes_back: str | None = None
    """The wave whose messages it takes back."""
    taken_back_by: str | None = None
    """The wave that takes its messages back."""
    facts: list[WaveFact]
    """What officers did with it, in order."""


class CountedMessages(Shape):
    """What became of its messages."""

    sent: int
    """A provider took them."""
    delivered: int
    """Of those that were sent: known to be on the phone."""
    not_sent: dict[DeliveryOutcome, int]
    """By the reason."""
    open: int
    """Not begun, or being sent; or the record was erased meanwhile."""


class CountedWave(ShownWave):
    """A wave, and what became of its messages until now."""

    counts: CountedMessages
    """What became of its messages."""


class Waves(ListPage):
    """The latest first."""

    waves: list[ShownWave]
    """The latest first."""


@serve("GET", "/v1/waves", summary="Waves of messages", tag="messages", roles=SEND_WAVES)
def list_waves(call: Call[None, PageQuery]) -> Answer[Waves]:
    """All of the last 30 days, the latest first. Those about contacts of a case are for health officers alone: a page
    of others may have fewer entries than `limit`."""
    query, since = call.query, wiring.clock() - settings().declaration_retention
    page = waves.list_waves(since=since, cursor=query.cursor, limit=query.limit, office=wave_office())
    found = [shown(each) for each in page.items if call.principal.may(_roles_of(each))]
    return Answer(Waves(waves=found, **page.ending))


@serve(
    "GET",
    "/v1/waves/{id}",
    summary="A wave, and what became of its messages",
    tag="messages",
    roles=SEND_WAVES,
    errors=(WaveUnknown,),
    parameters=(_ID,),
)
def get_wave(call: Call) -> Answer[CountedWave]:
    """Its state, what officers did with it, and how many messages were sent, delivered, and not sent and why."""
    record = _permitted(call.principal, call.path["id"])
    counts = waves.count_messages(record, office=wave_office())
    return Answer(CountedWave(**dict(shown(record)), counts=CountedMessages(**counts._asdict())))


@serve(
    "POST",
    "/v1/waves/{id}/release",
    summary="Release a wave",
    tag="messages",
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(WaveUnknown, WaveStateWrong, WaveNeedsSecondOfficer, WaveChanged),
    parameters=(_ID,),
)
def release_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Its messages are sent from now on, at its rate. A large wave is released by another officer than the one who made
    it. Sent twice it does its work once."""
    return _change(call, WaveFactKind.RELEASED)


@serve(
    "POST",
    "/v1/waves/{id}/pause",
    summary="Pause a wave",
    tag="messages",
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(WaveUnknown, WaveStateWrong, WaveChanged),
    parameters=(_ID,),
)
def pause_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Within seconds nothing of it is sent until it is resumed."""
    return _change(call, WaveFactKind.PAUSED)


@serve(
    "POST",
    "/v1/waves/{id}/resume",
    summary="Resume a wave",
    tag="messages",
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(WaveUnknown, WaveStateWrong, WaveChanged),
    parameters=(_ID,),
)
def resume_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """It goes on where it was paused. Some messages that waited with the workers come minutes later."""
    return _change(call, WaveFactKind.RESUMED)


@serve(
    "POST",
    "/v1/waves/{id}/stop",
    summary="Stop a wave",
    tag="messages",
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(WaveUnknown, WaveStateWrong, WaveChanged),
    parameters=(_ID,),
)
def stop_wave(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Within seconds nothing of it is sent any more, for good."""
    return _change(call, WaveFactKind.STOPPED)


@serve(
    "POST",
    "/v1/waves/{id}/taking-back",
    summary="Take a wave back",
    tag="messages",
    status=201,
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(WaveUnknown, WaveChanged, WaveSentNothing),
    parameters=(_ID,),
)
def take_wave_back(call: Call[WaveReason]) -> Answer[ShownWave]:
    """Stop it, and make a wave that tells those who got its message that it was wrong. The answer is the new wave,
    which is to be released, as any wave."""
    wave = call.path["id"]
    _permitted(call.principal, wave)
    done = waves.take_back(wave, call.body.reason, by=officer(call.principal), office=wave_office())
    audit(call.principal, action="wave taken_back", codes=[], why=_why(wave, call.body.reason))
    if not done.repeated:
        count("Waves_taken_back")
    return Answer(shown(done.record), replayed(done.repeated))


def officer(principal: Principal) -> Officer:
    return Officer(principal.subject, principal.name)


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
    wave = call.path["id"]
    _permitted(call.principal, wave)
    done: Done = waves.change_wave(wave, kind, call.body.reason, by=officer(call.principal), office=wave_office())
    audit(call.principal, action=f"wave {kind}", codes=[], why=_why(wave, call.body.reason))
    if not done.repeated:
        count(f"Waves_{kind}")
    return Answer(shown(done.record), replayed(done.repeated))


def _permitted(principal: Principal, wave: str) -> WaveRecord:
    """The wave. Raises `WaveUnknown`, and `RoleMissing` if waves of this kind are for others."""
    record = waves.find_wave(wave, office=wave_office())
    roles = _roles_of(record)
    if not principal.may(roles):
        raise RoleMissing(roles=Choices("role", sorted(roles)))
    return record


def _roles_of(record: WaveRecord) -> frozenset[Role]:
    return WAVES_OF_KIND.get(record.wave.kind, SEND_WAVES)


def _why(wave: str, reason: str) -> str:
    return f"{wave}: {reason}"
