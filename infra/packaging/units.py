"""Generate the lists of administrative units that the API ships as data.

Run ``python -m infra.units`` with the PyPI package ``vietnamadminunits`` (MIT) installed. It stands
apart from the functions because that package is a build tool for us: it is heavy, and what it knows
changes only when the country is reorganised. Two lists come out, since a code means nothing without
the list it belongs to:

- ``2021.tsv``, provinces, districts and communes as they were before 1 July 2025. It is exact for
  Tây Ninh (province 72) as of 2021. The rest of the country follows the package's legacy table, the
  last list before the merger (June 2025), and so contains what was merged or renamed in between.
- ``2025.tsv``, provinces and communes since 1 July 2025, when districts ended.

A line is ``code<TAB>parent_code<TAB>name``, without header, in UTF-8 and NFC, sorted by the length
of the code and then by the code: a parent always stands before its children. A province has two
digits and an empty parent, a district three, a commune five.

Nothing is written unless both lists pass every check.
"""

import argparse
import csv
import sqlite3
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from importlib import resources
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import Final, NamedTuple

LISTS: Final = Path(__file__).resolve().parents[2] / "chalicelib" / "data" / "units"
PACKAGE: Final = "vietnamadminunits"
TAY_NINH: Final = "72"

PROVINCE, DISTRICT, COMMUNE = 2, 3, 5
"""A unit's level is told by the number of digits of its code."""

LEGACY_TABLE: Final = """
    SELECT provinceCode, '', province FROM admin_units_legacy
    UNION SELECT districtCode, provinceCode, district FROM admin_units_legacy
    UNION SELECT wardCode, districtCode, ward FROM admin_units_legacy WHERE wardCode IS NOT NULL
"""
"""Five island districts have no commune; their row's commune is null."""

CURRENT_TABLE: Final = """
    SELECT provinceCode, '', province FROM admin_units
    UNION SELECT wardCode, provinceCode, ward FROM admin_units
"""


class Unit(NamedTuple):
    """One province, district or commune, as it stands on a line."""

    code: str
    parent: str
    name: str


class Shape(NamedTuple):
    """What a list must look like before it is believed."""

    parent_level: Mapping[int, int]
    """The level of the parent, by level; 0 is no parent."""
    counts: Mapping[int, int]
    """How many units there are of each level."""
    province: str
    """The code of Tây Ninh in this list."""
    province_counts: Mapping[int, int]
    """How many of them belong to Tây Ninh."""


SHAPE_2021: Final = Shape(
    parent_level={PROVINCE: 0, DISTRICT: PROVINCE, COMMUNE: DISTRICT},
    counts={PROVINCE: 63, DISTRICT: 696, COMMUNE: 10_035},
    province=TAY_NINH,
    province_counts={PROVINCE: 1, DISTRICT: 9, COMMUNE: 94},
)
SHAPE_2025: Final = Shape(
    parent_level={PROVINCE: 0, COMMUNE: PROVINCE},
    counts={PROVINCE: 34, COMMUNE: 3_321},
    province="80",
    province_counts={PROVINCE: 1, COMMUNE: 96},
)


class UnsoundListError(Exception):
    """A list broke a rule that readers of the data rely on."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both lists, or leave them alone and say what is wrong."""
    options = _parser().parse_args(arguments)
    file_2021, file_2025 = LISTS / "2021.tsv", LISTS / "2025.tsv"
    try:
        legacy, current = from_package()
        ours = from_list(file_2021) if options.tay_ninh_2021 is None else from_table(options.tay_ninh_2021)
        list_2021 = in_order(with_province(legacy, ours))
        list_2025 = in_order(current)
        check(list_2021, SHAPE_2021)
        check(list_2025, SHAPE_2025)
    except (OSError, UnsoundListError) as error:
        sys.exit(f"infra.units: {error}")
    write(list_2021, file_2021)
    write(list_2025, file_2025)


def from_package() -> tuple[set[Unit], set[Unit]]:
    """Return all units before and since 1 July 2025, from the installed package's database."""
    spec = find_spec(PACKAGE)
    if spec is None:
        message = f"the package {PACKAGE} is not installed"
        raise UnsoundListError(message)
    # A module that was never executed is enough to find the file beside it, and spares us the
    # geometry and geocoding libraries that the package imports.
    database = resources.files(module_from_spec(spec)) / "data" / "dataset.db"
    with (
        resources.as_file(database) as path,
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection,
    ):
        legacy = {_unit(*row) for row in connection.execute(LEGACY_TABLE)}
        current = {_unit(*row) for row in connection.execute(CURRENT_TABLE)}
    return legacy, current


def from_table(path: Path) -> set[Unit]:
    """Return the districts and communes of Tây Ninh from a table with one commune a line.

    Its header names at least ``province``, ``district``, ``district_name``, ``commune`` and
    ``commune_name``.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    districts = {_unit(row["district"], row["province"], row["district_name"]) for row in rows}
    communes = {_unit(row["commune"], row["district"], row["commune_name"]) for row in rows}
    return districts | communes


def from_list(path: Path) -> set[Unit]:
    """Return the districts and communes of Tây Ninh from a list written earlier."""
    with path.open(encoding="utf-8") as file:
        units = {_unit(*line.rstrip("\n").split("\t")) for line in file}
    return _below(TAY_NINH, units)


def with_province(units: set[Unit], ours: set[Unit]) -> set[Unit]:
    """Return the units with those below Tây Ninh exchanged for ours."""
    return units - _below(TAY_NINH, units) | ours


def in_order(units: Iterable[Unit]) -> list[Unit]:
    """Return the units in the order of the file."""
    return sorted(units, key=lambda unit: (len(unit.code), unit.code))


def check(units: Sequence[Unit], shape: Shape) -> None:
    """Raise :class:`UnsoundListError` unless the list is one that readers can rely on."""
    levels = {unit.code: len(unit.code) for unit in units}
    if len(levels) != len(units):
        twice = [code for code, times in Counter(unit.code for unit in units).items() if times > 1]
        message = f"codes are not unique: {twice}"
        raise UnsoundListError(message)
    for unit in units:
        if not (unit.code.isascii() and unit.code.isdigit()):
            message = f"not a code: {unit}"
            raise UnsoundListError(message)
        if levels.get(unit.parent, 0) != shape.parent_level.get(levels[unit.code]):
            message = f"the parent is missing or of the wrong level: {unit}"
            raise UnsoundListError(message)
        if not unit.name or unit.name != " ".join(unit.name.split()):
            message = f"the name is empty or has stray blanks: {unit}"
            raise UnsoundListError(message)
        if not unicodedata.is_normalized("NFC", unit.name):
            message = f"the name is not in NFC: {unit}"
            raise UnsoundListError(message)
    _check_counts("the country", units, shape.counts)
    own = [unit for unit in units if unit.code == shape.province]
    _check_counts("Tây Ninh", [*own, *_below(shape.province, units)], shape.province_counts)


def write(units: Iterable[Unit], path: Path) -> None:
    """Write the list to the file, a unit a line."""
    text = "".join("\t".join(unit) + "\n" for unit in units)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.units",
        description=f"Generate the lists of administrative units in {LISTS.name}/.",
    )
    parser.add_argument(
        "--tay-ninh-2021",
        type=Path,
        metavar="FILE.tsv",
        help="the communes of Tây Ninh in 2021, one a line, with a header "
        "(default: keep those of the present 2021.tsv)",
    )
    return parser


def _unit(code: str, parent: str, name: str) -> Unit:
    return Unit(code, parent, unicodedata.normalize("NFC", name))


def _below(code: str, units: Iterable[Unit]) -> set[Unit]:
    """Return the children of a unit and their children; no list is deeper."""
    every = set(units)
    children = {unit for unit in every if unit.parent == code}
    codes = {unit.code for unit in children}
    return children | {unit for unit in every if unit.parent in codes}


def _check_counts(where: str, units: Iterable[Unit], expected: Mapping[int, int]) -> None:
    found = Counter(len(unit.code) for unit in units)
    if found != expected:
        message = f"{where} has {dict(found)} units by digits of their code, not {dict(expected)}"
        raise UnsoundListError(message)


if __name__ == "__main__":
    main()
