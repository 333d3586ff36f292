"""A route answers no error but those that it declares: apps handle the errors that are in the document."""

import gzip
import json
import re
from functools import cache
from urllib.parse import urlsplit

from chalice.test import HTTPResponse

from chalicelib.http.problems import PROBLEM, error_words
from chalicelib.http.responses import errors_of
from chalicelib.http.routes import operations


def check_declared(method: str, path: str, answer: HTTPResponse) -> None:
    """Fail if the answer is an error that the route does not declare."""
    if answer.headers.get("Content-Type") != PROBLEM:
        return
    body = gzip.decompress(answer.body) if "Content-Encoding" in answer.headers else answer.body
    problem = json.loads(body)
    code = problem["code"]
    declared = _declared(method, urlsplit(path).path)
    assert (answer.status_code, code) in declared, f"{method} {path} answers {code}, and does not declare it"


@cache
def _declared(method: str, path: str) -> frozenset[tuple[int, str]]:
    """The statuses and codes of the route that serves a path."""
    routes = [each for each in operations() if each.method == method and _pattern(each.path).fullmatch(path)]
    # Where several match, the one with the fewest parameters serves.
    route = min(routes, key=lambda each: each.path.count("{"))
    return frozenset((error_words()[each.code]["status"], each.code) for each in errors_of(route))


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", path))
