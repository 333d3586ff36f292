"""Where a path leads: in the cloud by the distribution's function, on this machine by a twin of it in Python."""

import json
import subprocess
from typing import Any

from infra.packaging.pages import ADDRESSES
from infra.packaging.paths import is_missing, page_of_missing, redirected
from tests.tools import program
from tests.unit.infra.template import TEMPLATE

PAGES = [name for name in ADDRESSES.values() if name != "index.html"]
THERE = ["/", "/index.html", *(f"/{name}" for name in PAGES), "/settings.json", "/gate.service-worker.js"]
WITH_SLASH = {f"/{name}{slashes}": f"/{name}" for name in PAGES for slashes in ("/", "//")}
MISSING = [
    *("//", "/declare", "/Gate", "/gate/desk", "/missing", "/missing/", "/desk.html", "/.git/config", "/robots.txt"),
    *("/a", "/desk.service-worker.js", "/settings.json/", "/v1"),
]
RUN = """
const asked = JSON.parse(await new Response(process.stdin).text());
const handler = new Function(`${asked.code}; return handler;`)();
console.log(JSON.stringify(asked.events.map((event) => handler(event))));
"""


def by_the_function(*events: Any) -> Any:
    """What the distribution's function makes of events."""
    code = TEMPLATE["Resources"]["PagesPaths"]["Properties"]["FunctionCode"]
    command = [program("node"), "--input-type=module", "-e", RUN]
    asked = json.dumps({"code": code, "events": events})
    return json.loads(subprocess.run(command, input=asked, check=True, capture_output=True, text=True).stdout)  # noqa: S603 - our own


def request(path: str) -> dict[str, Any]:
    return {"context": {"eventType": "viewer-request"}, "request": {"uri": path, "headers": {}}}


def test_a_page_is_found_with_a_slash_behind_its_address_and_what_is_nowhere_is_a_page_that_says_so() -> None:
    assert [path for path in THERE if is_missing(path) or redirected(path)] == []
    assert {path: redirected(path) for path in WITH_SLASH} == WITH_SLASH
    assert [path for path in MISSING if redirected(path) or not is_missing(path)] == []


def test_the_api_answers_for_itself_and_files_of_releases_are_as_they_are() -> None:
    paths = ["/v1/health", "/v1/nothing", "/v1/", "/docs", "/docs/", "/docs/errors", "/a/0123456789abcdef/lib/base.css"]
    assert [path for path in paths if is_missing(path) or redirected(path)] == []


def test_the_cloud_and_this_machine_lead_to_the_same() -> None:
    paths = [*THERE, *MISSING, *WITH_SLASH]
    answers = dict(zip(paths, by_the_function(*map(request, paths)), strict=True))
    for path, answer in answers.items():
        if path in WITH_SLASH:
            assert (answer["statusCode"], answer["headers"]["location"]["value"]) == (301, WITH_SLASH[path])
        else:
            assert answer["uri"] == (page_of_missing() if is_missing(path) else path)


def test_the_page_of_what_is_missing_has_the_status_404_and_nothing_else_has() -> None:
    def response(status: int, **headers: str) -> dict[str, Any]:
        shown = {name.replace("_", "-"): {"value": value} for name, value in headers.items()}
        return {
            **request("/gate"),
            "context": {"eventType": "viewer-response"},
            "response": {"statusCode": status, "headers": shown},
        }

    missing, known, page = by_the_function(
        response(200, x_amz_meta_status="404", etag="1"),
        response(304, x_amz_meta_status="404"),
        response(200, etag="2"),
    )
    assert (missing["statusCode"], missing["headers"]) == (404, {"etag": {"value": "1"}})
    # A browser that has the page shows it again.
    assert known["statusCode"] == 304
    assert (page["statusCode"], page["headers"]) == (200, {"etag": {"value": "2"}})
