"""What staff and their tokens need."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING

from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from chalicelib.adapters.oidc import Issuer
    from chalicelib.models.staff.roles import Principal
    from chalicelib.services.staff.looks import Looks
    from chalicelib.storage.staff.checkpoints import Checkpoints
    from chalicelib.storage.staff.postings import Postings

from chalicelib import wiring


@cache
def checkpoints() -> Checkpoints:
    from chalicelib.storage.staff.checkpoints import Checkpoints
    from chalicelib.wiring.policy import in_force

    return Checkpoints(wiring.reference_table(), changed=in_force().forget)


@cache
def postings() -> Postings:
    from chalicelib.storage.staff.postings import Postings

    return Postings(wiring.reference_table(), clock=wiring.clock)


@cache
def subjects() -> re.Pattern[str]:
    """The form of the issuer's subjects."""
    return re.compile(settings().staff_subject_pattern)


@cache
def looks() -> Looks:
    from chalicelib.observability import count
    from chalicelib.services.staff.looks import Looks
    from chalicelib.storage.staff.looks import LookCounts

    return Looks(
        settings().staff_looks_an_hour,
        LookCounts(wiring.reference_table()),
        clock=wiring.clock,
        unusual=partial(count, "UnusualLooks"),
    )


def sees_health(staff: Principal) -> bool:
    """Whether a member of staff may see health answers now."""
    from chalicelib.services.staff.postings import may_see_health

    return may_see_health(staff, postings=postings(), clock=wiring.clock)


@cache
def issuer() -> Issuer:
    from chalicelib.adapters.oidc import Issuer

    return Issuer(
        issuer=needed("staff_issuer"),
        keys_url=needed("staff_keys_url"),
        audience=needed("staff_audience"),
        groups_claim=settings().staff_groups_claim,
    )
