"""The firewall of the template, as AWS WAF evaluates it: who is counted, by which address, whatever they write."""

import json
import re
import subprocess
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from tests.tools import program
from tests.unit.infra.template import TEMPLATE

RESOURCES = TEMPLATE["Resources"]
RULES: list[dict[str, Any]] = RESOURCES["Firewall"]["Properties"]["Rules"]
DISTRIBUTION: dict[str, Any] = RESOURCES["PagesDistribution"]["Properties"]["DistributionConfig"]
SECRET = {"Fn::Sub": "{{resolve:secretsmanager:${EdgeSecret}}}"}
SECRET_TEXT = "the-secret-of-the-edge"

CLOUDFRONT, ANOTHER_CLOUDFRONT = "192.0.2.1", "192.0.2.2"
VIEWER, NEIGHBOUR, VICTIM = "198.51.100.10", "198.51.100.11", "203.0.113.7"
FORGED = {"x-forwarded-for": VICTIM, "true-client-ip": VICTIM, "x-real-ip": VICTIM, "x-origin-verify": "guessed"}


class Request(NamedTuple):
    """What the gateway receives."""

    address: str
    headers: Mapping[str, str] = MappingProxyType({})
    method: str = "POST"
    path: str = "/api/v1/declarations"


def through_pages(viewer: str, headers: Mapping[str, str] | None = None, edge: str = CLOUDFRONT, **of: str) -> Request:
    """A request as the distribution sends it on: what the viewer wrote, after the function, with the secret."""
    written = dict(headers or {})
    before = written.get("x-forwarded-for")
    event = {
        "viewer": {"ip": viewer},
        "request": {"headers": {name: {"value": value} for name, value in written.items()}},
    }
    sent = {name: each["value"] for name, each in _function(event)["headers"].items()}
    sent["x-forwarded-for"] = f"{before}, {viewer}" if before else viewer
    (api,) = (each for each in DISTRIBUTION["Origins"] if each["Id"] == "api")
    _, added, _ = api["OriginCustomHeaders"]["Fn::If"]
    sent |= {each["HeaderName"].lower(): _text(each["HeaderValue"]) for each in added}
    return Request(edge, sent, **of)


def counted(request: Request) -> set[tuple[str, str]]:
    """The rules that count a request, each with the address that it is counted for."""
    found = set()
    for rule in RULES:
        rate = rule["Statement"]["RateBasedStatement"]
        if not _fits(rate["ScopeDownStatement"], request):
            continue
        if rate["AggregateKeyType"] == "IP":
            found.add((rule["Name"], request.address))
        # A rule that reads a header does not apply to a request without it.
        elif header := request.headers.get(rate["ForwardedIPConfig"]["HeaderName"].lower()):
            found.add((rule["Name"], header.split(",")[0].strip()))
    return found


def _fits(statement: dict[str, Any], request: Request) -> bool:
    ((kind, each),) = statement.items()
    if kind == "AndStatement":
        return all(_fits(one, request) for one in each["Statements"])
    if kind == "NotStatement":
        return not _fits(each["Statement"], request)
    field = each["FieldToMatch"]
    if kind == "RegexMatchStatement":
        return bool(re.search(each["RegexString"], request.path))
    value = request.headers.get(field["SingleHeader"]["Name"]) if "SingleHeader" in field else request.method
    assert (kind, each["PositionalConstraint"]) == ("ByteMatchStatement", "EXACTLY")
    return value == _text(each["SearchString"])


def _text(value: Any) -> str:
    return SECRET_TEXT if value == SECRET else str(value)


def _function(event: dict[str, Any]) -> Any:
    """What the code at the edge makes of a request."""
    code = RESOURCES["ViewerAddress"]["Properties"]["FunctionCode"]
    script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
    ran = subprocess.run([program("node"), "-e", script], capture_output=True, text=True, check=True)  # noqa: S603
    return json.loads(ran.stdout)


def test_at_the_api_a_caller_is_counted_by_the_address_it_has_whatever_it_writes() -> None:
    assert counted(Request(VIEWER)) == {("Declarations", VIEWER)}
    assert counted(Request(VIEWER, FORGED)) == {("Declarations", VIEWER)}


def test_through_the_pages_people_are_counted_by_their_own_address_and_not_by_cloudfronts() -> None:
    assert counted(through_pages(VIEWER)) == {("PagesDeclarations", VIEWER)}
    assert counted(through_pages(NEIGHBOUR)) == {("PagesDeclarations", NEIGHBOUR)}
    assert counted(through_pages(VIEWER, edge=ANOTHER_CLOUDFRONT)) == {("PagesDeclarations", VIEWER)}


def test_through_the_pages_nobody_can_write_another_address() -> None:
    assert counted(through_pages(VIEWER, FORGED)) == {("PagesDeclarations", VIEWER)}


@pytest.mark.parametrize(
    ("viewer", "counted_as"),
    [
        ("2001:db8:7:9:1:2:3:4", "2001:db8:7:9::"),
        ("2001:db8:7:9::1", "2001:db8:7:9::"),
        ("2001:db8:7::1", "2001:db8:7:0::"),
        ("2001:db8::7:9:1:2:3", "2001:db8:0:7::"),
        ("2001:db8::", "2001:db8:0:0::"),
        ("::ffff:198.51.100.10", "::ffff:198.51.100.10"),
    ],
)
def test_who_has_a_network_of_ipv6_has_one_limit_and_not_one_for_each_address(viewer: str, counted_as: str) -> None:
    assert counted(through_pages(viewer)) == {("PagesDeclarations", counted_as)}
    whole = ip_address(viewer)
    assert counted_as == viewer or ip_address(counted_as) == ip_network((int(whole) >> 64 << 64, 64)).network_address


def test_through_somebody_elses_distribution_people_share_its_addresses() -> None:
    """They are not those who open our pages."""
    assert counted(Request(CLOUDFRONT, FORGED)) == {("Declarations", CLOUDFRONT)}


@pytest.mark.parametrize(
    ("method", "path", "rule"),
    [
        ("POST", "/api/v1/phone-verifications", "Verifications"),
        ("GET", "/api/v1/passes/ABCD", "Reads"),
        ("POST", "/api/v1/passes/ABCD/open", "Openings"),
    ],
)
def test_each_limit_holds_on_both_ways(method: str, path: str, rule: str) -> None:
    assert counted(Request(VIEWER, FORGED, method, path)) == {(rule, VIEWER)}
    assert counted(through_pages(VIEWER, FORGED, method=method, path=path)) == {(f"Pages{rule}", VIEWER)}


def test_staff_and_partners_are_counted_on_no_way() -> None:
    assert counted(Request(VIEWER, path="/api/v1/checkpoint/checks")) == set()
    assert counted(through_pages(VIEWER, path="/api/v1/checkpoint/checks")) == set()


def test_the_rules_of_both_ways_have_the_same_limits_and_paths() -> None:
    rules = {each["Name"]: each["Statement"]["RateBasedStatement"] for each in RULES}
    direct = [name for name in rules if not name.startswith("Pages")]
    assert rules.keys() == {*direct, *(f"Pages{name}" for name in direct)}
    for name in direct:
        one, other = rules[name], rules[f"Pages{name}"]
        assert (one["Limit"], one["EvaluationWindowSec"]) == (other["Limit"], other["EvaluationWindowSec"])
        first, *paths = one["ScopeDownStatement"]["AndStatement"]["Statements"]
        assert other["ScopeDownStatement"]["AndStatement"]["Statements"] == [first["NotStatement"]["Statement"], *paths]
    assert [each["Priority"] for each in RULES] == list(range(len(RULES)))


def test_each_way_to_the_api_names_the_viewer() -> None:
    """A request with the secret and without an address would be counted for nobody."""
    everything_but_host = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    ways = [each for each in DISTRIBUTION["CacheBehaviors"] if each["TargetOriginId"] == "api"]
    assert len(ways) == 3
    for behavior in ways:
        condition, (function,), _ = behavior["FunctionAssociations"]["Fn::If"]
        assert condition == "Walled"
        assert function == {
            "EventType": "viewer-request",
            "FunctionARN": {"Fn::GetAtt": ["ViewerAddress", "FunctionARN"]},
        }
        policy = behavior["OriginRequestPolicyId"]
        assert policy in (everything_but_host, {"Fn::If": ["Walled", {"Ref": "ViewerAddressAlone"}, NO_VALUE]})
    alone = RESOURCES["ViewerAddressAlone"]["Properties"]["OriginRequestPolicyConfig"]
    assert alone["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["True-Client-IP"]}


def test_the_secret_goes_to_the_api_alone_and_over_tls() -> None:
    pages, api = sorted(DISTRIBUTION["Origins"], key=lambda each: str(each["Id"]), reverse=True)
    assert "OriginCustomHeaders" not in pages
    assert api["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert RESOURCES["EdgeSecret"]["Properties"].keys() == {"Description", "GenerateSecretString"}  # nobody writes it


NO_VALUE = {"Ref": "AWS::NoValue"}
