"""The operator's evening: everything by the commands, on the deployed package."""

import json
import re
import subprocess
import sys
from base64 import b64decode
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from infra.accounts import engine
from infra.local.stack import Stack
from tests.journeys.actors import Browser, Guard, Traveller, Witness


class Operator:
    """Types commands of `python -m infra`."""

    def __init__(self, stack: Stack) -> None:
        self._at = ["--stage", "local", "--endpoint", stack["endpoint_url"]]

    def __call__(self, *command: str, types: str = "", fails: bool = False) -> str:
        """What a command prints; what it says went wrong, if it has to fail."""
        arguments = [sys.executable, "-m", "infra", *command, *self._at]
        ran = subprocess.run(arguments, input=types, capture_output=True, text=True, check=False)  # noqa: S603 - our own
        assert (ran.returncode != 0) is fails, ran.stdout + ran.stderr
        return ran.stderr if fails else ran.stdout


@pytest.fixture
def operator(stack: Stack) -> Operator:
    return Operator(stack)


def first_sign_in(stack: Stack, name: str, password: str) -> str:
    """A new member signs in with the printed password and chooses another one. Returns their token."""
    cognito: Any = engine(stack["endpoint_url"], stack["region"]).client("cognito-idp")
    at = {"UserPoolId": stack["outputs"]["StaffPoolId"], "ClientId": stack["outputs"]["StaffClientId"]}
    asked = cognito.admin_initiate_auth(
        **at, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": name, "PASSWORD": password}
    )
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    answered = cognito.admin_respond_to_auth_challenge(
        **at,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": "chosen-by-myself-1"},
    )
    return str(answered["AuthenticationResult"]["AccessToken"])


def rehearsed(stack: Stack) -> dict[str, str]:
    """Run the rehearsal, as its schedule does. What went wrong."""
    functions: Any = Witness(stack).functions
    words = dict.fromkeys(("id", "account", "region", "source", "time", "version"), "")
    event = {**words, "detail-type": "Scheduled Event", "resources": [], "detail": {}}
    ran = functions.invoke(FunctionName=stack["outputs"]["RehearseName"], Payload=json.dumps(event), LogType="Tail")
    assert "FunctionError" not in ran
    (line,) = (each for each in b64decode(ran["LogResult"]).decode().splitlines() if '"problems"' in each)
    problems: dict[str, str] = json.loads(line)["problems"]
    return problems


def test_a_new_guard_signs_in_works_and_is_shut_out(stack: Stack, operator: Operator) -> None:
    printed = operator("staff", "add", "guard-77", "--role", "checkpoint", "--checkpoint", "an-hoa")
    (password,) = re.findall(r"^    (\S+)$", printed, re.MULTILINE)
    guard = Browser(stack, first_sign_in(stack, "guard-77", password))
    me = guard.asks("GET", "/v1/staff/me")
    assert (me["name"], me["roles"], me["checkpoint"]) == ("guard-77", ["checkpoint"], "an-hoa")
    assert re.search(r"^guard-77 +checkpoint +an-hoa +active$", operator("staff", "list"), re.MULTILINE)
    operator("staff", "post", "guard-77", "--checkpoint", "an-tinh")
    assert re.search(r"^guard-77 +checkpoint +an-tinh +active$", operator("staff", "list"), re.MULTILINE)

    assert "Nothing was changed" in operator("staff", "remove", "guard-77", types="prod\n", fails=True)
    operator("staff", "remove", "guard-77", types="local\n")
    # A function that has not seen them in the last minute.
    refused = guard.asks("POST", "/v1/checkpoint/checks", {"qr": "anything"}, expects=401)
    assert refused["code"] == "staff_token_blocked"
    assert re.search(r"^guard-77 +checkpoint +- +disabled, blocked since", operator("staff", "list"), re.MULTILINE)
    logs: Any = engine(stack["endpoint_url"], stack["region"]).client("logs")
    lines = [
        json.loads(each["message"])
        for each in logs.filter_log_events(logGroupName=stack["outputs"]["AuditLogs"])["events"]
        if '"operator"' in each["message"]
    ]
    mine = [(each["action"], each["why"]) for each in lines if me["subject"] in each["why"]]
    assert ("add staff", f"{me['subject']} as checkpoint") in mine
    assert {"add staff", "post staff", "block staff", "remove posting"} == {action for action, _ in mine}
    with pytest.raises(Exception, match="disabled"):
        first_sign_in(stack, "guard-77", "chosen-by-myself-1")


def test_somebody_with_an_e_mail_is_invited_by_it_and_no_password_is_printed(stack: Stack, operator: Operator) -> None:
    add = ("staff", "add", "admin-77", "--role", "administrator", "--email", "admin-77@example.org")
    for _ in range(2):  # a day later: the invitation has ended
        printed = operator(*add)
        assert "An invitation goes to admin-77@example.org" in printed
        assert not re.search(r"^    \S+$", printed, re.MULTILINE)
    cognito: Any = engine(stack["endpoint_url"], stack["region"]).client("cognito-idp")
    user = cognito.admin_get_user(UserPoolId=stack["outputs"]["StaffPoolId"], Username="admin-77")
    attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    assert (attributes["email"], attributes["email_verified"]) == ("admin-77@example.org", "true")


def test_a_password_that_was_lost_is_made_again_and_a_wrong_place_makes_no_user(
    stack: Stack, operator: Operator
) -> None:
    add = ("staff", "add", "guard-78", "--role", "checkpoint")
    for place in (["--checkpoint", "nowhere"], ["--commune", "99999"]):
        assert "There is no checkpoint" in (said := operator(*add, *place, fails=True)) or "is no commune" in said
    assert "guard-78" not in operator("staff", "list")
    printed = operator(*add)
    assert "They can record nothing until they are posted: python -m infra staff post guard-78" in printed
    (password,) = re.findall(r"^    (\S+)$", operator(*add), re.MULTILINE)
    assert password not in printed
    first_sign_in(stack, "guard-78", password)
    assert "keep their password" in operator("staff", "add", "guard-78", "--role", "hotline")
    assert re.search(r"^guard-78 +checkpoint, hotline +- +active$", operator("staff", "list"), re.MULTILINE)
    operator("staff", "remove", "guard-78", "--yes")
    operator("staff", "remove", "guard-78", "--yes")  # it was broken off
    assert "was removed" in operator(*add, fails=True)
    assert "There is no user guard-79" in operator("staff", "remove", "guard-79", "--yes", fails=True)


def test_a_setting_changes_and_the_code_stays(stack: Stack, operator: Operator) -> None:
    functions = Witness(stack).functions
    code = partial(functions.get_function, FunctionName=stack["outputs"]["GateName"])
    before, traveller = code()["Configuration"]["CodeSha256"], Traveller(stack, 7001)
    operator("settings", "Maintenance=true")
    try:
        assert re.search(r"^Maintenance +true +\(default: false\)$", operator("settings"), re.MULTILINE)
        refused = traveller.send("POST", "/v1/declarations", traveller.form())
        assert (refused.status, json.loads(refused.data)["code"]) == (503, "maintenance")
        assert "Maintenance is on" in operator("status")
        assert rehearsed(stack) == {"here": "POST /v1/declarations: 503 maintenance"}
    finally:
        operator("settings", "Maintenance=false")
    traveller.declares()
    before_it = len(Witness(stack).rows("Entries"))
    assert rehearsed(stack) == {}
    assert len(Witness(stack).rows("Entries")) == before_it
    assert code()["Configuration"]["CodeSha256"] == before
    assert "Nothing to change" in operator("settings", "Maintenance=false")
    assert "must be one of true, false" in operator("settings", "Maintenance=perhaps", fails=True)


def test_what_was_set_aside_is_seen_in_the_status_shown_and_done_again(stack: Stack, operator: Operator) -> None:
    witness = Witness(stack)
    code = Traveller(stack, 7002).declares()["passes"][0]["code"].replace("-", "")
    row = next(each for each in witness.rows("Entries") if each["declaration"]["S"] == code[:13])
    table = stack["outputs"]["EntriesTableName"]
    record = {
        "eventName": "INSERT",
        "eventSourceARN": f"arn:aws:dynamodb:{stack['region']}:000000000000:table/{table}/stream/2021",
        "dynamodb": {"Keys": {key: row[key] for key in ("declaration", "row")}},
    }
    hand_made = {**record, "dynamodb": {"Keys": {"declaration": {"S": "NGUYEN VAN A"}, "row": {"S": "0912345678"}}}}
    for each in (record, hand_made):
        witness.sqs.send_message(QueueUrl=stack["outputs"]["SetAsideQueueUrl"], MessageBody=json.dumps(each))
    assert "What was set aside: python -m infra aside show set-aside" in operator("status")
    shown = operator("aside", "show", "set-aside")
    assert f"a record of the table {table} that no function can read" in shown
    assert not re.search("NGUYEN|0912345678", shown)
    assert "About 1 stay" in operator("aside", "resend", "set-aside")  # the one that is still no row of ours
    assert re.search(r"^set-aside +1$", operator("aside", "list"), re.MULTILINE)
    witness.sqs.purge_queue(QueueUrl=stack["outputs"]["SetAsideQueueUrl"])


def test_one_request_is_followed_through_all_functions(stack: Stack, operator: Operator) -> None:
    traveller, witness = Traveller(stack, 7003), Witness(stack)
    own_id = str(uuid4())
    answer = traveller.send("POST", "/v1/declarations", traveller.form(), X_Request_Id=own_id)
    code = json.loads(answer.data)["passes"][0]["code"]
    Guard(stack).records(code)
    witness.waits_until(lambda: len(witness.texts().get(traveller.phone, [])) == 2, "two messages")
    handled_by = {"api", "gate", "fan-out", "trace", "notify", "notify-declared", "deliver-webhooks", "count", "watch"}

    def handled(identity: str) -> set[str]:
        return set(re.findall(r"^[> ] \S+ \S+  (\S+)", operator("trace", identity), re.MULTILINE))

    witness.waits_until(lambda: handled(code) >= handled_by, "the lines of all functions", pause=1)
    for identity in (answer.headers["X-Request-Id"], own_id):
        printed = operator("trace", identity)
        own, *others = printed.splitlines()
        assert re.fullmatch(r"> \S+ \S+  api +POST /v1/declarations 201, [0-9.]+ ms", own)
        assert not any(each.startswith(">") for each in others)
        assert re.search(r"^  \S+ \S+  notify-declared .*, message declared sent, ", printed, re.MULTILINE)
        assert code.replace("-", "")[:13] not in printed
        assert traveller.phone not in printed
    assert "No line since" in operator("trace", str(uuid4()), fails=True)


def test_the_status_is_one_screen(operator: Operator) -> None:
    screen = operator("status")
    assert len(screen.splitlines()) < 40
    for title in ("Version", "Settings", "Alarms", "Queues", "Dead letters", "SMS", "Policy", "Secrets"):
        assert re.search(rf"^{title} +\S", screen, re.MULTILINE), title
    # How old what waits is, the engine does not know.
    assert "not known: " not in screen
