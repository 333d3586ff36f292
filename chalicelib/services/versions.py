"""Put a new version of a document in force, such as the policy, and list who has done it."""

import re
from collections.abc import Callable
from typing import Protocol

from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput, ServiceUnavailable
from chalicelib.models.versions import VERSION, Change, Document, Kept
from chalicelib.services.pages import Page, page_of

MOST_CHANGES = 10_000
"""The most changes that are read: the list is paged in memory."""


class Versions(Protocol[Document, Change]):
    """The current versions of a document, for changes."""

    def in_force(self) -> Document: ...

    def find(self, version: str) -> Kept[Document, Change] | None: ...

    def put_in_force(self, document: Document, change: Change, /) -> bool:
        """Store a new version and put it in force, both in one write.

        Returns False if the version exists, or if `change.instead_of` is not in force.
        """

    def changes(self, at_most: int) -> list[Change]:
        """The newest first."""


def version_of(
    version: str | None, *, versions: Versions[Document, Change], unknown: Callable[[str], DomainError]
) -> Document:
    """The version in force, or an old one. Raises the error that `unknown` makes of an unknown name."""
    if version is None:
        return versions.in_force()
    kept = versions.find(version) if re.fullmatch(VERSION, version) else None
    if kept is None:
        raise unknown(version[:40])
    return kept.document


def list_changes(*, cursor: str | None, limit: int, versions: Versions[Document, Change]) -> Page[Change]:
    """A page of the changes of the version in force, the newest first. Raises `InvalidInput` (`cursor_unknown`)."""
    changes = versions.changes(MOST_CHANGES)
    return page_of(changes, cursor=cursor, limit=limit, name_of=lambda each: f"{each.version} {each.stored_at}")


def put_in_force(
    document: Document,
    change: Change,
    *,
    versions: Versions[Document, Change],
    changed: Callable[[str], DomainError],
    taken: str,
) -> Change:
    """Store a new version and put it in force in place of the version that the sender has seen, in one write.

    The same document sent again by the same member of staff gets the change on record.

    Raises
    ------
    InvalidInput
        The version already names another document: the problem has the code `taken`.
    DomainError
        The version in force is not the one that it replaces. `changed` makes this error from the name of the version in
        force.
    """
    if versions.put_in_force(document, change):
        return change
    kept = versions.find(document.version)
    if kept is not None and kept.document == document and kept.change.stored_by == change.stored_by:
        return kept.change
    in_force = versions.in_force().version
    if in_force != change.instead_of:
        raise changed(in_force)
    if kept is not None:
        raise InvalidInput([FieldProblem("/version", taken, {"version": document.version})])
    raise ServiceUnavailable  # somebody else's change was in progress, and failed
