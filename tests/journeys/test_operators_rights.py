"""The people who work on a stage do all of it with their policies alone, and nothing else.

The engine asks the policies of a user for each call of a command. What CloudFormation does for them is in
`tests/integration/test_operators_rights.py`: the engine does that with nobody's rights.
"""

import json
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import UTC, datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from infra import accounts, stacks
from infra.__main__ import main
from infra.accounts import Account, account_id, engine
from infra.deployment.operators import BOUNDARY, GIVEN, Document, documents, policy_name
from infra.local.stack import Stack
from infra.operation import sign_ins, zalo
from infra.operation.persons import archives
from tests.journeys.actors import Traveller, Witness

OTHER = "rights"
"""A stage beside that of all journeys, which is deployed and deleted here."""
STACK = accounts.stack_name(OTHER)
YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
NOT_ON_THE_ENGINE = {
    "acm:DescribeCertificate": "status, of a stage with a domain",
    "cloudformation:DeleteChangeSet": "a deployment that changes nothing",
    "cloudformation:DescribeEvents": "a deployment that fails",
    "cloudwatch:DescribeAlarms": "status; no alarm goes off on the engine",
    "cloudwatch:GetMetricData": "status; the engine does not know how old a message is",
    "cloudwatch:GetMetricStatistics": "status; the engine counts no SMS",
    "cloudwatch:PutMetricData": "recount; an alarm is given in the cloud alone",
    "sns:ListSubscriptionsByTopic": "status, of a stage with AlarmEmail",
    "logs:FilterLogEvents": "recount, of a day that the log still has",
    "dynamodb:ListBackups": "the page about a table that is gone, by the AWS command line",
    "dynamodb:RestoreTableFromBackup": "the same",
    "dynamodb:UpdateItem": "what AWS asks for in a copy of a restoration",
    "apigateway:PUT": "tags of partners' keys",
    "s3:CreateBucket": "the first deployment in an account: journeys have made the bucket",
    "s3:PutBucketPublicAccessBlock": "the same",
    "s3:PutEncryptionConfiguration": "the same",
    "ssm:GetParameters": "zalo check, which asks Zalo",
    "iam:PassRole": "the gateway's role for its log",
}
"""Actions of `look`, `operate` and `deploy` that no command takes here, and what for."""
_BY_ENGINE = {"sqs:SendMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
"""Each has a second name there, for batches."""
_UNKNOWN_TO_ENGINE = {
    "cloudformation:DeleteChangeSet",
    "cloudformation:DescribeChangeSet",
    "cloudformation:ExecuteChangeSet",
    "dynamodb:RestoreTableToPointInTime",
    "logs:StartQuery",
    "ssm:GetParameters",
}
"""Actions whose resource the engine does not see."""
_ACTIONS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "lambda:Invoke": "lambda:InvokeFunction",
    "dynamodb:TransactWriteItems": "dynamodb:PutItem",
}
"""The rights of operations with other names."""


class Person:
    """Somebody who may do what some documents say, and types commands."""

    def __init__(self, stack: Stack, stage: str, work: Sequence[Document]) -> None:
        self._root, self._stage = engine(stack["endpoint_url"], stack["region"]), stage
        self.called: set[str] = set()
        """Rights that were used."""
        iam = self._root.client("iam")
        self._name = f"person-{os.urandom(4).hex()}"
        iam.create_user(UserName=self._name)
        for number, document in enumerate(work):
            name, text = f"work-{number}", json.dumps(_as_engine_asks(document))
            iam.put_user_policy(UserName=self._name, PolicyName=name, PolicyDocument=text)
        key = iam.create_access_key(UserName=self._name)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=stack["region"])
        session.events.register("before-call", self._note)
        self.account = Account(session, stack["region"], stack["endpoint_url"])

    def __call__(self, *command: str, types: str = "", fails: bool = False) -> str:
        """What a command prints."""
        printed = StringIO()
        with (
            patch.object(accounts, "engine", lambda *_: self.account),
            patch.dict(os.environ),
            patch("sys.stdin", StringIO(types)),
            redirect_stdout(printed),
            redirect_stderr(printed),
        ):
            code = main([*command, "--stage", self._stage, "--endpoint", str(self.account.endpoint)])
        assert (code != 0) is fails, f"{' '.join(command)}: {printed.getvalue()}"
        return printed.getvalue()

    def _note(self, model: Any, **_: Any) -> None:
        service, operation = model.service_model.service_name, model.name
        if service == "apigateway":
            self.called.add(f"apigateway:{model.http['method']}")
        elif service != "sts":  # everybody may ask who they are
            action = f"{service}:{operation.removesuffix('Batch') if service == 'sqs' else operation}"
            self.called.add(_ACTIONS.get(action, action))


def _as_engine_asks(document: Document) -> Document:
    more = [
        {"Effect": "Allow", "Action": sorted(unseen), "Resource": "*"}
        for each in document["Statement"]
        if (unseen := _UNKNOWN_TO_ENGINE.intersection(each["Action"]))
    ]
    named = [
        {**each, "Action": [*each["Action"], *(f"{action}Batch" for action in _BY_ENGINE.intersection(each["Action"]))]}
        for each in document["Statement"]
    ]
    text = json.dumps({**document, "Statement": [*named, *more]})
    # Its CloudFormation names log groups in another way.
    changed: Document = json.loads(
        re.sub(r"log-group:(tay-ninh-pass-[a-z]+)-(\w+)[-*]*", r"log-group:/aws/cloudformation/\1/\2*", text)
    )
    return changed


Hire = Callable[..., Person]


@pytest.fixture
def hire(stack: Stack) -> Hire:
    """Somebody with the documents of a work, on a stage; `without` leaves a statement out."""

    def hire(work: str, stage: str = OTHER, without: str = "") -> Person:
        of_stage = documents(stage, account_id(engine(stack["endpoint_url"])), stack["region"])
        chosen = [
            {**of_stage[name], "Statement": [each for each in of_stage[name]["Statement"] if each["Sid"] != without]}
            for name in GIVEN[work]
        ]
        return Person(stack, stage, chosen)

    return hire


@pytest.fixture
def other_stage(stack: Stack) -> Iterator[None]:
    """What stays of the other stage is deleted."""
    yield
    _forget(stack)


def _forget(stack: Stack) -> None:
    root = engine(stack["endpoint_url"], stack["region"])
    dynamodb, logs, cognito = root.client("dynamodb"), root.client("logs"), root.client("cognito-idp")
    for table in dynamodb.list_tables()["TableNames"]:
        if table.startswith(f"tay-ninh-pass-{OTHER}-"):
            dynamodb.delete_table(TableName=table)
    for group in logs.describe_log_groups()["logGroups"]:
        if OTHER in group["logGroupName"]:
            logs.delete_log_group(logGroupName=group["logGroupName"])
    for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
        if pool["Name"].startswith(f"tay-ninh-pass-{OTHER}-"):
            cognito.delete_user_pool(UserPoolId=pool["Id"])
    for page in root.client("ssm").get_paginator("describe_parameters").paginate():
        for each in page["Parameters"]:
            if each["Name"].startswith(f"/tay-ninh-pass/{OTHER}/"):
                root.client("ssm").delete_parameter(Name=each["Name"])


def test_all_work_on_a_stage_is_done_with_its_rights_alone_and_each_of_them_is_used(
    stack: Stack, hire: Hire, other_stage: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployer, runner, looker = hire("deploy"), hire("run"), hire("look")
    arn = f"arn:aws:iam::{account_id(deployer.account)}:policy/{policy_name(OTHER, BOUNDARY)}"
    given = ("--set", "ProtectData=false", "--set", "GatewayLogRole=false")
    deployed = deployer("deploy", *given, "--set", f"RolesBoundary={arn}")
    assert f"made /tay-ninh-pass/{OTHER}/signing-keys" in deployed
    outputs = stacks.outputs(deployer.account, STACK)
    assert stacks.parameters(deployer.account, STACK)["RolesBoundary"] == arn

    runner("settings", "PublicRate=40", "Docs=off")
    assert re.search(r"^PublicRate +40 ", looker("settings"), re.MULTILINE)
    _let_workers_rest(stack)
    assert _declares(stack, stacks.resources(deployer.account, STACK)["APIHandler"]) == 201
    assert "may not use it" in looker("settings", "PublicRate=30", fails=True)
    assert "AWS refused" not in looker("status")
    assert "No line since" in looker("trace", "0000000000ff", fails=True)
    assert "AccessDenied" in looker("keys", "list", fails=True)
    runner("keys", "make")
    runner("keys", "rotate")
    runner("keys", "replace", "--yes")
    with patch.object(zalo, "ask_secret", lambda name: name.replace(" ", "")):
        runner("zalo", "tokens")
    runner("seed", fails=True)  # what is there is not replaced
    runner("seed", "--replace", "--yes")
    assert "No series was counted" in runner("recount", "--day", str(YESTERDAY), fails=True)
    _works_with_partners(runner)
    _works_with_staff(runner)
    _sends_again(stack, outputs, runner)
    _works_for_a_person(stack, outputs, runner, tmp_path, monkeypatch)
    _restores(stack, outputs, runner)
    # People who run a stage ship no code, make no role and delete nothing.
    gate = outputs["GateName"]
    with pytest.raises(ClientError, match="AccessDenied"):
        runner.account.client("lambda").update_function_code(FunctionName=gate, ZipFile=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        runner.account.client("iam").create_role(RoleName=f"{STACK}-x", AssumeRolePolicyDocument="{}")
    with pytest.raises(ClientError, match="AccessDenied"):
        runner.account.client("dynamodb").delete_table(TableName=outputs["EntriesTableName"])
    # Nor is another stage theirs.
    with pytest.raises(ClientError, match="AccessDenied"):
        runner.account.client("dynamodb").scan(TableName=stack["outputs"]["EntriesTableName"])

    assert "AccessDenied" in runner("delete", "--yes", fails=True)
    runner("partners", "add", "bus-2")
    deployer("delete", "--yes")
    assert stacks.described(deployer.account, STACK) is None

    of_stage = documents(OTHER, account_id(deployer.account), stack["region"])
    allowed = {
        action
        for name in ("look", "operate", "deploy")
        for each in of_stage[name]["Statement"]
        for action in each["Action"]
    }
    used = deployer.called | runner.called | looker.called
    by_cloudformation = {each for each in allowed if each.startswith("iam:")}
    assert allowed - used - NOT_ON_THE_ENGINE.keys() - by_cloudformation == set(), "no command needs these"
    assert sorted(NOT_ON_THE_ENGINE.keys() & used) == [], "take these off the list"


@pytest.mark.parametrize(
    ("statement", "command"),
    [
        ("Queues", "aside list"),
        ("DeadLetters", "aside show messages"),
        ("Staff", "staff list"),
        ("Secrets", "keys list"),
        ("PartnersKeys", "partners list"),
        ("Restore", "restore drafts --drill"),
        ("Drill", "restore drafts --drill"),
        ("Stack", "settings Docs=off"),
        ("Template", "settings Docs=off"),
    ],
)
def test_without_a_right_a_command_fails_and_says_so(hire: Hire, statement: str, command: str) -> None:
    printed = hire("run", "local", without=statement)(*command.split(), fails=True)
    assert re.search("AccessDenied|not authorized", printed), printed


def _let_workers_rest(stack: Stack) -> None:
    """The engine unpacks the whole package for each function that runs, and deletes it at its end."""
    functions = engine(stack["endpoint_url"]).client("lambda")
    for each in functions.list_event_source_mappings()["EventSourceMappings"]:
        if f":{STACK}-" in each["FunctionArn"]:
            functions.update_event_source_mapping(UUID=each["UUID"], Enabled=False)


def _declares(stack: Stack, function: str) -> int:
    """By the other stage's function: only one stage has the engine's address. Gives the status."""
    path = "/v1/declarations"
    event = {
        "requestContext": {"resourcePath": path, "httpMethod": "POST", "path": f"/api{path}", "requestId": "1"},
        "headers": {"content-type": "application/json", "idempotency-key": str(uuid4())},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": json.dumps(Traveller(stack, 7302).form()),
        "isBase64Encoded": False,
    }
    functions = engine(stack["endpoint_url"]).client("lambda")
    answer = functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    return int(json.loads(answer["Payload"].read())["statusCode"])


def _works_with_partners(runner: Person) -> None:
    runner("partners", "add", "bus-1", "--webhook-url", "https://bus.example/hooks")
    runner("partners", "webhook", "bus-1", "--rotate")
    assert "bus-1" in runner("partners", "list")
    runner("partners", "webhook", "bus-1", "--off", "--yes")
    runner("partners", "remove", "bus-1", "--yes")


def _works_with_staff(runner: Person) -> None:
    guard, admin = ("guard-1", "--role", "checkpoint"), ("admin-1", "--role", "administrator")
    runner("staff", "add", *guard, "--checkpoint", "an-hoa")
    (password,) = re.findall(r"^    (\S+)$", runner("staff", "add", *guard), re.MULTILINE)  # another one
    passwords = iter([password, "chosen-by-myself-1"])
    with patch.object(sign_ins, "ask_secret", lambda _: next(passwords)):
        assert runner("staff", "token", "guard-1").count(".") == 2  # a JWT
    for _ in range(2):
        runner("staff", "add", *admin, "--email", "admin-1@example.org")
    runner("staff", "post", "guard-1", "--checkpoint", "an-tinh")
    assert "guard-1" in runner("staff", "list")
    runner("staff", "remove", "guard-1", "--yes")


def _sends_again(stack: Stack, outputs: dict[str, str], runner: Person) -> None:
    sqs = engine(stack["endpoint_url"]).client("sqs")
    record = {
        "eventName": "INSERT",
        "eventSourceARN": f"arn:aws:dynamodb:ap-southeast-1:000000000000:table/{outputs['EntriesTableName']}/stream/1",
        "dynamodb": {"Keys": {"declaration": {"S": "0000000000000"}, "row": {"S": "DECLARATION"}}},
    }
    sqs.send_message(QueueUrl=outputs["SetAsideQueueUrl"], MessageBody=json.dumps(record))
    sqs.send_message(QueueUrl=outputs["CountsDeadLettersUrl"], MessageBody="{}")
    assert "1 shown" in runner("aside", "show", "set-aside")
    runner("aside", "resend", "set-aside")
    assert "1 messages are back" in runner("aside", "resend", "counts")


def _works_for_a_person(
    stack: Stack, outputs: dict[str, str], runner: Person, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a declaration of the stage beside it, whose rows are put here."""
    code = Traveller(stack, 7301).declares()["passes"][0]["code"]
    dynamodb = engine(stack["endpoint_url"]).client("dynamodb")
    for row in Witness(stack).rows("Entries"):
        if row["declaration"]["S"] == code.replace("-", "")[:13]:
            dynamodb.put_item(TableName=outputs["EntriesTableName"], Item=row)
    later = datetime.now(UTC) + timedelta(hours=2)
    monkeypatch.setattr(archives, "archive_of", partial(archives.archive_of, clock=lambda: later))
    runner("persons", "export", "--code", code, "--to", str(folder / "person.json"))
    runner("persons", "restrict", "--code", code, "--yes")
    runner("persons", "unrestrict", "--code", code, "--yes")
    runner("persons", "amend", "--code", code, "--field", "full_name", "--yes", types="Trần Thị Mẫu\n")
    runner("persons", "erase", "--code", code, "--yes")


def _restores(stack: Stack, outputs: dict[str, str], runner: Person) -> None:
    assert "The copy is deleted" in runner("restore", "entries", "--drill")
    copy, dynamodb = f"{STACK}-drill-drafts", runner.account.client("dynamodb")
    dynamodb.restore_table_to_point_in_time(SourceTableName=outputs["DraftsTableName"], TargetTableName=copy)
    runner("restore", "drafts", "--copy", copy)
    dynamodb.delete_table(TableName=copy)
