"""How far the work with contacts has come, in WHO's measures."""

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
    """WHO's five measures, as far as what is recorded gives them. A share of nothing is None."""

    seen_today: float | None
    """Of the contacts whose work is open, those of whom a fact was recorded today, other than that nobody reached
    them."""
    followed_to_the_end: float | None
    """Of all contacts, those who were cleared or became a case."""
    lost: float | None
    """Of all contacts, those whose last fact is that nobody reached them."""
    traced_within_a_day: float | None
    """Of the contacts found a day ago or earlier, those who were reached within 24 hours."""
    cases_among_contacts: int
    """Contacts who became a case. The share among all new cases is that of cases which were a contact before."""


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
    """Of the cases that were opened in a month (UTC)."""
    opened, known = registry.cases.count_opened(month)
    return KnownContacts(opened, known, _share(known, opened))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None
