"""What the clients are made of."""

import json
import re
from typing import Any

import pytest

from infra.errors import CannotGoOn
from infra.packaging import clients

TYPESCRIPT = clients.SOURCES / "typescript"


def test_everyone_gets_the_same_packages_from_the_registry_of_their_own() -> None:
    """Each has one version and a hash, and none the address of a registry."""
    lock: dict[str, Any] = json.loads((TYPESCRIPT / "package-lock.json").read_text())
    locked = {name: each for name, each in lock["packages"].items() if name}
    assert len(locked) > 20
    assert [name for name, each in locked.items() if "resolved" in each or "integrity" not in each] == []
    package = json.loads((TYPESCRIPT / "package.json").read_text())
    pinned = package["dependencies"] | package["devDependencies"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in pinned} == pinned


def test_packages_have_names_that_everyone_can_type() -> None:
    config = (clients.SOURCES / "python" / "config.yaml").read_text()
    names = re.findall(r"^(?:project|package)_name_override: (\S+)$", config, re.MULTILINE)
    assert names == ["tay-ninh-pass-client", "tay_ninh_pass_client"]
    assert json.loads((TYPESCRIPT / "package.json").read_text())["name"] == names[0]


def document(**operation: Any) -> dict[str, Any]:
    code = {"$ref": "#/components/schemas/ErrorCode"}
    return {
        "paths": {"/v1/declarations": {"post": operation}},
        "components": {
            "schemas": {
                "ErrorCode": {"type": "string", "enum": ["not_found"]},
                "Problem": {"properties": {"code": code, "detail": {"type": "string"}}},
                "PublicPass": {"properties": {"code": {"type": "string"}}},
            }
        },
    }


def test_python_reads_a_code_that_is_newer_than_the_client() -> None:
    original = document()
    changed = clients.for_python(original)
    schemas = changed["components"]["schemas"]
    code = schemas["Problem"]["properties"].pop("code")
    assert code == {"anyOf": [{"$ref": "#/components/schemas/ErrorCode"}, {"type": "string"}]}
    schemas["Problem"]["properties"]["code"] = {"$ref": "#/components/schemas/ErrorCode"}
    assert changed == original == document()


def test_python_has_a_class_for_each_schema_whatever_its_title_is() -> None:
    titled = document()
    for schema in titled["components"]["schemas"].values():
        schema["title"] = "Health"
    assert clients.for_python(titled) == clients.for_python(document())


def test_a_rule_between_fields_makes_no_type_that_nothing_fits() -> None:
    rule = {"allOf": [{"oneOf": [{"required": ["code"]}, {"required": ["detail"]}]}]}
    ruled = document()
    ruled["components"]["schemas"]["Problem"] |= rule
    ruled["components"]["schemas"]["Both"] = {"allOf": [{"$ref": "#/components/schemas/Problem"}]}
    plain = clients.without_rules(ruled)["components"]["schemas"]
    assert plain.pop("Both") == ruled["components"]["schemas"]["Both"]
    assert plain == document()["components"]["schemas"]
    assert ruled["components"]["schemas"]["Problem"]["allOf"] == rule["allOf"]


@pytest.mark.parametrize("security", [[{"staff": []}], [{"partner": []}, {"staff": []}]])
def test_python_demands_a_token_where_one_is_needed_and_nowhere_else(security: list[dict[str, Any]]) -> None:
    needed = clients.for_python(document(security=security))
    assert needed["paths"]["/v1/declarations"]["post"] == {"security": security}
    optional = clients.for_python(document(security=[{}, *security]))
    assert optional["paths"]["/v1/declarations"]["post"] == {}


def test_without_npm_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(CannotGoOn, match=r"Install Node\.js 20 or newer\.$"):
        clients.typescript(tmp_path_factory.mktemp("clients"))
