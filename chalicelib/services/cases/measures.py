"""The progress of the work with contacts, in WHO's measures."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from chalicelib.models.cases.works import ENDS_WORK, WorkKind
from chalicelib.services.cases.cases import CaseFile, Registry

_DAY = timedelta(days=1)
_MET = frozenset({WorkKind.REACHED, WorkKind.TESTED})
"""Facts that show that a contact was reached."""


class Measures(NamedTuple):
    """WHO's five measures, as far as the records allow. A share is None if there is nothing to count."""

    seen_today: float | None
    """The share of contacts with open work who have a fact recorded today, other than `not_reached`."""
    followed_to_the_end: float | None
    """The share of contacts who were cleared or became a case."""
    lost: float | None
    """The share of contacts whose last fact is `not_reached`."""
    traced_within_a_day: float | None
    """The share of contacts reached within 24 hours, of those found at least a day ago."""
    cases_among_contacts: int
    """The number of contacts who became a case."""


class KnownContacts(NamedTuple):
    """How many new cases were known contacts."""

    cases: int
    known: int
    share: float | None
    """None without cases."""


def measures_of(file: CaseFile, now: datetime) -> Measures:
    """See `Measures`."""
    contacts, today = file.contacts, now.astimezone(file.zone).date()
    states = Counter(file.state_of(each) for each in contacts)
    met = {each.id: [work.recorded_at for work in file.works_of(each) if work.kind in _MET] for each in contacts}
    still_open = [each for each in contacts if file.state_of(each) not in ENDS_WORK]
    seen = [each for each in still_open if any(at.astimezone(file.zone).date() == today for at in met[each.id])]
    old = [each for each in contacts if each.found_at <= now - _DAY]
    in_time = [each for each in old if any(at - each.found_at <= _DAY for at in met[each.id])]
    return Measures(
        seen_today=_share(len(seen), len(still_open)),
        followed_to_the_end=_share(len(contacts) - len(still_open), len(contacts)),
        lost=_share(states[WorkKind.NOT_REACHED], len(contacts)),
        traced_within_a_day=_share(len(in_time), len(old)),
        cases_among_contacts=states[WorkKind.BECAME_CASE],
    )


def known_contacts(month: datetime, *, registry: Registry) -> KnownContacts:
    """The known contacts among the cases that were opened in a month (UTC)."""
    opened, known = registry.cases.count_opened(month)
    return KnownContacts(opened, known, _share(known, opened))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
