"""Every answer is one that the document has: its status, its codes, its headers and its body.

Apps handle what is in the document. So each test that calls a route is a test of the document, too.
"""

import gzip
import json
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
from chalice.test import HTTPResponse

from chalicelib.http.openapi import document
from chalicelib.http.problems import PROBLEM, error_words
from chalicelib.http.protection import HEADERS
from chalicelib.http.responses import errors_of
from chalicelib.http.routes import Operation, operations

_SILENT = {
    "Content-Type",
    "Content-Encoding",
    "Strict-Transport-Security",
    "Access-Control-Allow-Origin",
    "Access-Control-Expose-Headers",
    "Deprecation",
    "Link",
    "Sunset",
    *HEADERS,
}
"""Headers that the document describes once, in its introduction."""


def check_declared(method: str, path: str, answer: HTTPResponse) -> None:
    """Fail if the answer is not in the document."""
    route = _route(method, urlsplit(path).path)
    body = gzip.decompress(answer.body) if "Content-Encoding" in answer.headers else answer.body
    kind = answer.headers.get("Content-Type", "")
    if kind == PROBLEM:
        code = json.loads(body)["code"]
        assert (answer.status_code, code) in _declared(route.method, route.path), (
            f"{method} {path} answers {code}, and does not declare it"
        )
    if not route.described:
        return
    where = f"{method} {route.path} {answer.status_code}"
    described = _responses(route.method, route.path).get(str(answer.status_code))
    assert described is not None, f"{where}: no such status in the document"
    sent = answer.headers.keys() - _SILENT
    assert sent <= described["headers"].keys(), f"{where}: headers that the document does not have"
    needed = {name for name in described["headers"] if _document()["components"]["headers"][name].get("required")}
    assert needed <= sent, f"{where}: headers are missing"
    if answer.status_code == 304:
        return
    assert kind.partition(";")[0] in described["content"], f"{where}: {kind}"
    if kind in ("application/json", PROBLEM):
        errors = list(_validator(route.method, route.path, answer.status_code, kind).iter_errors(json.loads(body)))
        assert errors == [], f"{where}: {[(each.message, each.instance_path) for each in errors]}"


def schema_validator(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Of a schema in the document. It also refuses members that the schema does not have."""
    return _compiled(json.dumps(schema))


@cache
def _compiled(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(
        {**json.loads(schema), "components": _strict_components()}, validate_formats=True
    )


@cache
def _document() -> Any:
    return json.loads(document("https://pass.example"))


@cache
def _strict_components() -> Any:
    return {"schemas": {name: _closed(each) for name, each in _document()["components"]["schemas"].items()}}


def _closed(schema: Any) -> Any:
    match schema:
        case {"type": "object", "properties": dict()}:
            return {"additionalProperties": False, **{name: _closed(each) for name, each in schema.items()}}
        case dict():
            return {name: _closed(each) for name, each in schema.items()}
        case list():
            return [_closed(each) for each in schema]
    return schema


@cache
def _validator(method: str, path: str, status: int, kind: str) -> jsonschema_rs.Draft202012Validator:
    return schema_validator(_responses(method, path)[str(status)]["content"][kind]["schema"])


def _responses(method: str, path: str) -> Any:
    return _document()["paths"][path][method.lower()]["responses"]


@cache
def _route(method: str, path: str) -> Operation:
    # The gateway takes no notice of a slash at the end, nor does Chalice.
    path = path.removesuffix("/")
    routes = [each for each in operations() if each.method == method and _pattern(each.path).fullmatch(path)]
    # Where several match, the one with the fewest parameters serves.
    return min(routes, key=lambda each: each.path.count("{"))


@cache
def _declared(method: str, path: str) -> frozenset[tuple[int, str]]:
    """The statuses and codes of a route."""
    (route,) = (each for each in operations() if (each.method, each.path) == (method, path))
    return frozenset((error_words()[each.code]["status"], each.code) for each in errors_of(route))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
