"""What everyone downloads."""

import json
from datetime import timedelta

from chalicelib.handlers.statistics.public import _MOST_CSV
from chalicelib.models.people.province import province
from chalicelib.models.statistics.figures import Figure
from chalicelib.models.statistics.periods import Coverage
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.public_tables import TABLES, tree_of
from chalicelib.models.statistics.publications import Edition, published
from chalicelib.models.statistics.series import SERIES, Part
from chalicelib.services.statistics.public_figures import PublicDay, as_csv
from chalicelib.wiring.publications import _units
from tests.unit.statistics.provinces import DAY, MIDNIGHT

_LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes of a function's answer, which is JSON: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""


def test_a_month_in_which_no_count_is_zero_fits_into_one_answer() -> None:
    own = province("tay-ninh")
    names, districts = _units(own.units_list, own.code)
    gates = {f"chot-so-{number}": f"Chốt kiểm soát Ví Dụ {number}" for number in range(13)}
    places = Places(gates, own.units_list, districts, names)
    edition = Edition(
        day=DAY,
        edition=1,
        published_at=MIDNIGHT,
        hidden_below=10,
        list_version=own.units_list,
        tables=[
            published(each.name, tree_of(each, _everywhere(places), places), Coverage.COUNTED, below=10)
            for each in TABLES
        ],
    )
    days = [PublicDay(DAY + timedelta(days=number), edition) for number in range(31)]
    table = as_csv(days, places, own.figures_licence)
    assert len(table.splitlines()) > 31 * 1000
    assert len(table) < _MOST_CSV
    assert len(json.dumps(table[:_MOST_CSV])) * _MOST_CSV / len(table) < _LARGEST_ANSWER


def _everywhere(places: Places) -> list[Figure]:
    """Thirty facts at each gate in each hour, and in each commune."""
    communes = [each for own in places.districts.values() for each in own]
    return [
        Figure(DAY, series.family, series.name, tuple({**cell, **each}.get(part, "x") for part in series.parts), 30)
        for series in SERIES.values()
        for cell in [{Part.LIST_VERSION: places.list_version, Part.DECISION: "admit", Part.MINUTES: "0"}]
        for each in [
            *({Part.GATE: gate, Part.HOUR: f"{hour:02}"} for gate in places.gates for hour in range(24)),
            *({Part.COMMUNE: commune} for commune in communes),
        ]
        if set(each) <= set(series.parts)
    ]
