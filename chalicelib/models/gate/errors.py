"""What can go wrong with the gate."""

from collections.abc import Mapping, Sequence

from chalicelib.models.entry.conflicts import Settlement
from chalicelib.models.entry.crossings import Crossing
from chalicelib.models.entry.departures import Departure
from chalicelib.models.entry.revocations import RevocationOnRecord
from chalicelib.models.errors import DomainError


class ExactlyOneNeeded(DomainError):
    """None of the possible questions was asked, or more than one."""

    code = "exactly_one_needed"


class PersonalNumberInUrl(DomainError):
    """A phone or identity number stood in a URL, where logs and histories keep it."""

    code = "personal_number_in_url"


class PassExpired(DomainError):
    """An expired pass can be refused or sent on, not admitted."""

    code = "pass_expired"


class PassRevoked(DomainError):
    """A revoked pass can be refused or sent on, not admitted."""

    code = "pass_revoked"


class PassReplaced(DomainError):
    """The same persons declared the same trip again, so this pass has ended."""

    code = "pass_replaced"
    member_schemas = {"replaced_by": {"type": "string", "description": "the code of the newer pass of this person."}}

    def __init__(self, newer: str) -> None:
        super().__init__(newer=newer)
        self.members = {"replaced_by": newer}

    @property
    def for_holder(self) -> "PassReplaced":
        """The same for the holder of the pass that has ended. Somebody else may hold the newer pass, so this error has
        only the last four characters of its code. The person who declared again recognises them."""
        error = PassReplaced(f"…{self.members['replaced_by'][-4:]}")
        error.members = {}
        return error


class PassDecided(DomainError):
    """A crossing is on record, so an arrival is of no use."""

    code = "pass_already_decided"


class BoardWrong(DomainError):
    """The text is that of no gate's board."""

    code = "board_wrong"


class BoardOutdated(DomainError):
    """The gate shows another text by now."""

    code = "board_outdated"


class PassAlreadyRevoked(DomainError):
    """The pass was withdrawn before, by someone else or for another reason."""

    code = "pass_already_revoked"
    member_schemas = {
        "revocation": {"description": "the revocation on record, with who withdrew the pass, when and why."}
    }
    member_models = {"revocation": RevocationOnRecord}

    def __init__(self, revocation: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"revocation": revocation}


class CrossingAlreadyRecorded(DomainError):
    """Another decision is on record for this pass."""

    code = "crossing_already_recorded"
    member_schemas = {"crossing": {"description": "the crossing on record, with its decision, author and time."}}
    member_models = {"crossing": Crossing}

    def __init__(self, crossing: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"crossing": crossing}


class DepartureAlreadyRecorded(DomainError):
    """The departure of this pass's holder is already recorded."""

    code = "departure_already_recorded"
    member_schemas = {"departure": {"description": "the departure on record, with who recorded it, where and when."}}
    member_models = {"departure": Departure}

    def __init__(self, departure: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"departure": departure}


class PassNotAdmitted(DomainError):
    """The holder of this pass was turned away, so they cannot leave."""

    code = "pass_not_admitted"


class CrossingMissing(DomainError):
    """There is nothing to correct: the pass has no crossing."""

    code = "crossing_missing"


class GroupRefused(DomainError):
    """Someone of a group cannot be recorded, so nobody was. `refused` are the codes, as people see them, and why."""

    code = "group_refused"
    member_schemas = {
        "lines": {
            "type": "array",
            "description": "every pass that cannot be recorded.",
            "items": {
                "type": "object",
                "required": ["code", "problem"],
                "properties": {
                    "code": {"type": "string", "description": "The pass's, as people see it."},
                    "problem": {"$ref": "#/components/schemas/LineProblem"},
                },
            },
        }
    }

    def __init__(self, refused: Sequence[tuple[str, DomainError]]) -> None:
        super().__init__(refused=len(refused))
        self.refused = tuple(refused)
        self.members = {"lines": [{"code": shown, "problem": why} for shown, why in refused]}


class TooManyConflicts(DomainError):
    """This pass has so many conflicts that one more adds nothing."""

    code = "too_many_conflicts"


class TooManyCorrections(DomainError):
    """This crossing was corrected so often that staff should talk to each other first."""

    code = "too_many_corrections"


class CorrectionNeedsSupervisor(DomainError):
    """A supervisor has settled what holds for this pass: only a supervisor says otherwise."""

    code = "correction_needs_supervisor"


class ConflictOfOneself(DomainError):
    """The caller recorded one of the two crossings, so someone else must settle which holds."""

    code = "conflict_of_oneself"


class ConflictUnknown(DomainError):
    code = "conflict_unknown"


class ConflictSettled(DomainError):
    """Someone else has settled it, or in another way."""

    code = "conflict_settled"
    member_schemas = {"settlement": {"description": "the settlement on record, with who settled it, how and why."}}
    member_models = {"settlement": Settlement}

    def __init__(self, settlement: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"settlement": settlement}


class CheckpointClosed(DomainError):
    """Nobody is admitted at a closed checkpoint; a refusal or isolation there is recorded."""

    code = "admission_at_closed_checkpoint"


class LocalNumberReused(DomainError):
    """The device's number names another form already."""

    code = "local_number_reused"
