"""Bulletins and published figures in memory."""

from dataclasses import dataclass, field
from datetime import date

from chalicelib.models.statistics.publications import Bulletin, Draft, Edition, Published


@dataclass
class Publications:
    kept: dict[str, Draft] = field(default_factory=dict)
    bulletins: dict[tuple[date, int], Bulletin] = field(default_factory=dict)
    editions: dict[tuple[date, int], Edition] = field(default_factory=dict)

    def newest(self, day: date) -> Edition | None:
        own = self.of_day(day).editions
        return own[-1] if own else None

    def of_day(self, day: date) -> Published:
        editions = [each for (own, _), each in sorted(self.editions.items()) if own == day]
        return Published([each for (own, _), each in sorted(self.bulletins.items()) if own == day], editions)

    def keep(self, draft: Draft) -> None:
        self.kept[draft.bulletin.draft] = draft

    def drafts(self, day: date) -> list[Draft]:
        own = [each for each in self.kept.values() if each.bulletin.day == day]
        return sorted(own, key=lambda each: each.bulletin.drafted_at, reverse=True)

    def release(self, released: Draft) -> bool:
        bulletin = released.bulletin
        editions = {(each.day, each.edition): each for each in released.editions}
        if (bulletin.day, bulletin.number) in self.bulletins or editions.keys() & self.editions.keys():
            return False
        self.bulletins[bulletin.day, bulletin.number] = bulletin
        self.editions |= editions
        return True
