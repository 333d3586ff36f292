"""What is held of a person in cases: exported without others, erased but for what the law keeps."""

from chalicelib import wiring
from chalicelib.models.people import hashed
from chalicelib.models.people.holdings import PersonKeys
from chalicelib.storage.cases.persons import CasesOfPersons
from tests.integration.cases.conftest import Province
from tests.tables import by_botocore


def keys(number: int, *codes: str) -> PersonKeys:
    person = wiring.keyed_hash().text(hashed.PERSON, f"cccd 0720900{number:05d}")
    return PersonKeys(frozenset(each.replace("-", "") for each in codes), frozenset({person}), frozenset())


def test_a_case_and_a_contact_are_exported_and_blanked(province: Province) -> None:
    codes = province.declare(0, 1)
    case = province.opened({"pass": codes[0]})
    (contact,) = province.contacts(case)
    url = f"/v1/cases/{case}/contacts/{contact['contact']}/work"
    assert province.api("POST", url, {"kind": "reached", "note": "mẹ nghe máy"}, role="health").status_code == 201
    keeper = CasesOfPersons(by_botocore().cases)
    (own,), (near,) = keeper.export(keys(0, codes[0])), keeper.export(keys(1, codes[1]))
    assert (own.what, own.content["person"]["full_name"]) == ("case", "Nguyễn Văn Thử")
    assert (near.what, set(near.content)) == ("contact of a case", {"hop", "kind", "day"})
    assert keeper.export(keys(1)) == []
    assert keeper.erase(keys(0, codes[0])) == 0  # it is open
    assert keeper.erase(keys(1, codes[1])) == 1
    province.api("POST", f"/v1/cases/{case}/end", {"reason": "khỏi bệnh"}, role="health")
    assert keeper.erase(keys(0, codes[0])) == 1
    shown = province.api("GET", f"/v1/cases/{case}", role="health").json_body
    assert ("masked_name" in shown, shown["contacts"]) == (False, 1)
    assert province.api("POST", url, {"kind": "cleared"}, role="health").json_body["work"][0].get("note") is None


def test_a_person_learns_that_they_were_told_and_not_of_which_case(province: Province) -> None:
    codes = province.declare(0, 3)
    other = province.declare(1)
    case = province.opened({"pass": codes[0]})
    sent = {"Idempotency-Key": "the-key-of-an-officer"}
    told = province.api("POST", f"/v1/cases/{case}/waves", {"reason": "F1"}, role="health", **sent)
    assert told.status_code == 201, told.body
    keeper = CasesOfPersons(by_botocore().cases)
    found = {each.what: each.content for each in keeper.export(keys(1, other[0]))}
    assert found["told as a contact of a case"] == {}
    second = province.opened({"pass": other[0]})
    shown = province.api("GET", f"/v1/cases/{second}", role="health").json_body
    assert shown["contact_of"] == [{"case": case, "hop": 1}]
    exported = next(each.content for each in keeper.export(keys(1, other[0])) if each.what == "case")
    assert case.replace("-", "") not in str(exported)
