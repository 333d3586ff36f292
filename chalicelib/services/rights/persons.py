"""A person's rights: find what is held about them, export it, erase it."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.enums import StrEnum
from chalicelib.models.people import hashed
from chalicelib.models.people.holdings import Holding, PersonKeys
from chalicelib.models.people.identities import Identity
from chalicelib.models.permits.forms import PermitPerson
from chalicelib.models.permits.permits import PermitRecord, PermitState, is_permit
from chalicelib.models.tracing.exposures import FoundBy
from chalicelib.services.entry.ports import FindRecord
from chalicelib.services.ports import Clock, KeyedHash
from chalicelib.services.rights.ports import (
    Erasures,
    FindCodes,
    FindPermit,
    Keeper,
    ReadDeclarations,
    Receipts,
    Requests,
)


class AskedBy(StrEnum):
    """The key of a search for a person."""

    CODE = "code"
    PHONE = "phone"
    IDENTITY = "identity"


class Asked(NamedTuple):
    """What was asked for: a code (16 characters), a phone number (E.164), or the documents that a number can be."""

    by: AskedBy
    text: str
    documents: Sequence[Identity] = ()


class Archive(NamedTuple):
    """The ports that the rights of a person use."""

    keepers: Sequence[Keeper]
    erasures: Erasures
    requests: Requests
    receipts: Receipts
    find_record: FindRecord
    find_codes: FindCodes
    find_permit: FindPermit
    keyed_hash: KeyedHash
    zone: tzinfo
    clock: Clock
    read_declarations: ReadDeclarations | None = None
    """Also find declarations whose exposures were deleted. Without it they are found only by their code."""


class HeldPermit(NamedTuple):
    """A person's permit."""

    code: Code
    person: PermitPerson
    issued_at: datetime
    """When it was asked for."""
    in_force: bool


class FoundPerson(NamedTuple):
    """A person: the keys of their rows, and those of their passes and permits that are on record."""

    keys: PersonKeys
    passes: list[HeldPass]
    begun: bool
    """Whether an erasure of them was interrupted."""
    permits: Sequence[HeldPermit] = ()

    @property
    def held(self) -> list[HeldPass | HeldPermit]:
        """Passes and permits."""
        return [*self.passes, *self.permits]


class SeveralPersons(Exception):
    """A number leads to several persons: a family may have one phone, as the drivers of a company, and a card and a
    passport the same number. `held` has one pass or permit or more of each."""

    def __init__(self, held: Sequence[HeldPass | HeldPermit]) -> None:
        super().__init__()
        self.held = held


class PassNotEnded(Exception):
    """A pass can still be used until then: erased, it could not be checked at the gate."""

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class PermitInForce(Exception):
    """A permit is in force: erased, it would still be valid at a gate without network, which learns of revocations
    only."""

    def __init__(self, permits: Sequence[HeldPermit]) -> None:
        super().__init__()
        self.permits = permits


def find_person(asked: Asked, *, archive: Archive) -> FoundPerson:
    """Find a person and all of their passes and permits.

    By a code, the person in it, and by their document all of their others. By a document or a phone, the one
    person who gave it: a card of one person and a passport of another may have the same number. Someone without a
    document is found by each of their codes: another person may have the same name and year of birth.

    Raises `SeveralPersons`.
    """
    everyone = _everyone(archive)
    codes = _codes_of(asked, everyone, archive)
    held: list[HeldPass | HeldPermit] = [*_passes(codes, archive), *_permits(codes, archive)]
    persons = {each.person.identifying_text: each.person for each in held}
    if len(persons) > 1:
        raise SeveralPersons(held)
    documents = {each.identity for each in persons.values() if each.identity}
    codes |= _codes_of_documents(documents, everyone, archive)
    passes, permits = _passes(codes, archive), _permits(codes, archive)
    held = [*passes, *permits]
    hashes = {_hash_of(text, archive) for each in held for text in each.person.stored_texts}
    hashes |= {_hash_of(text, archive) for each in asked.documents for text in each.stored_texts}
    # Not those of permits: an employer gives them, so one may be the phone of many, with their drafts and seats.
    phones = {each.person.phone for each in passes if each.person.phone}
    phones |= {asked.text} if asked.by is AskedBy.PHONE else set()
    keys = PersonKeys(
        frozenset(codes),
        frozenset(hashes),
        frozenset(archive.keyed_hash.text(hashed.TEXTS_TO, each) for each in phones),
        frozenset(archive.keyed_hash.text(hashed.PHONE, each) for each in phones),
    )
    begun = archive.erasures.unfinished().get(asked_hash(asked, archive))
    if begun is not None:
        keys |= begun
    return FoundPerson(keys, passes, begun is not None, permits)


def export(found: FoundPerson, *, archive: Archive) -> list[Holding]:
    """All that is held about a person, by table."""
    return [holding for keeper in archive.keepers for holding in keeper.export(found.keys)]


def erase(
    asked: Asked, found: FoundPerson, *, tombstones_for: timedelta, receipt_for: timedelta, archive: Archive
) -> dict[str, int]:
    """Erase it. Returns how many rows were deleted or blanked, by table.

    The tombstones come first and the receipt last. What was interrupted is finished by the next erasure of any person.

    Raises `PassNotEnded` and `PermitInForce` before anything is erased.
    """
    now = archive.clock()
    if in_force := [each for each in found.permits if each.in_force]:
        raise PermitInForce(in_force)
    until = max((each.expires_at for each in found.passes), default=now)
    if until > now:
        raise PassNotEnded(until)
    name = asked_hash(asked, archive)
    tombstones = [tombstone(code, archive.keyed_hash) for code in sorted(found.keys.codes)]
    archive.erasures.begin(name, found.keys, tombstones, keep_until=now + tombstones_for)
    done = {}
    # Always include this one: another administrator may have finished it already, and then `unfinished` lacks it.
    for each, keys in ({name: found.keys} | archive.erasures.unfinished()).items():
        done[each] = {keeper.name: keeper.erase(keys) for keeper in archive.keepers}
        archive.erasures.finish(each, done[each], at=now, keep_until=now + receipt_for)
    return done[name]


def tombstone(code: str, keyed_hash: KeyedHash) -> str:
    """What stays of an erased pass: the keyed hash of its code."""
    return keyed_hash.text("erased", code)


class _Declared(NamedTuple):
    """The data by which a person of a declaration is found. It is small, because it is in memory for all persons at
    once."""

    code: str
    phone: str | None
    text: str


def _codes_of(asked: Asked, everyone: Sequence[_Declared], archive: Archive) -> set[str]:
    if asked.by is AskedBy.CODE:
        return {asked.text}
    if asked.by is AskedBy.IDENTITY:
        return _codes_of_documents(asked.documents, everyone, archive)
    found = archive.find_codes(FoundBy.PHONE, archive.keyed_hash.text(hashed.PHONE, asked.text))
    return found | {each.code for each in everyone if each.phone == asked.text}


def _codes_of_documents(documents: Collection[Identity], everyone: Sequence[_Declared], archive: Archive) -> set[str]:
    wanted = {each.identifying_text for each in documents}
    stored = {text for each in documents for text in each.stored_texts}
    found = [archive.find_codes(FoundBy.PERSON, _hash_of(text, archive)) for text in sorted(stored)]
    return {each.code for each in everyone if each.text in wanted}.union(*found)


def _everyone(archive: Archive) -> list[_Declared]:
    """All persons of all declarations, read only if needed and only once, because it takes long."""
    declarations = archive.read_declarations() if archive.read_declarations else ()
    return [
        _Declared(str(held.code), held.person.phone, held.person.identifying_text)
        for name, declaration in declarations
        for held in DeclarationRecord(declaration).passes(name)
    ]


def _passes(codes: Iterable[str], archive: Archive) -> list[HeldPass]:
    """The passes that are on record and not erased, in the order of their codes."""
    held = []
    for code in map(Code.parse, sorted(codes)):
        record = archive.find_record(code)
        held += [each for each in (record.passes(code.declaration) if record else []) if each.code == code]
    return held


def _permits(codes: Iterable[str], archive: Archive) -> list[HeldPermit]:
    """The permits that are on record, in the order of their codes."""
    records = [archive.find_permit(code) for code in map(Code.parse, sorted(codes)) if is_permit(code)]
    return [_held_permit(each, archive) for each in records if each is not None]


def _held_permit(record: PermitRecord, archive: Archive) -> HeldPermit:
    in_force = record.state(archive.clock(), archive.zone) is PermitState.GRANTED
    return HeldPermit(record.code, record.permit.form.person, record.permit.asked_at, in_force)


def _hash_of(identifying_text: str, archive: Archive) -> str:
    return archive.keyed_hash.text(hashed.PERSON, identifying_text)


def asked_hash(asked: Asked, archive: Archive) -> str:
    """What receipts have of it."""
    return archive.keyed_hash.text("asked", asked.by.value, asked.text)


def shown(held: HeldPass | HeldPermit) -> str:
    """A pass or permit in a line: enough to see whether it is the person's, and no more."""
    return f"{held.code.shown}  {masked(held.person.full_name)}  {held.issued_at:%Y-%m-%d %H:%M}"
