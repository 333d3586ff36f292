"""Trails: ids in the log that lead from a request to all that workers did because of it.

The id of a request ends at the stream of a table, which carries keys alone. What goes on is the code of a declaration,
a permit or a case. A line of the log has a digest of it: lines with the same digest are about the same record. A
digest leads to no code, and so to no person. (Audit lines, in the logs of the functions for staff, name codes.)
"""

import re
from hashlib import blake2b

from chalicelib.models.entry.codes import ALPHABET, DECLARATION_LENGTH, LENGTH

_TRAIL_BYTES = 6
"""60 million records in the log at once: the chance that another one has the same trail is one in four million."""

_CHARACTERS = re.compile(f"[{ALPHABET}]+")


def trail_of(key: str) -> str | None:
    """The trail of what a key or an event's subject names, 12 hexadecimal digits; None if it names no code.

    A key is a code, the 13 characters of a declaration, or one of them after `#`. All passes of a declaration have one
    trail.
    """
    code = key.rpartition("#")[2]
    if len(code) not in (DECLARATION_LENGTH, LENGTH) or not _CHARACTERS.fullmatch(code):
        return None
    return blake2b(code[:DECLARATION_LENGTH].encode(), digest_size=_TRAIL_BYTES).hexdigest()
