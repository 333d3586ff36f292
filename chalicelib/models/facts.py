"""All that is on record about one declaration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.models.crossings import Crossing
from chalicelib.models.declarations import Declaration
from chalicelib.models.revocations import Revocation


@dataclass(frozen=True, slots=True)
class Facts:
    """The declaration and the facts beside it. The mappings go by the number of the person."""

    declaration: Declaration
    crossings: Mapping[int, Crossing] = field(default_factory=dict)
    revocations: Mapping[int, Revocation] = field(default_factory=dict)
