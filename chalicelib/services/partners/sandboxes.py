"""Sandboxes: a minute after a declaration, what its plate stands for happens, as if staff had done it.

Passes that expire early are not made here: they are issued so (`services.entry.declarations`).
"""

from datetime import datetime

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Crossing, Decision
from chalicelib.models.entry.events import EntryEvent, EntryEventKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.entry.sandboxes import FULFILLED_AFTER, Fate, fate_of
from chalicelib.models.partners.events import PartnerEvent, PartnerEventKind
from chalicelib.services.entry.ports import FindRecord
from chalicelib.services.partners.ports import SandboxEntries, SendLater
from chalicelib.services.ports import Clock

SANDBOX = "sandbox"
"""The member of staff, and the gate of a trip that names none."""


def begin(event: EntryEvent, *, find_record: FindRecord, send_later: SendLater) -> None:
    """Schedule the use or revocation for a test plate, in a minute. Nothing for other plates."""
    record = find_record(event.code) if event.kind is EntryEventKind.DECLARATION_SUBMITTED else None
    if record is not None and fate_of(record.declaration.form) in (Fate.USED, Fate.REVOKED):
        due = PartnerEvent(kind=PartnerEventKind.FATE_DUE, subject=event.subject)
        send_later([due], int(FULFILLED_AFTER.total_seconds()))


def fulfil(code: Code, *, entries: SandboxEntries, clock: Clock) -> None:
    """Use or revoke all passes of a declaration. Doing it again changes nothing."""
    record = entries.find(code)
    fate = fate_of(record.declaration.form) if record else None
    now = clock()
    for held in record.passes(code.declaration) if record else ():
        if fate is Fate.USED:
            entries.append_crossing(held, _crossing(held, now))
        elif fate is Fate.REVOKED:
            entries.append_revocation(
                held, Revocation(recorded_at=now, recorded_by=SANDBOX, reason="the plate of a sandbox")
            )


def _crossing(held: HeldPass, now: datetime) -> Crossing:
    return Crossing(
        code=str(held.code),
        checkpoint=held.trip.checkpoint or SANDBOX,
        decision=Decision.ADMIT,
        recorded_at=now,
        recorded_by=SANDBOX,
    )
