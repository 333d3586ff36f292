"""Officers send announcements to the holders of passes."""

from chalicelib import wiring
from chalicelib.handlers.entry.idempotency_keys import IDEMPOTENCY_ERRORS, idempotency_key, idempotency_parameter
from chalicelib.handlers.staff.waves import ShownWave, shown
from chalicelib.http.answers import Answer, replayed
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models.entry.announcements import AnnouncementForm
from chalicelib.models.entry.errors import AnnouncementReachesNobody, AnnouncementTooLarge
from chalicelib.models.staff.roles import SEND_WAVES
from chalicelib.observability import audit, count
from chalicelib.services.entry.announcements import Announcer, announce
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.tracing import exposures
from chalicelib.wiring.waves import waves

BODY_LIMIT = 128 * 1024
"""2,000 codes in any form that people type."""

_KEY = idempotency_parameter("announcement", "the same wave", "5e2f4a86-0f5d-4b0e-9d3a-000000000020")


@serve(
    "POST",
    "/v1/announcements",
    summary="Send an announcement to holders of passes",
    tag="messages",
    status=201,
    roles=SEND_WAVES,
    writes=True,
    headers=("Idempotent-Replayed",),
    errors=(AnnouncementReachesNobody, AnnouncementTooLarge, *IDEMPOTENCY_ERRORS),
    parameters=(_KEY,),
    body_limit=BODY_LIMIT,
)
def announce_to_passes(call: Call[AnnouncementForm]) -> Answer[ShownWave]:
    """Inform holders of passes that a checkpoint is closed: the passes in the body, or all passes expected at that
    checkpoint. It makes a wave of messages; nothing is sent until somebody releases it."""
    announcer = Announcer(
        records=entries(),
        expected=exposures(),
        checkpoints=in_force().current().checkpoints,
        waves=waves(),
        clock=wiring.clock,
    )
    made = announce(call.body, staff=call.principal, idempotency_key=idempotency_key(call), announcer=announcer)
    wave = made.record.wave
    audit(call.principal, action="announce", codes=call.body.codes or [], why=f"{wave.id}: {call.body.reason}")
    if not made.repeated:
        count("Announcements")
    return Answer(shown(made.record), replayed(made.repeated))
