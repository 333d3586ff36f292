"""The `tracing` table: exposures as adjacency rows, so that a question costs what its answer weighs.

An exposure has one row under everything it connects: `PERSON#<hash>`, `PHONE#<hash>`, `PLATE#<hash>`,
`ADDRESS#<hash>`, `HOST#<hash>`, `SERVICE#<hash>#<day>`, `CHECKPOINT#<id>#<hour>`, `COMMUNE#<code>#<day>` (local time);
within each, by its time and code, its kind, and its
checkpoint if it was crossed. Rows of the same exposure have the same keys whenever they are written, so writing twice
changes nothing. Rows of another exposure have other keys: a pass is declared once, and crosses a gate once in a second.

Under persons, phones and plates, exposures of known origin stand under `PERSON#<hash>#KNOWN` and so on, and the others
under `PERSON#<hash>`: see `models.tracing.exposures.Side`. What was declared for a checkpoint stands under
`CHECKPOINT#<id>#<hour>` whatever its origin, and that of known origin also under `CHECKPOINT#<id>#<hour>#KNOWN`.

`PERSON#<hash>#ALIAS` leads to the person's other number, by time, code, `alias` and the other hash. Two rows say it,
one for each direction.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from time import time
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

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
    Wait,
)
from chalicelib.models.tracing.places import TWO_SIDED, hour_place, kind_of, places_of
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_MOST_ROWS = 6000
"""The most rows that one search reads in one list. A pass has `declared`, `crossed`, and `crossed` for each
conflict."""

_A_PAGE = 500
"""Rows that one call reads: most searches need one page."""

_MOST_ALIAS_ROWS = 20
"""Rows that one search reads. A person has one other number, and a row for each pass that shows it."""

_MOST_ALIASES = 3
"""Other numbers of one person that a search follows."""


class ExposureRow(Row):
    """One exposure under one of the places where it is found; or one direction of an alias, without a body.

    Rows of addresses, hosts, services, checkpoints and communes, and the body, are there for contact tracing:
    `storage.tracing.markers`.
    """

    place = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()
    known_since = NumberAttribute(null=True)
    """Seconds since 1970: the exposure stands among the known ones, too, since then."""
    other_plates = UnicodeAttribute(null=True)
    """Under a person: keyed hashes of the crossing's other plates, with blanks between them."""
    from_arrival = NumberAttribute(null=True)
    """In a checkpoint's hour, of a crossing: seconds from the holder's arrival in the queue to the decision."""
    from_declaration = NumberAttribute(null=True)
    """The same from the declaration, if no arrival is on record."""


class Exposures:
    """The ports of tracing, entry and gate for exposures, on DynamoDB."""

    def __init__(self, table: Table[ExposureRow], *, time_zone: str) -> None:
        self._table, self._zone = table, ZoneInfo(time_zone)

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        """Written 25 rows a call; what DynamoDB leaves over is sent again."""
        rows: dict[tuple[str, str], ExposureRow] = {}
        for exposure in exposures:
            moment = moment_of(exposure)
            body = exposure.model_dump_json(exclude_none=True)
            for place in self._places(exposure):
                # DynamoDB refuses a batch with two writes to one row. Two members of staff may have recorded the same
                # pass at the same gate in the same second: that is one exposure.
                rows[place, moment] = ExposureRow(place, moment, body=body, expires_at=epoch(keep_until))
            if exposure.other_plates:
                for side in exposure.sides:
                    person = list_of(FoundBy.PERSON, exposure.person, side)
                    rows[person, moment].other_plates = " ".join(exposure.other_plates)
            if exposure.wait is not None and exposure.checkpoint is not None:
                row = rows[hour_place(exposure.checkpoint, exposure.at, self._zone), moment]
                row.from_arrival, row.from_declaration = exposure.wait
            if exposure.known_since is not None:
                for place in _lists(exposure, Side.UNPROVEN):
                    rows[place, moment].known_since = epoch(exposure.known_since)
        # Write the marks last: a reader that sees a mark must find the row in the known list.
        self._table.batch_write(row for row in rows.values() if row.known_since is None)
        self._table.batch_write(row for row in rows.values() if row.known_since is not None)

    def append_aliases(self, aliases: Sequence[PersonAlias], keep_until: datetime) -> None:
        keys = {key for each in aliases for key in alias_keys(each)}
        self._table.batch_write(ExposureRow(*key, body="", expires_at=epoch(keep_until)) for key in sorted(keys))

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        """Read page by page, as far as the caller goes on."""
        rows = self._table.query(f"COMMUNE#{commune}#{day}", scan_index_forward=False, attributes_to_get=["moment"])
        for row in rows:
            moment, code, kind, *_ = row.moment.split("#")
            if kind == ExposureKind.DECLARED:
                yield moment, Code.parse(code).declaration

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
        """Only keys and marks, strongly consistent, page by page from the newest back to `since`."""
        within: Condition = ExposureRow.moment >= written(since)
        if before is not None:
            # The rows of a pass go on behind its code: they all lie above this text.
            within = ExposureRow.moment.between(written(since), f"{written(before.at)}#{before.code}")
        rows = self._table.query(
            list_of(by, hashed, side),
            within,
            consistent_read=True,
            scan_index_forward=False,
            page_size=_A_PAGE,
            attributes_to_get=["moment", "known_since"],
        )
        found: list[DeclaredPass] = []
        names: set[str] = set()
        read_to: Position | None = None
        for number, row in enumerate(rows):
            at, code, kind, *_ = row.moment.split("#")
            if kind == ExposureKind.DECLARED:
                names.add(code[:DECLARATION_LENGTH])
                if len(names) > declarations or len(found) == passes:
                    return DeclaredPasses(found, read_to)
            if number == _MOST_ROWS:
                return DeclaredPasses(found, read_to)
            read_to = Position(datetime.fromisoformat(at), code)
            if kind == ExposureKind.DECLARED:
                since_then = None if row.known_since is None else datetime.fromtimestamp(row.known_since, UTC)
                found.append(DeclaredPass(read_to, since_then))
        return DeclaredPasses(found, None)

    def at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        """One query of keys for each hour. Declarations of the last moments may be missing."""
        return list(islice(self._codes(checkpoint, ExposureKind.DECLARED, since, until), at_most))

    def known_at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        """The same. A release that did not keep this list wrote nothing into it."""
        return list(islice(self._codes(checkpoint, ExposureKind.DECLARED, since, until, Side.KNOWN), at_most))

    def crossed_at(self, checkpoint: str, *, since: datetime, until: datetime) -> set[str]:
        """The same. Crossings of the last moments may be missing."""
        return set(self._codes(checkpoint, ExposureKind.CROSSED, since, until))

    def _codes(
        self,
        checkpoint: str,
        kind: ExposureKind,
        since: datetime,
        until: datetime,
        side: Side = Side.UNPROVEN,
    ) -> Iterator[str]:
        local = since.astimezone(self._zone).replace(minute=0, second=0, microsecond=0)
        while local <= until:
            place = hour_place(checkpoint, local, self._zone)
            rows = self._table.query(_side_of(place, side), consistent_read=True, attributes_to_get=["moment"])
            for row in rows:
                moment, code, found, *_ = row.moment.split("#")
                if found == kind and written(since) <= moment <= written(until):
                    yield code
            local += timedelta(hours=1)

    def waits(self, checkpoint: str, *, since: datetime, until: datetime) -> list[Wait]:
        """One query for each hour, of keys and numbers."""
        found: list[Wait] = []
        local = since.astimezone(self._zone).replace(minute=0, second=0, microsecond=0)
        within = ExposureRow.moment.between(written(since), f"{written(until)}#~")
        while local <= until:
            rows = self._table.query(
                hour_place(checkpoint, local, self._zone),
                within,
                attributes_to_get=["from_arrival", "from_declaration"],
            )
            for row in rows:
                seconds = [None if each is None else int(each) for each in (row.from_arrival, row.from_declaration)]
                if seconds != [None, None]:
                    found.append(Wait(*seconds))
            local += timedelta(hours=1)
        return found

    def other_numbers(self, person: str) -> list[str]:
        """One query, strongly consistent."""
        rows = self._table.query(
            alias_list_of(person),
            consistent_read=True,
            scan_index_forward=False,
            limit=_MOST_ALIAS_ROWS,
            attributes_to_get=["moment", "expires_at"],
        )
        others = dict.fromkeys(row.moment.rpartition("#")[2] for row in rows if row.expires_at > time())
        return list(others)[:_MOST_ALIASES]

    def _places(self, exposure: Exposure) -> Iterator[str]:
        for side in exposure.sides:
            yield from _lists(exposure, side)
        # Other numbers belong to both sides.
        yield from (each for each in places_of(exposure, self._zone) if kind_of(each) not in TWO_SIDED)
        if exposure.checkpoint and exposure.kind is ExposureKind.DECLARED and exposure.is_known:
            yield _side_of(hour_place(exposure.checkpoint, exposure.at, self._zone), Side.KNOWN)


def list_of(by: FoundBy, hashed: str, side: Side) -> str:
    """The partition of a list. That of unproven ones has the name that the release before this one gave to all."""
    return _side_of(f"{by.upper()}#{hashed}", side)


def _side_of(name: str, side: Side) -> str:
    return f"{name}#{side.upper()}" if side is Side.KNOWN else name


def alias_list_of(person: str) -> str:
    """The partition that leads from a person's number to their other ones."""
    return f"{FoundBy.PERSON.upper()}#{person}#ALIAS"


def alias_keys(alias: PersonAlias) -> list[tuple[str, str]]:
    """Of the rows for both directions."""
    both = ((alias.person, alias.other), (alias.other, alias.person))
    return [(alias_list_of(one), f"{written(alias.at)}#{alias.code}#alias#{other}") for one, other in both]


def _lists(exposure: Exposure, side: Side) -> Iterator[str]:
    yield list_of(FoundBy.PERSON, exposure.person, side)
    if exposure.phone:
        yield list_of(FoundBy.PHONE, exposure.phone, side)
    if exposure.plate:
        yield list_of(FoundBy.PLATE, exposure.plate, side)


def moment_of(exposure: Exposure) -> str:
    """What distinguishes an exposure from all others of one place."""
    crossed = [exposure.checkpoint] if exposure.kind is ExposureKind.CROSSED and exposure.checkpoint else []
    return "#".join([written(exposure.at), exposure.code, exposure.kind, *crossed])


def written(moment: datetime) -> str:
    """A time as keys have it: in an order of text that is the order of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
