"""The page of a pass: what the link in a text opens."""

from base64 import b64encode
from functools import cache
from hashlib import sha256

from chalicelib.data import read_text
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models.people.province import province
from chalicelib.settings import settings

_FRESH_FOR = 300
"""Seconds. A corrected page reaches everybody soon. Without network the browser still has the page for a while, and it
says what is wrong."""


@serve(
    "GET",
    "/p",
    summary="The page of a pass",
    tag="travellers",
    content_type="text/html",
    described=False,
    etag=True,
)
def get_page(_: Call) -> Answer[str]:
    """For people. It is the same for everyone: which pass to show stands behind the `#` of its address, which no
    browser sends. It loads nothing from anywhere else."""
    page, policy = _page()
    answer = Answer(page, {"Content-Security-Policy": policy}, "text/html; charset=utf-8")
    return cached(answer, _FRESH_FOR)


@cache
def _page() -> tuple[str, str]:
    """The page in one piece, as each further file is a further wait on a slow line; and the policy that lets this
    style and this script run, by their hashes, and no other."""
    hotline = province(settings().province).hotline.shown
    style, script = read_text("pages", "pass.css"), read_text("pages", "pass.js").replace("{hotline}", hotline)
    page = read_text("pages", "pass.html").replace("{style}", style).replace("{script}", script)
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; connect-src 'self'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    return page, policy


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
