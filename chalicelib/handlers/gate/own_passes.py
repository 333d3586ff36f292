"""Citizens list the passes of their phone.

It is here and not in `entry`: exposures, which lead from a phone to passes, are in a higher layer than `entry`.
"""

from collections.abc import Sequence
from datetime import datetime

from chalicelib import wiring
from chalicelib.handlers.entry import pass_answers as shapes
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.passes import masked
from chalicelib.models.entry.records import HeldPass
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.services.entry.links import secret_for
from chalicelib.services.gate.searches import passes_of_citizen
from chalicelib.wiring.gate import finder


@serve(
    "GET",
    "/v1/passes",
    summary="List the passes of a phone",
    tag="travellers",
    needs_citizen=True,
    errors=(ServiceUnavailable,),
)
def list_own_passes(call: Call[None, PageQuery]) -> Answer[shapes.OwnPasses]:
    """For an app that has lost a link. The traveller's phone lists all passes of a declaration, a companion's phone
    only the companion's pass. A pass is listed until a day after it has ended. `limit` counts declarations: a page has
    60 of them at most. Declarations of a known origin are on the first pages, then unproven ones, which anyone can have
    sent with this phone's number; in each part the latest arrival is first. A declaration is listed some seconds after
    its answer."""
    query, now = call.query, wiring.clock()
    page = passes_of_citizen(call.owner, cursor=query.cursor, limit=query.limit, finder=finder())
    declarations = [_declaration(passes, now, call.base_url) for passes in page.items]
    return Answer(shapes.OwnPasses(declarations=declarations, **page.ending))


def _declaration(passes: Sequence[HeldPass], now: datetime, base_url: str) -> shapes.OwnDeclaration:
    return shapes.OwnDeclaration(
        declaration=passes[0].code.declaration,
        origin=passes[0].origin,
        passes=[_pass(each, now, base_url) for each in passes],
    )


def _pass(held: HeldPass, now: datetime, base_url: str) -> shapes.OwnPass:
    secret = secret_for(LinkKind.PASS, held.code, wiring.keyed_hash())
    return shapes.OwnPass(
        person=held.code.person,
        masked_name=masked(held.person.full_name),
        code=held.code.shown,
        state=held.verdict(now).value,
        secret=secret,
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        arrived_at=held.arrived_at,
        replaced_at=held.replaced_at,
        links=shapes.links(base_url, held.code, secret),
    )
