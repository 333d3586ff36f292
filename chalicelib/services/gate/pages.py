"""Cursors: text that leads a client to the next page of a list. It reveals nothing to the client or its logs.

A cursor is a keyed hash of where the page begins and of the question, and behind it the former, hidden by a second hash
of the first. (RFC 5297 encrypts in this way: the hash is the initial value, and shows every change.) So no state stays
on the server, a cursor of another question is refused, and nobody can make one.
"""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hmac import compare_digest

from chalicelib.models.gate.pages import PAGE_START_LENGTH, PageStart
from chalicelib.services.pages import cursor_unknown
from chalicelib.services.ports import KeyedHash

_HASH_LENGTH = 16
"""Bytes."""


def cursor_of(start: PageStart, question: Sequence[str], keyed_hash: KeyedHash) -> str:
    """The cursor of a page of the answer to a question: 47 characters that a URL may have."""
    content = start.to_bytes()
    known_by = _hash(content, question, keyed_hash)
    return urlsafe_b64encode(known_by + _hidden(content, known_by, keyed_hash)).rstrip(b"=").decode()


def page_start(
    cursor: str, question: Sequence[str], *, keyed_hash: KeyedHash, now: datetime, good_for: timedelta
) -> PageStart:
    """Where the page begins.

    Raises `InvalidInput` (`cursor_unknown`) if the cursor is older than `good_for`, of another question, or not ours.
    """
    start = _start(cursor, question, keyed_hash)
    if start is None or now - start.begun > good_for:
        raise cursor_unknown()
    return start


def _start(cursor: str, question: Sequence[str], keyed_hash: KeyedHash) -> PageStart | None:
    try:
        raw = b64decode(cursor + "=", b"-_", validate=True)
    except ValueError:
        return None
    if len(raw) != _HASH_LENGTH + PAGE_START_LENGTH:
        return None
    known_by = raw[:_HASH_LENGTH]
    content = _hidden(raw[_HASH_LENGTH:], known_by, keyed_hash)
    return PageStart.from_bytes(content) if compare_digest(known_by, _hash(content, question, keyed_hash)) else None


def _hash(content: bytes, question: Sequence[str], keyed_hash: KeyedHash) -> bytes:
    return keyed_hash.raw(_HASH_LENGTH, "cursor", content.hex(), *question)


def _hidden(content: bytes, known_by: bytes, keyed_hash: KeyedHash) -> bytes:
    """The content hidden; or, if it is hidden, the content."""
    stream = keyed_hash.raw(PAGE_START_LENGTH, "page of a cursor", known_by.hex())
    return bytes(one ^ other for one, other in zip(content, stream, strict=True))
