"""No table with a person's data is forgotten when a person asks for it."""

from infra import ROOT
from infra.operation.persons.archives import KEEPERS, NOTHING_OF_A_PERSON
from infra.operation.restore import TABLES
from tests.unit.infra.template import TEMPLATE


def test_the_page_on_privacy_has_every_table_and_log_group() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    for name, each in TEMPLATE["Resources"].items():
        if each.get("Type") == "AWS::DynamoDB::Table":
            assert f"| `{name.removesuffix('Table').lower()}`" in page
        elif each.get("Type") == "AWS::Logs::LogGroup":
            named = each["Properties"].get("LogGroupName", {"Fn::Sub": name})["Fn::Sub"]
            assert (
                f"`{named.replace('/tay-ninh-pass/${Stage}', '…')}`" in page
                or named.replace("${Stage}", "<stage>") in page
            ), name


def test_every_table_is_exported_and_erased_or_it_is_said_why_not() -> None:
    tables = {
        name.removesuffix("Table").lower()
        for name, each in TEMPLATE["Resources"].items()
        if each.get("Type") == "AWS::DynamoDB::Table"
    }
    assert KEEPERS.keys() | NOTHING_OF_A_PERSON.keys() == tables == set(TABLES)
    assert not KEEPERS.keys() & NOTHING_OF_A_PERSON.keys()
    assert all(NOTHING_OF_A_PERSON.values())
