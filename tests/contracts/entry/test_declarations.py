"""Declarations: stored once under their code, and found by it or by their names."""

from chalicelib.models.entry.codes import Code
from tests.contracts.entry.conftest import Declarations
from tests.records import declaration

CODE = Code.of(1, 0)


def test_nothing_is_found_where_nothing_is_stored(declarations: Declarations) -> None:
    assert declarations.find(CODE) is None
    assert declarations.find_declaration(CODE) is None
    assert declarations.find_declarations([CODE.declaration]) == {}


def test_a_declaration_is_found_as_it_was_stored_by_every_code_of_it(declarations: Declarations) -> None:
    stored = declaration(companions=2)
    assert declarations.append_declaration(CODE, stored) is None
    for person in range(3):
        record = declarations.find(Code(CODE.declaration, person))
        assert record is not None
        assert record.declaration == stored
        assert declarations.find_declaration(Code(CODE.declaration, person)) == stored
        kinds = (record.crossings, record.revocations, record.corrections, record.conflicts, record.settlements)
        assert [len(facts) for facts in kinds] == [0] * 5
    assert declarations.find(Code.of(2, 0)) is None


def test_where_a_code_is_taken_what_is_stored_is_returned_and_nothing_written(declarations: Declarations) -> None:
    first, second = declaration(), declaration(companions=1)
    declarations.append_declaration(CODE, first)
    for other in (second, first):
        assert declarations.append_declaration(CODE, other) == first
    record = declarations.find(CODE)
    assert record is not None
    assert record.declaration == first


def test_a_hundred_declarations_are_found_by_name_and_unknown_names_are_left_out(declarations: Declarations) -> None:
    codes = [Code.of(number, 0) for number in range(100)]
    for number, code in enumerate(codes[:99]):
        declarations.append_declaration(code, declaration(companions=number % 3))
    found = declarations.find_declarations([code.declaration for code in codes])
    assert found.keys() == {code.declaration for code in codes[:99]}
    assert [len(found[code.declaration].passes) for code in codes[:99]] == [1, 2, 3] * 33


def test_declarations_are_found_by_name_without_what_stands_beside_them(declarations: Declarations) -> None:
    for number in range(3):
        declarations.append_declaration(Code.of(number, 0), declaration(companions=number))
    found = declarations.find_declarations([Code.of(number, 0).declaration for number in (2, 0)])
    assert found == {
        Code.of(0, 0).declaration: declaration(),
        Code.of(2, 0).declaration: declaration(companions=2),
    }
