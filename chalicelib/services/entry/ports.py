"""What the services of entry need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

from chalicelib.models.entry.passes import PassClaims

if TYPE_CHECKING:
    # Declaring does not need the facts that come later.
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.declarations import Declaration
    from chalicelib.models.entry.records import DeclarationRecord

Sign = Callable[[PassClaims], str]
"""The token of these claims."""


class Records(Protocol):
    def find(self, code: Code) -> DeclarationRecord | None:
        """All that is on record about the code's declaration, in one query."""


class Declarations(Protocol):
    """Declarations, append-only."""

    def find_declaration(self, code: Code) -> Declaration | None:
        """The declaration of a code, without what is on record beside it."""

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        """Store it in one write. If the code is taken, nothing is written, and what is stored there is returned."""


class DeclarationsByName(Protocol):
    def find_declarations(self, names: Sequence[str]) -> dict[str, Declaration]:
        """Those of these declarations (the first 13 characters of their codes; 100 at most) that are on record, by
        these names."""

    def restricted_passes(self) -> set[Code]:
        """The passes of persons who had the use of their data restricted."""


class Arrivals(Protocol):
    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        """The declarations by which people arrive in a commune on a local day, the last to arrive first.

        For each a text that sorts by the arrival, and the declaration (the first 13 characters of its codes).
        """
