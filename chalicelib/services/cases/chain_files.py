"""A case's chain as files: JSON for apps, GraphML for programs that draw networks, CSV for spreadsheets.

Only the JSON has names. The other files are passed on, so they identify persons by numbers and ids. Times are ISO 8601,
in the chain's time zone.
"""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from chalicelib.models.cases.chains import Chain, ChainEdge
from chalicelib.services.spreadsheets import as_table

_COLUMNS = ("person", "contact", "hop", "state", "through", "kind", "from", "until")

_GRAPHML = "http://graphml.graphdrawing.org/xmlns"
_KEYS = (
    ("node", "number", "int"),
    ("node", "hop", "int"),
    ("node", "contact", "string"),
    ("node", "state", "string"),
    ("edge", "hop", "int"),
    ("edge", "kind", "string"),
    ("edge", "from", "string"),
    ("edge", "until", "string"),
)


def as_json(chain: Chain) -> dict[str, Any]:
    """`persons` by number, and `edges`."""
    return {
        "persons": [each._asdict() for each in chain.persons],
        "edges": [{"person": each.person, "through": each.through, **_facts(each)} for each in chain.edges],
    }


def as_csv(chain: Chain) -> str:
    """A row for each edge, after a row of names."""
    contacts = {each.number: each for each in chain.persons}
    rows = [
        {
            **contacts[edge.person]._asdict(),
            "person": edge.person,
            "through": edge.through,
            **_facts(edge),
        }
        for edge in chain.edges
    ]
    return as_table(_COLUMNS, ([row[name] for name in _COLUMNS] for row in rows))


def as_graphml(chain: Chain) -> str:
    """A directed graph: a node for each person, and edges from the person closer to the case to the person found.

    http://graphml.graphdrawing.org/primer/graphml-primer.html
    """
    return "\n".join(_graphml(chain)) + "\n"


def _graphml(chain: Chain) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<graphml xmlns="{_GRAPHML}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        f' xsi:schemaLocation="{_GRAPHML} {_GRAPHML}/1.0/graphml.xsd">'
    )
    for of, name, kind in _KEYS:
        yield f'<key id="{of}_{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>'
    yield '<graph id="chain" edgedefault="directed">'
    for person in chain.persons:
        yield f'<node id="n{person.number}">{_data("node", person._asdict())}</node>'
    for number, edge in enumerate(chain.edges):
        ends = f'source="n{edge.through}" target="n{edge.person}"'
        yield f'<edge id="e{number}" {ends}>{_data("edge", _facts(edge))}</edge>'
    yield "</graph>"
    yield "</graphml>"


def _data(of: str, values: dict[str, Any]) -> str:
    found = [(f"{of}_{name}", values[name]) for each, name, _ in _KEYS if each == of]
    return "".join(
        f"<data key={quoteattr(key)}>{escape(str(value))}</data>" for key, value in found if value is not None
    )


def _facts(edge: ChainEdge) -> dict[str, Any]:
    return {
        "hop": edge.hop,
        "kind": edge.kind.value,
        "from": edge.from_.isoformat(),
        "until": edge.until.isoformat(),
    }
