"""The OpenAPI document and the page that shows it, from files we ship."""

from html import escape

from chalicelib.data import read_text
from chalicelib.http.answers import Answer, cached
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.settings import settings

_FRESH_FOR = 3600
_DOCUMENT_FRESH_FOR = 300
"""Seconds. A deployment may change it."""

_FILES = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "init.js": "text/javascript; charset=utf-8",
}
_POLICY = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
        "base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )
}


@serve("GET", "/v1/openapi.json", summary="This document", tag="reference", etag=True, errors=(errors.NotFound,))
def get_openapi(call: Call) -> Answer[str]:
    """OpenAPI 3.1, made from the models and routes that serve. A stage may have it switched off."""
    _check_shown()
    from chalicelib.http.openapi import document

    return cached(Answer(document(call.base_url)), _DOCUMENT_FRESH_FOR)


@serve(
    "GET",
    "/docs",
    summary="The documentation as a page",
    tag="reference",
    content_type="text/html",
    described=False,
    etag=True,
    errors=(errors.NotFound,),
)
def get_docs(call: Call) -> Answer[str]:
    """For a browser. It loads nothing from anywhere else."""
    _check_shown()
    # No relative paths: the gateway takes `/docs/` for `/docs`, and a browser would look one level too deep.
    text = read_text("docs", "index.html").replace("{base}", escape(call.base_path))
    return cached(Answer(text, _POLICY, "text/html; charset=utf-8"), _FRESH_FOR)


@serve(
    "GET",
    "/docs/{file}",
    summary="A file of the page",
    tag="reference",
    described=False,
    etag=True,
    errors=(errors.NotFound,),
)
def get_docs_file(call: Call) -> Answer[str]:
    """Scripts and styles of the documentation's page."""
    _check_shown()
    name = call.path["file"]
    if name not in _FILES:
        raise errors.NotFound
    return cached(Answer(read_text("docs", name), _POLICY, _FILES[name]), _FRESH_FOR)


def _check_shown() -> None:
    """Raises `NotFound` where the documentation is switched off."""
    if not settings().docs:
        raise errors.NotFound
