"""Requests that no route answers, and answers that cannot be sent."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from chalice.app import Response

from chalicelib.http import routes
from chalicelib.http.application import Application
from chalicelib.http.routes import mount
from tests.integration.conftest import Api


def event(method: str, path: str, **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {"resourcePath": path, "httpMethod": method, "path": f"/api{path}", "requestId": "request-1"},
        "headers": headers or None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
    }


@pytest.fixture
def app() -> Application:
    application = Application(app_name="test")
    mount(application, "reference", "GET /v1/health")
    return application


def test_a_path_or_method_that_no_route_has_is_refused_and_logged(app: Application, logged: StringIO) -> None:
    assert app(event("POST", "/v1/health"), None)["statusCode"] == 405
    assert app({}, None)["statusCode"] == 500
    assert app(event("GET", "/v1/unknown"), None)["statusCode"] == 405
    assert [json.loads(line)["outcome"] for line in logged.getvalue().splitlines()] == ["answered"] * 3


def test_an_event_without_headers_is_answered(app: Application, logged: StringIO) -> None:
    assert app(event("GET", "/v1/health"), None)["statusCode"] == 200
    assert json.loads(logged.getvalue())["route"] == "GET /v1/health"


@pytest.mark.parametrize("name", ["Accept-Language", "accept-language", "ACCEPT-LANGUAGE"])
def test_the_name_of_a_header_may_have_any_case(api: Api, name: str) -> None:
    answer = api("GET", "/v1/passes/0", **{name: "en"})
    assert answer.headers["Content-Language"] == "en"


def of_two_lines(response: Response, _accepted: str) -> Response:
    response.headers["Location"] = "https://example.org\nSet-Cookie: a=b"
    return response


def not_utf8(_response: Response, _accepted: str) -> Response:
    return Response("half of a pair: \ud83d".encode())


@pytest.mark.parametrize("last", [of_two_lines, not_utf8])
def test_an_answer_that_cannot_be_sent_becomes_an_error_of_ours(
    app: Application, logged: StringIO, monkeypatch: pytest.MonkeyPatch, last: Callable[[Response, str], Response]
) -> None:
    monkeypatch.setattr(routes, "compressed", last)
    answer = app(event("GET", "/v1/health"), None)
    line = json.loads(logged.getvalue())
    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (500, "internal_error")
    assert (line["outcome"], line["status"], line["code"]) == ("answered", 500, "internal_error")
    assert line["error"]
