"""Who takes part in a race: members of staff of its own, travellers whose numbers nobody else has, and what all of them
send. Every call is recorded."""

import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import count
from threading import Lock
from typing import Any
from uuid import uuid4

import urllib3

from infra.accounts import engine
from infra.local.stack import Stack
from infra.local.staff import PASSWORD, StaffMember, sign_in
from tests.forms import HEALTHY
from tests.histories.calls import Call, History, Kind, now

HERE = timezone(timedelta(hours=7))
"""Time in Vietnam."""

GATES = ("an-hoa", "an-tinh")

_ANSWERS_WITHIN = 40.0
"""Seconds."""
_TOKEN_FOR = 1800.0
"""Seconds for which a token is used; it is good for twice as long."""

_ROUTES = {
    Kind.DECLARE: ("POST", "/v1/declarations"),
    Kind.CHECK: ("GET", "/v1/checkpoint/passes/{}"),
    Kind.STATE: ("GET", "/v1/passes/{}"),
    Kind.MANIFEST: ("GET", "/v1/checkpoint/manifest?code={}"),
    Kind.CROSS: ("POST", "/v1/checkpoint/crossings"),
    Kind.GROUP: ("POST", "/v1/checkpoint/crossings/group"),
    Kind.BATCH: ("POST", "/v1/checkpoint/crossings/batch"),
    Kind.LEAVE: ("POST", "/v1/checkpoint/crossings"),
    Kind.CORRECT: ("POST", "/v1/checkpoint/corrections"),
    Kind.REVOKE: ("POST", "/v1/checkpoint/revocations"),
    Kind.SETTLE: ("POST", "/v1/checkpoint/conflicts/{}/settlement"),
    Kind.SYNC: ("GET", "/v1/checkpoint/sync{}"),
    Kind.POST: ("PUT", "/v1/staff/{}/posting"),
    Kind.ARRIVE: ("POST", "/v1/checkpoint/arrivals"),
    Kind.ARRIVE_ALONE: ("POST", "/v1/passes/{}/arrival"),
    Kind.ASK_PERMIT: ("POST", "/v1/permits"),
    Kind.DECIDE_PERMIT: ("POST", "/v1/permits/{}/decision"),
    Kind.REVOKE_PERMIT: ("POST", "/v1/permits/{}/revocation"),
    Kind.CROSS_PERMIT: ("POST", "/v1/checkpoint/permit-crossings"),
    Kind.CHECK_PERMIT: ("POST", "/v1/checkpoint/checks"),
}
_WITH_KEY = {Kind.DECLARE: "Idempotency-Key", Kind.ASK_PERMIT: "Idempotency-Key", Kind.ARRIVE_ALONE: "X-Pass-Secret"}
"""The header of what a call has as its key."""

_people = count(1)
_marks = count(1)
_groups = count(1)


def mark() -> str:
    """The reason of a decision, which no other decision has."""
    return f"quyết định số {next(_marks)}"


def persons() -> Iterator[dict[str, Any]]:
    """Invented people. Every other one has a phone."""
    while True:
        number = next(_people)
        yield {
            "full_name": "Trần Văn Mẫu" if number % 2 else "Lê Thị Thử",
            "birth_year": 1970,
            "gender": "male" if number % 2 else "female",
            "nationality": "VN",
            "identity": {"kind": "cccd", "number": f"072{(number + 1) % 2}70{number:06d}"},
            "health": HEALTHY,
            **({"phone": f"+8498{number:07d}"} if number % 2 else {}),
        }


class Member:
    """A member of staff, or the public. What they send is added to the history."""

    def __init__(
        self, stack: Stack, history: History, staff: StaffMember | None = None, gate: str | None = None
    ) -> None:
        self._stack, self._history, self._staff = stack, history, staff
        self.gate = gate
        """Where they are posted when the race begins."""
        self.subject = staff["subject"] if staff else "public"
        self._token, self._signed_in = "", -_TOKEN_FOR
        self._lock = Lock()
        self._http = urllib3.PoolManager(maxsize=16, retries=False)

    def calls(
        self, kind: Kind, asked: Any = None, *, about: str = "", key: str = "", patience: float = _ANSWERS_WITHIN
    ) -> Call:
        """`patience`, in seconds: then the connection is closed, whatever becomes of the request. Without a `key`, a
        declaration or a request for a permit has one that nothing else has."""
        method, path = _ROUTES[kind]
        if kind is Kind.DECLARE and self._staff:
            path = "/v1/checkpoint/declarations"
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        if self._staff:
            headers["Authorization"] = f"Bearer {self._bearer()}"
        if kind in _WITH_KEY:
            headers[_WITH_KEY[kind]] = key or str(uuid4())
        body = None if asked is None else json.dumps(asked).encode()
        began, status, answer = now(), 0, None
        try:
            received = self._http.request(
                method, self._stack["api_url"] + path.format(about), body=body, headers=headers
            )
            status, answer = received.status, json.loads(received.data)
        except (urllib3.exceptions.HTTPError, ValueError):
            status = 0 if status < 500 else status
        call = Call(kind, self.subject, about, asked, key, began, now(), status, answer)
        self._history.add(call)
        return call

    def crossing(self, code: str, decision: str, gate: str | None = None) -> dict[str, Any]:
        where = gate or self.gate or GATES[0]
        return {"code": code, "checkpoint": where, "temperature": 36.6, "decision": decision, "reason": mark()}

    def board(self) -> str:
        """What the board of their gate shows. Empty if they are told nothing. It is not recorded."""
        headers = {"Accept": "*/*", "Authorization": f"Bearer {self._bearer()}"}
        try:
            shown = self._http.request("GET", self._stack["api_url"] + "/v1/checkpoint/board", headers=headers)
            return str(json.loads(shown.data).get("text", ""))
        except (urllib3.exceptions.HTTPError, ValueError):
            return ""

    def _bearer(self) -> str:
        with self._lock:
            if time.monotonic() - self._signed_in > _TOKEN_FOR:
                assert self._staff is not None
                outputs = self._stack["outputs"]
                pool, client = outputs["StaffPoolId"], outputs["StaffClientId"]
                account = engine(self._stack["endpoint_url"], self._stack["region"])
                self._token = sign_in(account, pool=pool, client_id=client, member=self._staff)
                self._signed_in = time.monotonic()
            return self._token


def enlist(stack: Stack, name: str, role: str) -> StaffMember:
    """A new member of staff, posted nowhere. One who exists is used again."""
    client: Any = engine(stack["endpoint_url"], stack["region"]).client("cognito-idp")
    user = {"UserPoolId": stack["outputs"]["StaffPoolId"], "Username": name}
    try:
        created = client.admin_create_user(**user, MessageAction="SUPPRESS")["User"]["Attributes"]
        client.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
        client.admin_add_user_to_group(**user, GroupName=role)
    except client.exceptions.UsernameExistsException:
        created = client.admin_get_user(**user)["UserAttributes"]
    subject = next(each["Value"] for each in created if each["Name"] == "sub")
    return {"username": name, "password": PASSWORD, "subject": subject}


def form(companions: int, gate: str) -> dict[str, Any]:
    """A form that is accepted now, of people who are in no other."""
    people = persons()
    traveller = next(each for each in people if "phone" in each)
    arrival = datetime.fromtimestamp(now()).astimezone() + timedelta(minutes=20)
    return {
        "traveller": traveller,
        "companions": [next(people) for _ in range(companions)],
        "trip": {
            "origin": {"unit": {"list_version": "2021", "code": "79"}},
            "destination": {"unit": {"list_version": "2021", "code": "25480"}, "address": "Tổ 3"},
            "transport": {"kind": "bus", "plate": f"51B-{int(traveller['identity']['number'][-5:]):05d}"},
            "purpose": "return_home",
            "expected_arrival": arrival.isoformat(),
            # Every other group stays for the day.
            **({"stay_until": f"{arrival.astimezone(HERE):%Y-%m-%d}"} if next(_groups) % 2 else {}),
            "checkpoint": gate,
        },
        "consent": {"accepted": True, "messages": True, "text_version": "2026-12"},
    }


def permit_form(person: dict[str, Any]) -> dict[str, Any]:
    """A request for a permit, which no other request has: every day, at every gate, for a month."""
    today = datetime.fromtimestamp(now(), HERE).date()
    named = {name: person[name] for name in ("full_name", "birth_year", "identity", "phone") if name in person}
    return {
        "person": named,
        "plate": f"70C-{int(person['identity']['number'][-5:]):05d}",
        "employer": "Công ty Vận tải Ví Dụ",
        "purpose": mark(),
        "commune": "25480",
        "conditions": {"from": f"{today}", "until": f"{today + timedelta(days=29)}"},
    }


def moment(seconds: float) -> str:
    """A time, so many seconds from now."""
    return (datetime.fromtimestamp(now()).astimezone() + timedelta(seconds=seconds)).isoformat()
