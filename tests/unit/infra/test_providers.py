"""The stand-ins of Zalo and eSMS beside the engine, and what functions know of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import urllib3

from infra.local import engine
from infra.local.engine import PortTaken, free_port
from infra.local.providers import ESMS_PORT, ZALO_PORT, Providers, standing_in
from infra.local.template import adapted
from tests.unit.infra.template import TEMPLATE

ENDPOINT = "http://127.0.0.1:4566"
LIMITED = ("Request", "Public", "Verification")


def template(*functions: str) -> dict[str, Any]:
    """As much of a template as is read."""
    function = {"Type": "AWS::Serverless::Function", "Properties": {"Environment": {"Variables": {"STAGE": "local"}}}}
    body: dict[str, Any] = {"x-amazon-apigateway-binary-media-types": [], "paths": {}}
    api = {"Type": "AWS::Serverless::Api", "Properties": {"DefinitionBody": body, "MethodSettings": []}}
    audit = {"Type": "AWS::Serverless::Function", "Properties": {"Events": {}}}
    named = dict.fromkeys(("Gate", "Office", "Health", "DeliverWebhooks", *functions), function)
    names = ("ProtectData", "StaffMfa", "SmsRate", *(f"{of}{kind}" for of in LIMITED for kind in ("Rate", "Burst")))
    parameters: dict[str, Any] = {"CorsOrigins": {"AllowedPattern": ""}, **{name: {} for name in names}}
    pages = {name: TEMPLATE["Resources"][name] for name in ("PagesDistribution", "PagesHeaders", "PagesBucketPolicy")}
    return {"Resources": {"RestAPI": api, "KeepAudit": audit, **pages, **named}, "Parameters": parameters}


def variables(adapted_template: dict[str, Any], function: str) -> dict[str, str]:
    found: dict[str, str] = adapted_template["Resources"][function]["Properties"]["Environment"]["Variables"]
    return found


def test_functions_that_send_know_where_providers_are() -> None:
    providers = Providers(
        variables={"ZALO_BUSINESS_URL": "http://zalo.test"},
        secrets={"zalo-tokens": "{}"},
        register=lambda _: None,
        approve=lambda *_: "1",
        page="",
    )
    local = adapted(template("Notify", "Converse"), ENDPOINT, Path("/libraries"), providers)
    for function in ("Notify", "Converse"):
        found = variables(local, function)
        assert found["ZALO_BUSINESS_URL"] == "http://zalo.test"
        assert found["ZALO_TOKENS_PARAMETER"] == "/tay-ninh-pass/local/zalo-tokens"
        assert found["STAGE"] == "local"
    assert "ZALO_BUSINESS_URL" not in variables(local, "Gate")


def test_without_providers_functions_know_none() -> None:
    local = adapted(template("Notify"), ENDPOINT, Path("/libraries"))
    assert not [name for name in variables(local, "Notify") if name.startswith(("ZALO", "ESMS"))]


def test_the_stand_ins_take_what_functions_know() -> None:
    with standing_in(0) as providers:
        tokens = json.loads(providers.secrets["zalo-tokens"])
        account = f"{providers.variables['ZALO_OPENAPI_URL']}/v2.0/oa/getoa"
        sent = {"access_token": tokens["access_token"]}
        assert urllib3.request("GET", account, headers=sent).json()["error"] == 0
        balance = f"{providers.variables['ESMS_URL']}/MainService.svc/json/GetBalance_json"
        keys = json.loads(providers.secrets["esms"])
        form = {"ApiKey": keys["api_key"], "SecretKey": keys["secret_key"]}
        assert urllib3.request("POST", balance, json=form).json()["CodeResponse"] == "100"
        assert b"<h1>" in urllib3.request("GET", providers.page).data


@contextmanager
def standing_in_somewhere() -> Iterator[tuple[int, Providers]]:
    """On ports beside a free one. Another test may have taken those."""
    with ExitStack() as opened:
        for _ in range(20):
            port = free_port()
            try:
                providers = opened.enter_context(standing_in(port))
            except PortTaken:
                continue
            yield port, providers
            return
        raise AssertionError("no free ports beside each other")


def test_a_port_that_is_taken_is_named() -> None:
    with standing_in_somewhere() as (port, providers):
        assert providers.page == f"http://{engine.HOST}:{port + ZALO_PORT}/"
        with pytest.raises(PortTaken, match=f"Port {port + ZALO_PORT}|Port {port + ESMS_PORT}"), standing_in(port):
            pass
