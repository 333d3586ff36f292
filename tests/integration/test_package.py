"""What is deployed: it has all it needs, in a Python that has nothing else."""

import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from chalicelib.http import protection
from infra import ROOT
from infra.packaging import lock, package
from tests.transformed import transformed

Resources = dict[str, Any]
"""By logical id."""

LARGEST = 15_500_000
"""Bytes of the code: it is fetched and unpacked at every cold start."""

STACK = {
    "ApiGateway::Account": "GatewayAccount",
    "ApiGateway::Deployment": "RestAPIDeployment",
    "ApiGateway::RestApi": "RestAPI",
    "ApiGateway::Stage": "RestAPIapiStage",
    "Budgets::Budget": "Budget",
    "CloudWatch::Alarm": """
        WatchErrorsAlarm StaysQueueAgeAlarm StaysDeadLettersAlarm
        CountErrorsAlarm FanOutFactsErrorsAlarm FanOutFactsDelayAlarm CountsQueueAgeAlarm CountsDeadLettersAlarm
        FiguresDifferAlarm
        HealthErrorsAlarm FanOutCasesErrorsAlarm ExpandErrorsAlarm FanOutCasesDelayAlarm CasesDeadLettersAlarm
        CasesQueueAgeAlarm
        APIHandlerErrorsAlarm GateErrorsAlarm OfficeErrorsAlarm FanOutErrorsAlarm TraceErrorsAlarm NotifyErrorsAlarm
        NotifyDeclaredErrorsAlarm DeclaredQueueAgeAlarm DeclaredDeadLettersAlarm
        RefreshZaloErrorsAlarm ZaloTokenLostAlarm RemindDraftsErrorsAlarm RehearseErrorsAlarm RehearsalAlarm
        SpendingAlarm OverduePermitsAlarm OverdueBulletinsAlarm RejectedAlarm QuotaAlarm FailingEventsAlarm
        SmsSpendingAlarm
        UndeliveredSmsAlarm
        DeliverWebhooksErrorsAlarm WebhooksQueueAgeAlarm WebhooksDeadLettersAlarm
        SendWavesErrorsAlarm WavesQueueAgeAlarm WavesDeadLettersAlarm
        MessagingErrorsAlarm ConverseErrorsAlarm ConversationsQueueAgeAlarm ConversationsDeadLettersAlarm
        ForgedConversationsAlarm ZaloSessionsAlarm
        QuietFailuresAlarm GateThrottlesAlarm
        KeepAuditErrorsAlarm FailuresAlarm SlownessAlarm FanOutDelayAlarm TracingQueueAgeAlarm MessagesQueueAgeAlarm
        TracingDeadLettersAlarm MessagesDeadLettersAlarm SetAsideAlarm UnusualLooksAlarm GuessesAlarm
    """,
    "CloudFront::CachePolicy": "PublicFigures",
    "CloudFront::Distribution": "PagesDistribution",
    "CloudFront::Function": "PagesPaths ViewerAddress",
    "CloudFront::OriginAccessControl": "PagesAccess",
    "CloudFront::OriginRequestPolicy": "ViewerAddressAlone",
    "CloudFront::ResponseHeadersPolicy": "PagesHeaders",
    "CloudWatch::Dashboard": "Dashboard",
    "Cognito::UserPool": "StaffPool",
    "Cognito::UserPoolClient": "StaffClient",
    "Cognito::UserPoolDomain": "StaffDomain",
    "Cognito::UserPoolGroup": """
        CheckpointGroup SupervisorGroup HealthGroup HotlineGroup AdministratorGroup CommuneGroup CommitteeGroup
    """,
    "DynamoDB::Table": """
        EntriesTable TracingTable MessagesTable WebhooksTable ReferenceTable CasesTable StaysTable PermitsTable
        DraftsTable StatisticsTable
    """,
    "Events::Rule": "RefreshZaloRefreshZaloEvent RemindDraftsRemindDraftsEvent RehearseRehearseEvent",
    "IAM::Policy": "SandboxRights",
    "IAM::Role": """
        ApiHandlerRole GateRole OfficeRole FanOutRole TraceRole NotifyRole NotifyDeclaredRole DeliverWebhooksRole
        SendWavesRole MessagingRole ConverseRole RefreshZaloRole KeepAuditRole GatewayLogsRole
        HealthRole FanOutCasesRole ExpandRole WatchRole FanOutFactsRole CountRole RemindDraftsRole RehearseRole
    """,
    "Lambda::Alias": "APIHandlerAlias GateAlias OfficeAlias MessagingAlias HealthAlias",
    "Lambda::EventInvokeConfig": "KeepAuditEventInvokeConfig",
    "Lambda::EventSourceMapping": """
        FanOutCasesFanOutCasesDynamodbEventSource ExpandExpandSqsEventSource
        FanOutFanOutDynamodbEventSource TraceTraceSqsEventSource NotifyNotifySqsEventSource
        NotifyDeclaredNotifyDeclaredSqsEventSource DeliverWebhooksDeliverWebhooksSqsEventSource
        SendWavesSendWavesSqsEventSource
        ConverseConverseSqsEventSource WatchWatchSqsEventSource CountCountSqsEventSource
        FanOutFactsFanOutFactsDynamodbEventSource FanOutFactsFanOutPermits FanOutFactsFanOutMessages
    """,
    "Lambda::Function": """
        APIHandler Gate Office Messaging FanOut Trace Notify NotifyDeclared DeliverWebhooks Converse RefreshZalo
        SendWaves KeepAudit Health FanOutCases Expand Watch FanOutFacts Count RemindDrafts Rehearse
    """,
    "Lambda::Permission": """
        APIHandlerInvokePermission GateInvokePermission OfficeInvokePermission MessagingInvokePermission
        HealthInvokePermission KeepAuditHealthAuditPermission
        KeepAuditGateAuditPermission KeepAuditOfficeAuditPermission RefreshZaloRefreshZaloEventPermission
        RemindDraftsRemindDraftsEventPermission RehearseRehearseEventPermission
    """,
    "Lambda::Version": "APIHandlerVersion GateVersion OfficeVersion MessagingVersion HealthVersion",
    "Logs::LogGroup": """
        APIHandlerLogs GateLogs OfficeLogs FanOutLogs TraceLogs NotifyLogs NotifyDeclaredLogs DeliverWebhooksLogs
        SendWavesLogs MessagingLogs ConverseLogs RefreshZaloLogs GatewayLogs AuditLogs
        HealthLogs FanOutCasesLogs ExpandLogs WatchLogs FanOutFactsLogs CountLogs RemindDraftsLogs
        RehearseLogs
    """,
    "Logs::SubscriptionFilter": "KeepAuditGateAudit KeepAuditOfficeAudit KeepAuditHealthAudit",
    "S3::Bucket": "PagesBucket",
    "S3::BucketPolicy": "PagesBucketPolicy",
    "SNS::Topic": "Alarms",
    "SecretsManager::Secret": "EdgeSecret",
    "SQS::Queue": """
        TracingQueue TracingDeadLetters MessagesQueue MessagesDeadLetters DeclaredQueue DeclaredDeadLetters
        WebhooksQueue WebhooksDeadLetters ConversationsQueue ConversationsDeadLetters
        WavesQueue WavesDeadLetters CasesQueue CasesDeadLetters StaysQueue StaysDeadLetters SetAsideQueue
        CountsQueue CountsDeadLetters
    """,
    "WAFv2::WebACL": "Firewall",
    "WAFv2::WebACLAssociation": "FirewallOfApi",
}
"""All resources of a stack, by type."""

USE_EVERYTHING = """
import os, sys
sys.path.insert(0, ".")
import app, aws_xray_sdk, boto3, phonenumbers, png, qrcode, zoneinfo
from botocore.exceptions import CredentialRetrievalError
from chalicelib.adapters import aws, aws_json
import chalicelib.adapters.cose_reading, chalicelib.adapters.oidc, chalicelib.storage.entry.entries
import cryptography.hazmat.primitives.asymmetric.rsa, cryptography.hazmat.primitives.asymmetric.padding
import chalicelib.storage.certificates.trusted_keys, chalicelib.storage.messaging.messages
import chalicelib.storage.policy.policies, chalicelib.storage.tracing.exposures
import chalicelib.adapters.hcert, chalicelib.adapters.trusted_key_files
import chalicelib.adapters.slips, chalicelib.adapters.zalo, chalicelib.adapters.esms, urllib3
import chalicelib.adapters.zalo_tokens
from chalicelib.adapters.qr import png as picture
from chalicelib.models.people.phones import parse_phone
assert parse_phone("0912345678") == "+84912345678" and parse_phone("+85512345678")
for service in ("sns", "sqs"):
    aws.client(service, "ap-southeast-1")
os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/"  # as after a snapshot's restore
try:
    aws_json.find_keys()
except CredentialRetrievalError:
    pass  # nobody gives any here
zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
picture("TNP1:ABC", 100)
files = [module.__file__ for module in sys.modules.values() if getattr(module, "__file__", None)]
assert not [file for file in files if "site-packages" in file]
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package.build()
    folder = tmp_path_factory.mktemp("package")
    with ZipFile(package.PACKAGE / package.CODE) as code:
        code.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def resources() -> Resources:
    """The stack's resources, as CloudFormation makes them from the package's template."""
    made: Resources = transformed()["Resources"]
    return made


def test_the_package_runs_where_nothing_else_is_installed(unpacked: Path) -> None:
    # -S: no site-packages, so that what is missing in the package is missing.
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-S", "-B", "-c", USE_EVERYTHING],
        cwd=unpacked,
        capture_output=True,
        text=True,
        env={},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr


def test_the_package_is_made_of_files_that_we_know_and_its_bill_names_them(unpacked: Path) -> None:
    """Chalice does not keep to the hashes of requirements: it asks for some files by name and version alone."""
    bill = json.loads((package.PACKAGE / package.BILL).read_text())
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    code = sha256((package.PACKAGE / package.CODE).read_bytes()).hexdigest()
    assert bill["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": code}]
    libraries = {
        f"{each['name']}=={each['version']}": each["hashes"][0]["content"]
        for each in bill["components"]
        if each["name"] != "chalice"  # its runtime is copied from where it is installed
    }
    there = {folder.name.removesuffix(".dist-info").lower() for folder in unpacked.glob("*.dist-info")}
    assert {pin.replace("==", "-").replace("-", "_") for pin in libraries} == {each.replace("-", "_") for each in there}
    locked = lock.read()
    assert not [pin for pin, digest in libraries.items() if digest not in locked[pin]]
    assert not (unpacked / package.WHEELS).exists()


def test_the_package_is_small_and_compiled(unpacked: Path) -> None:
    assert (package.PACKAGE / package.CODE).stat().st_size < LARGEST
    sources = list(unpacked.rglob("*.py"))
    assert {source.relative_to(unpacked).parts[0] for source in sources} == {"app.py", "chalicelib"}
    assert all(list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc")) for source in sources)
    assert (unpacked / "chalicelib" / "data" / "provinces" / "tay-ninh" / "policy.json").is_file()


def test_every_handler_is_on_the_contents_page(resources: Resources) -> None:
    handlers = {each["Properties"]["Handler"] for each in of_type(resources, "AWS::Lambda::Function").values()}
    routes, workers = (
        {"app.app", "app.gate", "app.office", "app.messaging", "app.health"},
        {
            "app.fan_out",
            "app.fan_out_cases",
            "app.expand",
            "app.trace",
            "app.notify",
            "app.notify_declared",
            "app.deliver_webhooks",
            "app.converse",
            "app.send_waves",
            "app.watch",
            "app.fan_out_facts",
            "app.count",
        },
    )
    assert handlers == routes | workers | {"app.keep_audit", "app.refresh_zalo", "app.remind_drafts", "app.rehearse"}


def test_the_functions_of_routes_are_the_application_itself() -> None:
    """So that its middleware runs once for a request."""
    import app

    assert app.app is app.gate is app.office is app.messaging is app.health


def test_the_stack_has_the_resources_that_we_mean(resources: Resources) -> None:
    """SAM makes resources that no template names: a stage that nobody asked for was open to the world, unlimited."""
    made: dict[str, set[str]] = {}
    for name, each in resources.items():
        # The name of a deployment ends with the hash of the API's definition.
        masked = re.sub(r"(?<=^RestAPIDeployment)[0-9a-f]{10}$", "", name)
        made.setdefault(each["Type"].removeprefix("AWS::"), set()).add(masked)
    assert made == {kind: set(names.split()) for kind, names in STACK.items()}


def test_the_page_of_resources_names_each_kind_with_its_number_and_each_condition(resources: Resources) -> None:
    kinds = {kind: (int(number), when) for kind, number, when, _ in _table_of_page("Kind")}
    assert {kind: number for kind, (number, _) in kinds.items()} == {
        kind: len(names.split()) for kind, names in STACK.items()
    }
    conditions: dict[str, set[str]] = {}
    for each in resources.values():
        if "Condition" in each:
            conditions.setdefault(each["Type"].removeprefix("AWS::"), set()).add(each["Condition"])
    assert {kind: {when} for kind, (_, when) in kinds.items() if when} == conditions


def test_the_page_of_resources_names_who_may_invoke_what(resources: Resources) -> None:
    permissions = [each["Properties"] for each in of_type(resources, "AWS::Lambda::Permission").values()]
    assert sorted(_table_of_page("Invoked")) == sorted(
        (each["FunctionName"]["Ref"], each["Principal"], source(each)) for each in permissions
    )


def test_the_world_reaches_what_the_page_of_resources_says_and_nothing_else(resources: Resources) -> None:
    """Nothing has a policy that lets others in, but the bucket of the pages: it lets in its own distribution."""
    reached = {name for name, *_ in _table_of_page("Reached")}
    assert reached == {"PagesDistribution", "RestAPIapiStage", "StaffDomain"}
    assert {resources[name]["Type"] for name in reached} == {
        "AWS::CloudFront::Distribution",
        "AWS::ApiGateway::Stage",
        "AWS::Cognito::UserPoolDomain",
    }
    # Kinds that would let others in: addresses of functions, policies of queues, topics, tables and keys.
    policies = {each["Type"] for each in resources.values() if "PolicyDocument" in each["Properties"]}
    assert policies == {"AWS::IAM::Policy", "AWS::S3::BucketPolicy"}
    assert not [name for name, each in resources.items() if {"Policy", "ResourcePolicy"} & each["Properties"].keys()]
    (bucket,) = of_type(resources, "AWS::S3::BucketPolicy").values()
    let_in = [each for each in bucket["Properties"]["PolicyDocument"]["Statement"] if each["Effect"] == "Allow"]
    for statement in let_in:
        assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        (condition,) = statement["Condition"]["StringEquals"].values()
        assert condition["Fn::Sub"].endswith(":distribution/${PagesDistribution}")
    assert sorted(each["Action"] for each in let_in) == ["s3:GetObject", "s3:ListBucket"]
    (pages,) = of_type(resources, "AWS::S3::Bucket").values()
    assert set(pages["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    # A role is assumed by AWS's own services alone.
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            service = statement["Principal"]["Service"]
            assert statement["Principal"].keys() == {"Service"}, name
            assert service in {"lambda.amazonaws.com", "apigateway.amazonaws.com"}, name


def _table_of_page(first_column: str) -> list[tuple[str, ...]]:
    """The rows of the table of docs/resources.md whose first column has this title. The quotes of code are left out
    where a cell is a name alone."""
    page = (ROOT / "docs" / "resources.md").read_text(encoding="utf-8")
    _, _, table = page.partition(f"| {first_column} |")
    rows = table.partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return [tuple(re.sub(r"^`([^`]*)`$", r"\1", cell) for cell in row) for row in cells]


def test_the_api_has_one_stage_which_has_limits_and_a_log(resources: Resources) -> None:
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    assert stage["Properties"]["StageName"] == "api"
    assert {"AccessLogSetting", "MethodSettings"} <= stage["Properties"].keys()
    # A deployment that names a stage makes that stage.
    (deployment,) = of_type(resources, "AWS::ApiGateway::Deployment").values()
    assert deployment["Properties"].keys() == {"Description", "RestApiId"}


def test_no_record_is_sent_over_a_tls_that_is_broken(resources: Resources) -> None:
    """The address of a Regional API takes TLS 1.0 unless it has a policy."""
    api = resources["RestAPI"]["Properties"]
    assert (api["SecurityPolicy"], api["EndpointAccessMode"]) == ("SecurityPolicy_TLS13_1_2_2021_06", "STRICT")


def test_the_gateway_s_own_answers_are_protected_as_ours_are(resources: Resources) -> None:
    expected = {**protection.HEADERS, "Strict-Transport-Security": protection.TRANSPORT, "Cache-Control": "no-store"}
    responses = resources["RestAPI"]["Properties"]["Body"]["x-amazon-apigateway-gateway-responses"]
    assert "DEFAULT_5XX" in responses
    for response in responses.values():
        sent = {
            name.removeprefix("gatewayresponse.header."): value[1:-1]
            for name, value in response["responseParameters"].items()
        }
        assert sent.items() >= expected.items()


def test_no_trace_and_no_log_of_the_gateway_has_a_code_a_plate_or_an_address(resources: Resources) -> None:
    """A URL has codes and plates. The gateway would keep it in traces, and in logs of execution."""
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    properties = stage["Properties"]
    assert properties["TracingEnabled"] is False
    assert not [each for each in properties["MethodSettings"] if {"DataTraceEnabled", "LoggingLevel"} & each.keys()]
    logged = re.findall(r"\$context\.([A-Za-z.]+)", properties["AccessLogSetting"]["Format"])
    assert set(logged) == {
        *("requestTimeEpoch", "requestId", "httpMethod", "resourcePath", "status", "responseLength"),
        *("responseLatency", "integrationLatency", "error.responseType", "identity.apiKeyId"),
    }
    functions = of_type(resources, "AWS::Lambda::Function").values()
    assert {each["Properties"]["TracingConfig"]["Mode"] for each in functions} == {"Active"}


def test_the_documentation_has_limits_of_its_own(resources: Resources) -> None:
    """Its answers are the largest, so that they cost the most."""
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    limits = {
        (each["HttpMethod"], each["ResourcePath"].replace("~1", "/")): each["ThrottlingRateLimit"]
        for each in stage["Properties"]["MethodSettings"]
    }
    paths = ("//v1/openapi.json", "//docs", "//docs/errors", "//docs/{file}")
    assert [limits["GET", path] for path in paths] == [10, 10, 10, 10]


def test_one_time_codes_are_asked_for_and_guessed_more_slowly_than_their_workers_send(resources: Resources) -> None:
    """They share a queue with admissions: at most five of the twelve texts a second that its workers send."""
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage").values()
    limits = {
        each["ResourcePath"].replace("~1", "/"): with_values(each["ThrottlingRateLimit"], {})
        for each in stage["Properties"]["MethodSettings"]
    }
    rates = {limits[f"//v1/{path}"] for path in ("phone-verifications", "phone-verifications/{id}/answer")}
    assert rates == {limits["//v1/zalo/session"]}
    assert rates == {5}
    workers, all_workers = 3, 5
    assert max(rates) < with_values({"Ref": "SmsRate"}, {}) * workers / all_workers / 2


def test_each_function_is_invoked_by_its_own_source_and_no_other(resources: Resources) -> None:
    permissions = [each["Properties"] for each in of_type(resources, "AWS::Lambda::Permission").values()]
    invoked = sorted((each["FunctionName"]["Ref"], each["Principal"], source(each)) for each in permissions)
    assert invoked == [
        ("APIHandlerAlias", "apigateway.amazonaws.com", "RestAPI"),
        ("GateAlias", "apigateway.amazonaws.com", "RestAPI"),
        ("HealthAlias", "apigateway.amazonaws.com", "RestAPI"),
        ("KeepAudit", "logs.amazonaws.com", "GateLogs"),
        ("KeepAudit", "logs.amazonaws.com", "HealthLogs"),
        ("KeepAudit", "logs.amazonaws.com", "OfficeLogs"),
        ("MessagingAlias", "apigateway.amazonaws.com", "RestAPI"),
        ("OfficeAlias", "apigateway.amazonaws.com", "RestAPI"),
        ("RefreshZalo", "events.amazonaws.com", "RefreshZaloRefreshZaloEvent"),
        ("Rehearse", "events.amazonaws.com", "RehearseRehearseEvent"),
        ("RemindDrafts", "events.amazonaws.com", "RemindDraftsRemindDraftsEvent"),
    ]


def test_each_route_goes_to_the_function_of_its_audience(resources: Resources) -> None:
    import app
    from chalicelib.http.routes import operations

    assert app.app.routes.keys() == resources["RestAPI"]["Properties"]["Body"]["paths"].keys()
    for operation in operations():
        path, method = operation.path, operation.method.lower()
        if path.startswith(("/v1/zalo/", "/v1/sms/")):
            function = "Messaging"
        elif path.startswith(("/v1/partner/permits", "/v1/permits/{code}/qr", "/v1/permits/{code}/holder")):
            function = "Office"  # nobody else may write or list permits
        elif path.startswith("/v1/communes/") or path.endswith(("/stay", "/health-reports")):
            function = "Health"
        elif not operation.roles:
            function = "APIHandler"
        elif path.startswith("/v1/checkpoint/") and not path.startswith("/v1/checkpoint/conflicts"):
            function = "Gate"
        elif path.startswith(("/v1/cases", "/v1/officers")):
            function = "Health"
        else:
            function = "Office"
        methods = resources["RestAPI"]["Properties"]["Body"]["paths"][path]
        # A browser's question before a request goes where the request will go.
        for each in (method, "options"):
            assert (
                f"/functions/${{{function}Alias}}/"
                in methods[each]["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            ), path


def test_the_firewall_limits_each_route_of_the_public_and_none_of_staff_and_partners(resources: Resources) -> None:
    """People who share an address share these limits: a gate's devices must not."""
    from chalicelib.http.routes import operations

    limited: dict[str, set[tuple[str, str]]] = {}
    for rule in resources["Firewall"]["Properties"]["Rules"]:
        _, method, path = rule["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["AndStatement"]["Statements"]
        limited[rule["Name"]] = {
            (each.method, each.path)
            for each in operations()
            if each.method == method["ByteMatchStatement"]["SearchString"]
            and re.search(path["RegexMatchStatement"]["RegexString"], f"/api{each.path}")
        }
    public = {(each.method, each.path) for each in operations() if not each.roles and not each.api_key}
    assert limited["Declarations"] == {
        ("POST", "/v1/declarations"),
        ("POST", "/v1/drafts/{id}/confirmation"),
        ("POST", "/v1/manifest-seats/{id}/{number}"),
    }
    own = ("open", "health-reports", "slip.pdf", "arrival")
    assert limited["Openings"] == {
        *(("POST", f"/v1/passes/{{code}}/{what}") for what in own),
        ("POST", "/v1/drafts"),
    }
    asking = "/v1/phone-verifications"
    assert limited["Verifications"] == {
        *(("POST", asking), ("POST", f"{asking}/{{id}}/answer")),
        ("POST", "/v1/zalo/session"),
    }
    # Many come from few addresses, and each is signed or has a secret.
    of_providers = {("POST", "/v1/zalo/webhook"), ("GET", "/v1/sms/receipts/{token}")}
    # Each needs the token of a phone that has answered, and finds only this phone's.
    of_citizens = {("PUT", "/v1/drafts/{id}"), ("DELETE", "/v1/drafts/{id}")}
    others = limited["Declarations"] | limited["Openings"] | limited["Verifications"]
    assert limited["Reads"] == public - of_providers - of_citizens - others


@pytest.mark.parametrize(
    ("waf", "there", "action"), [(None, False, None), ("count", True, {"Count": {}}), ("on", True, {"Block": {}})]
)
def test_the_firewall_counts_before_it_refuses(
    resources: Resources, waf: str | None, there: bool, action: dict[str, Any] | None
) -> None:
    """It costs a fee whether or not it is needed, so by default there is none."""
    values = {"Waf": waf} if waf else {}
    for name in ("Firewall", "FirewallOfApi", "EdgeSecret", "ViewerAddress", "ViewerAddressAlone"):
        assert with_values({"Fn::If": [resources[name]["Condition"], True, False]}, values) is there
    rules = resources["Firewall"]["Properties"]["Rules"]
    assert action is None or [with_values(rule["Action"], values) for rule in rules] == [action] * len(rules)


def test_the_firewall_keeps_no_request_of_anyone(resources: Resources) -> None:
    firewall = resources["Firewall"]["Properties"]
    for kept in (firewall, *firewall["Rules"]):
        assert kept["VisibilityConfig"]["SampledRequestsEnabled"] is False
    assert not of_type(resources, "AWS::WAFv2::LoggingConfiguration")
    association = resources["FirewallOfApi"]["Properties"]["ResourceArn"]["Fn::Sub"]
    assert association[1] == {"Named": {"Ref": "RestAPIapiStage"}}


def test_each_alias_of_the_api_is_of_its_function_and_names_its_version(resources: Resources) -> None:
    for function in ("APIHandler", "Gate", "Office", "Health"):
        assert resources[f"{function}Version"]["Properties"] == {"FunctionName": {"Ref": function}}
        alias = resources[f"{function}Alias"]["Properties"]
        assert (alias["Name"], alias["FunctionName"]) == ("live", {"Ref": function})
        assert alias["FunctionVersion"] == {"Fn::GetAtt": [f"{function}Version", "Version"]}


@pytest.mark.parametrize(
    ("values", "snapshots", "ready"),
    [
        ({}, (), {}),
        ({"SnapStart": "public"}, ("APIHandler",), {}),
        ({"SnapStart": "gate", "PublicProvisioned": "3"}, ("Gate",), {"APIHandler": "3"}),
        ({"SnapStart": "both"}, ("APIHandler", "Gate"), {}),
        ({"GateProvisioned": "5"}, (), {"Gate": "5"}),
    ],
)
def test_functions_start_as_the_settings_say(
    resources: Resources, values: dict[str, str], snapshots: tuple[str, ...], ready: dict[str, str]
) -> None:
    """By default nothing is paid for beforehand."""
    for function in ("APIHandler", "Gate", "Office", "Health"):
        start = with_values(resources[function]["Properties"].get("SnapStart", {"ApplyOn": "None"}), values)
        assert start == {"ApplyOn": "PublishedVersions" if function in snapshots else "None"}
        kept = with_values(resources[f"{function}Alias"]["Properties"].get("ProvisionedConcurrencyConfig"), values)
        assert kept == ({"ProvisionedConcurrentExecutions": ready[function]} if function in ready else None)


def with_values(node: Any, values: dict[str, str]) -> Any:
    """A part of the template as CloudFormation has it, with these values of the parameters and no others set."""
    template = package.read_template()

    def value(node: Any) -> Any:
        match node:
            case {"Ref": "AWS::NoValue"}:
                return None
            case {"Ref": str(name)}:
                return values.get(name, template["Parameters"][name]["Default"])
            case {"Fn::If": [condition, yes, no]}:
                return value(yes if value(template["Conditions"][condition]) else no)
            case {"Fn::Or": list(some)}:
                return any(map(value, some))
            case {"Fn::Not": [one]}:
                return not value(one)
            case {"Fn::Equals": [one, other]}:
                return value(one) == value(other)
            case dict():
                return {name: value(each) for name, each in node.items()}
        return node

    return value(node)


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: each for name, each in resources.items() if each["Type"] == kind}


def source(permission: dict[str, Any]) -> str:
    """What may invoke the function: the resource in the permission's `SourceArn`."""
    named = permission["SourceArn"]
    if "Fn::GetAtt" in named:
        return str(named["Fn::GetAtt"][0])
    (resource,) = named["Fn::Sub"][1].values()
    return str(resource["Ref"])
