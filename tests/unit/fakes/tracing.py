"""Exposures in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_LENGTH, Code
from chalicelib.models.tracing.exposures import (
    DeclaredPass,
    DeclaredPasses,
    Exposure,
    ExposureKind,
    FoundBy,
    PersonAlias,
    Position,
    Side,
)
from chalicelib.models.tracing.markers import Marker, SearchEvent
from chalicelib.models.tracing.places import PlaceKind, name_of, places_of


@dataclass
class Exposures:
    kept: list[Exposure] = field(default_factory=list)
    """In the order of writing. As in the real table, of the same kind, pass, moment and side the last one counts."""
    aliases: list[PersonAlias] = field(default_factory=list)
    read: list[tuple[FoundBy, str, Side]] = field(default_factory=list)
    """The lists that were read."""
    markers: dict[tuple[str, str], Marker] = field(default_factory=dict)
    searched_again: list[SearchEvent] = field(default_factory=list)
    """What cases were asked to search again."""

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        for new in exposures:
            # What was known on one side stays there.
            self.kept = [each for each in self.kept if _key(each) != _key(new) or set(each.sides) - set(new.sides)]
            self.kept.append(new)

    def append_aliases(self, aliases: Sequence[PersonAlias], keep_until: datetime) -> None:
        self.aliases += [each for each in aliases if each not in self.aliases]

    def put(self, markers: Sequence[Marker], keep_until: datetime) -> None:
        self.markers |= {(each.place, each.key): each for each in markers}

    def delete(self, keys: Sequence[tuple[str, str]]) -> None:
        for each in keys:
            self.markers.pop(each, None)

    def at(self, place: str) -> list[Marker]:
        return [each for _, each in sorted(self.markers.items()) if each.place == place]

    def of_case(self, place: str, case: str) -> list[Marker]:
        return [each for each in self.at(place) if (each.case, each.hop) == (case, 0)]

    def exposures_at(self, place: str, since: datetime, until: datetime) -> list[Exposure]:
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        written = {_key(each): each for each in self.kept}.values()
        return [
            each
            for each in sorted(written, key=_key)
            if since <= _second(each.at) <= until
            and (place in places_of(each, zone) or (each.phone and place == name_of(PlaceKind.PHONE, each.phone)))
        ]

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        zone = ZoneInfo("Asia/Ho_Chi_Minh")
        written = {_key(each): each for each in self.kept}.values()
        for each in sorted(written, key=_key, reverse=True):
            if (
                each.kind is ExposureKind.DECLARED
                and each.commune == commune
                and each.at.astimezone(zone).date() == day
            ):
                yield f"{_second(each.at):%Y-%m-%dT%H:%M:%SZ}", Code.parse(each.code).declaration

    def at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        written = {_key(each): each for each in self.kept}.values()
        return [
            each.code
            for each in sorted(written, key=_key)
            if each.kind is ExposureKind.DECLARED and each.checkpoint == checkpoint and since <= each.at <= until
        ][:at_most]

    def known_at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        known = {each.code for each in self.kept if each.is_known}
        found = self.at_checkpoint(checkpoint, since=since, until=until, at_most=len(self.kept))
        return [each for each in found if each in known][:at_most]

    def crossed_at(self, checkpoint: str, *, since: datetime, until: datetime) -> set[str]:
        return {
            each.code
            for each in self.kept
            if each.kind is ExposureKind.CROSSED and each.checkpoint == checkpoint and since <= each.at <= until
        }

    def declared_under(
        self,
        by: FoundBy,
        hashed: str,
        side: Side,
        *,
        since: datetime,
        before: Position | None,
        declarations: int,
        passes: int,
    ) -> DeclaredPasses:
        self.read.append((by, hashed, side))
        written = {_key(each): each for each in self.kept if side in each.sides and getattr(each, by) == hashed}
        listed = {
            Position(_second(each.at), each.code): each
            for each in written.values()
            if each.kind is ExposureKind.DECLARED and _second(each.at) >= _second(since)
        }
        found: list[DeclaredPass] = []
        for position in sorted(listed, reverse=True):
            if before is not None and position >= before:
                continue
            names = {each.position.code[:DECLARATION_LENGTH] for each in found} | {position.code[:DECLARATION_LENGTH]}
            if len(names) > declarations or len(found) == passes:
                return DeclaredPasses(found, found[-1].position)
            since_then = listed[position].known_since if side is Side.UNPROVEN else None
            found.append(DeclaredPass(position, since_then and _second(since_then)))
        return DeclaredPasses(found, None)

    def other_numbers(self, person: str) -> list[str]:
        both = [(each.at, *pair) for each in self.aliases for pair in _directions(each)]
        others = dict.fromkeys(other for _, one, other in sorted(both, reverse=True) if one == person)
        return list(others)[:3]


def _directions(alias: PersonAlias) -> list[tuple[str, str]]:
    return [(alias.person, alias.other), (alias.other, alias.person)]


def _key(exposure: Exposure) -> tuple[datetime, str, ExposureKind, str]:
    return _second(exposure.at), exposure.code, exposure.kind, exposure.checkpoint or ""


def _second(moment: datetime) -> datetime:
    """As the real keys have it."""
    return moment.astimezone(UTC).replace(microsecond=0)
