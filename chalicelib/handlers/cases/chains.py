"""A case's chain of contacts as files, from the case outwards."""

from datetime import datetime
from functools import partial

from pydantic import ConfigDict, Field

from chalicelib.handlers.cases.cases import CASE_PARAMETER, TAG, audit_case
from chalicelib.http.answers import Answer
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.models.cases.errors import CaseUnknown
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.entry.passes import masked
from chalicelib.models.staff.roles import RUN_CASES
from chalicelib.services.cases import cases
from chalicelib.services.cases.cases import CaseFile
from chalicelib.services.cases.chain_files import as_csv, as_graphml, as_json
from chalicelib.services.cases.chain_pictures import as_svg
from chalicelib.wiring.cases import registry
from chalicelib.wiring.entry import entries

_WHY = "chain of a case"


class PersonOfChain(Shape):
    """A person of the chain."""

    number: int
    """0 is the case. The others are numbered in the order of the list of contacts, so numbers change when it grows."""
    hop: int
    """How far from the case: 0 is the case."""
    contact: str | None = None
    """The contact's id in this case; left out for the case itself."""
    name: str | None = None
    """Initials and the last word of the name; left out for the case, and if the declaration was deleted."""
    state: str | None = None
    """The last fact recorded about the contact; `found` if there is none."""


class EdgeOfChain(Shape):
    """One reason why a person is in the chain."""

    model_config = ConfigDict(serialize_by_alias=True)

    person: int
    """The number of the person who was found."""
    through: int
    """The number of the person that they were near: one hop closer to the case."""
    hop: int
    """The hop of the person who was found."""
    kind: ContactKind
    """What the two shared."""
    from_: datetime = Field(alias="from")
    """The earlier of the two facts."""
    until: datetime
    """The later of the two facts: from then on both were there."""


class ShownChain(Shape):
    """Persons and the reasons that connect them, from the case outwards."""

    persons: list[PersonOfChain]
    """By their numbers."""
    edges: list[EdgeOfChain]
    """By hop, strongest kind and time."""


_downloads = partial(
    serve,
    "GET",
    tag=TAG,
    roles=RUN_CASES,
    looks=True,
    headers=("Content-Disposition",),
    errors=(CodeMistyped, CaseUnknown),
    parameters=(CASE_PARAMETER,),
)


@_downloads("/v1/cases/{case}/chain.json", summary="A case's chain as JSON")
def get_chain(call: Call) -> Answer[ShownChain]:
    """Persons and reasons, for an app that draws them. Only this form has names."""
    file = cases.read_case(call.path["case"], registry=registry())
    audit_case(call, file.case, file.contacts, action="look at chain", why=_WHY)
    holders = cases.holders_of(file.contacts, records=entries())
    permits = cases.permits_of(file.contacts, permits=registry().permits)
    names = {name: held.person.full_name for name, held in holders.items()}
    names |= {name: each.permit.form.person.full_name for name, each in permits.items()}
    chain = file.chain({name: masked(each) for name, each in names.items()})
    return Answer(ShownChain.model_validate(as_json(chain)), _named(file, "json"))


@_downloads(
    "/v1/cases/{case}/chain.graphml", summary="A case's chain as GraphML", content_type="application/graphml+xml"
)
def get_chain_graphml(call: Call) -> Answer[str]:
    """A directed graph for Gephi, yEd, Cytoscape or NetworkX. It contains no names."""
    file = _file(call)
    return Answer(as_graphml(file.chain({})), _named(file, "graphml"), "application/graphml+xml; charset=utf-8")


@_downloads("/v1/cases/{case}/chain.csv", summary="A case's chain as a table", content_type="text/csv")
def get_chain_csv(call: Call) -> Answer[str]:
    """A row for each reason, for spreadsheets. It contains no names."""
    file = _file(call)
    return Answer(as_csv(file.chain({})), _named(file, "csv"), "text/csv; charset=utf-8; header=present")


@_downloads("/v1/cases/{case}/chain.svg", summary="A case's chain as a picture", content_type="image/svg+xml")
def get_chain_svg(call: Call) -> Answer[str]:
    """Rings around the case, for a report. It fits on one page with any number of contacts, and contains no names."""
    file = _file(call)
    return Answer(as_svg(file.chain({})), _named(file, "svg"), "image/svg+xml")


def _file(call: AnyCall) -> CaseFile:
    """Audit a file without names as a look at the case, not at its contacts."""
    file = cases.read_case(call.path["case"], registry=registry())
    audit_case(call, file.case, action="look at chain", why=_WHY)
    return file


def _named(file: CaseFile, ending: str) -> dict[str, str]:
    """The file name in a browser. It contains only the case's code."""
    return {"Content-Disposition": f'attachment; filename="chain-{Code.parse(file.case.code).shown}.{ending}"'}
