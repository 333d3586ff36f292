"""The gateway sends each route to the alias of the function that serves it."""

from typing import Any

import pytest

from infra.errors import CannotGoOn
from infra.packaging.functions import distribute


def uri(invoked: str) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:lambda:path/functions/${{{invoked}}}/invocations"}


def method(invoked: str) -> dict[str, Any]:
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri(invoked)}}


@pytest.fixture
def resources() -> dict[str, Any]:
    """As Chalice makes them: all routes are the first function's."""
    paths = {"/passes": {"get": method("APIHandler.Arn")}, "/checks": {"post": method("APIHandler.Arn")}}
    permission = {"FunctionName": {"Ref": "APIHandler"}, "Principal": "apigateway.amazonaws.com"}
    return {
        "APIHandler": {},
        "APIHandlerAlias": {},
        "NightGate": {},
        "NightGateAlias": {},
        "NewGate": {},
        "APIHandlerInvokePermission": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "RestAPI": {"Properties": {"DefinitionBody": {"paths": paths}}},
    }


def test_a_route_goes_to_its_function_which_the_gateway_may_invoke(resources: dict[str, Any]) -> None:
    distribute(resources, {"GET /passes": "api_handler", "POST /checks": "night_gate"})
    assert resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"] == {
        "/passes": {"get": method("APIHandlerAlias")},
        "/checks": {"post": method("NightGateAlias")},
    }
    first, second = resources["APIHandlerInvokePermission"], resources["NightGateInvokePermission"]
    assert first["Properties"]["FunctionName"] == {"Ref": "APIHandlerAlias"}
    assert second == {**first, "Properties": {**first["Properties"], "FunctionName": {"Ref": "NightGateAlias"}}}


def test_a_function_that_is_not_there_is_found(resources: dict[str, Any]) -> None:
    with pytest.raises(CannotGoOn, match=r"^POST /checks is for the function day_gate, which app\.py does not add"):
        distribute(resources, {"GET /passes": "api_handler", "POST /checks": "day_gate"})


def test_a_function_without_an_alias_is_found(resources: dict[str, Any]) -> None:
    with pytest.raises(CannotGoOn, match=r"^POST /checks is for the function new_gate\. Add NewGateAlias to infra/"):
        distribute(resources, {"GET /passes": "api_handler", "POST /checks": "new_gate"})
