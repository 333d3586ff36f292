"""The page of a pass."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from chalicelib import settings
from tests.integration.conftest import Api, Submit


def test_the_page_is_the_same_for_everyone_and_says_nothing_personal(api: Api, submitted: Submit) -> None:
    before = api("GET", "/p")
    own = submitted()["passes"][0]
    after = api("GET", "/p", X_Pass_Secret=own["secret"])
    assert (before.status_code, before.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert after.body == before.body
    assert before.headers["Cache-Control"] == "public, max-age=300"
    assert api("GET", "/p", If_None_Match=before.headers["ETag"]).status_code == 304


def test_the_page_runs_our_own_script_and_nothing_else(api: Api) -> None:
    page = api("GET", "/p")
    text, policy = page.body.decode(), page.headers["Content-Security-Policy"]
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert f"{directive} 'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    # Nothing from elsewhere, and nothing inline that the policy would refuse.
    assert not re.search(r"""(?:src|href)=["'](?!data:)|<(?:script|style|link)[^>]* src|\son\w+=|style=""", text)
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_the_page_names_the_hotline_of_the_province(api: Api) -> None:
    text = api("GET", "/p").body.decode()
    assert "gọi (0276) 1022" in text
    assert "{hotline}" not in text


def test_the_page_is_small_enough_for_a_slow_line(api: Api) -> None:
    packed = api("GET", "/p", Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < 6 * 1024


def test_the_page_is_there_where_the_documentation_is_switched_off(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCS", "false")
    settings.settings.cache_clear()
    assert api("GET", "/docs").status_code == 404
    assert api("GET", "/p").status_code == 200
