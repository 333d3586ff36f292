"""Members of staff and what their roles let them see."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Groups of the token's issuer."""

    CHECKPOINT = "checkpoint"
    SUPERVISOR = "supervisor"
    HEALTH = "health"
    HOTLINE = "hotline"
    ADMINISTRATOR = "administrator"


GATE = frozenset({Role.CHECKPOINT, Role.SUPERVISOR})
SEE_PERSONS = GATE | {Role.HEALTH, Role.HOTLINE}
SEE_HEALTH = GATE | {Role.HEALTH}
SEE_TRUST_LIST = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.HEALTH})
KEEP_TRUST_LIST = frozenset({Role.ADMINISTRATOR})
DECLARE_FOR_OTHERS = GATE | {Role.HOTLINE}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling: the subject of their token, their roles, and the name their colleagues know them by."""

    subject: str
    roles: frozenset[Role]
    name: str | None = None

    def may(self, roles: frozenset[Role]) -> bool:
        return not self.roles.isdisjoint(roles)
