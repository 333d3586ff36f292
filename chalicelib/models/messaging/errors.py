"""Errors of message templates, of waves, and of questions to Zalo about a caller."""

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.models.errors import Choices, DomainError
from chalicelib.models.messaging.waves import WaveState


class TemplatesVersionUnknown(DomainError):
    code = "templates_version_unknown"


class TemplatesPreconditionMissing(DomainError):
    """A change must name the version that it replaces."""

    code = "templates_precondition_missing"


class TemplatesChanged(DomainError):
    """The version in force is not the one that the change replaces."""

    code = "templates_changed"
    member_schemas = {"in_force": {"type": "string", "description": "the version in force."}}

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}


class WaveUnknown(DomainError):
    """There is no wave with this id, or it was deleted."""

    code = "wave_unknown"


class WaveNeedsSecondOfficer(DomainError):
    """The wave has so many messages that its maker may not release it."""

    code = "wave_needs_second_officer"


class WaveStateWrong(DomainError):
    """The wave's state does not allow this action."""

    code = "wave_state_wrong"
    member_schemas = {
        "state": {"type": "string", "description": "the state of the wave.", "enum": [each.value for each in WaveState]}
    }

    def __init__(self, state: WaveState, allowed: Sequence[WaveState]) -> None:
        needed = Choices("wave_state", [each.value for each in allowed])
        super().__init__(state=Choices("wave_state", [state.value]), allowed=needed)
        self.members = {"state": state.value}


class WaveChanged(DomainError):
    """Another officer changed the wave at the same moment."""

    code = "wave_changed"


class WaveSentNothing(DomainError):
    """No message of the wave was sent: there is nothing to take back."""

    code = "wave_sent_nothing"


class ZaloParameterRefused(DomainError):
    """A token of the mini-app is malformed or unknown to Zalo (error 100)."""

    code = "zalo_parameter_refused"


class ZaloAppNotLinked(DomainError):
    """The app is not linked to the Official Account (error 112)."""

    code = "zalo_app_not_linked"


class ZaloNotPermitted(DomainError):
    """The user did not grant the permission that the mini-app asked for (error 210)."""

    code = "zalo_not_permitted"


class ZaloSessionInvalid(DomainError):
    """The session of the mini-app has ended (error 452)."""

    code = "zalo_session_invalid"


class ZaloRequestMalformed(DomainError):
    """Zalo cannot read our request (error 2500)."""

    code = "zalo_request_malformed"


class ZaloQuotaUsedUp(DomainError):
    """Zalo accepts no more requests at the moment, from the app or from this user (errors 12000 to 12010)."""

    code = "zalo_quota_used_up"

    def __init__(self) -> None:
        super().__init__(wait=timedelta(minutes=1))


class ZaloAddressRefused(DomainError):
    """Zalo answers only addresses in Vietnam, and ours is not there (error -501)."""

    code = "zalo_address_refused"


class ZaloErrorUnknown(DomainError):
    """Zalo answered with an unknown error. `error` is its number."""

    code = "zalo_error_unknown"

    def __init__(self, error: int) -> None:
        super().__init__(error=error)


class ZaloUnreachable(DomainError):
    """Zalo did not answer within the limit, or its answer cannot be read."""

    code = "zalo_unreachable"


class ZaloNotSetUp(DomainError):
    """The stage has no app at Zalo."""

    code = "zalo_not_set_up"
