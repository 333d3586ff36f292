"""What can go wrong with cases."""

from collections.abc import Sequence

from chalicelib.models.errors import DomainError


class CaseExists(DomainError):
    """A recent case of this person exists. `case` is its code, as people see it."""

    code = "case_exists"
    member_schemas = {"case": {"type": "string", "description": "the code of that case."}}

    def __init__(self, case: str, days: int) -> None:
        super().__init__(days=days)
        self.codes: Sequence[str] = [case]
        self.members = {"case": case}


class CaseUnknown(DomainError):
    code = "case_unknown"


class CasePersonUnknown(DomainError):
    """No declaration of this person is on record, or none any more."""

    code = "case_person_unknown"
    codes: Sequence[str] = ()


class CasePersonShared(DomainError):
    """Several persons have declared with this phone. `codes` has a pass of each, as people see it."""

    code = "case_person_shared"
    member_schemas = {
        "codes": {
            "type": "array",
            "description": "a pass of each of these persons, as people see it.",
            "items": {"type": "string"},
        }
    }

    def __init__(self, codes: Sequence[str]) -> None:
        super().__init__(count=len(codes))
        self.codes = codes
        self.members = {"codes": list(codes)}


class TracingRulesMissing(DomainError):
    """The policy in force has no tracing rules for this day."""

    code = "tracing_rules_missing"


class CaseEnded(DomainError):
    """The case is closed, or was closed for another reason."""

    code = "case_ended"


class ContactUnknown(DomainError):
    """The case has no such contact."""

    code = "contact_unknown"


class CaseOfAnother(DomainError):
    """The given case that the contact became belongs to another person."""

    code = "case_of_another"


class TellingTooLarge(DomainError):
    """More contacts are chosen than one wave may have."""

    code = "telling_too_large"


class NobodyToTell(DomainError):
    """None of the chosen contacts can get a message. `not_reachable` has the ids of those to call."""

    code = "nobody_to_tell"
    member_schemas = {
        "not_reachable": {
            "type": "array",
            "description": "the ids of chosen contacts who can get no message.",
            "items": {"type": "string"},
        }
    }

    def __init__(self, not_reachable: Sequence[str]) -> None:
        super().__init__()
        self.members = {"not_reachable": list(not_reachable)}


class TooMuchWork(DomainError):
    """The contact already has the most facts that a contact may have."""

    code = "too_much_work"
