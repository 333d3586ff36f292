"""Settings change without code: what is asked of CloudFormation, what follows, what is asked of the operator."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from infra import stacks
from infra.accounts import Account, engine
from infra.deployment import cloudformation, pages, settings
from infra.errors import CannotGoOn
from infra.packaging.package import Template
from tests.unit.infra.template import TEMPLATE

ACCOUNT = engine("http://127.0.0.1:1")
PAGES = "https://d1234.cloudfront.net"
OWN = ",".join(f"{PAGES}/{page}" for page in ("gate", "desk", "portal"))


class Deployed:
    """A stack: its parameters, and the updates that it got."""

    def __init__(self) -> None:
        self.values = stacks.defaults(TEMPLATE) | {
            "Stage": "prod",
            "PublicUrl": PAGES,
            "DeclareUrl": f"{PAGES}/",
            "StaffCallbackUrls": OWN,
        }
        self.updates: list[dict[str, str]] = []
        self.uploaded: list[Mapping[str, Any]] = []

    def outputs(self, *_: object) -> dict[str, str]:
        url = f"https://{self.values['Domain']}" if self.values["Domain"] else PAGES
        return {"PagesUrl": url, "PagesBucketName": "pages", "StaffPoolId": "pool", "StaffClientId": "client"}

    def set_parameters(
        self, account: Account, *, name: str, template: Template, parameters: Mapping[str, str], say: Any
    ) -> dict[str, str]:
        assert (account, name, template) == (ACCOUNT, "tay-ninh-pass-prod", TEMPLATE)
        self.updates.append(dict(parameters))
        self.values |= parameters
        return self.outputs()

    def put_settings(self, account: Account, bucket: str, content: Mapping[str, Any]) -> None:
        self.uploaded.append(content)


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> Deployed:
    stack = Deployed()
    monkeypatch.setattr(stacks, "outputs", stack.outputs)
    monkeypatch.setattr(stacks, "parameters", lambda *_: dict(stack.values))
    monkeypatch.setattr(stacks, "template", lambda *_: json.loads(json.dumps(TEMPLATE)))
    monkeypatch.setattr(cloudformation, "deployed_template", lambda *_: TEMPLATE)
    monkeypatch.setattr(cloudformation, "set_parameters", stack.set_parameters)
    monkeypatch.setattr(pages, "put_settings", stack.put_settings)
    monkeypatch.setattr("infra.deployment.deploy.account_id", lambda _: "123456789012")
    return stack


def test_only_what_changes_is_sent(deployed: Deployed) -> None:
    settings.change(ACCOUNT, "prod", ["Maintenance=true", "PublicRate=100"], yes=False)
    assert deployed.updates == [{"Maintenance": "true"}]
    settings.change(ACCOUNT, "prod", ["Maintenance=true"], yes=False)
    assert len(deployed.updates) == 1
    assert deployed.uploaded == []


@pytest.mark.parametrize(
    "wrong", [["Maintenance=perhaps"], ["Nonsense=1"], ["Stage=other"], ["Sandbox=on"], ["PublicRate"]]
)
def test_a_wrong_setting_changes_nothing(wrong: list[str], deployed: Deployed) -> None:
    with pytest.raises(CannotGoOn):
        settings.change(ACCOUNT, "prod", ["Maintenance=true", *wrong], yes=True)
    assert deployed.updates == []


@pytest.mark.parametrize("dangerous", ["LogRetentionDays=1", "AuditRetentionDays=30", "ProtectData=false"])
def test_what_cannot_be_had_back_is_asked_for(
    dangerous: str, deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(CannotGoOn, match="Nothing was changed"):
        settings.change(ACCOUNT, "prod", [dangerous], yes=False)
    assert deployed.updates == []
    settings.change(ACCOUNT, "prod", [dangerous], yes=True)
    assert len(deployed.updates) == 1


def test_the_stacks_own_pages_stay_among_the_addresses_for_sign_in(deployed: Deployed) -> None:
    settings.change(ACCOUNT, "prod", ["StaffCallbackUrls=https://gate.example/in"], yes=False)
    assert deployed.updates == [{"StaffCallbackUrls": f"https://gate.example/in,{OWN}"}]


def test_addresses_follow_the_domain_there_and_back(deployed: Deployed) -> None:
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/0"
    settings.change(ACCOUNT, "prod", ["Domain=pass.example", f"CertificateArn={arn}"], yes=False)
    (update,) = deployed.updates
    assert (update["PublicUrl"], update["DeclareUrl"]) == ("https://pass.example", "https://pass.example/")
    assert update["StaffCallbackUrls"].startswith("https://pass.example/gate,")


def test_the_pages_learn_of_another_issuer(deployed: Deployed) -> None:
    change = ["StaffIssuer=https://login.example", "StaffAudience=gates", "SignInOrigin=https://login.example"]
    settings.change(ACCOUNT, "prod", change, yes=False)
    (content,) = deployed.uploaded
    assert content["sign_in"] == {"issuer": "https://login.example", "client_id": "gates"}


def test_all_are_shown_with_the_default_of_those_that_differ(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.values["PublicRate"] = "50"
    settings.show(ACCOUNT, "prod")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(TEMPLATE["Parameters"])
    assert "PublicRate                   50   (default: 100)" in lines
    assert "PublicBurst                  200" in lines
    assert lines[0] == "Stage                        prod"
