"""What can go wrong with stays."""

from collections.abc import Mapping

from chalicelib.models.errors import DomainError
from chalicelib.models.stays.reports import Report
from chalicelib.models.stays.tests import StayTest


class StayUnknown(DomainError):
    """The pass has no stay, or another commune expects its holder."""

    code = "stay_unknown"


class CommuneUnknown(DomainError):
    """No commune of the province has this code."""

    code = "commune_unknown"


class StayEnded(DomainError):
    """The stay is over."""

    code = "stay_ended"


class ReportDiffers(DomainError):
    """The day has another report."""

    code = "report_differs"
    member_schemas = {"report": {"description": "the report on record."}}
    member_models = {"report": Report}

    def __init__(self, report: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"report": report}


class StayTestDiffers(DomainError):
    """The day has another test."""

    code = "stay_test_differs"
    member_schemas = {"test": {"description": "the test on record."}}
    member_models = {"test": StayTest}

    def __init__(self, test: Mapping[str, object]) -> None:
        super().__init__()
        self.members = {"test": test}


class NothingToTakeBack(DomainError):
    """The stay has no change that can be taken back."""

    code = "stay_nothing_to_take_back"


class ChangeFollowsDecision(DomainError):
    """The change follows from a correction or a revocation: only a correction can take it back."""

    code = "stay_change_follows_decision"
