"""How routes are made, in one place.

`serve` makes a view serve a route. Before the view is called the request is taken apart: language, staff's token and
roles, query and body. What the view returns becomes a response; an error of the domain becomes problem+json (RFC 9457).
The same arguments and the view's signature make the OpenAPI document, so the document cannot differ from what serves.
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from importlib import import_module
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from chalice.app import Chalice, Request, Response
from pydantic import BaseModel

from chalicelib.http.answers import JSON, Answer, response_of
from chalicelib.http.deprecations import NOTICE, Deprecation, announce
from chalicelib.http.negotiation import allow_methods_and_headers, compressed, language_of, mark, share
from chalicelib.http.problems import problem
from chalicelib.http.protection import protect
from chalicelib.http.queries import Query
from chalicelib.http.requests import Call, base_url_of, body_of, documented_at, path_of, query_of, raw_body_of
from chalicelib.models.errors import DomainError, Maintenance, Unexpected
from chalicelib.models.patterns import compiled
from chalicelib.models.staff.roles import Role
from chalicelib.observability import failure, note
from chalicelib.settings import settings

BODY_LIMIT = 64 * 1024
"""Bytes of a request's body, where a route does not say otherwise."""

_CLIENT_REQUEST_ID = r"[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}"
"""A UUID, with hyphens or without, as W3C's trace ids are. No other text is logged: a person's number may be in it."""

View = TypeVar("View", bound=Callable[[Call[Any, Any]], Answer[Any]])


class Operation(NamedTuple):
    """A route: what serves it, and what the OpenAPI document says about it."""

    view: Callable[[Call[Any, Any]], Answer[Any]]
    method: str
    path: str
    summary: str
    tag: str
    status: int
    body: type[BaseModel] | type[bytes] | None
    """`bytes` for a body of another system, which the view reads itself."""
    query: type[BaseModel] | None
    answer_of: Callable[[], Any]
    """Gives a model or a union of models; None for text and bytes."""
    content_type: str
    roles: frozenset[Role]
    citizen: bool
    needs_citizen: bool
    looks: bool
    writes: bool
    described: bool
    api_key: bool
    etag: bool
    headers: tuple[str, ...]
    """Of its answers, beside those that all have: names of `http.headers`."""
    deprecated: Deprecation | None
    errors: tuple[type[DomainError], ...]
    parameters: tuple[dict[str, Any], ...]
    body_limit: int

    @property
    def answer(self) -> Any:
        """See `answer_of`."""
        return self.answer_of()


_HANDLERS = "chalicelib.handlers"
_OPERATIONS: dict[tuple[str, str], Operation] = {}
_MODULES: list[str] = []
_FUNCTIONS: dict[str, str] = {}

API_HANDLER = "api_handler"
"""Chalice's name for the function that it makes for routes."""


def serve(
    method: str,
    path: str,
    *,
    summary: str,
    tag: str,
    status: int = 200,
    content_type: str = JSON,
    roles: frozenset[Role] = frozenset(),
    citizen: bool = False,
    needs_citizen: bool = False,
    looks: bool = False,
    writes: bool = False,
    described: bool = True,
    api_key: bool = False,
    etag: bool = False,
    headers: Sequence[str] = (),
    deprecated: Deprecation | None = None,
    errors: Sequence[type[DomainError]] = (),
    parameters: Sequence[dict[str, Any]] = (),
    body_limit: int = BODY_LIMIT,
    answer: Callable[[], Any] | None = None,
) -> Callable[[View], View]:
    """Make a view serve a route: `def view(call: Call[Body, Query]) -> Answer[Model]`. Its docstring describes it.

    A body is a model, or `bytes`: the body as it was sent, with any content type.

    `errors` are those that only this route has. Without `roles` it is public; with them, the caller needs one of them.
    With `citizen` a public route accepts an optional citizen token; with `needs_citizen` the token is required.
    With `looks` the route shows persons' data, and each of its calls counts as a look of the caller.
    A route that `writes` is refused during maintenance. A page for people is not `described` in the document. With
    `etag` its answers have an ETag, and a client that sends it in If-None-Match gets a 304. `headers` are others that
    its answers have. `body_limit` is in bytes.
    A route that is `deprecated` says so in the document and in its answers, until it ends.
    `answer` gives the type of the answer where the signature does not, as a request needs a part of it only.
    """

    assert deprecated is None or deprecated.sunset - deprecated.since >= NOTICE

    def register(view: View) -> View:
        call_type, answer_type = view.__annotations__.values()
        body, query = _arguments(call_type) or (None, None)
        (signed,) = _arguments(answer_type)
        _OPERATIONS[method, path] = Operation(
            view=view,
            method=method,
            path=path,
            summary=summary,
            tag=tag,
            status=status,
            body=bytes if body is bytes else _model(body),
            # A page for people may be opened with what messengers add to a link.
            query=_model(query) or (Query if described else None),
            answer_of=answer or (lambda: None if signed in (str, bytes) else signed),
            content_type=content_type,
            roles=roles,
            citizen=citizen or needs_citizen,
            needs_citizen=needs_citizen,
            looks=looks,
            writes=writes,
            described=described,
            api_key=api_key,
            etag=etag,
            headers=tuple(headers),
            deprecated=deprecated,
            errors=tuple(errors),
            parameters=tuple(parameters),
            body_limit=body_limit,
        )
        return view

    return register


def parameter(
    within: str, name: str, description: str, example: str | None = None, *, required: bool = False, **schema: Any
) -> dict[str, Any]:
    """A parameter of a route's `path` or `header`, for the OpenAPI document: text, unless the schema says otherwise."""
    described = {
        "name": name,
        "in": within,
        "required": required or within == "path",
        "description": description,
        "schema": {"type": "string", **schema},
    }
    return described if example is None else {**described, "example": example}


def mount(app: Chalice, module: str, *routes: str, function: str = API_HANDLER, api_key: bool = False) -> None:
    """Give the application routes, each as `GET /path`, that a module of the handlers serves, as `gate.checks`.

    The gateway sends their requests to the Lambda function of this name. The module is imported by the first of them:
    a cold start pays for what its one request needs.
    With `api_key` the gateway refuses requests without one. Each path also answers what a browser asks before it sends
    a page's request (the Fetch standard's CORS-preflight).
    """
    _MODULES.append(f"{_HANDLERS}.{module}")
    for route in routes:
        method, path = route.split()
        # Chalice would check content types with answers of its own shape.
        register = app.route(path, methods=[method], name=route, content_types=[], api_key_required=api_key)
        register(_handler(app, module, method, path))
        _FUNCTIONS[route] = function
        if "OPTIONS" not in app.routes[path]:
            app.route(path, methods=["OPTIONS"], name=f"OPTIONS {path}")(_preflight(app))
            _FUNCTIONS[f"OPTIONS {path}"] = function


def add_function(app: Chalice, name: str) -> Chalice:
    """Add a Lambda function that can serve routes. What is returned must have this name in `app.py`.

    It is the application itself. Chalice wraps any other handler in the middleware, which the application runs for each
    request anyway: there would be two log lines.
    """

    def handler() -> None: ...

    handler.__name__ = name  # Chalice reads it, and calls the function `app.<name>`
    app.lambda_function(name=name)(handler)
    return app


def functions() -> dict[str, str]:
    """The function that serves each route, by route, as `GET /path`."""
    return dict(_FUNCTIONS)


def operations() -> list[Operation]:
    """All that is mounted."""
    for module in _MODULES:
        import_module(module)
    return list(_OPERATIONS.values())


def _arguments(annotation: Any) -> tuple[Any, ...]:
    """X and Y of `Call[X, Y]`; nothing of a bare `Call`."""
    assert not isinstance(annotation, str)  # a module of views must not postpone its annotations
    return getattr(annotation, "__args__", ())


def _model(argument: Any) -> type[BaseModel] | None:
    # Not issubclass: of a class that is no model, it would ask every model there is.
    return argument if isinstance(argument, type(BaseModel)) else None


def _preflight(app: Chalice) -> Callable[..., Response]:
    def answer_preflight(**_: str) -> Response:
        assert app.current_request is not None  # Chalice calls a view for a request alone
        note(route=f"OPTIONS {app.current_request.path}", status=HTTPStatus.NO_CONTENT)
        response = Response("", {}, HTTPStatus.NO_CONTENT)
        protect(response, app.current_request.headers.get("x-forwarded-proto", ""))
        if share(response, app.current_request.headers.get("origin", "")):
            allow_methods_and_headers(response)
        return response

    return answer_preflight


def _handler(app: Chalice, module: str, method: str, path: str) -> Callable[..., Response]:
    def handle(**path_parameters: str) -> Response:
        assert app.current_request is not None  # Chalice calls a view for a request alone
        return _respond(app.current_request, path_parameters, f"{_HANDLERS}.{module}", (method, path))

    handle.__name__ = f"{module.replace('.', '_')}_{method.lower()}"
    return handle


def _respond(request: Request, path_parameters: dict[str, str], module: str, route: tuple[str, str]) -> Response:
    request_id = str(request.context.get("requestId") or getattr(request.lambda_context, "aws_request_id", ""))
    language = language_of(request.headers.get("accept-language", ""))
    note(route=f"{request.method} {request.path}", request_id=request_id)
    client_request_id = _client_request_id(request)
    try:
        if route not in _OPERATIONS:
            import_module(module)
        response = _served(_OPERATIONS[route], request, path_parameters, language)
    except DomainError as error:
        if error.__cause__ is not None:
            failure(error)
        response = problem(error, language, request_id, documented_at(request))
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the caller gets an answer in our shape
        failure(error)
        response = problem(Unexpected(request_id=request_id), language, request_id, documented_at(request))
    response.headers["X-Request-Id"] = request_id
    if client_request_id:
        response.headers["X-Client-Request-Id"] = client_request_id
    response.headers.setdefault("Cache-Control", "no-store")
    protect(response, request.headers.get("x-forwarded-proto", ""))
    share(response, request.headers.get("origin", ""))
    mark(response)
    served = _OPERATIONS.get(route)
    if served is not None and served.deprecated is not None:
        announce(response, served.deprecated, documented_at(request))
    note(status=response.status_code)
    return compressed(response, request.headers.get("accept-encoding", ""))


def _body(operation: Operation, request: Request) -> BaseModel | bytes | None:
    if operation.body is None:
        return None
    if issubclass(operation.body, bytes):
        return raw_body_of(request, operation.body_limit)
    return body_of(request, operation.body, operation.body_limit)


def _client_request_id(request: Request) -> str:
    """The caller's own id of the request, noted beside ours; empty if they sent none of the form."""
    sent: str = request.headers.get("x-request-id", "")
    if not compiled(_CLIENT_REQUEST_ID).fullmatch(sent):
        return ""
    note(client_request_id=sent)
    return sent


def _served(operation: Operation, request: Request, path_parameters: dict[str, str], language: str) -> Response:
    if operation.writes and settings().maintenance:
        raise Maintenance
    staff = None
    if operation.roles:
        # Not for travellers: it builds what verifies tokens.
        from chalicelib.http.auth import admitted

        staff = admitted(request.headers.get("authorization", ""), operation.roles)
        if operation.looks:
            from chalicelib.wiring.staff import looks

            looks().count(staff.subject)
    citizen = None
    if operation.needs_citizen or (operation.citizen and "authorization" in request.headers):
        # Most send none: they do not pay for what reads it.
        from chalicelib.http.citizens import sent_by

        citizen = sent_by(request.headers.get("authorization"))
    call = Call(
        path={name: unquote(value) for name, value in path_parameters.items()},
        query=query_of(request, operation.query) if operation.query else None,
        headers=request.headers,
        language=language,
        base_url=base_url_of(request),
        base_path=path_of(request),
        body=_body(operation, request),
        staff=staff,
        citizen=citizen,
    )
    # Only a GET: the answer to anything else says what was done, which no client has already.
    conditional = operation.etag and operation.method == "GET"
    known_etags = request.headers.get("if-none-match") if conditional else None
    return response_of(operation.view(call), operation.status, known_etags)
