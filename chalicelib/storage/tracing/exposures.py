"""The `tracing` table: exposures as adjacency rows, so that a question costs what its answer weighs.

An exposure has one row under everything it connects: `PERSON#<hash>`, `PHONE#<hash>`, `PLATE#<hash>`,
`CHECKPOINT#<id>#<hour>`, `COMMUNE#<code>#<day>` (local time); within each, by its time and code, its kind, and its
checkpoint if it was crossed. Rows of the same exposure have the same keys whenever they are written, so writing twice
changes nothing. Rows of another exposure have other keys: a pass is declared once, and crosses a gate once in a second.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.models.entry.codes import DECLARATION_LENGTH, Code
from chalicelib.models.tracing.exposures import Exposure, ExposureKind, FoundBy
from chalicelib.storage.rows import Row, epoch
from chalicelib.storage.tables import Table

_MOST_ROWS = 6000
"""That one search reads. A pass has some under one place: `declared`, `crossed`, and `crossed` for each conflict."""

_A_PAGE = 500
"""Rows that one call reads: most searches need one page."""


class ExposureRow(Row):
    """One exposure under one of the places where it is found.

    Rows of checkpoints and communes, and the body, are there for contact tracing.
    """

    place = UnicodeAttribute(hash_key=True)
    moment = UnicodeAttribute(range_key=True)
    body = UnicodeAttribute()
    expires_at = NumberAttribute()


class Exposures:
    """The ports of tracing, entry and gate for exposures, on DynamoDB."""

    def __init__(self, table: Table[ExposureRow], *, time_zone: str) -> None:
        self._table, self._zone = table, ZoneInfo(time_zone)

    def append(self, exposures: Sequence[Exposure], keep_until: datetime) -> None:
        """Written 25 rows a call; what DynamoDB leaves over is sent again."""
        rows: dict[tuple[str, str], ExposureRow] = {}
        for exposure in exposures:
            moment = _moment(exposure)
            body = exposure.model_dump_json(exclude_none=True)
            for place in self._places(exposure):
                # DynamoDB refuses a batch with two writes to one row. Two members of staff may have recorded the same
                # pass at the same gate in the same second: that is one exposure.
                rows[place, moment] = ExposureRow(place, moment, body=body, expires_at=epoch(keep_until))
        self._table.batch_write(rows.values())

    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        """Read page by page, as far as the caller goes on."""
        rows = self._table.query(f"COMMUNE#{commune}#{day}", scan_index_forward=False, attributes_to_get=["moment"])
        for row in rows:
            moment, code, kind, *_ = row.moment.split("#")
            if kind == ExposureKind.DECLARED:
                yield moment, Code.parse(code).declaration

    def codes(self, by: FoundBy, hashed: str, *, since: datetime, declarations: int) -> tuple[list[Code], bool]:
        """Keys alone, strongly consistent, page by page from the newest back to `since`."""
        codes: dict[str, None] = {}
        found: set[str] = set()
        rows = self._table.query(
            f"{by.upper()}#{hashed}",
            ExposureRow.moment >= _written(since),
            consistent_read=True,
            scan_index_forward=False,
            page_size=_A_PAGE,
            attributes_to_get=["moment"],
        )
        complete = True
        for number, row in enumerate(rows):
            code = row.moment.split("#")[1]
            found.add(code[:DECLARATION_LENGTH])
            if number == _MOST_ROWS or len(found) > declarations:
                complete = False
                break
            codes[code] = None
        return [Code.parse(code) for code in codes], complete

    def _places(self, exposure: Exposure) -> Iterator[str]:
        local = exposure.at.astimezone(self._zone)
        yield f"PERSON#{exposure.person}"
        yield f"COMMUNE#{exposure.commune}#{local:%Y-%m-%d}"
        if exposure.phone:
            yield f"PHONE#{exposure.phone}"
        if exposure.plate:
            yield f"PLATE#{exposure.plate}"
        if exposure.checkpoint:
            yield f"CHECKPOINT#{exposure.checkpoint}#{local:%Y-%m-%dT%H}"


def _moment(exposure: Exposure) -> str:
    """What distinguishes an exposure from all others of one place."""
    crossed = [exposure.checkpoint] if exposure.kind is ExposureKind.CROSSED and exposure.checkpoint else []
    return "#".join([_written(exposure.at), exposure.code, exposure.kind, *crossed])


def _written(moment: datetime) -> str:
    """A time as keys have it: in an order of text that is the order of time."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
