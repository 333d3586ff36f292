"""What the services of entry need from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.models.entry.passes import PassClaims

if TYPE_CHECKING:
    # Declaring does not need the facts that come later.
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.declarations import Declaration
    from chalicelib.models.entry.drafts import Appended, Draft
    from chalicelib.models.entry.proofs import PhoneProof
    from chalicelib.models.entry.records import DeclarationRecord, HeldPass
    from chalicelib.models.entry.reminders import ListedDraft
    from chalicelib.models.entry.verifications import Numbered, Verification, VerificationRecord
    from chalicelib.models.messaging.messages import Message

FindMessages = Callable[[str], "Sequence[Message]"]
"""The records of messages about something, by a code of 16 characters."""

Sign = Callable[[PassClaims], str]
"""The token of these claims."""

FindRecord = Callable[["Code"], "DeclarationRecord | None"]
"""All facts about the declaration of a pass; None if there is no declaration, or if it was deleted."""


class Records(Protocol):
    def find(self, code: Code) -> DeclarationRecord | None:
        """All that is on record about the code's declaration, in one query."""


class ArrivalsAtGates(Records, Protocol):
    def arrived_at(self, checkpoint: str, *, since: datetime) -> Sequence[Code]:
        """The passes whose holders arrived at a checkpoint since then. Some may have arrived at another one."""


class Declarations(Protocol):
    """Declarations, append-only."""

    def find_declaration(self, code: Code) -> Declaration | None:
        """The declaration of a code, without what is on record beside it."""

    def append_declaration(self, code: Code, declaration: Declaration) -> Declaration | None:
        """Store it in one write. If the code is taken, nothing is written, and what is stored there is returned."""


class Proofs(Protocol):
    def append_proof(self, held: HeldPass, proof: PhoneProof) -> None:
        """Append it in one write. One is enough: if the declaration has a proof already, nothing changes."""


class DeclarationsByName(Protocol):
    def find_declarations(self, names: Sequence[str]) -> dict[str, Declaration]:
        """Those of these declarations (the first 13 characters of their codes; 100 at most) that are on record, by
        these names."""

    def restricted_passes(self) -> set[Code]:
        """The passes of persons whose data is restricted."""


class Arrivals(Protocol):
    def declared(self, commune: str, day: date) -> Iterator[tuple[str, str]]:
        """The declarations by which people arrive in a commune on a local day, the last to arrive first.

        For each a text that sorts by the arrival, and the declaration (the first 13 characters of its codes).
        """


class ExpectedPasses(Protocol):
    def at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        """The codes of passes whose holders declared that they will pass a checkpoint between these times."""

    def known_at_checkpoint(self, checkpoint: str, *, since: datetime, until: datetime, at_most: int) -> list[str]:
        """Those of them whose declaration is of a known origin. A flood of others takes no room from them."""

    def crossed_at(self, checkpoint: str, *, since: datetime, until: datetime) -> set[str]:
        """The codes of passes with a crossing at a checkpoint between these times."""


class Verifications(Protocol):
    """Verifications of phones, append-only. They leave after a day."""

    def latest(self, phone_hash: str) -> list[Numbered]:
        """The latest five of a phone, the newest first. Some may be older than a day."""

    def append(self, phone_hash: str, number: int, code: Code, verification: Verification) -> bool:
        """Store it under its code, and under its number among the phone's. False if the number is taken."""

    def find(self, code: Code) -> VerificationRecord | None:
        """All that is on record about a verification."""

    def append_try(self, record: VerificationRecord, number: int) -> bool:
        """Store that it is answered for the number-th time. False if it was before."""


class Drafts(Protocol):
    """Drafts of phones, which are named by their keyed hashes. A draft whose day has come is gone."""

    def of_phone(self, phone_hash: str) -> Sequence[Draft]:
        """All drafts that are kept, by their slots."""

    def find(self, phone_hash: str, name: str) -> Draft | None:
        """The draft with this id."""

    def append(self, phone_hash: str, draft: Draft) -> Appended:
        """Store it in a free slot, whatever slot it names."""

    def replace(self, phone_hash: str, kept: Draft, changed: Draft) -> bool:
        """Store another form under the same id. False, and nothing is written, if the draft has left."""

    def delete(self, phone_hash: str, draft: Draft) -> bool:
        """False if it has left before."""

    def confirm(self, phone_hash: str, draft: Draft, code: Code) -> None:
        """Delete it, and note the declaration that it became."""

    def confirmed_as(self, phone_hash: str, name: str) -> Code | None:
        """The declaration that a draft became."""


class DraftDays(Protocol):
    """The lists of drafts by the day of their trip."""

    def planned(self, day: date, *, until: str, at_most: int) -> Sequence[ListedDraft]:
        """Those with a planned time (`07:30`) up to this one, the earliest first in each part of the list."""

    def unplanned(self, day: date, *, at_most: int) -> Sequence[ListedDraft]:
        """Those without a planned time."""

    def remove(self, listed: Sequence[ListedDraft]) -> None:
        """Take them off the list. The drafts stay."""
