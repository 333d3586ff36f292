"""A template for the cloud, changed for the local engine. Each change is for what the engine reads differently.

The template itself is right for the cloud. What only the system on this machine needs is in `infra.local.template`.
"""

import json
from collections.abc import Iterator
from typing import Any

from infra.packaging.package import Template


def for_engine(template: Template, endpoint: str) -> Template:
    """A copy of the template for an engine at a URL."""
    changed: Template = json.loads(json.dumps(template))
    resources = changed["Resources"]
    api = resources["RestAPI"]["Properties"]
    _read_binary_types(api)
    resources |= _gateway_responses(api)
    _read_method_settings(api)
    # Tokens name the cloud's issuer, but its keys are on the engine.
    for function in ("Gate", "Office", "Health"):
        variables = resources[function]["Properties"]["Environment"]["Variables"]
        variables["STAFF_KEYS_URL"] = {"Fn::Sub": endpoint + "/${StaffPool}/.well-known/jwks.json"}
    for statement in _statements(resources):
        _rename_rights(statement)
    _read_audit(resources["KeepAudit"]["Properties"]["Events"])
    for resource in resources.values():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            # The engine takes the parameter's number as text, cannot compare it, and then reads no queue at all.
            event["Properties"].pop("ScalingConfig", None)
    # An alarm of the engine asks for one metric, and not by a query. The last release had none.
    resources.pop("UndeliveredSmsAlarm", None)
    # There is no TLS here.
    statements = resources["PagesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[:] = [statement for statement in statements if statement["Sid"] != "TlsAlone"]
    return changed


def _read_audit(events: dict[str, Any]) -> None:
    """The engine searches for the filter as plain text; it does not parse the pattern. So what one filter finds in the
    cloud is found by two here."""
    for name, event in list(events.items()):
        properties = event["Properties"]
        if "verdict" in properties["FilterPattern"]:
            events[f"{name}Verdicts"] = {**event, "Properties": {**properties, "FilterPattern": "verdict"}}
        properties["FilterPattern"] = "audit"


def _read_binary_types(api: dict[str, Any]) -> None:
    """The engine ignores the extension of the API's definition that lists binary types. It reads the property, and
    takes a slash as it is, where the cloud wants `~1`."""
    api["BinaryMediaTypes"] = list(api["DefinitionBody"]["x-amazon-apigateway-binary-media-types"])


def _read_method_settings(api: dict[str, Any]) -> None:
    """The cloud wants `~1` for a slash in a route's path; the engine wants the slash."""
    for settings in api["MethodSettings"]:
        settings["ResourcePath"] = settings["ResourcePath"].replace("/~1", "/").replace("~1", "/")


def _gateway_responses(api: dict[str, Any]) -> dict[str, Any]:
    """The gateway's own refusals, as resources. For the cloud they are in the API's definition, so that a change of
    them is deployed; the engine does not read them there."""
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
                    if name != "Strict-Transport-Security"  # there is no TLS here
                },
                **({"StatusCode": str(response["StatusCode"])} if "StatusCode" in response else {}),
            },
        }
        for kind, response in api.pop("GatewayResponses", {}).items()
    }


def _rename_rights(statement: dict[str, Any]) -> None:
    """The engine names some rights differently than the cloud."""
    for name in ("sqs:SendMessage", "sqs:ChangeMessageVisibility"):
        if name in statement["Action"]:
            statement["Action"] = [*statement["Action"], f"{name}Batch"]
    if "ssm:GetParameters" in statement["Action"]:
        statement["Resource"] = "*"  # the engine does not check each parameter


def _statements(resources: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", []):
                yield from policy["PolicyDocument"]["Statement"]
