"""Record the OpenAPI document at a release, and compare it with later ones: docs/versioning.md.

`release` writes what clients rely on, all but texts and examples, into `infra/packaging/released.json`, which is part
of the release's commit. `check` lists what would break a client of that release, and fails if there is anything.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra import ROOT
from infra.errors import CannotGoOn
from infra.packaging.compatibility import breaking_changes

RELEASED = Path(__file__).with_name("released.json")

_TEXTS = ("description", "summary", "title", "example", "examples", "x-titles", "tags")
_NAMED = ("properties", "schemas", "headers", "paths", "responses", "content")
"""Whose keys are names: one of them may be `title`."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("action", choices=("check", "release"))
    options = parser.parse_args(arguments)
    if options.action == "release":
        RELEASED.write_text(json.dumps(relied_on(current()), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        print(f"Written: {RELEASED.relative_to(ROOT)}. Commit it with the release.")
    elif problems := breaking_changes(released(), current(), datetime.now(UTC).date()):
        raise CannotGoOn("\n".join([*problems, "If no client exists yet: python -m infra openapi release"]))
    else:
        print("Every client of the last release can go on.")


def current() -> dict[str, Any]:
    """The document of the routes that are mounted now."""
    import app  # noqa: F401 - it mounts them
    from chalicelib.http.openapi import document

    made: dict[str, Any] = json.loads(document("https://pass.example"))
    return made


def released() -> dict[str, Any]:
    """What clients of the last release rely on."""
    kept: dict[str, Any] = json.loads(RELEASED.read_text(encoding="utf-8"))
    return kept


def relied_on(document: Any, within: str = "") -> Any:
    """A document without what only people read, and without what varies by stage."""
    if isinstance(document, dict):
        return {
            name: relied_on(each, name)
            for name, each in document.items()
            if (within in _NAMED or name not in _TEXTS) and not (within == "" and name in ("info", "servers"))
        }
    return [relied_on(each) for each in document] if isinstance(document, list) else document
