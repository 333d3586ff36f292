"""Administrative units of Vietnam, by version of the official list.

A unit's code means nothing without the list it comes from: in July 2025 the same codes were given to merged communes
under new names. So a unit is always a code *and* a list version. The lists are shipped data (`data/units`).
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from chalicelib.data import read_bytes
from chalicelib.models.people.errors import UnknownListVersion

LIST_VERSIONS = ("2021", "2025")

LIST_VERSION_AS_SENT = f"^(?:{'|'.join(LIST_VERSIONS)})$"
UNIT_AS_SENT = "^[0-9]{2}(?:[0-9]|[0-9]{3})?$"
"""For JSON schemas: a list's version, a unit's code."""

_KEPT = 4096
"""Units that a process keeps by their code. A form names a few of 14,000."""


class Unit(NamedTuple):
    """A province (2 digits), district (3) or commune (5). `parent` is the code of the unit it lies in, or empty."""

    code: str
    parent: str
    name: str


@cache
def units(list_version: str) -> Mapping[str, Unit]:
    """All units of a list by code, each after the one it lies in. Raises `UnknownListVersion`.

    To make them all takes longer than most requests: `find` is for a single one.
    """
    return {(unit := _unit(line)).code: unit for line in _text(list_version).splitlines()}


@lru_cache(maxsize=_KEPT)
def find(list_version: str, code: str) -> Unit | None:
    """One unit of a list, by a code that may be any text. Raises `UnknownListVersion`."""
    text = _text(list_version)
    return _search(text, code.encode()) if code.isascii() and code.isdecimal() else None


def exists(list_version: str, code: str) -> bool:
    return list_version in LIST_VERSIONS and find(list_version, code) is not None


@lru_cache(maxsize=_KEPT)
def lineage(list_version: str, code: str) -> tuple[Unit, ...]:
    """The unit and those it lies in, the smallest first. Nothing for an unknown code."""
    unit = find(list_version, code)
    return (unit, *lineage(list_version, unit.parent)) if unit else ()


def children(list_version: str, parent: str) -> list[Unit]:
    """The units directly in `parent`; the provinces for an empty one."""
    return [unit for unit in units(list_version).values() if unit.parent == parent]


@cache
def _text(list_version: str) -> bytes:
    """The lines of a list, in the order of their codes' lengths, and then of their codes."""
    if list_version not in LIST_VERSIONS:
        raise UnknownListVersion(known=", ".join(LIST_VERSIONS))
    return read_bytes("units", f"{list_version}.tsv")


def _search(text: bytes, code: bytes) -> Unit | None:
    """A binary search in the text itself: it reads 15 lines and decodes only the one that matches."""
    low, high = 0, len(text)
    while low < high:
        start = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = text.index(b"\n", start)
        found = text[start : text.index(b"\t", start)]
        if found == code:
            return _unit(text[start:end])
        if (len(found), found) < (len(code), code):
            low = end + 1
        else:
            high = start
    return None


def _unit(line: bytes) -> Unit:
    return Unit(*line.decode().split("\t"))
