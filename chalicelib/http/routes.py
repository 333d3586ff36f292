"""How routes are made, in one place.

`serve` makes a view serve a route: the request is taken apart before the view sees it (language, body against its
model, staff's token and roles), and what comes back is shaped: an answer, or problem+json (RFC 9457) for every error
of the domain. What is said to `serve` also makes the OpenAPI document, so the document is made from what serves.
"""

import base64
import json
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from importlib import import_module
from typing import Any
from urllib.parse import unquote

from chalice.app import Chalice, Response
from chalice.app import Request as ChaliceRequest
from pydantic import BaseModel, ValidationError

from chalicelib.data import read_bytes
from chalicelib.models import errors
from chalicelib.models.errors import DomainError, FieldProblem, InvalidInput
from chalicelib.models.gate.errors import GroupRefused
from chalicelib.models.staff.errors import RoleMissing
from chalicelib.models.staff.staff import Principal, Role
from chalicelib.observability import failure, note
from chalicelib.settings import settings

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body, where a route does not say otherwise."""

MOST_PROBLEMS = 100

COMPRESSED_FROM = 1200
"""Bytes of a text that is worth it: less is one packet either way."""

JSON = "application/json"
PROBLEM = "application/problem+json"

Headers = dict[str, str | list[str]]

_GZIP = 31
"""What zlib calls a gzip file (RFC 1952), here without a name and a time."""

_PYDANTIC_CODES = {
    "missing": "field_missing",
    "extra_forbidden": "unknown_field",
    "enum": "value_not_listed",
    "literal_error": "value_not_listed",
    "string_too_long": "text_too_long",
    "string_too_short": "text_too_short",
    "string_pattern_mismatch": "text_not_printable",
    "too_long": "list_too_long",
    "greater_than_equal": "number_out_of_range",
    "less_than_equal": "number_out_of_range",
    "timezone_aware": "time_invalid",
}
"""Our codes for pydantic's own types of errors; see `_own_code` for the rest."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a view sees it. `path` holds its unquoted path parameters, `body` the validated model."""

    path: dict[str, str]
    query: dict[str, str]
    headers: Any
    language: str
    base_url: str
    """Up to before `/v1`."""
    body: Any
    staff: Principal | None

    @property
    def principal(self) -> Principal:
        """The member of staff, on routes that have roles."""
        assert self.staff is not None  # `route` let nobody in without a token
        return self.staff


@dataclass(frozen=True, slots=True)
class Answer:
    """What a view gives back. `body` is a model, text, or bytes."""

    body: BaseModel | str | bytes
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON


View = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """A route: what serves it, and what the OpenAPI document tells of it."""

    view: View
    method: str
    path: str
    summary: str
    tag: str
    status: int
    body: type[BaseModel] | None
    answer: type[BaseModel] | None
    content_type: str
    roles: frozenset[Role]
    writes: bool
    described: bool
    api_key: bool
    etag: bool
    errors: tuple[type[DomainError], ...]
    parameters: tuple[dict[str, Any], ...]
    body_limit: int


_HANDLERS = "chalicelib.handlers"
_OPERATIONS: dict[tuple[str, str], Operation] = {}
_MODULES: list[str] = []


class Bytes(Response):
    """A response whose body is bytes, whatever the request's Accept header says.

    Chalice refuses a binary answer to a request that does not name its type, and browsers do not name image types
    first (https://github.com/aws/chalice/issues/1096); the gateway is set to pass everything through.
    """

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - as inherited
        encoded = base64.b64encode(self.body).decode("ascii")
        return {
            "headers": self.headers,
            "multiValueHeaders": {},
            "statusCode": self.status_code,
            "body": encoded,
            "isBase64Encoded": True,
        }


def serve(
    method: str,
    path: str,
    *,
    summary: str,
    tag: str,
    status: int = 200,
    body: type[BaseModel] | None = None,
    answer: type[BaseModel] | None = None,
    content_type: str = JSON,
    roles: frozenset[Role] = frozenset(),
    writes: bool = False,
    described: bool = True,
    api_key: bool = False,
    etag: bool = False,
    errors: Sequence[type[DomainError]] = (),
    parameters: Sequence[dict[str, Any]] = (),
    body_limit: int = BODY_LIMIT,
) -> Callable[[View], View]:
    """Make a view serve a route. Its docstring becomes the operation's description.

    Without `roles` the route is public; with them, one of them is needed. What `writes` rests during
    maintenance. A page for people is not `described` in the document. With `etag` its answers have one, and who names
    it in If-None-Match is told that nothing changed. `body_limit` is in bytes.
    """

    def register(view: View) -> View:
        _OPERATIONS[method, path] = Operation(
            view=view,
            method=method,
            path=path,
            summary=summary,
            tag=tag,
            status=status,
            body=body,
            answer=answer,
            content_type=content_type,
            roles=roles,
            writes=writes,
            described=described,
            api_key=api_key,
            etag=etag,
            errors=tuple(errors),
            parameters=tuple(parameters),
            body_limit=body_limit,
        )
        return view

    return register


def parameter(within: str, name: str, description: str, example: str | None = None, **schema: Any) -> dict[str, Any]:
    """A parameter of a route's `path`, `query` or `header`, as the OpenAPI document tells it: text, unless the schema
    says otherwise."""
    told = {
        "name": name,
        "in": within,
        "required": within == "path",
        "description": description,
        "schema": {"type": "string", **schema},
    }
    return told if example is None else {**told, "example": example}


def mount(app: Chalice, module: str, *routes: str, api_key: bool = False) -> None:
    """Give the application routes, each as `GET /path`, that a module of the handlers serves, as `gate.checks`.

    The module is imported by the first request for one of them: a cold start pays for what its one request needs.
    With `api_key` the gateway lets in only who holds one. Each path also answers what a browser asks before it sends
    a page's request (the Fetch standard's CORS-preflight).
    """
    _MODULES.append(f"{_HANDLERS}.{module}")
    for route in routes:
        method, path = route.split()
        # Chalice would check content types with answers of its own shape.
        register = app.route(path, methods=[method], name=route, content_types=[], api_key_required=api_key)
        register(_handler(app, module, method, path))
        if "OPTIONS" not in app.routes[path]:
            app.route(path, methods=["OPTIONS"], name=f"OPTIONS {path}")(_preflight(app))


def operations() -> list[Operation]:
    """All that is mounted."""
    for module in _MODULES:
        import_module(module)
    return list(_OPERATIONS.values())


def _preflight(app: Chalice) -> Callable[..., Response]:
    def answer_preflight(**_: str) -> Response:
        assert app.current_request is not None  # Chalice calls a view for a request alone
        note(route=f"OPTIONS {app.current_request.path}", status=HTTPStatus.NO_CONTENT)
        response = Response("", {}, HTTPStatus.NO_CONTENT)
        if _share(response, app.current_request.headers.get("origin", "")):
            response.headers["Access-Control-Allow-Methods"] = "GET, POST, PUT"
            response.headers["Access-Control-Allow-Headers"] = (
                "Accept-Language, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Api-Key"
            )
            response.headers["Access-Control-Max-Age"] = "7200"
        return response

    return answer_preflight


def _handler(app: Chalice, module: str, method: str, path: str) -> Callable[..., Response]:
    def handle(**path_parameters: str) -> Response:
        assert app.current_request is not None  # Chalice calls a view for a request alone
        return _respond(app.current_request, path_parameters, f"{_HANDLERS}.{module}", (method, path))

    handle.__name__ = f"{module.replace('.', '_')}_{method.lower()}"
    return handle


def cached(answer: Answer, call: Call, seconds: int, *, by: str = "public") -> Answer:
    """The answer with an ETag and a lifetime, in caches that everyone shares or (`by="private"`) one's own.

    `_respond` makes it a 304 for who has it already.
    """
    body = answer.body.model_dump_json(exclude_none=True) if isinstance(answer.body, BaseModel) else answer.body
    raw = body.encode() if isinstance(body, str) else body
    # By language too: one URL, two texts.
    etag = f'"{sha256(call.language.encode() + raw).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"{by}, max-age={seconds}", "Vary": "Accept-Language"}
    return Answer(body, {**answer.headers, **headers}, answer.content_type)


def _respond(request: ChaliceRequest, path_parameters: dict[str, str], module: str, route: tuple[str, str]) -> Response:
    request_id = str(request.context.get("requestId") or getattr(request.lambda_context, "aws_request_id", ""))
    language = language_of(request.headers.get("accept-language", ""))
    note(route=f"{request.method} {request.path}", request_id=request_id)
    try:
        import_module(module)
        operation = _OPERATIONS[route]
        if operation.writes and settings().maintenance:
            raise errors.Maintenance
        staff = _admitted(request, operation.roles) if operation.roles else None
        call = Call(
            path={name: unquote(value) for name, value in path_parameters.items()},
            query=dict(request.query_params or {}),
            headers=request.headers,
            language=language,
            base_url=_base_url(request),
            body=_parsed(request, operation.body, operation.body_limit) if operation.body else None,
            staff=staff,
        )
        response = _answered(operation.view(call), operation, request)
    except DomainError as error:
        if error.__cause__ is not None:
            failure(error)
        response = problem(error, language, request_id)
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the caller gets an answer in our shape
        failure(error)
        response = problem(errors.Unexpected(), language, request_id)
    response.headers["X-Request-Id"] = request_id
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    _share(response, request.headers.get("origin", ""))
    note(status=response.status_code)
    return _compressed(response, request.headers.get("accept-encoding", ""))


def _share(response: Response, origin: str) -> bool:
    """Let a page of a listed origin read the answer (the Fetch standard's CORS protocol). Whether it is listed."""
    try:
        origins = settings().cors_origins.split(",")
    except errors.Misconfigured:
        return False  # the answer says so already
    if origins != [""]:
        # Whoever asks, so that a shared cache never hands out a copy made for another origin.
        response.headers["Vary"] = "Accept-Language, Origin"
    listed = bool(origin) and (origin in origins or "*" in origins)
    if listed:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "ETag, Location, Retry-After, X-Request-Id"
    return listed


def _compressed(response: Response, accepted: str) -> Response:
    """The response, in gzip where its text is long enough and who asked takes that."""
    raw = response.body.encode() if isinstance(response.body, str) else b""
    headers = response.headers
    if len(raw) >= COMPRESSED_FROM or response.status_code == HTTPStatus.NOT_MODIFIED:
        headers["Vary"] = f"{headers['Vary']}, Accept-Encoding" if "Vary" in headers else "Accept-Encoding"
    if len(raw) < COMPRESSED_FROM or not takes_gzip(accepted):
        return response
    headers["Content-Encoding"] = "gzip"
    if "ETag" in headers:
        # Not the same bytes, only the same content (RFC 9110, 8.8.1).
        headers["ETag"] = f"W/{headers['ETag']}"
    return Bytes(zlib.compress(raw, 6, wbits=_GZIP), headers, response.status_code)


def takes_gzip(header: str) -> bool:
    """Whether an Accept-Encoding header (RFC 9110, 12.5.3) allows gzip."""
    wanted: dict[str, float] = {}
    for part in header.lower().replace(" ", "").replace("\t", "").split(","):
        coding, _, weight = part.partition(";q=")
        with suppress(ValueError):
            wanted[coding.removeprefix("x-")] = float(weight or 1)
    return wanted.get("gzip", wanted.get("*", 0.0)) > 0


def _answered(answer: Answer, operation: Operation, request: ChaliceRequest) -> Response:
    headers: Headers = {"Content-Type": answer.content_type, **answer.headers}
    etag = headers.get("ETag") if operation.etag else None
    known = [each.strip() for each in request.headers.get("if-none-match", "").split(",")]
    match = next((each for each in known if etag and each in (etag, f"W/{etag}", "*")), None)
    # To anything else it says what was done, which nobody has already.
    if match and request.method == "GET":
        # As the asker knows it, so that a cache finds what it holds.
        headers["ETag"] = match.replace("*", str(etag))
        return Response("", headers, HTTPStatus.NOT_MODIFIED)
    if isinstance(answer.body, bytes):
        return Bytes(answer.body, headers, operation.status)
    body = answer.body.model_dump_json(exclude_none=True) if isinstance(answer.body, BaseModel) else answer.body
    return Response(body, headers, operation.status)


def _base_url(request: ChaliceRequest) -> str:
    if public_url := settings().public_url:
        return public_url
    scheme = request.headers.get("x-forwarded-proto", "https")
    return f"{scheme}://{request.headers.get('host', 'localhost')}{request.context['path'].partition('/v1/')[0]}"


def _admitted(request: ChaliceRequest, roles: frozenset[Role]) -> Principal:
    from chalicelib.http.auth import principal_of

    principal = principal_of(request.headers.get("authorization", ""))
    if not principal.may(roles):
        raise RoleMissing(roles=", ".join(sorted(roles)))
    return principal


def _parsed(request: ChaliceRequest, model: type[BaseModel], limit: int) -> BaseModel:
    """The body as an instance of the model. Raises the domain's errors of bodies and fields."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != JSON:
        raise errors.UnsupportedContentType(expected=JSON)
    raw = request.raw_body or b""
    raw = raw.encode() if isinstance(raw, str) else raw
    if len(raw) > limit:
        raise errors.BodyTooLarge(limit=limit // 1024)
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        raise errors.BodyNotUtf8(position=error.start) from None
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise refusal_of(error) from None


def refusal_of(error: ValidationError) -> DomainError:
    """What a model could not accept, as an error of the domain."""
    problems = error.errors(include_url=False, include_input=False)
    if problems[0]["type"] == "json_invalid":
        return errors.BodyNotJson(reason=problems[0]["ctx"]["error"])
    return invalid(problems)


def invalid(problems: Sequence[Any], *at: str | int) -> InvalidInput:
    """What pydantic found wrong, as an error of ours. `at` is where in the body it looked."""
    # Enough to mend by; a body of nonsense must not be answered by a hundred times its size.
    return InvalidInput([_field_problem(each, at) for each in problems[:MOST_PROBLEMS]])


def _field_problem(error: Any, at: tuple[str | int, ...]) -> FieldProblem:
    context = {key: value for key, value in error.get("ctx", {}).items() if key != "error"}
    location = [*at, *error["loc"], *str(context.pop("at", "")).split("/")]
    pointer = "".join(f"/{_escaped(str(part))}" for part in location if part != "")
    if pointer == "/companions" and error["type"] == "too_long":
        return FieldProblem(pointer, "too_many_companions", {"limit": context["max_length"]})
    return FieldProblem(pointer, _own_code(error["type"]), {"reason": error["msg"], **context})


def _own_code(kind: str) -> str:
    if kind in words():
        return kind
    if kind.startswith(("date", "time")):
        return _PYDANTIC_CODES.get(kind, "time_invalid")
    if kind.endswith("_type"):
        return "wrong_type"
    return _PYDANTIC_CODES.get(kind, "field_invalid")


def _escaped(part: str) -> str:
    # A name from the body itself (an unknown field's) may be as long as the body.
    return part[:60].replace("~", "~0").replace("/", "~1")


@cache
def words() -> dict[str, Any]:
    """What is said about each code: status, title and detail in both languages."""
    known: dict[str, Any] = json.loads(read_bytes("errors.json"))
    return known


def language_of(header: str) -> str:
    """`vi` or `en`, whichever an Accept-Language header (RFC 9110, 12.5.4) wants more; Vietnamese if neither."""
    wanted = {"vi": -1.0, "en": -1.0}
    for part in header.split(","):
        tag, _, quality = part.replace(" ", "").lower().partition(";q=")
        name = tag.partition("-")[0]
        if name in wanted:
            try:
                wanted[name] = max(wanted[name], float(quality or 1))
            except ValueError:
                continue
    return "en" if wanted["en"] > max(wanted["vi"], 0) else "vi"


def problem(error: DomainError, language: str, request_id: str) -> Response:
    """The problem+json of an error."""
    members = told(error, language)
    note(code=members["code"])
    body = {"type": f"urn:problem-type:{members['code']}", **members, "instance": f"urn:request:{request_id}"}
    headers: Headers = {"Content-Type": PROBLEM, "Content-Language": language}
    if members["status"] == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if members["status"] == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(error.params.get("seconds", 2))
    return Response(json.dumps(body, ensure_ascii=False), headers, members["status"])


def told(error: DomainError, language: str) -> dict[str, Any]:
    """What is said of an error: its title, status, code and detail, and what belongs to this kind of error."""
    code, params = error.code, error.params
    more: dict[str, Any] = {}
    if isinstance(error, InvalidInput):
        more["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": said(each.code, "detail", language, each.params)}
            for each in error.problems[:MOST_PROBLEMS]
        ]
        if len({each.code for each in error.problems}) == 1:
            # Its words say more. The status stays: it is the same question, whatever it has wrong.
            code, params = error.problems[0].code, dict(error.problems[0].params)
    elif isinstance(error, GroupRefused):
        more["lines"] = [{"code": shown, "problem": told(why, language)} for shown, why in error.refused]
    return {
        "title": said(code, "title", language, params),
        "status": words()[error.code]["status"],
        "code": code,
        "detail": said(code, "detail", language, params),
        **error.members,
        **more,
    }


def said(code: str, part: str, language: str, params: Any) -> str:
    """The words of a code: its `title` or `detail`."""
    text: str = words()[code][part][language]
    return text.format_map(params)
