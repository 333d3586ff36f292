"""Each function has the rights that its own work needs: with all of them the work is done, without one it fails.

The engine asks a function's role for what the function does. So if the work is done without a right, the right is not
needed. What the engine never asks for is listed in `NOT_ASKED`, with its user.
"""

import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.models.messaging.tokens import TokenPair
from chalicelib.models.staff.roles import Role
from infra import stacks
from infra.accounts import LOCAL_STAGE, Account, engine
from infra.local.stack import Stack, token
from infra.operation.keys import keyed_hash
from tests import endpoint as endpoints
from tests.certificates import bare_entry, european_key
from tests.forms import for_a_day
from tests.journeys.actors import (
    Administrator,
    Browser,
    Device,
    Guard,
    HealthOfficer,
    Partner,
    Supervisor,
    Traveller,
    Witness,
)
from tests.journeys.faulty_aws import MOST_TRIES, configure, redelivery
from tests.unit.adapters.answering import Provider, answering

NEEDED = [
    ("APIHandler", "DraftDeletions", "dynamodb:DeleteItem"),
    ("APIHandler", "DraftReads", "dynamodb:Query"),
    ("APIHandler", "Drafts", "dynamodb:PutItem"),
    ("APIHandler", "Entries", "dynamodb:PutItem"),
    ("APIHandler", "Entries", "dynamodb:Query"),
    ("APIHandler", "Messages", "dynamodb:Query"),
    ("APIHandler", "Reference", "dynamodb:GetItem"),
    ("APIHandler", "Reference", "dynamodb:Query"),
    ("APIHandler", "Replays", "sqs:SendMessage sqs:SendMessageBatch"),  # the second is the engine's word for the first
    ("APIHandler", "SeatLinks", "sqs:SendMessage sqs:SendMessageBatch"),
    ("APIHandler", "Secrets", "ssm:GetParameters"),
    ("APIHandler", "Statistics", "dynamodb:Query"),
    ("APIHandler", "Tracing", "dynamodb:Query"),
    ("APIHandler", "Webhooks", "dynamodb:Query"),
    ("Gate", "Entries", "dynamodb:PutItem"),
    ("Gate", "Entries", "dynamodb:Query"),
    ("Gate", "Manifests", "dynamodb:Query"),
    ("Gate", "Messages", "dynamodb:Query"),
    ("Gate", "Exposures", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Gate", "PermitCrossings", "dynamodb:PutItem"),
    ("Gate", "PermitStays", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Gate", "Permits", "dynamodb:Query"),
    ("Gate", "Reference", "dynamodb:GetItem"),
    ("Gate", "Reference", "dynamodb:Query"),
    ("Gate", "Secrets", "ssm:GetParameters"),
    ("Gate", "Tracing", "dynamodb:Query"),
    ("Gate", "Visitors", "dynamodb:DeleteItem"),
    ("Office", "Bulletins", "dynamodb:PutItem"),
    ("Office", "Conflicts", "dynamodb:DeleteItem"),
    ("Office", "Entries", "dynamodb:BatchGetItem"),
    ("Office", "Entries", "dynamodb:PutItem"),
    ("Office", "Entries", "dynamodb:Query"),
    ("Office", "Holders", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Office", "Messages", "dynamodb:BatchGetItem"),
    ("Office", "PermitLists", "dynamodb:DeleteItem"),
    ("Office", "PermitWrites", "dynamodb:PutItem"),
    ("Office", "Permits", "dynamodb:BatchGetItem"),
    ("Office", "Permits", "dynamodb:Query"),
    ("Office", "Reference", "dynamodb:GetItem"),
    ("Office", "Reference", "dynamodb:PutItem"),
    ("Office", "Reference", "dynamodb:Query"),
    ("Office", "Secrets", "ssm:GetParameters"),
    ("Office", "Staff", "dynamodb:DeleteItem"),
    ("Office", "Statistics", "dynamodb:Query"),
    ("Office", "Steps", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Office", "Tracing", "dynamodb:Query"),
    ("Office", "TrustList", "dynamodb:BatchWriteItem"),
    ("Office", "Waves", "dynamodb:PutItem"),
    ("Office", "Waves", "dynamodb:Query"),
    ("Messaging", "Receipts", "dynamodb:UpdateItem"),
    ("Messaging", "Secrets", "ssm:GetParameters"),
    ("Health", "Cases", "dynamodb:DeleteItem"),
    ("Health", "Cases", "dynamodb:PutItem"),
    ("Health", "Cases", "dynamodb:Query"),
    ("Health", "Entries", "dynamodb:Query"),
    ("Health", "Messages", "dynamodb:BatchGetItem"),
    ("Health", "Reference", "dynamodb:GetItem"),
    ("Health", "Reference", "dynamodb:Query"),
    ("Health", "Secrets", "ssm:GetParameters"),
    ("Health", "Tracing", "dynamodb:Query"),
    ("Health", "Waves", "dynamodb:PutItem"),
    ("Health", "Waves", "dynamodb:Query"),
    ("FanOutCases", "Queues", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Expand", "Cases", "dynamodb:BatchGetItem"),
    ("Expand", "Cases", "dynamodb:BatchWriteItem"),
    ("Expand", "Cases", "dynamodb:PutItem"),
    ("Expand", "Cases", "dynamodb:Query"),
    ("Expand", "Markers", "dynamodb:BatchWriteItem"),
    ("Expand", "Tracing", "dynamodb:Query"),
    ("Health", "StayChanges", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Health", "Stays", "dynamodb:DeleteItem"),
    ("Health", "Stays", "dynamodb:PutItem"),
    ("Health", "Stays", "dynamodb:Query"),
    ("Health", "Stays", "dynamodb:UpdateItem"),
    ("FanOut", "Queues", "sqs:SendMessage sqs:SendMessageBatch"),
    ("FanOutFacts", "Queues", "sqs:SendMessage sqs:SendMessageBatch"),
    ("Count", "Cases", "dynamodb:Query"),
    ("Count", "Entries", "dynamodb:Query"),
    ("Count", "Messages", "dynamodb:Query"),
    ("Count", "Permits", "dynamodb:Query"),
    ("Count", "Statistics", "dynamodb:PutItem"),
    ("Count", "Statistics", "dynamodb:UpdateItem"),
    ("Count", "Stays", "dynamodb:Query"),
    ("Trace", "Entries", "dynamodb:PutItem"),
    ("Trace", "Entries", "dynamodb:Query"),
    ("Trace", "Secrets", "ssm:GetParameters"),
    ("Trace", "Tracing", "dynamodb:BatchWriteItem"),
    ("Trace", "Tracing", "dynamodb:Query"),
    ("Notify", "Entries", "dynamodb:Query"),
    ("Notify", "Messages", "dynamodb:PutItem"),
    ("Notify", "Messages", "dynamodb:Query"),
    ("Notify", "Messages", "dynamodb:UpdateItem"),
    ("Notify", "Reference", "dynamodb:GetItem"),
    ("Notify", "Reference", "dynamodb:Query"),
    ("Notify", "Sms", "sns:Publish"),
    ("NotifyDeclared", "Drafts", "dynamodb:Query"),
    ("NotifyDeclared", "Entries", "dynamodb:Query"),
    ("NotifyDeclared", "Messages", "dynamodb:PutItem"),
    ("NotifyDeclared", "Messages", "dynamodb:UpdateItem"),
    ("NotifyDeclared", "Reference", "dynamodb:GetItem"),
    ("NotifyDeclared", "Secrets", "ssm:GetParameters"),
    ("NotifyDeclared", "Sms", "sns:Publish"),
    ("Watch", "Entries", "dynamodb:Query"),
    ("Watch", "Messages", "dynamodb:PutItem"),
    ("Watch", "Messages", "dynamodb:UpdateItem"),
    ("Watch", "Reference", "dynamodb:GetItem"),
    ("Watch", "Reference", "dynamodb:Query"),
    ("Watch", "Secrets", "ssm:GetParameters"),
    ("Watch", "Sms", "sns:Publish"),
    ("Watch", "Stays", "dynamodb:DeleteItem"),
    ("Watch", "Stays", "dynamodb:PutItem"),
    ("Watch", "Stays", "dynamodb:Query"),
    ("Watch", "Stays", "dynamodb:UpdateItem"),
    ("DeliverWebhooks", "Again", "sqs:SendMessage sqs:SendMessageBatch"),
    ("DeliverWebhooks", "Entries", "dynamodb:Query"),
    ("DeliverWebhooks", "Reference", "dynamodb:GetItem"),
    ("DeliverWebhooks", "Secrets", "ssm:GetParameters"),
    ("DeliverWebhooks", "Webhooks", "dynamodb:GetItem"),
    ("DeliverWebhooks", "Webhooks", "dynamodb:PutItem"),
    ("DeliverWebhooks", "Webhooks", "dynamodb:Query"),
    ("SendWaves", "Again", "sqs:SendMessage sqs:SendMessageBatch"),
    ("SendWaves", "HandOver", "sqs:SendMessage sqs:SendMessageBatch"),
    ("SendWaves", "Waves", "dynamodb:Query"),
    ("SendWaves", "Waves", "dynamodb:UpdateItem"),
    ("Converse", "Messages", "dynamodb:UpdateItem"),
    ("Converse", "Secrets", "ssm:GetParameters"),
    ("RefreshZalo", "Bulletins", "dynamodb:Query"),
    ("RefreshZalo", "Lease", "dynamodb:PutItem"),
    ("RefreshZalo", "Permits", "dynamodb:Query"),
    ("RefreshZalo", "Reference", "dynamodb:Query"),
    ("RefreshZalo", "Secrets", "ssm:GetParameters"),
    ("RefreshZalo", "ZaloTokens", "ssm:PutParameter"),
    ("RemindDrafts", "Days", "dynamodb:BatchWriteItem"),
    ("RemindDrafts", "Days", "dynamodb:Query"),
    ("RemindDrafts", "HandOver", "sqs:SendMessage sqs:SendMessageBatch"),
    ("RemindDrafts", "Reference", "dynamodb:Query"),
]
"""Each right of each function: the function, the `Sid` of the statement, and what it allows."""
NOT_ASKED = {
    "Logs": "the cloud's Lambda writes what a function prints with the function's role, the engine with nobody's",
    "Traces": "the engine has no X-Ray",
    "Stream": "the cloud's Lambda reads the stream with the function's role, the engine with nobody's",
    "Streams": "the same; the right knows no narrower resource",
    "Queue": "the cloud's Lambda reads the queue with the function's role, the engine with nobody's",
    "Failures": "the cloud's Lambda sets aside what a function failed at with its role, the engine with nobody's",
    "NoTopics": "it takes a right away; see the last test",
}
"""Statements."""
NOT_TRIED = {
    **{
        (worker, sid, action): use
        for worker in ("Notify", "NotifyDeclared", "Watch")
        for sid, action, use in (
            ("GiveBack", "sqs:ChangeMessageVisibility", "gives events back; without it they come again later"),
            ("GiveBack", "sqs:ChangeMessageVisibilityBatch", "the engine's word for it"),
            ("DeadLetters", "sqs:SendMessage", "puts away an event with a message that a provider rejects"),
            ("DeadLetters", "sqs:SendMessageBatch", "the engine's word for it"),
            ("ZaloTokens", "ssm:PutParameter", "renews the tokens of the Official Account shortly before their end"),
            ("Lease", "dynamodb:DeleteItem", "gives the lease of these tokens back"),
        )
    },
    ("KeepAudit", "Counts", "sqs:SendMessage"): "hands over the looks that are counted: tests/integration/statistics",
    ("KeepAudit", "Counts", "sqs:SendMessageBatch"): "the same, in the engine's word",
    ("KeepAudit", "Postings", "dynamodb:GetItem"): "reads where a member of staff was who checked: the same",
    ("Notify", "Secrets", "ssm:GetParameters"): "for events of declarations that the release before this one queued",
    ("Notify", "Parked", "sqs:SendMessage"): "parks a message of a wave while that is paused",
    ("Notify", "Parked", "sqs:SendMessageBatch"): "the same, in the engine's word",
    ("RefreshZalo", "Lease", "dynamodb:DeleteItem"): "gives the lease back; without it the lease ends after a minute",
    ("Health", "Looks", "dynamodb:PutItem"): "as the gate's",
    ("Count", "Cases", "dynamodb:GetItem"): "reads why somebody is a contact: tests/integration/statistics",
    ("Health", "Permits", "dynamodb:BatchGetItem"): "names contacts who crossed by permit: tests/integration/permits",
    ("Health", "Permits", "dynamodb:Query"): "opens a case from the code of a permit: the same",
    ("Notify", "Permits", "dynamodb:Query"): "reads a permit whose holder gets a message: the same",
    ("Watch", "Permits", "dynamodb:Query"): "reads the crossings of a holder who was isolated: the same",
    ("Trace", "Permits", "dynamodb:Query"): "reads a crossing by permit: tests/integration/permits",
    ("Trace", "Searches", "sqs:SendMessage"): "asks open cases to search again: tests/integration/cases",
    ("Trace", "Searches", "sqs:SendMessageBatch"): "the same, in the engine's word",
    ("Gate", "Looks", "dynamodb:PutItem"): "writes down how often a member of staff looked, every twenty looks",
    ("Expand", "Searches", "sqs:SendMessage"): "queues searches of places, of a person who was at more than 32",
    ("Expand", "Searches", "sqs:SendMessageBatch"): "the same, in the engine's word",
    ("Messaging", "Conversations", "sqs:SendMessage"): "queues an event that Zalo has signed",
    ("Messaging", "Conversations", "sqs:SendMessageBatch"): "the same, by the engine's word for it",
    ("Converse", "Entries", "dynamodb:Query"): "reads a pass that somebody asks Zalo about",
    ("Converse", "Messages", "dynamodb:PutItem"): "claims a reply by Zalo",
    ("Converse", "Messages", "dynamodb:DeleteItem"): "gives that claim back",
    ("Converse", "ZaloTokens", "ssm:PutParameter"): "renews the account's tokens shortly before their end",
}
"""Rights without which the work here is done, and what they are for."""
ROLES = {
    "APIHandler": "ApiHandlerRole",
    **{
        name: f"{name}Role"
        for name in (
            *("Gate", "Office", "FanOut", "Trace", "Notify", "NotifyDeclared"),
            *("DeliverWebhooks", "Messaging", "Converse", "RefreshZalo", "SendWaves", "KeepAudit"),
            *("DeliverWebhooks", "KeepAudit", "Health", "FanOutCases", "Expand", "Watch", "FanOutFacts", "Count"),
            *("RemindDrafts", "Rehearse"),
        )
    },
}

_AWAY: dict[str, Any] = {
    "destination": {"unit": {"list_version": "2021", "code": "25480"}, "address": "Hẻm Thử Nghiệm 9"},
    "transport": {"kind": "motorbike", "plate": "70E1-000.09"},
}
"""A trip away from those of other journeys. On the same one, hundreds would be contacts."""

_SCHEDULED = {
    "version": "0",
    "id": "1",
    "account": "000000000000",
    "region": "ap-southeast-1",
    "source": "aws.events",
    "detail-type": "Scheduled Event",
    "time": "2021-07-22T07:00:00Z",
    "resources": [],
    "detail": {},
}
"""What a rule with a schedule sends."""

Statements = list[dict[str, Any]]


def _draft_of(traveller: Traveller) -> dict[str, Any]:
    """A draft of today."""
    form = traveller.form()
    trip = {name: value for name, value in form["trip"].items() if name != "expected_arrival"}
    today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
    person = {name: value for name, value in form["traveller"].items() if name != "health"}
    return {"traveller": person, "trip": {**trip, "expected_day": today}}


class Rights:
    """Changes the rights of functions, and tries whether they can do their work."""

    def __init__(self, stack: Stack, partner: Partner, zalo: Provider) -> None:
        self._partner, self._zalo = partner, zalo
        self._account: Account = engine(stack["endpoint_url"], stack["region"])
        self._iam, self._functions = self._account.client("iam"), self._account.client("lambda")
        self._names = stacks.resources(self._account, stack["stack_name"])
        self._witness = Witness(stack)
        self._stack, self._travellers = stack, 7000
        traveller, guard = self._someone(), Guard(stack)
        self._first, owner = traveller, self._someone()
        self._owner = Browser(stack, owner.proves_phone(self._witness))
        self._draft_form = _draft_of(owner)
        # Arriving now: a trial of a policy counts those who arrive today.
        self._form, self._key = traveller.form(expected_arrival=datetime.now(UTC).isoformat()), str(uuid4())
        self._code = self._declares_again()["passes"][0]["code"]
        assert guard.records(self._code)[0] == 201
        self._witness.waits_until(lambda: len(self._witness.texts().get(traveller.phone, [])) == 2, "two messages")
        (self._declared,) = partner.declares()
        assert guard.records(self._declared)[0] == 201
        self._witness.waits_until(lambda: partner.sees(self._declared).get("state") == "delivered", "the webhook")
        self._supervisor, self._officer = Supervisor(stack), HealthOfficer(stack)
        holders = [self._someone().declares()["passes"][0]["code"] for _ in range(3)]
        self._wave, self._told = self._supervisor.announces(holders, rate=6), holders[0].replace("-", "")
        self._officer.releases(self._wave)
        self._officer = HealthOfficer(stack)
        self._case, self._contact = self._open_a_case()
        self._permit = self._grants_a_permit()
        self.settles()
        # From now on the policy that the first declaration was judged by is not the one in force.
        self._change_policy()
        self._work: dict[str, Callable[[], bool]] = {
            "APIHandler": partial(_succeeds, self._serve_the_public),
            "Gate": partial(_succeeds, self._serve_a_gate),
            "Office": partial(_succeeds, self._serve_the_office),
            "Health": lambda: _succeeds(self._serve_health) and _succeeds(self._serve_a_commune),
            "FanOutCases": self._forwards_cases,
            "Expand": self._expands,
            "FanOut": self._forwards,
            "Trace": self._traces,
            "Notify": lambda: self._tells("Notify", "crossing_recorded") and self._tells_of_a_wave(),
            "NotifyDeclared": lambda: (
                self._tells("NotifyDeclared", "declaration_submitted")
                and self._takes("NotifyDeclared", "manifest_kept", "0000000000000B09")
            ),
            "DeliverWebhooks": self._tells_a_partner,
            "SendWaves": self._sends_a_wave,
            "Messaging": partial(_succeeds, self._take_a_receipt),
            "Converse": self._takes_a_receipt_of_zalo,
            "RefreshZalo": self._renews,
            "RemindDrafts": self._reminds,
            "Watch": self._watches,
            "FanOutFacts": self._forwards_facts,
            "Count": self._counts,
        }
        self._connect_zalo()

    def has(self, function: str) -> bool:
        return function in ROLES and ROLES[function] in self._names

    def of(self, function: str) -> Statements:
        role, policy = self._policy(function)
        document = self._iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
        statements: Statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
        return statements

    def give(self, function: str, statements: Statements) -> None:
        role, policy = self._policy(function)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        self._iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=document)

    def environment_of(self, function: str) -> dict[str, str]:
        name = self._names[function]
        variables: dict[str, str] = self._functions.get_function_configuration(FunctionName=name)["Environment"][
            "Variables"
        ]
        return variables

    def restart(self, function: str, environment: dict[str, str] | None = None) -> None:
        """End the workers, which forget what they have read. With an environment, the next ones have that one."""
        variables = environment or self.environment_of(function)
        configure(self._functions, self._names[function], variables)

    def does_its_work(self, function: str) -> bool:
        return self._work[function]()

    def settles(self) -> None:
        """Wait until no queue has an event."""
        self._witness.waits_for_queues()

    def acting_as(self, function: str, service: str) -> Any:
        """A client with the rights of a function."""
        arn = self._iam.get_role(RoleName=self._policy(function)[0])["Role"]["Arn"]
        given = self._account.client("sts").assume_role(RoleArn=arn, RoleSessionName="rights")["Credentials"]
        return boto3.client(
            service,
            region_name=self._stack["region"],
            endpoint_url=self._stack["endpoint_url"],
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    def table(self, name: str) -> str:
        return self._stack["outputs"][f"{name}TableName"]

    def topic(self) -> str:
        return str(self._account.client("sns").create_topic(Name="rights")["TopicArn"])

    def _policy(self, function: str) -> tuple[str, str]:
        role = self._names[ROLES[function]]
        (policy,) = self._iam.list_role_policies(RoleName=role)["PolicyNames"]
        return role, policy

    def _someone(self) -> Traveller:
        self._travellers += 1
        return Traveller(self._stack, self._travellers)

    def search(self, function: str) -> tuple[int, list[str]]:
        """Invoke a function as the gateway does for a guard's search. Gives the status, and the codes it found."""
        path = "/v1/checkpoint/search"
        event = {
            "requestContext": {"resourcePath": path, "httpMethod": "POST", "path": f"/api{path}", "requestId": "1"},
            "headers": {
                "authorization": f"Bearer {token(self._stack, Role.CHECKPOINT)}",
                "content-type": "application/json",
            },
            "multiValueQueryStringParameters": None,
            "pathParameters": None,
            "stageVariables": None,
            "body": json.dumps({"phone": self._first.phone}),
            "isBase64Encoded": False,
        }
        answer = json.loads(self._invoked(function, event)["Payload"].read())
        found = json.loads(answer["body"]).get("passes", [])
        return answer["statusCode"], [each["code"] for each in found]

    def _declares_again(self) -> Any:
        answer = self._first.send("POST", "/v1/declarations", self._form, Idempotency_Key=self._key)
        assert answer.status == 201, answer.data
        return json.loads(answer.data)

    def _change_policy(self) -> None:
        administrator = Administrator(self._stack)
        policy = administrator.get("/v1/policy")
        changed = {**policy, "version": f"{policy['version']}-rights"}
        answer = administrator.send("PUT", "/v1/policy", changed, If_Match=f'"{policy["version"]}"')
        assert answer.status == 200, answer.data

    def _serve_the_public(self) -> None:
        code = self._someone().declares()["passes"][0]["code"]
        self._first.asks("GET", f"/v1/passes/{code}")
        own = self._declares_again()["passes"][0]
        self._first.follows(own["links"]["page"])
        sent = self._first.send("GET", f"/v1/passes/{own['code']}/messages", X_Pass_Secret=own["secret"])
        assert sent.status == 200, sent.data
        self._owner.asks("GET", "/v1/passes")
        assert self._partner.replays(self._partner.sees(self._declared)["id"]) == 202
        self._delete_draft(self._save_draft())
        arrival = datetime.now(UTC) + timedelta(hours=2)
        bus = {
            "service_number": "TN-0000",
            "plate": "70B-000.09",
            "departs_at": datetime.now(UTC).isoformat(),
            "expected_arrival": arrival.isoformat(),
            "checkpoint": "an-hoa",
            "destination": {"list_version": "2021", "code": "25480"},
            "seats": [{"seat": "1A", "full_name": "Nguyễn Văn Thử", "birth_year": 1990, "phone": "0913007999"}],
        }
        key = self._partner.key
        sent = self._partner.send("POST", "/v1/partner/manifests", bus, X_Api_Key=key, Idempotency_Key=str(uuid4()))
        assert sent.status == 201, sent.data
        self._first.asks("GET", "/v1/public/statistics")

    def _save_draft(self, **trip: str) -> str:
        """Who saves one deletes it again: a phone has five at most."""
        form = {**self._draft_form, "trip": {**self._draft_form["trip"], **trip}}
        saved = self._owner.send("POST", "/v1/drafts", form, Idempotency_Key=str(uuid4()))
        assert saved.status == 201, saved.data
        return str(json.loads(saved.data)["id"])

    def _delete_draft(self, draft: str) -> None:
        self._owner.asks("DELETE", f"/v1/drafts/{draft}")

    def _reminds(self) -> bool:
        """Hand over a draft whose time has come. Its owner has saved it after that, so nobody gets a message."""
        draft = self._save_draft(expected_time="00:00")
        try:
            return "FunctionError" not in self._invoked("RemindDrafts", _SCHEDULED)
        finally:
            self._delete_draft(draft)

    def _serve_a_gate(self) -> None:
        guard = Guard(self._stack)
        code = guard.declares_for(self._someone().form(**for_a_day(datetime.now(UTC))))["passes"][0]["code"]
        assert self._code in guard.finds(phone=self._first.phone)
        assert guard.records(code)[0] == 201
        assert guard.lets_out(code)[0] == 201
        guard.asks("GET", f"/v1/checkpoint/passes/{code}/messages")
        crossing = {"code": self._permit, "checkpoint": "an-hoa", "well": True, "decision": "admit"}
        guard.asks("POST", "/v1/checkpoint/permit-crossings", crossing, expects=201)
        out = {"code": self._permit, "checkpoint": "an-hoa", "direction": "out", "decision": "admit"}
        guard.asks("POST", "/v1/checkpoint/permit-crossings", out, expects=201)
        guard.asks("GET", "/v1/checkpoint/manifest?plate=70E1-000.09")

    def _serve_the_office(self) -> None:
        someone, administrator = self._someone(), Administrator(self._stack)
        code = someone.declares()["passes"][0]["code"]
        device = Device(Guard(self._stack), "rights")
        for _ in range(2):  # shown twice without network: a conflict, which is listed until it is settled
            device.keeps(code)
        conflict = device.hands_in()["lines"][1].get("conflict")
        assert conflict
        self._supervisor.settles(conflict["id"], "admit", "it was the same person")
        wave = self._supervisor.announces([self._someone().declares()["passes"][0]["code"]])
        self._officer.releases(wave)
        self._officer.asks("GET", f"/v1/waves/{wave}")
        administrator.trusts("LI", bare_entry(european_key(), b"rights??", datetime.now(UTC)))
        administrator.trusts("LI")
        posting = f"/v1/staff/{uuid4()}/posting"
        administrator.asks("PUT", posting, {"checkpoint": "an-hoa"})
        administrator.asks("DELETE", posting)
        self._officer.asks("POST", "/v1/policy/trials", administrator.get("/v1/policy"))
        self._grants_a_permit()
        self._witness.forgets_bulletins()
        Guard(self._stack, "committee").asks("POST", "/v1/statistics/bulletins", {"number": 1}, expects=201)

    def _grants_a_permit(self) -> str:
        someone = self._someone().form()["traveller"]
        today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
        form = {
            "person": {name: someone[name] for name in ("full_name", "birth_year", "identity")},
            "employer": "Công ty Thử Nghiệm",
            "purpose": "rights",
            "commune": "25480",
            "conditions": {"from": today, "until": today},
        }
        answer = self._officer.send("POST", "/v1/permits", {"permits": [form]}, Idempotency_Key=str(uuid4()))
        assert answer.status == 200, answer.data
        code = str(json.loads(answer.data)["lines"][0]["code"])
        self._officer.asks("GET", "/v1/permits")
        self._officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
        return code

    def _take_a_receipt(self) -> None:
        token = keyed_hash(self._account, LOCAL_STAGE).text("sms receipts")
        query = urlencode({"RequestId": f"{self._plain}.declaration_submitted", "SendStatus": "5", "SendSuccess": "1"})
        assert self._first.get(f"/v1/sms/receipts/{token}?{query}") == {"taken": True}

    def _takes_a_receipt_of_zalo(self) -> bool:
        message = {"msg_id": "1", "tracking_id": f"{self._plain}.declaration_submitted"}
        event = {"event_name": "user_seen_message", "timestamp": "1626926349402", "message": message}
        return self._takes_body("Converse", event)

    def _open_a_case(self) -> tuple[str, str]:
        """A case and its contact."""
        self._someone().declares(**_AWAY)
        codes = [each["code"] for each in self._someone().declares(companions=1, **_AWAY)["passes"]]
        plain = codes[0].replace("-", "")
        self._witness.waits_until(
            lambda: any(plain in row["moment"]["S"] for row in self._witness.rows("Tracing")), "exposures"
        )
        body = {"person": {"pass": codes[0]}, "onset_on": datetime.now(UTC).date().isoformat()}
        case = str(self._officer.asks("POST", "/v1/cases", body, expects=201)["case"])
        contacts = f"/v1/cases/{case}/contacts"
        self._witness.waits_until(lambda: bool(self._officer.get(contacts)["contacts"]), "a contact")
        # Somebody gave the same address, and has a phone.
        near = f"{contacts}?kind=household"
        self._witness.waits_until(lambda: bool(self._officer.get(near)["contacts"]), "a contact with a phone")
        self._told_key = str(uuid4())
        self._wave_of_contacts = self._tells_contacts(case)
        return case, str(self._officer.get(contacts)["contacts"][0]["contact"])

    def _tells_contacts(self, case: str) -> str:
        """The wave of a request that is always the same one."""
        body = {"reason": "F1", "kinds": ["household"]}
        answer = self._officer.send("POST", f"/v1/cases/{case}/waves", body, Idempotency_Key=self._told_key)
        assert answer.status == 201, answer.data
        return str(json.loads(answer.data)["wave"]["id"])

    def _serve_health(self) -> None:
        code, onset = self._someone().declares(**_AWAY)["passes"][0]["code"], datetime.now(UTC).date().isoformat()
        self._officer.asks("POST", "/v1/cases", {"person": {"pass": code}, "onset_on": onset}, expects=201)
        url = f"/v1/cases/{self._case}/contacts/{self._contact}/work"
        for kind in ("assigned", "cleared"):
            self._officer.asks("POST", url, {"kind": kind, "note": str(uuid4())}, expects=201)
        # As if the request had died before its wave was made.
        key = {"code": {"S": f"WAVE#{self._wave_of_contacts}"}, "event": {"S": "HEAD"}}
        table = self._stack["outputs"]["MessagesTableName"]
        self._account.client("dynamodb").delete_item(TableName=table, Key=key)
        self._tells_contacts(self._case)
        listed = self._officer.asks("GET", f"/v1/cases/{self._case}/contacts")["contacts"]
        assert any("told" in each for each in listed)

    def _forwards_cases(self) -> bool:
        keys = {"case": {"S": self._case.replace("-", "")}, "row": {"S": "CASE"}}
        record = {"eventName": "INSERT", "eventID": "1", "dynamodb": {"Keys": keys}}
        return "FunctionError" not in self._invoked("FanOutCases", {"Records": [record]})

    def _expands(self) -> bool:
        """Begin the search again, follow a contact, and take the markers away."""
        case = self._case.replace("-", "")
        found = {"hop": 1, "person": "0" * 32, "since": datetime.now(UTC).isoformat()}
        return all(
            [
                self._takes("Expand", "case_opened", case),
                self._takes("Expand", "contact_found", case, **found),
                self._takes("Expand", "case_ended", case),
            ]
        )

    def _serve_a_commune(self) -> None:
        """A stay is moved to another commune and back, and ended; its person reports."""
        officer = HealthOfficer(self._stack)
        assert self._makes_a_stay()
        secret = self._declares_again()["passes"][0]["secret"]
        stays, other = "/v1/communes/25480/stays", "/v1/communes/25465/stays"
        assert self._code in [each["code"] for each in officer.asks("GET", stays)["stays"]]
        to = {"list_version": "2021", "code": "25465"}
        for commune, change in (
            (stays, {"kind": "moved", "to": to, "address": "x"}),
            (other, {"kind": "taken_back"}),
            (stays, {"kind": "ended"}),
            (stays, {"kind": "taken_back"}),
        ):
            sent = {**change, "reason": "rights"}
            officer.asks("POST", f"{commune}/{self._code}/changes", sent, expects=201)
        own = self._first.send("GET", f"/v1/passes/{self._code}/stay", X_Pass_Secret=secret)
        assert own.status == 200, own.data

    def _makes_a_stay(self) -> bool:
        """Whether the stay of the first pass can be made again, as its admission left it."""
        table = self._stack["outputs"]["StaysTableName"]
        for row in self._witness.rows("Stays"):
            if self._plain in (row["partition"]["S"], row["row"]["S"].rpartition("#")[2]):
                key = {"partition": row["partition"], "row": row["row"]}
                self._account.client("dynamodb").delete_item(TableName=table, Key=key)
        return self._takes("Watch", "crossing_recorded", self._plain)

    def _watches(self) -> bool:
        """Begin a stay, end it as its admission is corrected, go on with it, and send a message about a change."""
        code = self._someone().declares()["passes"][0]["code"]
        assert Guard(self._stack).records(code)[0] == 201
        plain = code.replace("-", "")
        for decision in ("refuse", "admit"):
            if not self._takes("Watch", "crossing_recorded", plain):
                return False
            correction = {"code": code, "decision": decision, "reason": "rights"}
            Supervisor(self._stack).asks("POST", "/v1/checkpoint/corrections", correction, expects=201)
        if not (self._takes("Watch", "crossing_corrected", plain) and self._makes_a_stay()):
            return False
        changes = f"/v1/communes/25480/stays/{code}/changes"
        HealthOfficer(self._stack).asks("POST", changes, {"kind": "ended", "reason": "rights"}, expects=201)
        return self._takes("Watch", "stay_changed", f"{plain}.002")

    def _forwards_facts(self) -> bool:
        keys = {"code": {"S": self._plain}, "event": {"S": "crossing_recorded"}}
        table = self._stack["outputs"]["MessagesTableName"]
        record = {
            "eventName": "MODIFY",
            "eventID": "1",
            "eventSourceARN": f"arn:aws:dynamodb:x:1:table/{table}/stream/0",
            "dynamodb": {"Keys": keys},
        }
        return "FunctionError" not in self._invoked("FanOutFacts", {"Records": [record]})

    def _counts(self) -> bool:
        """A fact of each table. That it was counted before does not matter."""
        permit, case = (each.replace("-", "") for each in (self._permit, self._case))
        return all(
            self._takes("Count", kind, subject, fact=fact)
            for kind, subject, fact in (
                ("declaration_submitted", self._plain, "DECLARATION"),
                ("case_opened", case, "CASE"),
                ("stay_opened", self._plain, "STAY"),
                ("permit_asked", permit, "PERMIT"),
                ("message_changed", self._plain, "crossing_recorded"),
            )
        )

    def _forwards(self) -> bool:
        keys = {"declaration": {"S": self._plain[:13]}, "row": {"S": "CROSSING#0"}}
        record = {"eventName": "INSERT", "eventID": "1", "dynamodb": {"Keys": keys}}
        return "FunctionError" not in self._invoked("FanOut", {"Records": [record]})

    def _traces(self) -> bool:
        someone = self._someone()
        again = [someone.declares()["passes"][0]["code"].replace("-", "") for _ in range(2)]
        return self._took("Trace") and all(self._takes("Trace", "declaration_submitted", each) for each in again)

    def _tells(self, function: str, kind: str) -> bool:
        """Send a message again: the row that records it is deleted."""
        key = {"code": {"S": self._plain}, "event": {"S": kind}}
        table = self._stack["outputs"]["MessagesTableName"]
        self._account.client("dynamodb").delete_item(TableName=table, Key=key)
        return self._took(function, kind)

    def _tells_of_a_wave(self) -> bool:
        return self._takes("Notify", "announced", self._told, wave=self._wave)

    def _sends_a_wave(self) -> bool:
        """Send it from its beginning, as if it had just been released."""
        table = self._stack["outputs"]["MessagesTableName"]
        key = {"code": {"S": f"WAVE#{self._wave}"}, "event": {"S": "PROGRESS"}}
        self._account.client("dynamodb").update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET #number = :zero",
            ExpressionAttributeNames={"#number": "number"},
            ExpressionAttributeValues={":zero": {"N": "0"}},
        )
        return self._takes("SendWaves", "wave_step_due", f"{self._wave}/0")

    def _tells_a_partner(self) -> bool:
        """Make a delivery again, and send it again. How the endpoint answered is forgotten: it must not be paused."""
        table, code = self._stack["outputs"]["WebhooksTableName"], self._declared.replace("-", "")
        own = [row for row in self._witness.rows("Webhooks") if row.get("code", {}).get("S") == code]
        partner, names = own[0]["partner"]["S"], sorted(each["row"]["S"] for each in own)
        turn = f"{partner}/{names[0].split('#')[1]}/{len(names) - 1}"
        key = {"partner": {"S": partner}, "row": {"S": "RELIABILITY"}}
        self._account.client("dynamodb").delete_item(TableName=table, Key=key)
        return self._takes("DeliverWebhooks", "crossing_recorded", code) and self._takes(
            "DeliverWebhooks", "replay_asked", turn
        )

    def _connect_zalo(self) -> None:
        """Give the function an app at a Zalo that answers each refresh token with the next pair."""
        self._zalo.answers_with({"access_token": "access-2", "refresh_token": "refresh-2", "expires_in": "90000"})
        self._put_secret("ZALO_PARAMETER", json.dumps({"app_secret": "x", "oa_secret": "x"}))
        environment = self.environment_of("RefreshZalo")
        self.restart("RefreshZalo", {**environment, "ZALO_APP_ID": "1", "ZALO_OAUTH_URL": self._zalo.url})

    def _renews(self) -> bool:
        soon = datetime.now(UTC) + timedelta(hours=1)
        name = self._put_secret(
            "ZALO_TOKENS_PARAMETER",
            TokenPair(access_token="access-1", refresh_token="refresh-1", expires_at=soon).model_dump_json(),
        )
        if "FunctionError" in self._invoked("RefreshZalo", _SCHEDULED):
            return False
        stored = self._account.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
        return TokenPair.model_validate_json(stored).access_token == "access-2"

    def _put_secret(self, setting: str, value: str) -> str:
        name = self.environment_of("RefreshZalo")[setting]
        self._account.client("ssm").put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
        return name

    def _took(self, function: str, kind: str = "crossing_recorded") -> bool:
        """Whether a worker of a queue took an event that it got directly."""
        return self._takes(function, kind, self._plain)

    def _takes(self, function: str, kind: str, subject: str, **more: Any) -> bool:
        return self._takes_body(function, {"kind": kind, "subject": subject, **more})

    def _takes_body(self, function: str, event: dict[str, Any]) -> bool:
        record = {"messageId": "1", "receiptHandle": "1", "body": json.dumps(event), "eventSource": "aws:sqs"}
        answer = self._invoked(function, {"Records": [record]})
        return "FunctionError" not in answer and not json.loads(answer["Payload"].read())["batchItemFailures"]

    def _invoked(self, function: str, event: dict[str, Any]) -> Any:
        return self._functions.invoke(FunctionName=self._names[function], Payload=json.dumps(event))

    @property
    def _plain(self) -> str:
        return str(self._code).replace("-", "")


def _succeeds(work: Callable[[], None]) -> bool:
    try:
        work()
    except AssertionError:  # an actor got another answer than it expects
        traceback.print_exc()
        return False
    return True


@pytest.fixture(scope="module")
def rights(stack: Stack) -> Iterator[Rights]:
    # These workers get events from their queues, too. What it could not do without a right comes again soon.
    with (
        endpoints.serving() as endpoint,
        redelivery(stack, "WebhooksQueue", after=3, tries=MOST_TRIES),
        redelivery(stack, "StaysQueue", after=3, tries=MOST_TRIES),
        redelivery(stack, "CountsQueue", after=3, tries=MOST_TRIES),
        answering() as zalo,
    ):
        rights = Rights(stack, Partner(stack, endpoint, "rights"), zalo)
        yield rights
        rights.settles()


@pytest.mark.parametrize(("function", "sid", "actions"), NEEDED)
def test_without_a_right_the_work_fails(rights: Rights, function: str, sid: str, actions: str) -> None:
    whole = rights.of(function)
    try:
        rights.give(function, list(without(whole, sid, actions.split())))
        rights.restart(function)
        assert not rights.does_its_work(function), f"{function} does its work without {actions}: one right too many"
    finally:
        rights.give(function, whole)
        rights.restart(function)


def without(statements: Statements, sid: str, actions: Sequence[str]) -> Iterator[dict[str, Any]]:
    for each in statements:
        left = [action for action in each["Action"] if each["Sid"] != sid or action not in actions]
        if left:
            yield {**each, "Action": left}


@pytest.mark.parametrize("function", sorted({function for function, _, _ in NEEDED}))
def test_with_all_its_rights_the_work_is_done(rights: Rights, function: str) -> None:
    # What was refused for want of a right comes again, and could meet the work.
    rights.settles()
    assert rights.does_its_work(function)


def test_every_right_is_tested_or_said_not_to_be(rights: Rights) -> None:
    given = {
        (function, each["Sid"], action)
        for function in ROLES
        if rights.has(function)
        for each in rights.of(function)
        for action in each["Action"]
    }
    tried = {(function, sid, action) for function, sid, actions in NEEDED for action in actions.split()}
    assert {each for each in given if each[1] not in NOT_ASKED} == tried | NOT_TRIED.keys()
    assert {sid for _, sid, _ in given} >= NOT_ASKED.keys() - {"Failures"}


def test_stays_are_read_by_the_health_function_and_workers_alone(rights: Rights) -> None:
    reading = {
        function
        for function in ROLES
        if rights.has(function)
        for each in rights.of(function)
        if "stays" in str(each["Resource"]).lower() and any(name.startswith("dynamodb:") for name in each["Action"])
    }
    # The last one keeps numbers only.
    assert reading == {"Health", "Watch", "FanOutFacts", "Count"}
    table = rights.table("Stays")
    for function in sorted(set(ROLES) - reading):
        if rights.has(function):
            with pytest.raises(ClientError, match=r"not authorized|AccessDenied"):
                rights.acting_as(function, "dynamodb").scan(TableName=table)


def test_the_public_function_cannot_serve_a_gate(rights: Rights) -> None:
    """Each function has the code of all routes. Two walls keep the public's from serving a gate. Without the gate's
    settings it does not know who issues the tokens of staff. Without the gate's rights it cannot read the records of
    staff, nor exposures but those of phones: conditions that the engine does not judge, so that the second wall is in
    `tests/integration/test_public_rights.py`."""
    assert rights.search("Gate")[0] == 200
    assert rights.search("APIHandler") == (500, [])
    environment = rights.environment_of("APIHandler")
    try:
        rights.restart("APIHandler", rights.environment_of("Gate"))
        assert rights.search("APIHandler") == rights.search("Gate")
    finally:
        rights.restart("APIHandler", environment)


def test_who_may_text_a_phone_may_not_publish_to_a_topic(rights: Rights) -> None:
    sns, topic = rights.acting_as("Notify", "sns"), rights.topic()
    with pytest.raises(ClientError, match=r"not authorized|AuthorizationError|AccessDenied"):
        sns.publish(TopicArn=topic, Message="to all subscribers")
