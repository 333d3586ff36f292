"""The trust list: the keys that certificates of vaccination, test and recovery are verified with."""

from datetime import datetime

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.http.shapes import Shape
from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import TrustedKey, TrustList, TrustListChange, may_be_listed
from chalicelib.models.fields import with_offset
from chalicelib.models.people.errors import UnknownCountry
from chalicelib.models.staff.roles import KEEP_TRUST_LIST, SEE_TRUST_LIST, Principal
from chalicelib.observability import audit
from chalicelib.services.certificates.trust_list import replace_trusted_keys
from chalicelib.services.pages import page_of
from chalicelib.wiring.certificates import facts_of_key, trusted_keys

BODY_LIMIT = 384 * 1024
"""Bytes: some four hundred certificates."""


class ListedTrustedKey(Shape):
    """A key of the trust list, without the key itself."""

    kid: str
    """The key's id, in base64."""
    country: str
    """The country whose key it is."""
    valid_from: datetime
    """From when on certificates signed with it are believed."""
    valid_until: datetime
    """Until when."""
    uses: list[CertificateKind]
    """What certificates signed with it can prove."""
    put_by: str
    """The member of staff (subject of their token) who put it there."""
    put_by_name: str | None = None
    """Their name, as a colleague had written it; left out if nobody had."""
    put_at: datetime
    """When."""


class ListedTrustedKeys(Shape):
    """All keys, by country."""

    keys: list[ListedTrustedKey]
    """By country, then by their end."""
    cursor: str | None = None
    """Send it to get the next page; left out on the last one."""
    complete: bool
    """Whether this is the last page."""


class ReplacedTrustList(Shape):
    """What a country's new list changed: ids of keys."""

    country: str
    """Whose list it is."""
    added: list[str]
    """Not listed before."""
    changed: list[str]
    """Listed before, with another key, validity or uses."""
    kept: list[str]
    """Listed before, with nothing changed."""
    removed: list[str]
    """Listed before, and not in the new list."""


@serve(
    "GET",
    "/v1/trust-list",
    summary="The keys that certificates are verified with",
    tag="administration",
    roles=SEE_TRUST_LIST,
)
def list_trusted_keys(call: Call[None, PageQuery]) -> Answer[ListedTrustedKeys]:
    """Each with the member of staff who put it there, and when."""
    keys = sorted(trusted_keys().all(), key=lambda key: (key.country, key.valid_until, key.kid))
    query = call.query
    page = page_of(keys, cursor=query.cursor, limit=query.limit, name_of=lambda key: f"{key.kid}#{key.country}")
    shown = [_listed(key) for key in page.items]
    return Answer(ListedTrustedKeys(keys=shown, cursor=page.cursor, complete=page.cursor is None))


def _listed(key: TrustedKey) -> ListedTrustedKey:
    here = wiring.offset()
    times = {name: with_offset(getattr(key, name), here) for name in ("valid_from", "valid_until", "put_at")}
    return ListedTrustedKey(**{**key.model_dump(exclude={"public_key"}), **times})


@serve(
    "PUT",
    "/v1/trust-list/{country}",
    summary="Replace the keys of a country",
    tag="administration",
    roles=KEEP_TRUST_LIST,
    writes=True,
    errors=(UnknownCountry,),
    parameters=(parameter("path", "country", "ISO 3166-1 alpha-2.", "VN", pattern="^[A-Z]{2}$"),),
    body_limit=BODY_LIMIT,
)
def put_trusted_keys(call: Call[TrustList]) -> Answer[ReplacedTrustList]:
    """All of the country's keys at once: a key that is not in the body is removed; an empty list removes the country.
    In force within a minute. After a failure, send the same request again."""
    country = call.path["country"]
    if not may_be_listed(country):
        raise UnknownCountry
    change = replace_trusted_keys(
        country,
        call.body,
        staff=call.principal,
        facts_of=facts_of_key,
        announce=lambda change: _audit(call.principal, change),
        trusted_keys=trusted_keys(),
        clock=wiring.clock,
    )
    return Answer(ReplacedTrustList(country=country, **_ids(change)))


def _audit(staff: Principal, change: TrustListChange) -> None:
    changed = "; ".join(f"{name} {', '.join(ids)}" for name, ids in _ids(change).items() if ids and name != "kept")
    audit(staff, action="replace trusted keys", codes=[], why=f"{change.country}: {changed or 'nothing changed'}")


def _ids(change: TrustListChange) -> dict[str, list[str]]:
    def ids(keys: tuple[TrustedKey, ...]) -> list[str]:
        return [key.kid for key in keys]

    return {
        "added": ids(change.added),
        "changed": ids(change.changed),
        "kept": ids(change.kept),
        "removed": ids(change.removed),
    }
