"""Bulletins and published figures in memory."""

from dataclasses import dataclass, field
from datetime import date

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, EditionChanges


@dataclass
class Publications:
    kept: dict[str, Draft] = field(default_factory=dict)
    bulletins: dict[tuple[date, int], Bulletin] = field(default_factory=dict)
    editions: dict[tuple[date, int], Edition] = field(default_factory=dict)

    def newest(self, day: date) -> Edition | None:
        own = self.of_day(day)
        return own[-1] if own else None

    def bulletin(self, day: date, number: int) -> Bulletin | None:
        return self.bulletins.get((day, number))

    def released(self, day: date) -> list[Bulletin]:
        return [each for (own, _), each in sorted(self.bulletins.items()) if own == day]

    def changes(self, day: date) -> list[EditionChanges]:
        return [
            EditionChanges(published_at=each.published_at, changes=each.changes)
            for each in self.of_day(day)
            if each.changes and each.published_at
        ]

    def of_day(self, day: date) -> list[Edition]:
        """The editions of a day, the first one first."""
        return [each for (own, _), each in sorted(self.editions.items()) if own == day]

    def keep(self, draft: Draft) -> None:
        self.kept[draft.bulletin.draft] = draft

    def drafts(self, day: date) -> list[Draft]:
        own = [each for each in self.kept.values() if each.bulletin.day == day]
        return sorted(own, key=lambda each: each.bulletin.drafted_at, reverse=True)

    def draft(self, day: date, id: str) -> Draft | None:  # noqa: A002 - as in the port
        kept = self.kept.get(id)
        return kept if kept and kept.bulletin.day == day else None

    def release(self, released: Draft) -> bool:
        bulletin = released.bulletin
        editions = {(each.day, each.edition): each for each in released.editions}
        if (bulletin.day, bulletin.number) in self.bulletins or editions.keys() & self.editions.keys():
            return False
        self.bulletins[bulletin.day, bulletin.number] = bulletin
        self.editions |= editions
        return True
