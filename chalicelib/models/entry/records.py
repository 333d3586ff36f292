"""All that is on record about one declaration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.models.entry.conflicts import Conflict, Settlement
from chalicelib.models.entry.corrections import Correction
from chalicelib.models.entry.crossings import Crossing, Decision
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.revocations import Revocation


@dataclass(frozen=True, slots=True)
class Facts:
    """The declaration and the facts beside it. The mappings go by the number of the person, and that of settlements by
    the conflict's id; corrections come in their order."""

    declaration: Declaration
    crossings: Mapping[int, Crossing] = field(default_factory=dict)
    revocations: Mapping[int, Revocation] = field(default_factory=dict)
    corrections: Mapping[int, Sequence[Correction]] = field(default_factory=dict)
    conflicts: Mapping[int, Sequence[Conflict]] = field(default_factory=dict)
    settlements: Mapping[str, Settlement] = field(default_factory=dict)

    def has(self, person: int) -> bool:
        """Whether there is a pass of this number."""
        return person < len(self.declaration.passes)

    def decision(self, person: int) -> Decision | None:
        """What holds for a person's crossing now: what was said last."""
        if person not in self.crossings:
            return None
        corrections = self.corrections.get(person)
        return corrections[-1].decision if corrections else self.crossings[person].decision

    def is_settled(self, person: int) -> bool:
        """Whether a supervisor has settled a conflict about this person."""
        return any(each.id in self.settlements for each in self.conflicts.get(person, ()))

    def open_conflicts(self, person: int) -> list[Conflict]:
        """Those that nobody has settled."""
        return [each for each in self.conflicts.get(person, ()) if each.id not in self.settlements]
