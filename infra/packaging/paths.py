"""Where a path of the distribution leads, as its function `PagesPaths` says in `infra/template.yaml`.

The local engine would need Node.js to run that function: there it is this one. A test compares the two.
"""

import re

from infra.packaging.pages import ADDRESSES, MISSING, RELEASES, SOURCES

_NOT_ASKED = re.compile(rf"/docs.*|/v1/.*|/{RELEASES}/.*")
"""The distribution leads these to the API, and to the files of releases: the function is not asked."""
_NAMES = "|".join(name for name in ADDRESSES.values() if name != "index.html")
_PAGE_WITH_SLASH = re.compile(rf"/({_NAMES})/+")
_WORKERS = "|".join(name for name in ADDRESSES if (SOURCES / name / "service-worker.txt").is_file())
_THERE = re.compile(rf"/((index[.]html|{_NAMES})?|settings[.]json|({_WORKERS})[.]service-worker[.]js)")


def redirected(path: str) -> str | None:
    """The path that a browser is redirected to: without the slash that people type behind a page's address. None if no
    redirect is needed. The browser keeps what is behind `#`."""
    page = _PAGE_WITH_SLASH.fullmatch(path)
    return f"/{page[1]}" if page else None


def is_missing(path: str) -> bool:
    """Whether there is nothing, so that the page of `MISSING` is shown, with the status 404."""
    return not (_NOT_ASKED.fullmatch(path) or _THERE.fullmatch(path))


def page_of_missing() -> str:
    """The path of what is shown instead."""
    return f"/{MISSING}"
