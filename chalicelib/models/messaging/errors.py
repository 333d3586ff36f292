"""What can go wrong with message templates."""

from chalicelib.models.errors import DomainError


class TemplatesVersionUnknown(DomainError):
    code = "templates_version_unknown"


class TemplatesPreconditionMissing(DomainError):
    """A change must name the version that it replaces."""

    code = "templates_precondition_missing"


class TemplatesChanged(DomainError):
    """Another version is in force than the one that the change replaces."""

    code = "templates_changed"
    member_schemas = {"in_force": {"type": "string", "description": "the version in force."}}

    def __init__(self, in_force: str) -> None:
        super().__init__(in_force=in_force)
        self.members = {"in_force": in_force}
