"""What the services of certificates need from outside."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.models.certificates.contents import Container
from chalicelib.models.certificates.trusted_keys import KeyFacts, KeyName, TrustedKey, TrustListEntry

DecodeCertificate = Callable[[str], Container]
"""What a certificate's text wraps, not verified. Raises `Unreadable` for any other text."""

FactsOfKey = Callable[[TrustListEntry], KeyFacts]
"""What an entry of a trust list says about its key. Raises `KeyNotUsable`."""


class TrustedKeys(Protocol):
    """The trust list."""

    def find(self, key_id: bytes) -> Sequence[TrustedKey]:
        """All keys of this id, at most a minute old: countries may share one."""

    def all(self) -> Sequence[TrustedKey]: ...

    def put(self, keys: Sequence[TrustedKey]) -> None:
        """List these. They replace what is listed under the same id and country."""

    def remove(self, keys: Sequence[TrustedKey]) -> None: ...

    def note_changes(self, names: Sequence[KeyName], at: datetime) -> None:
        """Store that these keys are being listed, changed or removed, before they are."""

    def changed_since(self, moment: datetime) -> set[KeyName]:
        """The keys with a change that was noted at this moment or later. It may not have been made."""
