"""The message templates, in the `reference` table.

The partition `TEMPLATES` has every version, `TEMPLATE_CHANGES` the changes of the version in force, and
`TEMPLATES_IN_FORCE` the version in force. It is not in `CURRENT`, because requests read `CURRENT` and need no
templates.
"""

from collections.abc import Callable
from datetime import datetime

from chalicelib.models.messaging.templates import Templates, TemplatesChange
from chalicelib.models.versions import Kept
from chalicelib.storage.reference_rows import FRESH_FOR, ReferenceTable
from chalicelib.storage.reference_versions import Versions


class TemplateVersions:
    """`services.messaging.templates.TemplateVersions` on DynamoDB. `shipped` are in force until a version is stored,
    which each deployment does."""

    def __init__(self, reference: ReferenceTable, *, shipped: Callable[[], Templates]) -> None:
        self._versions, self._shipped = _versions(reference), shipped

    def in_force(self) -> Templates:
        return self._versions.stored_in_force() or self._shipped()

    def find(self, version: str) -> Kept[Templates, TemplatesChange] | None:
        return self._versions.find(version)

    def put_in_force(self, templates: Templates, change: TemplatesChange) -> bool:
        return self._versions.replace(templates, change)

    def changes(self, at_most: int) -> list[TemplatesChange]:
        return self._versions.changes(at_most)


class TemplatesInForce:
    """The templates in force, at most a minute old, complete for every notice."""

    def __init__(
        self, versions: TemplateVersions, *, shipped: Callable[[], Templates], clock: Callable[[], datetime]
    ) -> None:
        self._versions, self._shipped, self._clock = versions, shipped, clock
        self._read_at: datetime | None = None
        self._current: Templates

    def current(self) -> Templates:
        now = self._clock()
        if self._read_at is None or now - self._read_at >= FRESH_FOR:
            self._current = self._versions.in_force().completed(self._shipped())
            self._read_at = now
        return self._current


def store_shipped_templates(
    templates: Templates, change: TemplatesChange, reference: ReferenceTable, *, only_if_none: bool
) -> bool:
    """Put templates in force. False if their version already names other templates, or, with `only_if_none`, if a
    version is in force."""
    return _versions(reference).store_shipped(templates, change, only_if_none=only_if_none)


def _versions(reference: ReferenceTable) -> Versions[Templates, TemplatesChange]:
    return Versions(
        reference,
        (Templates, TemplatesChange),
        kept="TEMPLATES",
        changes="TEMPLATE_CHANGES",
        current=("TEMPLATES_IN_FORCE", "TEMPLATES"),
    )
