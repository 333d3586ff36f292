"""What can go wrong with message templates and waves."""

from collections.abc import Sequence

from chalicelib.models.errors import Choices, DomainError
from chalicelib.models.messaging.waves import WaveState


class TemplatesVersionUnknown(DomainError):
    code = "templates_version_unknown"


class TemplatesPreconditionMissing(DomainError):
    """A change must name the version that it replaces."""

    code = "templates_precondition_missing"


class TemplatesChanged(DomainError):
    """Another version is in force than the one that the change replaces."""

    code = "templates_changed"
    member_schemas = {"in_force": {"type": "string", "description": "the version in force."}}

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}


class WaveUnknown(DomainError):
    """No wave has this id (any more)."""

    code = "wave_unknown"


class WaveNeedsSecondOfficer(DomainError):
    """The wave has so many messages that another officer must release it than the one who made it."""

    code = "wave_needs_second_officer"


class WaveStateWrong(DomainError):
    """What the officer asks for cannot be done in the state that the wave is in."""

    code = "wave_state_wrong"
    member_schemas = {
        "state": {"type": "string", "description": "the state of the wave.", "enum": [each.value for each in WaveState]}
    }

    def __init__(self, state: WaveState, allowed: Sequence[WaveState]) -> None:
        needed = Choices("wave_state", [each.value for each in allowed])
        super().__init__(state=Choices("wave_state", [state.value]), allowed=needed)
        self.members = {"state": state.value}


class WaveChanged(DomainError):
    """Another officer did something with the wave at the same moment."""

    code = "wave_changed"


class WaveSentNothing(DomainError):
    """Nobody has got a message of the wave: there is nothing to take back."""

    code = "wave_sent_nothing"
