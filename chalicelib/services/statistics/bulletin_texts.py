"""Bulletins in Vietnamese: paragraphs and tables, as the province publishes them at 6:00 and 18:00."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from chalicelib.data import words
from chalicelib.models.statistics.places import Places
from chalicelib.models.statistics.public_tables import BY_NAME, OTHER, PublicTable
from chalicelib.models.statistics.publications import BulletinTable, Edition, FigureChange, PublishedTable
from chalicelib.models.statistics.series import NO_GATE, Part

HIDDEN = "*"
_UNKNOWN = "…"
"""Not counted."""

HEADLINES = tuple(
    BY_NAME[name]
    for name in (
        "declared_by_gate_hour",
        "crossings_in_by_gate_hour",
        "crossings_out_by_gate_hour",
        "permit_crossings_by_gate",
        "stays",
        "cases_by_known",
        "case_ends",
        "contacts_by_hop",
        "messages_by_outcome_channel",
        "looks_by_look",
    )
)
"""The tables whose totals a bulletin begins with. Totals of the others are among these."""
_GATE_TABLES = ("declared_by_gate_hour", "crossings_in_by_gate_hour", "crossings_out_by_gate_hour")
_COMMUNE_TABLE = "entered_by_commune"
_CASE_TABLES = ("cases_by_known", "contacts_by_hop")


class Content(NamedTuple):
    """A bulletin's words."""

    title: str
    text: list[str]
    tables: list[BulletinTable]


def written(day: date, edition: Edition, before: Edition, changes: Sequence[FigureChange], places: Places) -> Content:
    """The morning's bulletin: the day before, beside the day before that."""
    texts = _texts()
    tables, older = _by_name(edition), _by_name(before)
    text = [
        texts["about_day"].format(day=_day(edition.day)),
        *([texts["counted_to"].format(at=_moment(edition.counted_to))] if edition.counted_to else []),
        texts["hidden"].format(below=edition.hidden_below),
        *_changed(changes),
    ]
    totals = [
        [_title(each), _total(tables[each.name]), _difference(tables[each.name].total, older[each.name].total)]
        for each in HEADLINES
    ]
    columns = texts["columns"]
    shown = [
        BulletinTable(
            title=texts["province"].format(day=_day(edition.day)),
            columns=[columns["figure"], columns["count"], columns["difference"]],
            rows=totals,
        ),
        BulletinTable(
            title=texts["gates"],
            columns=[columns["gate"], *(_title(BY_NAME[each]) for each in _GATE_TABLES)],
            rows=[
                [name, *(_cell(tables[each], (gate,)) for each in _GATE_TABLES)]
                for gate, name in {**places.gates, NO_GATE: texts["no_gate"]}.items()
            ],
        ),
        BulletinTable(
            title=texts["communes"],
            columns=[columns["unit"], _title(BY_NAME[_COMMUNE_TABLE]), columns["difference"]],
            rows=[
                [
                    name,
                    _cell(tables[_COMMUNE_TABLE], path),
                    _difference(_count(tables[_COMMUNE_TABLE], path), _count(older[_COMMUNE_TABLE], path)),
                ]
                for path, name in _units(places)
            ],
        ),
        BulletinTable(
            title=texts["cases"],
            columns=[columns["figure"], columns["count"]],
            rows=[
                [
                    f"{_title(BY_NAME[name])}: {name_of_part(BY_NAME[name].by[-1], each.cell[-1], places)}",
                    _number(each.count),
                ]
                for name in _CASE_TABLES
                for each in tables[name].cells
            ],
        ),
    ]
    return Content(texts["morning"].format(day=_day(day)), text, [each for each in shown if each.rows])


def so_far(now: datetime, totals: Mapping[PublicTable, int | None], changes: Sequence[FigureChange]) -> Content:
    """The evening's bulletin: the province's totals of the day so far."""
    texts = _texts()
    table = BulletinTable(
        title=texts["so_far"].format(at=_moment(now)),
        columns=[texts["columns"]["figure"], texts["columns"]["count"]],
        rows=[[_title(each), _UNKNOWN if count is None else _number(count)] for each, count in totals.items()],
    )
    text = [texts["about_so_far"].format(at=_moment(now)), *_changed(changes)]
    return Content(texts["evening"].format(day=_day(now.date())), text, [table])


def name_of_part(part: Part, key: str, places: Places) -> str:
    """How people call a part of a cell."""
    if part is Part.GATE:
        return places.gates.get(key) or (_texts()["no_gate"] if key == NO_GATE else key)
    if part is Part.COMMUNE:
        return places.names.get(key) or (_texts()["other"] if key == OTHER else key)
    if part is Part.HOUR:
        return f"{key}:00"
    named = words("publications")["parts"].get(part, {}).get(key)
    return str(named["vi"]) if named else key


def _changed(changes: Sequence[FigureChange]) -> list[str]:
    """A line for each change."""
    texts = _texts()
    # Two tables of one series have the same total.
    totals = {(each.day, BY_NAME[each.table].family, BY_NAME[each.table].series): each for each in changes}
    lines = [
        texts["changed"].format(
            day=_day(each.day), figure=_title(BY_NAME[each.table]), old=_number(each.from_), new=_number(each.to)
        )
        for each in totals.values()
    ]
    return [texts["changes"], *lines] if lines else []


def _units(places: Places) -> list[tuple[tuple[str, ...], str]]:
    units: list[tuple[tuple[str, ...], str]] = []
    for district, communes in places.districts.items():
        units.append(((district,), places.names[district].upper()))
        units += [((district, each), places.names[each]) for each in communes]
    return [*units, ((OTHER,), _texts()["other"])]


def _by_name(edition: Edition) -> dict[str, PublishedTable]:
    return {each.table: each for each in edition.tables}


def _count(table: PublishedTable, path: tuple[str, ...]) -> int | None:
    if table.total is None or table.all_hidden:
        return None
    return next((each.count for each in table.cells if tuple(each.cell) == path), 0)


def _cell(table: PublishedTable, path: tuple[str, ...]) -> str:
    if table.total is None:
        return _UNKNOWN
    return _number(_count(table, path))


def _total(table: PublishedTable) -> str:
    return _UNKNOWN if table.total is None else _number(table.total)


def _difference(count: int | None, before: int | None) -> str:
    if count is None or before is None:
        return ""
    return "0" if count == before else f"{'+' if count > before else '−'}{_number(abs(count - before))}"


def _number(count: int | None) -> str:
    """With points between thousands; a mark for one that is hidden."""
    return HIDDEN if count is None else f"{count:,}".replace(",", ".")


def _title(table: PublicTable) -> str:
    return str(words("statistics")["series"][table.family][table.series]["title"]["vi"])


def _day(day: date) -> str:
    return f"{day.day}/{day.month}/{day.year}"


def _moment(moment: datetime) -> str:
    return f"{moment:%H:%M} ngày {_day(moment.date())}"


def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = words("publications")["bulletins"]
    return texts
