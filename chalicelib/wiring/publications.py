"""What reading and publishing figures needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.administrative_units import children, units
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.models.statistics.places import Places
    from chalicelib.services.statistics.bulletins import Press
    from chalicelib.services.statistics.readings import Desk
    from chalicelib.storage.statistics.publications import Publications


@cache
def publications() -> Publications:
    from chalicelib.storage.statistics.publications import PublicationRow, Publications

    return Publications(wiring.table(PublicationRow, "statistics_table"))


@cache
def desk() -> Desk:
    from chalicelib.services.statistics.readings import Desk
    from chalicelib.wiring.statistics import figures

    return Desk(figures=figures(), province=province(settings().province), zone=wiring.zone())


def press() -> Press:
    from chalicelib.services.statistics.bulletins import Press

    return Press(
        desk=desk(),
        publications=publications(),
        places=places(),
        hidden_below=settings().statistics_hidden_below,
    )


def overdue_bulletins() -> int:
    """How many of today's bulletins should have been released by now."""
    from chalicelib.services.statistics.bulletins import count_overdue

    return count_overdue(wiring.clock(), publications=publications())


def gates() -> dict[str, str]:
    """The names of the gates, by id."""
    from chalicelib.wiring.policy import in_force

    known = in_force().current().checkpoints
    return {id: known[id].name for id in sorted(known)}  # noqa: A001 - a gate's id


def places() -> Places:
    """The gates of now, and the units of the province's list."""
    from chalicelib.models.statistics.places import Places

    own = province(settings().province)
    names, districts = _units(own.units_list, own.code)
    return Places(gates(), own.units_list, districts, names)


@cache
def _units(list_version: str, code: str) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Names by code, and the communes of each district. A list without districts has the province in their place."""
    known = units(list_version)
    inside = children(list_version, code)
    above = [each for each in inside if len(each.code) < 5] or [known[code]]
    districts = {each.code: [part.code for part in children(list_version, each.code)] for each in above}
    codes = [*districts, *(commune for communes in districts.values() for commune in communes)]
    return {each: known[each].name for each in codes}, districts
