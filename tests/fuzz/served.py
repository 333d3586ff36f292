"""The routes on a port of loopback, as the gateway would call them. As the gateway does, it refuses wrong API keys."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalice.test import Client
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from chalicelib.http.problems import PROBLEM
from chalicelib.http.responses import problem_examples

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None: ...  # noqa: A002 - as inherited


PARTNER_KEY = "the-key-of-a-partner-app"


def _key_refused() -> Response:
    body = json.dumps(problem_examples({"api_key_refused"}, "")["api_key_refused"]["value"])
    headers = {"X-Request-Id": "a-request", "Cache-Control": "no-store"}
    return Response(body, HTTPStatus.FORBIDDEN, headers, content_type=PROBLEM)


@contextmanager
def served(client: Client) -> Iterator[str]:
    """Serve the client's application; gives the URL. One request at a time: Chalice keeps the current one."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        if request.path.startswith("/v1/partner/") and request.headers.get("X-Api-Key") != PARTNER_KEY:
            return _key_refused()(environ, start_response)
        path = quote(request.path) + (f"?{request.query_string.decode('latin-1')}" if request.query_string else "")
        headers = {name: value for name, value in request.headers.items() if value or name != "Content-Type"}
        answer = client.http.request(request.method, path, headers=headers, body=request.get_data())
        sent = {name: each for name, each in answer.headers.items() if isinstance(each, str)}
        return Response(answer.body, HTTPStatus(answer.status_code), sent)(environ, start_response)

    server = make_server("127.0.0.1", 0, application, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
