"""What can go wrong where figures are read and published."""

from chalicelib.models.errors import DomainError


class FamilyUnknown(DomainError):
    """No family of figures has this name. `known` are the names."""

    code = "statistics_family_unknown"

    def __init__(self, known: list[str]) -> None:
        super().__init__()
        self.members = {"known": known}

    member_schemas = {"known": {"type": "array", "items": {"type": "string"}, "description": "what there is."}}


class PartUnknown(DomainError):
    """No series of the family can be divided in this way. `known` are the parts by which it can."""

    code = "statistics_part_unknown"

    def __init__(self, known: list[str]) -> None:
        super().__init__()
        self.members = {"known": known}

    member_schemas = {"known": {"type": "array", "items": {"type": "string"}, "description": "what there is."}}


class CommuneNotOfProvince(DomainError):
    """The code is that of no commune of the province, in the list that is in force."""

    code = "statistics_commune_unknown"


class PeriodReversed(DomainError):
    """The period ends before it begins."""

    code = "statistics_period_reversed"


class PeriodInFuture(DomainError):
    """The period ends after today."""

    code = "statistics_period_in_future"


class PeriodTooLong(DomainError):
    """The period has more days than one answer may have."""

    code = "statistics_period_too_long"


class BulletinTooEarly(DomainError):
    """The evening's bulletin is drafted in the second half of its day."""

    code = "bulletin_too_early"


class BulletinReleased(DomainError):
    """The bulletin was released before. It is kept as it is."""

    code = "bulletin_released"


class BulletinOutdated(DomainError):
    """The figures of the draft were published meanwhile, by another bulletin."""

    code = "bulletin_outdated"


class BulletinOfOneself(DomainError):
    """The person who drafted a bulletin does not release it."""

    code = "bulletin_needs_second_person"


class BulletinUnknown(DomainError):
    """There is no such bulletin, or it is not released."""

    code = "bulletin_unknown"


class DraftUnknown(DomainError):
    """There is no such draft."""

    code = "bulletin_draft_unknown"
