"""Administrative units of Vietnam, by version of the official list.

A unit's code means nothing without the list it comes from: in July 2025 the same codes were given to merged communes
under new names. So a unit is always a code *and* a list version. The lists are shipped data (`data/units`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from chalicelib.data import read_text
from chalicelib.models.people.errors import UnknownListVersion

LIST_VERSIONS = ("2021", "2025")


@dataclass(frozen=True, slots=True)
class Unit:
    """A province (2 digits), district (3) or commune (5). `parent` is the code of the unit it lies in, or empty."""

    code: str
    parent: str
    name: str


@cache
def units(list_version: str) -> Mapping[str, Unit]:
    """All units of a list by code. Raises `UnknownListVersion`."""
    if list_version not in LIST_VERSIONS:
        raise UnknownListVersion(known=", ".join(LIST_VERSIONS))
    text = read_text("units", f"{list_version}.tsv")
    return {(fields := line.split("\t"))[0]: Unit(*fields) for line in text.splitlines()}


def exists(list_version: str, code: str) -> bool:
    return list_version in LIST_VERSIONS and code in units(list_version)


def lineage(list_version: str, code: str) -> Iterator[Unit]:
    """The unit and those it lies in, the smallest first. Nothing for an unknown code."""
    known = units(list_version)
    while code in known:
        yield known[code]
        code = known[code].parent


def children(list_version: str, parent: str) -> list[Unit]:
    """The units directly in `parent`; the provinces for an empty one."""
    return [unit for unit in units(list_version).values() if unit.parent == parent]
