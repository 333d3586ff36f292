"""The documentation page."""

import json
import re
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from chalicelib import settings
from chalicelib.data import read_text
from chalicelib.handlers.entry.answers import CODE, VERIFICATION
from chalicelib.handlers.entry.pass_answers import SECRET
from chalicelib.http import openapi
from chalicelib.http.problems import error_words
from tests.integration.conftest import Api
from tests.tools import program


def test_the_documentation_page_comes_from_our_own_files(api: Api) -> None:
    page = api("GET", "/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert not re.search(rb"(?:src|href)=\"(?:https?:)?//", page.body)
    for name in ("swagger-ui.css", "page.css", "swagger-ui-bundle.js", "init.js"):
        assert name.encode() in page.body
        assert api("GET", f"/docs/{name}").status_code == 200
    for name in ("..%2Fcountries.txt", "README.md", "index.html"):
        assert api("GET", f"/docs/{name}").status_code == 404


def test_the_page_loads_its_files_whether_its_address_ends_in_a_slash_or_not(api: Api) -> None:
    pages = [api("GET", path).body.decode() for path in ("/docs", "/docs/")]
    assert pages[0] == pages[1]
    assert re.findall(r'(?:src|href)="(?!data:)([^"]+)"', pages[0]) == [
        "/docs/swagger-ui.css",
        "/docs/page.css",
        "/v1/openapi.json",
        "/docs/swagger-ui-bundle.js",
        "/docs/init.js",
    ]


def test_the_page_may_show_the_picture_that_an_answer_is(api: Api) -> None:
    images = re.findall(r"img-src ([^;]+);", api("GET", "/docs").headers["Content-Security-Policy"])
    assert images == ["'self' data: blob:"]


def test_the_page_knows_what_examples_have_for_what_only_an_answer_gives() -> None:
    script = read_text("docs", "init.js")
    for each in (CODE, VERIFICATION, SECRET):
        assert f'"{each["example"]}"' in script
    assert '"Idempotency-Key"' in script


def test_every_code_is_explained_on_one_page_that_loads_nothing(api: Api) -> None:
    page = api("GET", "/docs/errors")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    text = page.body.decode()
    assert not re.search(r"(?:src|href)=\"(?!#)|@import|url\(|<script", text)
    anchors = re.findall(r'<section id="(\w+)">', text)
    assert anchors == sorted(error_words())
    assert "Tạm ngừng khai báo và ghi nhận" in text
    assert "&lt;token&gt;" in text
    assert "<code>earliest</code> is the first moment" in text


def test_every_code_has_a_cause_and_a_remedy_for_developers() -> None:
    explained = json.loads(read_text("docs", "errors.json"))
    assert explained.keys() == error_words().keys()
    for code, each in explained.items():
        assert each.keys() == {"cause", "remedy"}, code
        assert all(text.endswith(".") for text in each.values()), code


def test_what_a_type_leads_to_is_there_without_the_documentation(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCS", "false")
    settings.settings.cache_clear()
    problem = api("GET", "/docs").json_body
    path, _, anchor = problem["type"].removeprefix("https://pass.example").partition("#")
    assert f'id="{anchor}"' in api("GET", path).body.decode()


PATHS = ("/v1/openapi.json", "/docs", "/docs/init.js")


def test_an_operator_can_switch_the_documentation_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCS", "false")
    settings.settings.cache_clear()
    for path in PATHS:
        answer = api("GET", path)
        assert (answer.status_code, answer.json_body["code"]) == (404, "not_found")


def test_the_document_is_built_once_whatever_address_it_is_asked_for_at(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To build it takes half a second of a processor, and anyone may ask."""
    api("GET", "/v1/openapi.json")
    monkeypatch.delattr(openapi, "operations")
    for address in ("https://a.example/api", 'https://b.example/"'):
        document = json.loads(openapi.document(address))
        assert [each["url"] for each in document["servers"]] == [address]
    assert "{base_url}" not in openapi.document("https://a.example")


def test_the_page_moves_the_times_of_examples_to_the_present(api: Api, tmp_path: Path) -> None:
    """Else "Try it out" would send an arrival that is years ago."""
    node = program("node")
    script = tmp_path / "page.js"
    document = api("GET", "/v1/openapi.json").body.decode()
    script.write_text(
        f"""
        const document = {{currentScript: {{src: "https://pass.example/docs/init.js"}}}};
        const SwaggerUIBundle = (config) => {{
          const loaded = {{url: "https://pass.example/v1/openapi.json", text: {json.dumps(document)}}};
          console.log(config.responseInterceptor(loaded).text);
        }};
        {api("GET", "/docs/init.js").body.decode()}
        """,
        encoding="utf-8",
    )
    shown = subprocess.run([node, script], capture_output=True, check=True).stdout  # noqa: S603 - our own script
    declare = json.loads(shown)["paths"]["/v1/declarations"]["post"]
    example = declare["requestBody"]["content"]["application/json"]["example"]
    answer = api("POST", "/v1/declarations", example, Idempotency_Key=str(uuid4()))
    assert answer.status_code == 201, answer.body
    assert (
        api(
            "POST",
            "/v1/declarations",
            json.loads(document)["paths"]["/v1/declarations"]["post"]["requestBody"]["content"]["application/json"][
                "example"
            ],
            Idempotency_Key=str(uuid4()),
        ).status_code
        == 422
    )


@pytest.mark.parametrize("scheme", ["javascript", "HTTPS", ""])
def test_a_header_cannot_make_links_that_run(api: Api, scheme: str) -> None:
    document = api("GET", "/v1/openapi.json", X_Forwarded_Proto=scheme).json_body
    assert document["servers"][0]["url"].startswith("https://")
