"""Roles: what each lets a member of staff do and see. Every request needs these, and few need the records of staff."""

from typing import NamedTuple

from chalicelib.models.enums import StrEnum


class Role(StrEnum):
    """Groups of the token's issuer."""

    CHECKPOINT = "checkpoint"
    SUPERVISOR = "supervisor"
    HEALTH = "health"
    HOTLINE = "hotline"
    ADMINISTRATOR = "administrator"
    COMMUNE = "commune"
    COMMITTEE = "committee"
    """Members of the province's steering committee: figures, and nothing of persons."""


ALL = frozenset(Role)
RECORD_CROSSINGS = frozenset({Role.CHECKPOINT, Role.SUPERVISOR})
SEE_PERSONS = RECORD_CROSSINGS | {Role.HEALTH, Role.HOTLINE}
SEE_HEALTH = RECORD_CROSSINGS | {Role.HEALTH}
"""Those who record crossings only while they are posted: `services.staff.postings.may_see_health`."""
SEE_HEALTH_ANYWHERE = SEE_HEALTH - RECORD_CROSSINGS
OVERRULE = frozenset({Role.SUPERVISOR})
REVOKE = frozenset({Role.SUPERVISOR, Role.HEALTH})
SEE_TRUST_LIST = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR, Role.HEALTH})
KEEP_TRUST_LIST = frozenset({Role.ADMINISTRATOR})
DECLARE_FOR_OTHERS = RECORD_CROSSINGS | {Role.HOTLINE}
KEEP_STAYS = frozenset({Role.COMMUNE, Role.HEALTH})
"""Commune staff see those of the commune that they are posted to, health officers see all."""
RUN_COMMUNES = frozenset({Role.HEALTH, Role.ADMINISTRATOR})
RUN_GATES = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
SEE_POLICY = ALL - {Role.COMMITTEE}
POST_STAFF = RUN_GATES | RUN_COMMUNES
CHANGE_POLICY = frozenset({Role.ADMINISTRATOR})
SEE_TEMPLATES = ALL - {Role.COMMITTEE}
CHANGE_TEMPLATES = frozenset({Role.ADMINISTRATOR})
SEND_WAVES = frozenset({Role.SUPERVISOR, Role.HEALTH})
TRY_POLICY = SEE_HEALTH_ANYWHERE
"""A trial counts health answers."""
DECIDE_PERMITS = frozenset({Role.HEALTH, Role.SUPERVISOR})
"""See requests for permits, grant, refuse and revoke."""
ASK_PERMITS = DECIDE_PERMITS | {Role.HOTLINE, Role.COMMUNE, Role.ADMINISTRATOR}
"""Ask for permits on behalf of people."""
RUN_CASES = frozenset({Role.HEALTH})
"""Open cases, see contacts, record the work with them."""

READ_STATISTICS = frozenset({Role.COMMITTEE, Role.SUPERVISOR, Role.HEALTH})
"""Exact figures."""
PUBLISH_STATISTICS = frozenset({Role.COMMITTEE})
"""Draft bulletins, and release those of others."""

WAVES_OF_KIND = {"contact_told": RUN_CASES}
"""The roles that may see, release, pause, resume, stop and take back waves of a kind. For other kinds, the roles that
may send waves. The reason of a wave to contacts is an officer's text about a case."""


class Principal(NamedTuple):
    """The caller: the subject of their token, and their roles.

    `name` is the one their colleagues know them by, from the record of staff, if it has one; never from the token.
    """

    subject: str
    roles: frozenset[Role]
    name: str | None = None
    issued_at: int | None = None
    """When the token was issued, in seconds since 1970, if it says so."""

    def may(self, roles: frozenset[Role]) -> bool:
        return not self.roles.isdisjoint(roles)
