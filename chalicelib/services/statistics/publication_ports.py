"""What publishing needs from outside."""

from datetime import date
from typing import Protocol

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, EditionChanges


class Publications(Protocol):
    """Bulletins and published figures. All methods raise `ServiceUnavailable`."""

    def newest(self, day: date) -> Edition | None:
        """The newest edition of a day's figures: one query."""

    def bulletin(self, day: date, number: int) -> Bulletin | None:
        """A bulletin that was released: one query of one row. Consistent."""

    def released(self, day: date) -> list[Bulletin]:
        """Those of a day that were released: one query. Consistent."""

    def changes(self, day: date) -> list[EditionChanges]:
        """What the editions of a day's figures changed, the first one first: one query of small rows. Consistent."""

    def keep(self, draft: Draft) -> None:
        """Store a draft. It leaves after some days."""

    def drafts(self, day: date) -> list[Draft]:
        """All drafts of a day's bulletins, the newest first."""

    def draft(self, day: date, id: str) -> Draft | None:  # noqa: A002 - a draft's word
        """One of them, and no row of the others."""

    def release(self, released: Draft) -> bool:
        """Publish the bulletin and its editions, together. False, and nothing is done, if one of them exists."""
