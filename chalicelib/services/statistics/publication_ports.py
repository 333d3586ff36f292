"""What publishing needs from outside."""

from datetime import date
from typing import Protocol

from chalicelib.models.statistics.publications import Draft, Edition, Published


class Publications(Protocol):
    """Bulletins and published figures. All methods raise `ServiceUnavailable`."""

    def newest(self, day: date) -> Edition | None:
        """The newest edition of a day's figures: one query."""

    def of_day(self, day: date) -> Published:
        """All that is published under a day: one query. Consistent."""

    def keep(self, draft: Draft) -> None:
        """Store a draft. It leaves after some days."""

    def drafts(self, day: date) -> list[Draft]:
        """All drafts of a day's bulletins, the newest first."""

    def release(self, released: Draft) -> bool:
        """Publish the bulletin and its editions, together. False, and nothing is done, if one of them exists."""
