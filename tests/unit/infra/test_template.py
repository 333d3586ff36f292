"""The template against the operator's documentation, and the dashboard against the code."""

import json
import re
from typing import Any

import pytest

from chalicelib.data import words
from chalicelib.http.problems import error_words
from chalicelib.models.entry.crossings import Decision
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.messaging.messages import DeliveryOutcome, TemporaryFailure, Throttled
from chalicelib.models.partners.deliveries import AttemptOutcome
from chalicelib.services.messaging.returns import MOST_SECONDS, seconds_hidden
from chalicelib.storage.messaging.leases import LEASES
from chalicelib.storage.partners.endpoints import PARTNERS
from chalicelib.wiring.providers import LEASE
from infra import ROOT
from tests.unit.infra.template import TEMPLATE

PAGES = ROOT / "docs" / "operations"
ALARMS = (PAGES / "alarms" / "README.md").read_text(encoding="utf-8")
SETTINGS = (PAGES / "settings.md").read_text(encoding="utf-8")


def test_every_alarm_names_a_page_that_says_what_to_do() -> None:
    alarms = {
        name: each["Properties"]["AlarmDescription"]
        for name, each in TEMPLATE["Resources"].items()
        if each.get("Type") == "AWS::CloudWatch::Alarm"
    }
    for name, description in alarms.items():
        (page,) = re.findall(r"See docs/operations/alarms/([\w-]+\.md)\.$", description)
        assert (PAGES / "alarms" / page).exists(), name
        (row,) = [each for each in ALARMS.splitlines() if f"`{name}`" in each]
        assert f"]({page})" in row, name


def test_the_login_page_gives_codes_alone_and_no_right_to_change_oneself() -> None:
    client = TEMPLATE["Resources"]["StaffClient"]["Properties"]
    assert client["AllowedOAuthFlows"]["Fn::If"][:2] == ["HostedLogin", ["code"]]
    assert client["AllowedOAuthScopes"]["Fn::If"][:2] == ["HostedLogin", ["openid", "profile"]]
    assert TEMPLATE["Resources"]["StaffDomain"]["Condition"] == "HostedLogin"
    assert "GenerateSecret" not in client  # an app on a phone cannot keep one


def test_the_gateway_refuses_in_the_words_of_all_errors_and_in_both_languages() -> None:
    refusals = TEMPLATE["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    codes = set()
    for kind, each in refusals.items():
        text = each["ResponseTemplates"]["application/json"]
        body = json.loads(text.replace("$context.error.messageString", '"its own text"'))
        words_of_code = error_words()[body["code"]]
        codes.add(body["code"])
        title, detail = words_of_code["title"], words_of_code["detail"]
        assert body["type"] == f"/docs/errors#{body['code']}", kind
        assert body["title"] == f"{title['vi']} / {title['en']}", kind
        # The firewall's refusal is of longer than a moment, and says so.
        assert kind == "WAF_FILTERED" or body["detail"] == f"{detail['vi']} {detail['en']}", kind
        # A family of refusals has several statuses.
        assert body.get("status") == (None if kind.startswith("DEFAULT_") else words_of_code["status"]), kind
    assert codes == {*words("gateway")["errors"], "not_found"}


def test_each_table_can_be_replaced_by_a_setting_and_by_nothing_else() -> None:
    for name, each in TEMPLATE["Resources"].items():
        if each.get("Type") == "AWS::DynamoDB::Table":
            own = {"Fn::Sub": f"${{AWS::StackName}}-{name}-${{New{name}}}"}
            assert each["Properties"]["TableName"] == {"Fn::If": [f"{name}Renewed", own, {"Ref": "AWS::NoValue"}]}
            not_set = {"Fn::Equals": [{"Ref": f"New{name}"}, ""]}
            assert TEMPLATE["Conditions"][f"{name}Renewed"] == {"Fn::Not": [not_set]}
            assert TEMPLATE["Parameters"][f"New{name}"]["Default"] == ""
            # Its end alone: another name would not be one that the rights of operators cover.
            assert TEMPLATE["Parameters"][f"New{name}"]["AllowedPattern"] == "[a-z0-9]{0,12}"


def test_every_setting_is_documented() -> None:
    assert [name for name in TEMPLATE["Parameters"] if f"`{name}`" not in SETTINGS] == []


def test_the_dashboard_shows_every_verdict_decision_and_outcome() -> None:
    shown = TEMPLATE["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    json.loads(shown)
    for prefix, kinds in (
        ("Verdict", Verdict),
        ("Crossing", Decision),
        ("Message", DeliveryOutcome),
        ("Webhook", AttemptOutcome),
    ):
        assert [each for each in kinds if f'"{prefix}_{each}"' not in shown] == []


@pytest.mark.parametrize("failure", [Throttled(), TemporaryFailure()])
def test_a_day_without_a_provider_makes_no_dead_letters_of_messages(failure: Exception) -> None:
    for name in ("MessagesQueue", "DeclaredQueue"):
        tries = TEMPLATE["Resources"][name]["Properties"]["RedrivePolicy"]["maxReceiveCount"]
        # The shortest times that chance can pick.
        hidden = [seconds_hidden(failure, number, chance=min) for number in range(1, tries + 1)]
        assert sum(hidden) > 24 * 3600
    webhooks = TEMPLATE["Resources"]["WebhooksQueue"]["Properties"]
    assert webhooks["RedrivePolicy"]["maxReceiveCount"] * webhooks["VisibilityTimeout"] > 24 * 3600


def test_a_dead_letter_waits_for_an_operator_for_three_days_at_least() -> None:
    """SQS counts a message's age from its first queue on, and moves none whose time there is over: it deletes them. So
    the first queue keeps events as long as SQS can, and tries are over well before."""
    resources = TEMPLATE["Resources"]
    queues = {name: each["Properties"] for name, each in resources.items() if each.get("Type") == "AWS::SQS::Queue"}
    with_tries = {name: each for name, each in queues.items() if "RedrivePolicy" in each}
    assert len(with_tries) == 9
    for name, queue in with_tries.items():
        tries = queue["RedrivePolicy"]["maxReceiveCount"]
        (dead_letters,) = [
            other for other in queues if queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [other, "Arn"]}
        ]
        # The longest times that chance can pick, where workers give events back with a delay.
        by_worker = sum(seconds_hidden(TemporaryFailure(), number, chance=max) for number in range(1, tries + 1))
        by_queue = tries * queue["VisibilityTimeout"]
        longest = max(by_worker, by_queue) if name in ("MessagesQueue", "DeclaredQueue", "StaysQueue") else by_queue
        assert longest < queue["MessageRetentionPeriod"], name
        assert queues[dead_letters]["MessageRetentionPeriod"] - longest > 3 * 24 * 3600, name


def test_a_stream_gives_a_batch_up_while_it_still_has_it_and_invokes_for_events_alone() -> None:
    """Lambda sends to a destination what it discards; of what has left the stream nothing is promised."""
    mappings = {
        name: event["Properties"]
        for function in ("FanOut", "FanOutCases", "FanOutFacts")
        for name, event in TEMPLATE["Resources"][function]["Properties"]["Events"].items()
    }
    assert len(mappings) == 5
    for name, mapping in mappings.items():
        assert mapping["MaximumRetryAttempts"] == -1
        assert 20 * 3600 <= mapping["MaximumRecordAgeInSeconds"] <= 23 * 3600  # a stream keeps records for 24 hours
        kept = "MODIFY" if name == "FanOutMessages" else "INSERT"
        assert [json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"]] == [{"eventName": [kept]}]


def test_an_event_that_fails_again_and_again_is_seen_in_each_period_of_its_alarm() -> None:
    alarm = TEMPLATE["Resources"]["FailingEventsAlarm"]["Properties"]
    assert alarm["Period"] >= MOST_SECONDS


def test_a_webhook_is_hidden_for_six_times_its_workers_time_and_delayed_ones_are_no_alarm() -> None:
    functions = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
    resources = TEMPLATE["Resources"]
    limit = functions["deliver_webhooks"]["lambda_timeout"]
    assert resources["WebhooksQueue"]["Properties"]["VisibilityTimeout"] == 6 * limit
    assert resources["WebhooksQueueAgeAlarm"]["Properties"]["Threshold"] > LONGEST_DELAY


def test_the_key_of_webhook_secrets_is_read_by_their_worker_alone() -> None:
    readers = {file.name for file in (ROOT / ".chalice").glob("policy-*.json") if "webhook-key" in file.read_text()}
    assert readers == {"policy-deliver-webhooks.json"}
    worker = json.loads((ROOT / ".chalice" / "policy-deliver-webhooks.json").read_text())["Statement"]
    (secrets,) = [each["Resource"] for each in worker if each["Sid"] == "Secrets"]
    assert [each["Fn::Sub"].rpartition("/")[2] for each in secrets] == ["webhook-key"]
    (reference,) = [each["Condition"] for each in worker if each["Sid"] == "Reference"]
    assert reference == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [PARTNERS]}}


def _policies() -> dict[str, dict[str, Any]]:
    """The statements of each function, by `Sid`."""
    return {
        file.name.removeprefix("policy-").removesuffix(".json"): {
            each["Sid"]: each for each in json.loads(file.read_text())["Statement"]
        }
        for file in (ROOT / ".chalice").glob("policy-*.json")
    }


def test_a_secret_is_written_by_who_renews_zalos_tokens_and_no_other_secret_is() -> None:
    writes = {
        (function, resource["Fn::Sub"].rpartition("/")[2])
        for function, statements in _policies().items()
        for each in statements.values()
        if "ssm:PutParameter" in each["Action"]
        for resource in ([each["Resource"]] if isinstance(each["Resource"], dict) else each["Resource"])
    }
    assert {secret for _, secret in writes} == {"zalo-tokens"}
    assert {function for function, _ in writes} >= {"notify", "notify-declared", "refresh-zalo"}


def test_the_function_that_renews_tokens_writes_its_lease_and_no_message() -> None:
    condition = _policies()["refresh-zalo"]["Lease"]["Condition"]
    assert condition == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [LEASES]}}


def test_who_renews_zalos_tokens_may_give_the_lease_back() -> None:
    """Otherwise each renewal keeps all others from the tokens for a minute."""
    for function, statements in _policies().items():
        if any("ssm:PutParameter" in each["Action"] for each in statements.values()):
            rights = [each for each in statements.values() if _on(each, "MessagesTable")]
            for action in ("dynamodb:PutItem", "dynamodb:DeleteItem"):
                assert any(action in each["Action"] for each in rights), (function, action)


def test_who_sends_messages_may_read_their_templates() -> None:
    senders = {name: each for name, each in _policies().items() if "Sms" in each}
    assert senders.keys() == {"notify", "notify-declared", "watch"}
    for function, statements in senders.items():
        rights = [each for each in statements.values() if _on(each, "ReferenceTable")]
        assert any("dynamodb:GetItem" in each["Action"] for each in rights), function


def _on(statement: dict[str, Any], table: str) -> bool:
    resource = statement["Resource"]
    return isinstance(resource, dict) and resource.get("Fn::GetAtt") == [table, "Arn"]


def test_a_lease_outlives_every_function_that_renews_tokens() -> None:
    functions = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
    renewing = [
        settings["lambda_timeout"]
        for settings in functions.values()
        if "ssm:PutParameter" in (ROOT / ".chalice" / settings["iam_policy_file"]).read_text()
    ]
    assert max(renewing) < LEASE.total_seconds()


def test_endpoints_on_this_machine_are_for_the_local_engine_alone() -> None:
    assert "WEBHOOKS_TO_THIS_MACHINE" not in json.dumps(TEMPLATE)


def test_a_claim_outlives_its_worker_and_a_message_is_hidden_for_six_times_its_time() -> None:
    functions = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["prod"]["lambda_functions"]
    for worker, queue in (("notify", "MessagesQueue"), ("notify_declared", "DeclaredQueue")):
        limit = functions[worker]["lambda_timeout"]
        name = worker.title().replace("_", "")
        variables = TEMPLATE["Resources"][name]["Properties"]["Environment"]["Variables"]
        assert limit < int(variables["MESSAGE_LEASE_SECONDS"])
        assert TEMPLATE["Resources"][queue]["Properties"]["VisibilityTimeout"] == 6 * limit


def test_a_password_alone_does_not_open_the_records() -> None:
    pool = TEMPLATE["Resources"]["StaffPool"]["Properties"]
    assert TEMPLATE["Parameters"]["StaffMfa"]["Default"] == "on"
    assert pool["MfaConfiguration"] == {"Fn::If": ["MfaForAll", "ON", "OPTIONAL"]}
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]


def test_nobody_gets_a_member_s_account_by_their_mailbox() -> None:
    pool = TEMPLATE["Resources"]["StaffPool"]["Properties"]
    assert pool["AccountRecoverySetting"] == {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 1


def test_members_cannot_write_the_name_that_their_records_show() -> None:
    """Nor any other claim that names a person: the API reads a name from `preferred_username` and `username`."""
    writable = TEMPLATE["Resources"]["StaffClient"]["Properties"]["WriteAttributes"]
    assert writable == ["locale"]  # an empty list would allow all


def test_two_names_that_differ_in_case_are_one_member() -> None:
    """A pool that is there cannot be changed: its stage keeps the other setting."""
    pool = TEMPLATE["Resources"]["StaffPool"]["Properties"]
    assert TEMPLATE["Parameters"]["StaffNameCase"]["Default"] == "ignored"
    assert pool["UsernameConfiguration"] == {
        "Fn::If": ["NameCaseIgnored", {"CaseSensitive": False}, {"Ref": "AWS::NoValue"}]
    }


def test_nothing_but_the_cache_s_key_can_change_what_the_edge_gives_to_everyone() -> None:
    config = TEMPLATE["Resources"]["PagesDistribution"]["Properties"]["DistributionConfig"]
    cached = [each for each in config["CacheBehaviors"] if each["CachePolicyId"] == {"Ref": "PublicFigures"}]
    assert [each["PathPattern"] for each in cached] == ["/v1/public/*"]
    # The function at the edge writes this header for each caller, and the API does not read it.
    alone = {"Fn::If": ["Walled", {"Ref": "ViewerAddressAlone"}, {"Ref": "AWS::NoValue"}]}
    assert [each["OriginRequestPolicyId"] for each in cached] == [alone]
    policy = TEMPLATE["Resources"]["ViewerAddressAlone"]["Properties"]["OriginRequestPolicyConfig"]
    assert policy["HeadersConfig"]["Headers"] == ["True-Client-IP"]
    assert (policy["CookiesConfig"], policy["QueryStringsConfig"]) == (
        {"CookieBehavior": "none"},
        {"QueryStringBehavior": "none"},
    )
    ours = [*(ROOT / "chalicelib").rglob("*.py"), ROOT / "app.py"]
    assert not [file.name for file in ours if "true-client-ip" in file.read_text(encoding="utf-8").lower()]
