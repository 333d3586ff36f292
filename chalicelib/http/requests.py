"""A request, taken apart for its view."""

import json
from codecs import BOM_UTF8
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Generic, NamedTuple

from chalice.app import Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from typing_extensions import TypeVar

from chalicelib.http.answers import JSON
from chalicelib.http.problems import invalid, refusal_of
from chalicelib.models import errors
from chalicelib.models.errors import Misconfigured
from chalicelib.models.people.citizens import Citizen
from chalicelib.models.staff.roles import Principal
from chalicelib.settings import settings
from chalicelib.wiring import offset

Body_co = TypeVar("Body_co", default=None, covariant=True)
Query_co = TypeVar("Query_co", default=None, covariant=True)
Model = TypeVar("Model", bound=BaseModel)

_BLANKS = b" \t\n\r"
"""Whitespace between the parts of a JSON text (RFC 8259, section 2)."""
_LONGEST_NAME = 60
"""Characters of a member's name that an answer repeats: it may be as long as the body."""


class Call(NamedTuple, Generic[Body_co, Query_co]):
    """A request as a view sees it, with the models of its body and query: `Call[Form]`, `Call[None, Search]`."""

    path: Mapping[str, str]
    """The path's parameters, unquoted."""
    query: Query_co
    headers: Mapping[str, str]
    """Names in small letters."""
    language: str
    base_url: str
    """Of this API, up to before `/v1`."""
    base_path: str
    """The same without the host, as the caller's URL has it."""
    body: Body_co
    staff: Principal | None
    citizen: Citizen | None
    """The caller whose phone is proven, on routes that take a citizen token."""

    @property
    def principal(self) -> Principal:
        """The member of staff who calls, on routes that have roles."""
        assert self.staff is not None  # such a route refuses calls without a token
        return self.staff

    @property
    def owner(self) -> Citizen:
        """The calling citizen, on routes that need a citizen token."""
        assert self.citizen is not None  # such a route refuses calls without a token
        return self.citizen


AnyCall = Call[object, object]
"""For what does not look at body and query."""


def base_url_of(request: Request) -> str:
    if public_url := settings().public_url:
        return public_url
    scheme = "http" if request.headers.get("x-forwarded-proto") == "http" else "https"
    return f"{scheme}://{request.headers.get('host', 'localhost')}{path_of(request)}"


def path_of(request: Request) -> str:
    """The path of this API, up to before `/v1` or `/docs`, as the caller's URL has it."""
    path: str = request.context["path"]
    return path.partition("/v1/")[0].partition("/docs")[0]


def documented_at(request: Request) -> str:
    """Where the API's own pages are: a URL where its address is set, else the path, which is a relative reference
    (RFC 3986) to the URL that was asked for. The Host header is no address: a caller may write anything there."""
    try:
        return settings().public_url or path_of(request)
    except Misconfigured:
        return path_of(request)  # the answer is an error already


def bearer_token(authorization: str) -> str | None:
    """The token that an Authorization header carries (RFC 6750); None for another scheme, or without a token."""
    scheme, _, token = authorization.strip().partition(" ")
    return (token.strip() or None) if scheme.lower() == "bearer" else None


def query_of(request: Request, model: type[Model]) -> Model:
    """The query's parameters as an instance of the model. Raises `InvalidInput`, and what the model raises."""
    sent = request.query_params
    if sent and (repeated := [name for name in sent if len(sent.getlist(name)) > 1]):
        raise invalid([{"type": "parameter_repeated", "loc": (name,)} for name in repeated])
    try:
        return model.model_validate(dict(sent)) if sent else _empty(model)
    except ValidationError as error:
        raise refusal_of(error) from None


@lru_cache(maxsize=64)
def _empty(model: type[Model]) -> Model:
    """What most requests have: no query."""
    return model.model_validate({})


def raw_body_of(request: Request, limit: int) -> bytes:
    """The body as it was sent, of at most `limit` bytes. Raises `BodyTooLarge`."""
    raw: bytes | str = request.raw_body or b""
    raw = raw.encode() if isinstance(raw, str) else raw
    if len(raw) > limit:
        raise errors.BodyTooLarge(limit=limit // 1024)
    return raw


def body_of(request: Request, model: type[Model], limit: int) -> Model:
    """The body, of at most `limit` bytes, as an instance of the model.

    Raises `UnsupportedContentType`, `UnsupportedContentEncoding`, `BodyTooLarge`, `BodyNotUtf8`, `BodyNotJson`,
    `MemberRepeated` or `InvalidInput`.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise errors.UnsupportedContentType(expected=JSON)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise errors.UnsupportedContentEncoding
    raw = raw_body_of(request, limit)
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise errors.BodyNotUtf8(position=error.start) from None
    raw = raw.removeprefix(BOM_UTF8)
    try:
        # The context: see `models.fields.Moment`.
        read = model.model_validate_json(raw, context=offset())
    except ValidationError as error:
        raise refusal_of(error) from None
    # Check this after parsing: a body that could be parsed is not too deep for these parsers.
    _refuse_repeated(raw)
    return read


def _refuse_repeated(raw: bytes) -> None:
    """Raises `MemberRepeated` if an object has two members of one name. Pydantic takes the last of several."""
    # Each member has a colon after the quote of its name; texts may have more of these. Pydantic keeps one member of
    # each name. So if there are as many members as colons, none was repeated; otherwise the slow parser checks.
    if raw.translate(None, _BLANKS).count(b'":') != _members_of(from_json(raw)):
        json.loads(raw, object_pairs_hook=_each_once)


def _members_of(value: Any) -> int:
    """The number of members of a JSON object, including all nested objects."""
    count, within = 0, [value]
    for each in within:  # the list grows during the loop
        if type(each) is dict:
            count += len(each)
            within += each.values()
        elif type(each) is list:
            within += each
    return count


def _each_once(members: list[tuple[str, Any]]) -> None:
    """Raises `MemberRepeated`. Only the names are checked; nothing is built."""
    if len(dict(members)) < len(members):
        names = [name for name, _ in members]
        raise errors.MemberRepeated(name=next(name for name in names if names.count(name) > 1)[:_LONGEST_NAME])
