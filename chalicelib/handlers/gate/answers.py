"""What the gate's answers have in common: findings, documents, conflicts."""

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.handlers.entry.answers import Shown
from chalicelib.http.shapes import Shape
from chalicelib.models.entry.amendments import AmendedField
from chalicelib.models.entry.conflicts import ConflictKind
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.people.identities import IdentityKind
from chalicelib.models.people.persons import Person
from chalicelib.models.policy.texts import Level, Texts

PolicyOf = Callable[[str], Texts]
"""The texts of the policy of a version: a declaration is shown by the one it was judged by."""


class StaffFinding(Shape):
    """What the policy found, for staff. `stop` means: admit only with a reason."""

    id: str
    """Its id in the policy."""
    level: Level
    """How much it asks of staff."""
    text: str
    """What it is, in words."""


class ShownIdentity(Shape):
    """A person's document. The whole number only for roles that need health answers: they compare it with the papers.
    Others get the last third, behind asterisks."""

    kind: IdentityKind
    """Which document it is."""
    number: str
    """Its number, or the end of it."""


class ShownAmendment(Shape):
    """What the person says is right in their declaration, which stays as it was."""

    field: AmendedField
    """Which field."""
    value: str
    """Of a document its kind and number; the whole number only for roles that need health answers."""
    recorded_at: datetime
    """When it was recorded."""


class ShownReplacement(Shape):
    """That the same persons declared the same trip again."""

    recorded_at: datetime
    """When this pass ended."""
    by: Shown
    """The code of the person's newer pass."""


class NamedConflict(Shape):
    """`GET /v1/checkpoint/conflicts` has all of it."""

    id: str
    """Its id."""
    kind: ConflictKind
    """Why it needs a supervisor."""


def identity_of(person: Person, *, whole: bool) -> ShownIdentity | None:
    identity = person.identity
    if identity is None:
        return None
    return ShownIdentity(kind=identity.kind, number=identity.number if whole else identity.masked_number)


def amendments_of(held: HeldPass, *, whole: bool) -> list[ShownAmendment] | None:
    """Without contact data if the use of the person's data is restricted."""
    return [
        ShownAmendment(field=each.field, value=each.text(whole=whole), recorded_at=each.recorded_at)
        for each in held.amendments
        if not (held.is_restricted and each.field.is_contact)
    ] or None


def replacement_of(held: HeldPass) -> ShownReplacement | None:
    replacement = held.replacement
    if replacement is None:
        return None
    return ShownReplacement(recorded_at=replacement.recorded_at, by=replacement.by_code.shown)


def findings_of(policy: Texts, ids: Sequence[str], language: str) -> list[StaffFinding]:
    named = [(each, policy.findings[each]) for each in ids]
    return [StaffFinding(id=name, level=finding.level, text=finding.in_language(language)) for name, finding in named]
