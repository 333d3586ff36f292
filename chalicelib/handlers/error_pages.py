"""The page that explains every code of an error: what a problem's `type` leads to.

It is shown where the API's documentation is switched off, too: answers lead to it, and it says no more than they do.
"""

import json
import re
from functools import cache
from html import escape
from typing import Any

from chalicelib.data import read_text
from chalicelib.http.answers import Answer, cached
from chalicelib.http.problems import error_words
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve

_FRESH_FOR = 3600
"""Seconds."""

_POLICY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}


@serve(
    "GET",
    "/docs/errors",
    summary="The codes of errors as a page",
    tag="reference",
    content_type="text/html",
    described=False,
    etag=True,
)
def get_errors_page(_: Call) -> Answer[str]:
    """For developers: each code with its cause, its remedy, and its words by language. It loads nothing."""
    return cached(Answer(_page(), _POLICY, "text/html; charset=utf-8"), _FRESH_FOR)


@cache
def _page() -> str:
    explained = json.loads(read_text("docs", "errors.json"))
    sections = [_section(code, each, explained[code]) for code, each in sorted(error_words().items())]
    return read_text("docs", "errors.html").replace("{sections}", "\n".join(sections))


def _section(code: str, text: dict[str, Any], explained: dict[str, str]) -> str:
    """The part about one code. Its anchor is the code."""
    words = "".join(
        f'<p lang="{language}"><b>{escape(text["title"][language])}</b><br>{escape(text["detail"][language])}</p>'
        for language in text["title"]
    )
    return (
        f'  <section id="{code}"><h2><a href="#{code}">{code}</a> <span>{text["status"]}</span></h2>'
        f"<p>{_marked(explained['cause'])}</p><p><b>What to do:</b> {_marked(explained['remedy'])}</p>"
        f'<div class="words">{words}</div></section>'
    )


def _marked(text: str) -> str:
    """As HTML, with what stands between backticks as code."""
    return re.sub("`([^`]*)`", r"<code>\1</code>", escape(text))
