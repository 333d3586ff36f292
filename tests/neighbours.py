"""Which records are stored, and how a release describes them: for tests that compare two releases."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

from chalicelib.models.records import Record
from infra import ROOT

_READ = re.compile(r"\b([A-Z]\w+)\.from_stored|\b([A-Z]\w+) if .* else ([A-Z]\w+)\)\.from_stored")
_BY_NAME = ("Policy", "PolicyChange", "Templates", "TemplatesChange", "CaseEvent", "SearchEvent")
"""Records that a reader names by a variable."""
_READERS = ("storage", "adapters", "handlers/workers")

SCHEMAS = """
import json, sys
from importlib import import_module

found = {}
for name in json.load(sys.stdin):
    module, _, model = name.partition(":")
    try:
        found[name] = getattr(import_module(module), model).model_json_schema()
    except (ImportError, AttributeError):
        pass  # it is new
json.dump(found, sys.stdout)
"""
"""A program: from names of records to their JSON schemas, as far as the release has them."""

READS = """
import json, sys
from importlib import import_module

refused = []
for name, text in json.load(sys.stdin):
    module, _, model = name.partition(":")
    try:
        model = getattr(import_module(module), model)
    except (ImportError, AttributeError):
        continue  # it is new
    try:
        model.from_stored(text)
    except ValueError as error:
        refused.append(f"{name}: {error}")
json.dump(refused, sys.stdout)
"""
"""A program: from names of records and their texts to the problems with those that the release cannot read."""


def name_of(record: type[Record]) -> str:
    return f"{record.__module__}:{record.__qualname__}"


def stored() -> list[type[Record]]:
    """All that is read from tables, queues and the parameter store."""
    for package in ("models", "adapters"):
        for each in walk_packages([str(ROOT / "chalicelib" / package)], f"chalicelib.{package}."):
            import_module(each.name)
    sources = [file.read_text() for folder in _READERS for file in (ROOT / "chalicelib" / folder).rglob("*.py")]
    named = {name for source in sources for found in _READ.findall(source) for name in found if name} | {*_BY_NAME}
    known = {name_of(each): each for each in _below(Record) if each.__module__.startswith("chalicelib.")}
    return [each for _, each in sorted(known.items()) if each.__name__ in named]


def _below(record: type[Record]) -> Iterator[type[Record]]:
    for each in record.__subclasses__():
        yield each
        yield from _below(each)
