"""A name of the pages' own and its certificate are given together, or the deployment is refused before it begins."""

import json

import pytest

from infra.deployment.parameters import resolved
from infra.errors import CannotGoOn
from tests.unit.infra.template import TEMPLATE

NAME = "Domain=quachot.example.vn"
CERTIFICATE = "CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/0123-4567"


@pytest.mark.parametrize("settings", [[], [NAME, CERTIFICATE]])
def test_a_stage_has_a_name_with_its_certificate_or_none(settings: list[str]) -> None:
    values = resolved(TEMPLATE, "prod", settings)
    assert bool(values["Domain"]) == bool(values["CertificateArn"]) == bool(settings)


@pytest.mark.parametrize(("given", "asked_for"), [(NAME, "give its CertificateArn"), (CERTIFICATE, "give its Domain")])
def test_one_of_both_alone_is_refused(given: str, asked_for: str) -> None:
    with pytest.raises(CannotGoOn, match=asked_for):
        resolved(TEMPLATE, "prod", [given])


def test_no_link_names_the_api_by_its_id_once_a_stage_is_deployed() -> None:
    """An API that is made again has another id. The distribution hides it, and a deployment sets `PublicUrl`: see
    `test_addresses`."""
    names_it = {name for name, each in TEMPLATE["Resources"].items() if "execute-api" in json.dumps(each)}
    functions = names_it - {"PagesDistribution"}
    assert {"Notify", "NotifyDeclared", "Watch"} <= functions
    for function in functions:
        variables = TEMPLATE["Resources"][function]["Properties"]["Environment"]["Variables"]
        (url,) = (each for each in variables.values() if "execute-api" in json.dumps(each))
        assert url["Fn::If"][:2] == ["OwnUrl", {"Ref": "PublicUrl"}], function


def test_the_pages_name_leads_to_pages_and_api() -> None:
    distribution = TEMPLATE["Resources"]["PagesDistribution"]["Properties"]["DistributionConfig"]
    assert distribution["Aliases"]["Fn::If"][:2] == ["OwnDomain", [{"Ref": "Domain"}]]
    leads = {each["PathPattern"]: each["TargetOriginId"] for each in distribution["CacheBehaviors"]}
    assert leads == {"/a/*": "pages", "/docs*": "api", "/v1/public/*": "api", "/v1/*": "api"}
