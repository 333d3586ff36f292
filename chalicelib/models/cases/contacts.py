"""Contacts of a case: from the edges that searches have stored, the ones that count, grouped by person.

Searches run in any order, so some stored edges do not count. An edge counts if

- the person closer to the case was there when they could already infect others,
- it leads to another person, not back to the case,
- it leads there in the fewest hops; or in more hops, but earlier than any edge that counts in fewer hops; or it is the
  first edge of a known origin. Anyone may send a form with a person's number: it must not hide that person's real pass.

Of several facts of one kind between the same two people on one day the earliest pair counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from typing import NamedTuple

from pydantic import AwareDatetime

from chalicelib.models.cases.chains import Chain, ChainEdge, ChainPerson
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry.codes import ALPHABET, DECLARATION_LENGTH
from chalicelib.models.records import Record

_ID_LENGTH = 8


class Edge(Record):
    """One reason why a person is a contact: two facts at one place."""

    hop: int
    """Of the person who was found."""
    person: str
    """Keyed hash of the person who was found."""
    through: str
    """Keyed hash of the person that they were near."""
    kind: ContactKind
    seen_at: AwareDatetime
    """When the person closer to the case was there."""
    from_: AwareDatetime
    """The earlier of the two facts."""
    until: AwareDatetime
    """The later of the two facts: from then on both were there."""
    code: str
    """The pass of the person who was found."""
    fact: str
    """What distinguishes the pair of facts from others: that of the one nearer to the case, `|`, and the other one."""
    found_at: AwareDatetime
    is_unproven: bool = False
    """Whether anyone may have sent the declaration of the person who was found."""

    @property
    def near(self) -> str:
        """The trip, or the interview's place, of the person nearer to the case: the same for people who met."""
        nearer = self.fact.partition("|")[0]
        _, _, code = nearer.partition("/")
        return code[:DECLARATION_LENGTH] or nearer

    @property
    def reach(self) -> datetime:
        """From when the person who was found may have infected others."""
        return self.until


class FoundSince(NamedTuple):
    """A time from which a person of hop 1 may have infected others: by any reason, and by those of a known origin."""

    by_any: datetime
    by_known: datetime | None

    def covers(self, edge: Edge) -> bool:
        """Whether a reason of more hops can be left out: hop 1 has one that is as early and as certain."""
        since = self.by_any if edge.is_unproven else self.by_known
        return since is not None and edge.reach >= since


@dataclass(frozen=True, slots=True)
class Contact:
    """A person near the case. `reasons` have the strongest first."""

    id: str
    """The contact's id in this case. It is the same for any of the person's numbers."""
    persons: Sequence[str]
    """Keyed hashes of each number under which the person was found."""
    hop: int
    reasons: Sequence[Edge]

    @property
    def last_near(self) -> datetime:
        """The last known exposure: days of quarantine begin there."""
        return max(each.until for each in self.reasons)

    @property
    def found_at(self) -> datetime:
        return min(each.found_at for each in self.reasons)

    @property
    def code(self) -> str:
        """The pass of the last fact: officers see the person's identity by it, and its phone gets the message. A form
        that anyone may have sent with the person's number is used only if there is no other."""
        return max(self.reasons, key=lambda each: (not each.is_unproven, each.until, each.code)).code

    @property
    def rank(self) -> int:
        """The order in a hop: contacts with a known origin first, then the strongest reason. So a flood of forms hides
        no contact."""
        unproven = all(each.is_unproven for each in self.reasons)
        return self.reasons[0].kind.rank + (len(ContactKind) if unproven else 0)


def contact_id(case: str, person: str) -> str:
    """A contact's id in URLs: eight characters that identify nobody without the case."""
    bits = int.from_bytes(sha256(f"{case}#{person}".encode()).digest()[:5], "big")
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(_ID_LENGTH))


class Groups:
    """Numbers of persons. Numbers that are on record for the same person are joined."""

    def __init__(self, same: Iterable[tuple[str, str]], case: Sequence[str]) -> None:
        self._first: dict[str, str] = {}
        for one, other in [*same, *((case[0], each) for each in case[1:])]:
            first, second = sorted((self.of(one), self.of(other)))
            self._first[second] = first
        self.case = self.of(case[0])

    def of(self, person: str) -> str:
        """One of the person's numbers, the same for all of them."""
        while person in self._first:
            person = self._first[person]
        return person


def counted(edges: Iterable[Edge], groups: Groups, zone: tzinfo) -> list[Edge]:
    """The edges that count, by hop."""
    by_hop: dict[int, list[Edge]] = {}
    for edge in edges:
        by_hop.setdefault(edge.hop, []).append(edge)
    reached: dict[str, datetime] = {}
    """For each person who may have infected others: the earliest time, in all hops so far."""
    near: dict[str, datetime] | None = None
    """The same, only in the last hop. None for the case: the searches already use its time."""
    found: set[str] = set()
    known: set[str] = set()
    """Those of `found` with a reason of a known origin."""
    kept: list[Edge] = []
    for hop in sorted(by_hop):
        candidates = [each for each in by_hop[hop] if _leads_on(each, groups, near)]
        earlier = dict(reached)
        counting = [
            each
            for each in candidates
            if groups.of(each.person) not in found
            or groups.of(each.person) not in earlier
            or each.reach < earlier[groups.of(each.person)]
            or not (each.is_unproven or groups.of(each.person) in known)
        ]
        near = {}
        for each in counting:
            person = groups.of(each.person)
            found.add(person)
            if not each.is_unproven:
                known.add(person)
            if each.kind.is_followed:
                near[person] = min(each.reach, near.get(person, each.reach))
                reached[person] = min(each.reach, reached.get(person, each.reach))
        kept += _earliest(counting, groups, zone)
    return kept


def _leads_on(edge: Edge, groups: Groups, near: Mapping[str, datetime] | None) -> bool:
    through, person = groups.of(edge.through), groups.of(edge.person)
    if person in (through, groups.case):
        return False
    if near is None:
        return edge.hop == 1 and through == groups.case
    return through in near and edge.seen_at >= near[through]


def _earliest(edges: Iterable[Edge], groups: Groups, zone: tzinfo) -> list[Edge]:
    best: dict[tuple[object, ...], Edge] = {}
    for each in sorted(edges, key=order_of_pairs):
        day = each.until.astimezone(zone).date()
        best.setdefault((groups.of(each.person), groups.of(each.through), each.kind, day), each)
    return list(best.values())


def order_of_pairs(edge: Edge) -> tuple[datetime, float, bool, str]:
    """The earliest pair is first; of pairs with the same start, the one whose facts are closest in time. Between equal
    pairs, a known origin is first."""
    return edge.until, -edge.from_.timestamp(), edge.is_unproven, edge.fact


def contacts_of(
    case: str, edges: Iterable[Edge], same: Iterable[tuple[str, str]], persons: Sequence[str], zone: tzinfo
) -> list[Contact]:
    """The contacts of a case, sorted by hop, rank and id. Each person is listed once."""
    groups = Groups(same, persons)
    reasons: dict[str, list[Edge]] = {}
    for edge in counted(edges, groups, zone):
        reasons.setdefault(groups.of(edge.person), []).append(edge)
    contacts = []
    for person, each in reasons.items():
        numbers = sorted({edge.person for edge in each} | {person})
        each.sort(key=lambda edge: (edge.hop, edge.is_unproven, edge.kind.rank, edge.until, edge.fact))
        contacts.append(Contact(contact_id(case, person), numbers, each[0].hop, each))
    return sorted(contacts, key=lambda contact: (contact.hop, contact.rank, contact.id))


def chain_of(
    contacts: Sequence[Contact],
    groups: Groups,
    zone: tzinfo,
    *,
    name_of: Callable[[Contact], str | None],
    state_of: Callable[[Contact], str],
) -> Chain:
    """The chain of a list of contacts. Number 0 is the case; the others have the order of the list."""
    numbers = {groups.case: 0}
    people = [ChainPerson(0, 0)]
    for number, contact in enumerate(contacts, 1):
        numbers |= {groups.of(each): number for each in contact.persons}
        people.append(ChainPerson(number, contact.hop, contact.id, name_of(contact), state_of(contact)))
    edges = [
        ChainEdge(
            numbers[groups.of(each.person)],
            numbers[groups.of(each.through)],
            each.hop,
            each.kind,
            each.from_.astimezone(zone),
            each.until.astimezone(zone),
        )
        for contact in contacts
        for each in contact.reasons
    ]
    return Chain(people, sorted(edges, key=lambda each: (each.hop, each.kind.rank, each.until, each.person)))
