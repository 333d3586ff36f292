"""Put message templates in force."""

from datetime import datetime
from typing import Protocol

from chalicelib.models.errors import InvalidInput
from chalicelib.models.messaging.errors import (
    TemplatesChanged,
    TemplatesPreconditionMissing,
    TemplatesVersionUnknown,
)
from chalicelib.models.messaging.template_problems import problems
from chalicelib.models.messaging.templates import Templates, TemplatesChange
from chalicelib.services import versions
from chalicelib.services.versions import Versions


class TemplateVersions(Versions[Templates, TemplatesChange], Protocol):
    """The versions of the message templates as they are now, to be changed."""


def version_of(version: str | None, *, templates: TemplateVersions) -> Templates:
    """Those in force, or an old version of them. Raises `TemplatesVersionUnknown`."""
    return versions.version_of(version, versions=templates, unknown=lambda name: TemplatesVersionUnknown(version=name))


def put_in_force(
    new: Templates,
    *,
    instead_of: str | None,
    subject: str,
    name: str | None,
    now: datetime,
    templates: TemplateVersions,
) -> TemplatesChange:
    """Store a new version and put it in force instead of the one that the sender has seen: one write. `subject` and
    `name` are those of the member of staff, who gets the change on record if they send the same again.

    Raises
    ------
    TemplatesPreconditionMissing
        The request does not say which version it replaces.
    InvalidInput
        With every problem of the templates; or their version is that of others.
    TemplatesChanged
        Another version is in force than the one they were to replace.
    """
    if instead_of is None:
        raise TemplatesPreconditionMissing
    if found := problems(new):
        raise InvalidInput(found)
    change = TemplatesChange(
        version=new.version, instead_of=instead_of, stored_at=now, stored_by=subject, stored_by_name=name
    )
    return versions.put_in_force(
        new, change, versions=templates, changed=TemplatesChanged, taken="templates_version_taken"
    )
