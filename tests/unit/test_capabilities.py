"""Capabilities have one order in all layers. Import contracts (`pyproject.toml`) hold it within each layer only."""

import re
import tomllib
from pathlib import Path

import grimp

LAYERS = ("handlers", "services", "models", "storage")
"""Wiring is not among them: it builds a capability's collaborators, also from what stands above it."""


def test_no_layer_of_a_capability_knows_a_capability_above_it() -> None:
    rank = _ranks()
    graph = grimp.build_graph("chalicelib")
    known = {
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if _capability(importer) in rank and _capability(imported) in rank
    }
    assert len(known) > len(rank)
    upward = [
        f"{importer} imports {imported}"
        for importer, imported in sorted(known)
        if _capability(importer) != _capability(imported) and rank[_capability(importer)] <= rank[_capability(imported)]
    ]
    assert upward == []


def _ranks() -> dict[str, int]:
    """How high each capability stands, by the order of the import contract."""
    settings = tomllib.loads(Path("pyproject.toml").read_text())
    (order,) = [
        each["layers"] for each in settings["tool"]["importlinter"]["contracts"] if "(gate)" in each.get("layers", ())
    ]
    return {name: -height for height, line in enumerate(order) for name in re.findall(r"\w+", line)}


def _capability(module: str) -> str:
    """The capability of a module in a layer; empty if it has none."""
    _, layer, capability = [*module.split("."), "", ""][:3]
    return capability if layer in LAYERS else ""
