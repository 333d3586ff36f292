"""How two people were near each other."""

from chalicelib.models.enums import StrEnum


class ContactKind(StrEnum):
    """The thing that two people shared. The strongest kind is first."""

    DECLARATION = "declaration"
    """One declaration: they came together."""
    VEHICLE = "vehicle"
    """One plate on one day of the province's calendar."""
    HOUSEHOLD = "household"
    """One address."""
    HOST = "host"
    """One host in one commune."""
    SERVICE = "service"
    """One bus, train or flight by its number, on one day."""
    CHECKPOINT = "checkpoint"
    """One gate, within minutes."""
    COMMUNE = "commune"
    """One commune of destination on one day: weak, and never followed further."""

    @property
    def rank(self) -> int:
        """0 is the strongest."""
        return _KINDS.index(self)

    @property
    def is_followed(self) -> bool:
        """Whether contacts found by this kind are followed further."""
        return self is not ContactKind.COMMUNE


_KINDS = list(ContactKind)
