"""The documentation page."""

import re

from tests.integration.conftest import Api


def test_the_documentation_page_comes_from_our_own_files(api: Api) -> None:
    page = api("GET", "/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert not re.search(rb"(?:src|href)=\"(?:https?:)?//", page.body)
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "init.js"):
        assert name.encode() in page.body
        assert api("GET", f"/docs/{name}").status_code == 200
    for name in ("..%2Fcountries.txt", "README.md", "index.html"):
        assert api("GET", f"/docs/{name}").status_code == 404
