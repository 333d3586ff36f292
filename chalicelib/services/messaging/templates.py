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
    """The current versions of the message templates, for changes."""


def version_of(version: str | None, *, templates: TemplateVersions) -> Templates:
    """The templates in force, or an old version. Raises `TemplatesVersionUnknown`."""
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
    """Store a new version and put it in force in place of the version that the sender has seen, in one write. `subject`
    and `name` are the member of staff's. The same request again gets the change on record.

    Raises
    ------
    TemplatesPreconditionMissing
        The request does not name the version that it replaces.
    InvalidInput
        Lists every problem of the templates; or their version already names other templates.
    TemplatesChanged
        The version in force is not the one that they replace.
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
