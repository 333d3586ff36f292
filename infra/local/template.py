"""The package's template as the local engine needs it: a copy, and each difference for something that the engine does
otherwise than the cloud. The template itself is right for the cloud.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from infra.deployment.cloudformation import Template
from infra.local.engine import HOST

BASE_PATH = "api"
"""Of the API's address on this machine."""


def adapted(template: Template, endpoint: str) -> Template:
    """The template for an engine at a URL."""
    local: Template = json.loads(json.dumps(template))
    resources = local["Resources"]
    _read_binary_types(resources["RestAPI"]["Properties"])
    resources |= _gateway_responses(resources["RestAPI"]["Properties"])
    # Tokens name the cloud's issuer; its keys are here.
    variables = resources["APIHandler"]["Properties"]["Environment"]["Variables"]
    variables["STAFF_KEYS_URL"] = {"Fn::Sub": endpoint + "/${StaffPool}/.well-known/jwks.json"}
    _read_method_settings(resources["RestAPI"]["Properties"])
    _leave_libraries_out(resources)
    for statement in _statements(resources):
        _word_rights(statement)
    _read_audit(resources["KeepAudit"]["Properties"]["Events"].values())
    for name, default in _DEFAULTS.items():
        local["Parameters"][name]["Default"] = default
    resources |= _ADDRESS
    return local


_ADDRESS: dict[str, Any] = {
    # A domain with this machine's own name gives the API an address that a person can type, without its random id.
    "LocalDomain": {
        "Type": "AWS::ApiGateway::DomainName",
        "Properties": {"DomainName": HOST, "EndpointConfiguration": {"Types": ["REGIONAL"]}},
    },
    "LocalPath": {
        "Type": "AWS::ApiGateway::BasePathMapping",
        "Properties": {
            "BasePath": BASE_PATH,
            "DomainName": {"Ref": "LocalDomain"},
            "RestApiId": {"Ref": "RestAPI"},
            "Stage": {"Ref": "RestAPI.Stage"},
        },
    },
}


_DEFAULTS = {
    # Nothing here is worth keeping.
    "ProtectData": "false",
    # As many as the cloud ever takes: what this machine bears is for measurements to tell.
    **{f"{whose}Rate": 10_000 for whose in ("Request", "Public")},
    **{f"{whose}Burst": 5_000 for whose in ("Request", "Public")},
}


def _read_audit(events: Iterable[dict[str, Any]]) -> None:
    """The engine looks for a filter's words and does not know its grammar."""
    for event in events:
        event["Properties"]["FilterPattern"] = "audit"


def _read_binary_types(api: dict[str, Any]) -> None:
    """The engine does not read the extension of the API's definition that says which bodies are bytes, and takes the
    property as it is, where the cloud wants `~1` for a slash."""
    api["BinaryMediaTypes"] = list(api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"])


def _read_method_settings(api: dict[str, Any]) -> None:
    """The cloud wants `~1` for a slash within a route's path; the engine takes the path as it is."""
    for settings in api["MethodSettings"]:
        settings["ResourcePath"] = settings["ResourcePath"].replace("/~1", "/").replace("~1", "/")


def _gateway_responses(api: dict[str, Any]) -> dict[str, Any]:
    """The gateway's own refusals as resources. The cloud has them in the API's definition, where a change of them is a
    change of what is deployed; the engine does not look for them there."""
    return {
        f"Local{kind.title().replace('_', '')}": {
            "Type": "AWS::ApiGateway::GatewayResponse",
            "Properties": {
                "RestApiId": {"Ref": "RestAPI"},
                "ResponseType": kind,
                "ResponseTemplates": response["ResponseTemplates"],
                "ResponseParameters": {
                    f"gatewayresponse.header.{name}": value
                    for name, value in response["ResponseParameters"]["Headers"].items()
                },
                **({"StatusCode": str(response["StatusCode"])} if "StatusCode" in response else {}),
            },
        }
        for kind, response in api.pop("GatewayResponses", {}).items()
    }


def _leave_libraries_out(resources: dict[str, Any]) -> None:
    """The engine would unpack the layer of libraries for each worker and then find ours first, which are the same: it
    runs functions with this interpreter. Without it a cold worker starts in a quarter of the time, on any system."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"].pop("Layers", None)
    for name in [name for name, each in resources.items() if each["Type"] == "AWS::Serverless::LayerVersion"]:
        del resources[name]


def _word_rights(statement: dict[str, Any]) -> None:
    """The engine asks for two rights in other words than the cloud."""
    if "sqs:SendMessage" in statement["Action"]:
        statement["Action"] = [*statement["Action"], "sqs:SendMessageBatch"]
    if "ssm:GetParameters" in statement["Action"]:
        statement["Resource"] = "*"  # it does not ask for each parameter


def _statements(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                yield from policy["PolicyDocument"]["Statement"]
