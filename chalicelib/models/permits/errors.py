"""What can go wrong with permits."""

from collections.abc import Mapping

from chalicelib.models.errors import DomainError
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.permits import PermitDecided, PermitRevocation


class PermitUnknown(DomainError):
    """No permit has this code, or it is another partner's."""

    code = "permit_unknown"


class PermitOpen(DomainError):
    """The person has an open permit with this plate: this asker's, or, when another is to be granted, one in force."""

    code = "permit_open"


class PermitAlreadyDecided(DomainError):
    """Another decision is on record."""

    code = "permit_already_decided"
    member_schemas = {"decision": {"description": "the decision on record, with its author and its time."}}
    member_models = {"decision": PermitDecided}

    def __init__(self, decision: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"decision": decision}


class PermitNotInForce(DomainError):
    """The permit is not granted, or has ended: there is nothing to revoke."""

    code = "permit_not_in_force"


class PermitAlreadyRevoked(DomainError):
    """The permit was withdrawn before, by someone else or for another reason."""

    code = "permit_already_revoked"
    member_schemas = {
        "permit_revocation": {"description": "the revocation on record, with its author, time and reason."}
    }
    member_models = {"permit_revocation": PermitRevocation}

    def __init__(self, revocation: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"permit_revocation": revocation}


class PermitNotAdmissible(DomainError):
    """The holder of a permit that is not granted, revoked or ended cannot be admitted by it."""

    code = "permit_not_admissible"
    member_schemas = {"verdict": {"type": "string", "description": "the verdict of the check of the permit."}}

    def __init__(self, verdict: str) -> None:
        super().__init__()
        self.members = {"verdict": verdict}


class PermitCrossingDiffers(DomainError):
    """Another decision, checkpoint or plate is on record for this permit, direction and minute."""

    code = "permit_crossing_differs"
    member_schemas = {"permit_crossing": {"description": "the crossing on record, with its decision, author and time."}}
    member_models = {"permit_crossing": PermitCrossing}

    def __init__(self, crossing: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"permit_crossing": crossing}


class PermitAtClosedCheckpoint(DomainError):
    """Nobody is admitted at a closed checkpoint."""

    code = "permit_at_closed_checkpoint"


class PermitCrossingMissing(DomainError):
    """The permit has no crossing in this minute and direction, so nothing can be corrected."""

    code = "permit_crossing_missing"


class TooManyPermitCorrections(DomainError):
    """The crossing has as many corrections as are kept."""

    code = "too_many_permit_corrections"
