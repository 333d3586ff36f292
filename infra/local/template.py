"""The package's template, changed for the local engine. Each change is for something that the engine does differently.

The template itself is right for the cloud.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from infra.accounts import LOCAL_STAGE
from infra.local.engine import HOST
from infra.local.pages import BASE_PATH
from infra.local.providers import Providers
from infra.operation.keys import parameter_of
from infra.packaging.package import Template

PAGES = ("http://localhost", "http://localhost:*", "https://localhost:*", "http://127.0.0.1:*")
"""The origins of pages that are developed on this machine, on any port."""


def adapted(
    template: Template,
    endpoint: str,
    libraries: Path,
    providers: Providers | None = None,
    *,
    is_first: bool = True,
) -> Template:
    """A copy of the template for an engine at a URL. `libraries` is the folder of the functions' libraries. Without
    `providers`, messages go by the engine's SMS alone. With `is_first`, the API has an address without its id, which
    one stage of an engine can have."""
    local: Template = json.loads(json.dumps(template))
    resources = local["Resources"]
    _read_binary_types(resources["RestAPI"]["Properties"])
    resources |= _gateway_responses(resources["RestAPI"]["Properties"])
    # Tokens name the cloud's issuer, but its keys are on the engine.
    for function in ("Gate", "Office", "Health"):
        variables = resources[function]["Properties"]["Environment"]["Variables"]
        variables["STAFF_KEYS_URL"] = {"Fn::Sub": endpoint + "/${StaffPool}/.well-known/jwks.json"}
    # Developers of partner apps run their endpoint on this machine.
    variables = resources["DeliverWebhooks"]["Properties"]["Environment"]["Variables"]
    variables["WEBHOOKS_TO_THIS_MACHINE"] = "true"
    if providers is not None:
        _find_providers(local, providers)
    _read_method_settings(resources["RestAPI"]["Properties"])
    _find_libraries(resources, libraries)
    for statement in _statements(resources):
        _rename_rights(statement)
    _read_audit(resources["KeepAudit"]["Properties"]["Events"])
    del local["Parameters"]["CorsOrigins"]["AllowedPattern"]  # it has no `:*`
    for name, default in _DEFAULTS.items():
        local["Parameters"][name]["Default"] = default
    if is_first:
        resources |= _ADDRESS
    _serve_pages(resources, urlsplit(endpoint))
    return local


def _serve_pages(resources: dict[str, Any], endpoint: SplitResult) -> None:
    """There is no TLS here, and the API is at the engine's address."""
    distribution = resources["PagesDistribution"]["Properties"]["DistributionConfig"]
    for behavior in (distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]):
        behavior["ViewerProtocolPolicy"] = "allow-all"
    api = next(origin for origin in distribution["Origins"] if origin["Id"] == "api")
    api["DomainName"] = endpoint.hostname
    api["CustomOriginConfig"] = {"OriginProtocolPolicy": "http-only", "HTTPPort": endpoint.port}
    del resources["PagesHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"][
        "StrictTransportSecurity"
    ]
    statements = resources["PagesBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    statements[:] = [statement for statement in statements if statement["Sid"] != "TlsAlone"]


_ADDRESS: dict[str, Any] = {
    # A domain with this machine's own name gives the API an address that people can type, without its random id.
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
    "ProtectData": "false",
    # The demonstration staff sign in with their password alone, which is public anyway.
    "StaffMfa": "optional",
    # The largest that the cloud allows, so that measurements show the limits of the machine.
    **{f"{limit}Rate": 10_000 for limit in ("Request", "Public", "Verification")},
    "SmsRate": 10_000,
    **{f"{limit}Burst": 5_000 for limit in ("Request", "Public", "Verification")},
}


_MESSENGERS = ("Notify", "NotifyDeclared", "Messaging", "Converse", "RefreshZalo", "Watch")
"""The functions that ask providers."""


def has_route(template: Template, path: str) -> bool:
    return path in template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]


def _find_providers(local: Template, providers: Providers) -> None:
    """Functions reach the stand-ins, where the cloud has the providers themselves."""
    names = {f"{name.upper().replace('-', '_')}_PARAMETER": name for name in providers.secrets}
    parameters = {variable: parameter_of(LOCAL_STAGE, name) for variable, name in names.items()}
    for function in _MESSENGERS:
        if function in local["Resources"]:
            environment = local["Resources"][function]["Properties"].setdefault("Environment", {})
            environment.setdefault("Variables", {}).update({**parameters, **providers.variables})


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


def _find_libraries(resources: dict[str, Any], libraries: Path) -> None:
    """Functions find their libraries in a folder, where the cloud has them in the code."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            variables = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
            variables["PYTHONPATH"] = str(libraries)


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
