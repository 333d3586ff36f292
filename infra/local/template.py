"""The package's template, changed for the system on this machine, after what any stage on the engine needs."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from infra.accounts import LOCAL_STAGE
from infra.deployment.engine_templates import for_engine
from infra.local.engine import HOST
from infra.local.pages import BASE_PATH
from infra.local.providers import Providers
from infra.operation.keys import parameter_of
from infra.packaging.package import Template

PAGES = ("http://localhost", "http://localhost:*", "https://localhost:*", "http://127.0.0.1:*")
"""The origins of pages that are developed on this machine, on any port."""


def adapted(template: Template, endpoint: str, libraries: Path, providers: Providers | None = None) -> Template:
    """A copy of the template for an engine at a URL. `libraries` is the folder of the functions' libraries. Without
    `providers`, messages go by the engine's SMS alone."""
    local = for_engine(template, endpoint)
    resources = local["Resources"]
    # Developers of partner apps run their endpoint on this machine.
    variables = resources["DeliverWebhooks"]["Properties"]["Environment"]["Variables"]
    variables["WEBHOOKS_TO_THIS_MACHINE"] = "true"
    if providers is not None:
        _find_providers(local, providers)
    _find_libraries(resources, libraries)
    del local["Parameters"]["CorsOrigins"]["AllowedPattern"]  # it has no `:*`
    for name, default in _DEFAULTS.items():
        local["Parameters"][name]["Default"] = default
    resources |= _ADDRESS
    _serve_pages(resources, urlsplit(endpoint))
    return local


def _serve_pages(resources: dict[str, Any], endpoint: SplitResult) -> None:
    """There is no TLS here, and the API is at the engine's address. The engine would need Node.js for the function of
    paths: `one_origin` does its work."""
    distribution = resources["PagesDistribution"]["Properties"]["DistributionConfig"]
    resources.pop("PagesPaths", None)
    distribution["DefaultCacheBehavior"].pop("FunctionAssociations", None)
    for behavior in (distribution["DefaultCacheBehavior"], *distribution["CacheBehaviors"]):
        behavior["ViewerProtocolPolicy"] = "allow-all"
    api = next(origin for origin in distribution["Origins"] if origin["Id"] == "api")
    api["DomainName"] = endpoint.hostname
    api["CustomOriginConfig"] = {"OriginProtocolPolicy": "http-only", "HTTPPort": endpoint.port}
    del resources["PagesHeaders"]["Properties"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"][
        "StrictTransportSecurity"
    ]


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


def _find_libraries(resources: dict[str, Any], libraries: Path) -> None:
    """Functions find their libraries in a folder, where the cloud has them in the code."""
    for resource in resources.values():
        if resource["Type"] == "AWS::Serverless::Function":
            variables = resource["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
            variables["PYTHONPATH"] = str(libraries)
