"""The replacement: the same persons declared the same trip again, so the earlier pass ended.

It is not for a pass that has a crossing or an arrival: such a pass goes on as if there were none.
"""

from pydantic import AwareDatetime

from chalicelib.models.entry.codes import Code, StoredCode
from chalicelib.models.records import Record


class Replacement(Record):
    """The fact that a newer declaration replaced a pass: one for each pass."""

    recorded_at: AwareDatetime
    """When the pass ended."""
    by: StoredCode
    """The newer pass of the same person."""

    @property
    def by_code(self) -> Code:
        return Code.parse(self.by)


class ReplacedPass(Record):
    """What a gate must know of a replacement to ask for the newer pass without network: nothing about the person."""

    code: StoredCode
    """The pass's."""
    replaced_at: AwareDatetime
    """When it ended."""
    by: StoredCode
    """The code of the newer pass of the same person."""
    expires_at: AwareDatetime
    """When the pass would have ended: from then on it need not be remembered."""
