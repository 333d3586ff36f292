"""Generate the lists of administrative units that the API ships as data.

Needs the PyPI package `vietnamadminunits` (MIT), which is heavy and changes only when the country is reorganised: so it
is not among the development packages. Two lists are written, since a code means nothing without its list:

- `2021.tsv`: provinces, districts and communes before 1 July 2025. It is exact for Tây Ninh (province 72) as of 2021.
  The rest of the country is the package's legacy table, the last list before the merger (June 2025), which contains
  the units merged or renamed in between.
- `2025.tsv`: provinces and communes since 1 July 2025, when districts were abolished.

A line is `code<TAB>parent_code<TAB>name`, without header, in UTF-8 and NFC, sorted by the length of the code and then
by the code, so a parent comes before its children. A province has two digits and an empty parent, a district three, a
commune five. Nothing is written unless both lists pass every check.
"""

import csv
import sqlite3
import unicodedata
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import NamedTuple

from infra import ROOT
from infra.errors import CannotGoOn

LISTS = ROOT / "chalicelib" / "data" / "units"
PACKAGE = "vietnamadminunits"
TAY_NINH = "72"

PROVINCE, DISTRICT, COMMUNE = 2, 3, 5
"""A unit's level is the number of digits of its code."""

_LEGACY_TABLE = """
    SELECT provinceCode, '', province FROM admin_units_legacy
    UNION SELECT districtCode, provinceCode, district FROM admin_units_legacy
    UNION SELECT wardCode, districtCode, ward FROM admin_units_legacy WHERE wardCode IS NOT NULL
"""
"""Five island districts have no commune; the commune in their row is null."""

_CURRENT_TABLE = """
    SELECT provinceCode, '', province FROM admin_units
    UNION SELECT wardCode, provinceCode, ward FROM admin_units
"""


class Unit(NamedTuple):
    """A province, district or commune: a line of the list."""

    code: str
    parent: str
    name: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a list must look like. Levels are numbers of digits."""

    parent_level: Mapping[int, int]
    """The level of the parent, by level; 0 is no parent."""
    counts: Mapping[int, int]
    """The number of units of each level."""
    province: str
    """The code of Tây Ninh in this list."""
    province_counts: Mapping[int, int]
    """The number of units of each level in Tây Ninh."""


SHAPE_2021 = Shape(
    parent_level={PROVINCE: 0, DISTRICT: PROVINCE, COMMUNE: DISTRICT},
    counts={PROVINCE: 63, DISTRICT: 696, COMMUNE: 10_035},
    province=TAY_NINH,
    province_counts={PROVINCE: 1, DISTRICT: 9, COMMUNE: 94},
)
SHAPE_2025 = Shape(
    parent_level={PROVINCE: 0, COMMUNE: PROVINCE},
    counts={PROVINCE: 34, COMMUNE: 3_321},
    province="80",
    province_counts={PROVINCE: 1, COMMUNE: 96},
)


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument(
        "--tay-ninh-2021",
        type=Path,
        metavar="FILE.tsv",
        help="the communes of Tây Ninh in 2021, one a line, with a header (default: keep those in 2021.tsv)",
    )
    options = parser.parse_args(arguments)
    file_2021, file_2025 = LISTS / "2021.tsv", LISTS / "2025.tsv"
    legacy, current = from_package()
    try:
        tay_ninh = from_list(file_2021) if options.tay_ninh_2021 is None else from_table(options.tay_ninh_2021)
    except (OSError, KeyError) as error:
        raise CannotGoOn(f"The communes of Tây Ninh cannot be read: {error}") from error
    list_2021 = in_order(legacy - _below(TAY_NINH, legacy) | tay_ninh)
    list_2025 = in_order(current)
    check(list_2021, SHAPE_2021)
    check(list_2025, SHAPE_2025)
    write(list_2021, file_2021)
    write(list_2025, file_2025)
    print(f"{LISTS.relative_to(ROOT)}: {len(list_2021):,} units of 2021, {len(list_2025):,} of 2025")


def from_package() -> tuple[set[Unit], set[Unit]]:
    """All units before and since 1 July 2025, from the package's database. Raises `CannotGoOn` without the package."""
    spec = find_spec(PACKAGE)
    if spec is None:
        raise CannotGoOn(
            f"The package {PACKAGE} is not installed. Install it: .venv/bin/python -m pip install {PACKAGE}"
        )
    # The module is not executed: that would import its geometry and geocoding libraries. Its file's place is enough.
    database = resources.files(module_from_spec(spec)) / "data" / "dataset.db"
    with (
        resources.as_file(database) as path,
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection,
    ):
        legacy = {_unit(*row) for row in connection.execute(_LEGACY_TABLE)}
        current = {_unit(*row) for row in connection.execute(_CURRENT_TABLE)}
    return legacy, current


def from_table(path: Path) -> set[Unit]:
    """The districts and communes of Tây Ninh, from a table with one commune a line.

    Its header names at least `province`, `district`, `district_name`, `commune` and `commune_name`.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    districts = {_unit(row["district"], row["province"], row["district_name"]) for row in rows}
    communes = {_unit(row["commune"], row["district"], row["commune_name"]) for row in rows}
    return districts | communes


def from_list(path: Path) -> set[Unit]:
    """The districts and communes of Tây Ninh, from a list written earlier."""
    with path.open(encoding="utf-8") as file:
        units = {_unit(*line.rstrip("\n").split("\t")) for line in file}
    return _below(TAY_NINH, units)


def in_order(units: Iterable[Unit]) -> list[Unit]:
    """The units in the order of the file."""
    return sorted(units, key=lambda unit: (len(unit.code), unit.code))


def check(units: Sequence[Unit], shape: Shape) -> None:
    """Raise `CannotGoOn` unless the list has the rules and the numbers that readers of the data rely on."""
    levels = {unit.code: len(unit.code) for unit in units}
    if len(levels) != len(units):
        twice = [code for code, times in Counter(unit.code for unit in units).items() if times > 1]
        raise CannotGoOn(f"Codes are not unique: {twice}")
    for unit in units:
        if not (unit.code.isascii() and unit.code.isdigit()):
            raise CannotGoOn(f"Not a code: {unit}")
        if levels.get(unit.parent, 0) != shape.parent_level.get(levels[unit.code]):
            raise CannotGoOn(f"The parent is missing or of the wrong level: {unit}")
        if not unit.name or unit.name != " ".join(unit.name.split()):
            raise CannotGoOn(f"The name is empty or has extra spaces: {unit}")
        if not unicodedata.is_normalized("NFC", unit.name):
            raise CannotGoOn(f"The name is not in NFC: {unit}")
    _check_counts("The country", units, shape.counts)
    own = [unit for unit in units if unit.code == shape.province]
    _check_counts("Tây Ninh", [*own, *_below(shape.province, units)], shape.province_counts)


def write(units: Iterable[Unit], path: Path) -> None:
    """Write the list to the file, a unit a line."""
    text = "".join("\t".join(unit) + "\n" for unit in units)
    path.write_text(text, encoding="utf-8", newline="\n")


def _unit(code: str, parent: str, name: str) -> Unit:
    return Unit(code, parent, unicodedata.normalize("NFC", name))


def _below(code: str, units: Iterable[Unit]) -> set[Unit]:
    """The children of a unit and their children; no list is deeper."""
    every = set(units)
    children = {unit for unit in every if unit.parent == code}
    codes = {unit.code for unit in children}
    return children | {unit for unit in every if unit.parent in codes}


def _check_counts(where: str, units: Iterable[Unit], expected: Mapping[int, int]) -> None:
    counted = Counter(len(unit.code) for unit in units)
    if counted != expected:
        raise CannotGoOn(f"{where} has {dict(counted)} units by digits of their code, not {dict(expected)}.")
