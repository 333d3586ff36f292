"""What certificates need."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.models.certificates.readings import Reading
    from chalicelib.models.certificates.trusted_keys import KeyFacts, TrustListEntry
    from chalicelib.storage.certificates.trusted_keys import TrustedKeys

from chalicelib import wiring


@cache
def trusted_keys() -> TrustedKeys:
    from chalicelib.storage.certificates.trusted_keys import TrustedKeys

    return TrustedKeys(wiring.reference_table(), clock=wiring.clock)


def read_certificate(text: str, at: datetime) -> Reading:
    """What a scanned certificate of vaccination, test or recovery says, and whether it was valid at a moment."""
    from chalicelib.adapters.hcert import decode
    from chalicelib.services.certificates.readings import read_certificate

    return read_certificate(text, at, decode=decode, trusted_keys=trusted_keys())


def facts_of_key(entry: TrustListEntry) -> KeyFacts:
    """What an entry of a trust list says of its key. Raises `KeyNotUsable`."""
    from chalicelib.adapters.trusted_key_files import facts_of

    return facts_of(entry)
