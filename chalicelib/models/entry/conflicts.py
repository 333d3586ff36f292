"""The conflict: a crossing recorded without network that does not fit what is on record, and its settlement."""

from hashlib import sha256

from chalicelib.models.entry.crossings import Crossing, CrossingForm, Decision
from chalicelib.models.enums import StrEnum
from chalicelib.models.fields import Reason
from chalicelib.models.records import Record
from chalicelib.models.staff.recorded import Recorded


class ConflictKind(StrEnum):
    """Why a crossing recorded without network needs a supervisor."""

    DECIDED_OTHERWISE = "decided_otherwise"
    """The pass had a crossing already: at another gate, by someone else, or for someone else with the same pass."""
    REVOKED = "revoked"
    """Admitted, and the pass has been revoked by now."""
    EXPIRED = "expired"
    """Admitted after the pass had ended."""
    BEFORE_DECLARATION = "before_declaration"
    """The device's time is before the pass was issued: its clock was wrong, or the time is invented."""
    IN_FUTURE = "in_future"
    """The device's time is after the server received it: its clock was wrong and was corrected before sending."""
    STOPPED = "stopped"
    """Admitted without a reason, where the policy says not to."""


class Conflict(Record):
    """A crossing recorded without network that does not fit what is on record. Both stay."""

    id: str
    kind: ConflictKind
    crossing: Crossing
    """What the device sent. For `decided_otherwise` it is here alone; else it is the pass's crossing too."""

    @staticmethod
    def id_of(form: "CrossingForm", device: str, staff: str) -> str:
        """The same each time the same member of staff sends the same crossing from the same device, and no other."""
        # Fields that the previous release did not know are left out, so a line sent again keeps its id.
        unknown = {"direction", "identity_returned", *(() if form.identity_held else ("identity_held",))}
        line = f"{device}\n{staff}\n{form.model_dump_json(exclude=unknown)}"
        return f"{form.code}-{sha256(line.encode()).hexdigest()[:12]}"


class SettlementForm(Record):
    """What a supervisor says about a conflict."""

    decision: Decision
    """What holds for the pass."""
    reason: Reason
    """Why."""


class Settlement(Recorded, SettlementForm):
    """The fact that a conflict was settled. A correction says what holds."""

    conflict: str
    """The conflict's id."""
