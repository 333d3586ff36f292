"""A case's chain as JSON, GraphML and CSV. NetworkX reads the GraphML."""

import csv
import json
from io import BytesIO, StringIO

import networkx
import pytest

from chalicelib.models.cases.chains import Chain, ChainPerson
from chalicelib.services.cases.chain_files import as_csv, as_graphml, as_json
from tests.unit.cases.chains import a_chain

CHAIN = a_chain([4, 7], further=0.3)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def test_json_has_every_person_and_every_edge() -> None:
    written = json.loads(json.dumps(as_json(CHAIN)))
    assert [ChainPerson(**each) for each in written["persons"]] == CHAIN.persons
    assert [(each["through"], each["person"], each["kind"]) for each in written["edges"]] == [
        (each.through, each.person, each.kind) for each in CHAIN.edges
    ]
    assert written["edges"][0]["from"] == CHAIN.edges[0].from_.isoformat()


def test_another_library_reads_the_graphml() -> None:
    graph = networkx.read_graphml(BytesIO(as_graphml(CHAIN).encode()), force_multigraph=True)
    assert graph.is_directed()
    assert {
        name: (each["number"], each["hop"], each.get("contact"), each.get("state"))
        for name, each in graph.nodes.items()
    } == {f"n{each.number}": (each.number, each.hop, each.contact, each.state) for each in CHAIN.persons}
    assert sorted(
        (a, b, each["kind"], each["hop"], each["from"], each["until"]) for a, b, each in graph.edges(data=True)
    ) == sorted(
        (f"n{each.through}", f"n{each.person}", each.kind, each.hop, each.from_.isoformat(), each.until.isoformat())
        for each in CHAIN.edges
    )


def test_graphml_keeps_texts_that_look_like_xml() -> None:
    chain = Chain([ChainPerson(0, 0, contact='<&>"')], [])
    (node,) = networkx.read_graphml(BytesIO(as_graphml(chain).encode())).nodes.values()
    assert node["contact"] == '<&>"'


def test_a_table_has_a_row_for_each_edge() -> None:
    contacts = {each.number: each for each in CHAIN.persons}
    assert rows(as_csv(CHAIN)) == [
        {
            "person": str(each.person),
            "contact": contacts[each.person].contact,
            "hop": str(each.hop),
            "state": contacts[each.person].state,
            "through": str(each.through),
            "kind": each.kind,
            "from": each.from_.isoformat(),
            "until": each.until.isoformat(),
        }
        for each in CHAIN.edges
    ]


def test_a_spreadsheet_knows_that_a_table_is_utf_8() -> None:
    assert as_csv(CHAIN).encode().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_runs_no_cell(text: str) -> None:
    persons = [CHAIN.persons[0], *(each._replace(contact=text) for each in CHAIN.persons[1:])]
    assert {each["contact"] for each in rows(as_csv(CHAIN._replace(persons=persons)))} == {f"'{text}"}


def test_only_json_has_names() -> None:
    names = [each.name for each in CHAIN.persons if each.name]
    assert names
    assert all(each in json.dumps(as_json(CHAIN)) for each in names)
    assert not any(each in as_graphml(CHAIN) + as_csv(CHAIN) for each in names)


def test_a_case_without_contacts_has_files_too() -> None:
    chain = a_chain([])
    assert rows(as_csv(chain)) == []
    assert list(networkx.read_graphml(BytesIO(as_graphml(chain).encode()))) == ["n0"]
