"""From a pass to a case and its contacts: routes and workers on moto."""

from tests.integration.cases.conftest import Province


def test_those_who_came_with_a_case_are_its_contacts(province: Province) -> None:
    codes = province.declare(0, 1, 2)
    case = province.opened({"pass": codes[0]})
    contacts = province.contacts(case)
    assert sorted(each["code"] for each in contacts) == sorted(codes[1:])
    assert {(each["hop"], each["label"], each["state"]) for each in contacts} == {(1, "F1", "found")}
    assert {each["reasons"][0]["kind"] for each in contacts} == {"declaration"}
