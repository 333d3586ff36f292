"""The proof: the traveller's phone answered."""

from pydantic import AwareDatetime

from chalicelib.models.records import Record


class PhoneProof(Record):
    """The fact that somebody followed the link that only the traveller's phone got: one for each declaration."""

    recorded_at: AwareDatetime
