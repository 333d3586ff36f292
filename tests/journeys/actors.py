"""Those who tell the stories: a traveller, members of staff, a gate's device, and a witness who reads what is left
behind."""

import json
import re
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import cwt
import psutil
import urllib3
from base45 import b45decode
from botocore.config import Config

from infra.accounts import engine
from infra.local.stack import Stack, token
from infra.local.staff import POSTINGS
from tests.endpoint import PartnerEndpoint, Received
from tests.examples import is_genuine
from tests.forms import form, person

PATIENCE = 300.0
"""Seconds to wait for what must come. An event that a worker could not handle is given out again after 180."""

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

QUEUES = ("TracingQueue", "MessagesQueue", "DeclaredQueue", "ConversationsQueue")
"""By their names in the template. Their events are handled at once."""
ALL_QUEUES = (*QUEUES, "WebhooksQueue", "CasesQueue", "CountsQueue", "StaysQueue")
"""In the last one an event may wait for the end of a pass's hour."""
SET_ASIDE = (
    *("TracingDeadLetters", "MessagesDeadLetters", "DeclaredDeadLetters", "WebhooksDeadLetters"),
    *("ConversationsDeadLetters", "WavesDeadLetters", "CasesDeadLetters", "StaysDeadLetters", "SetAsideQueue"),
    "CountsDeadLetters",
)
"""Where events are that nobody could handle."""


class Browser:
    """Sends requests as an app does."""

    def __init__(self, stack: Stack, bearer: str = "") -> None:
        self._base = stack["api_url"]
        self._headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        self._http = urllib3.PoolManager(maxsize=32, timeout=120, retries=False)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> urllib3.BaseHTTPResponse:
        sent = {"Accept": "*/*", **self._headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        if path.endswith("/declarations"):
            sent.setdefault("Idempotency-Key", str(uuid4()))
        if body is not None:
            sent["Content-Type"] = "application/json"
        raw = None if body is None else json.dumps(body).encode()
        return self._http.request(method, self._base + path, body=raw, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        return json.loads(answer.data)

    def asks(self, method: str, path: str, body: Any = None, *, expects: int = 200) -> Any:
        """The answer, which must have this status."""
        answer = self.send(method, path, body)
        assert answer.status == expects, answer.data
        return json.loads(answer.data)


class Traveller(Browser):
    """Somebody on the road. Each number is another person with another phone, and other companions."""

    def __init__(self, stack: Stack, number: int, *, phone: str | None = None, **about: Any) -> None:
        super().__init__(stack)
        self.number = number
        self.phone = phone or f"+84913{number:06d}"
        self._person = person(number, **{"phone": self.phone, **about})

    def form(self, companions: int = 0, **changes: Any) -> dict[str, Any]:
        base = form(datetime.now(UTC), **changes)
        base["traveller"] = self._person
        first = 10_000 + 50 * self.number % 90_000
        base["companions"] = [person(first + place, phone=None) for place in range(companions)]
        return base

    def declares(self, companions: int = 0, **changes: Any) -> dict[str, Any]:
        answer = self.send("POST", "/v1/declarations", self.form(companions, **changes))
        assert answer.status == 201, answer.data
        issued: dict[str, Any] = json.loads(answer.data)
        return issued

    def follows(self, link: str) -> Any:
        """What the page of a link gets from the API."""
        code, secret = link.rpartition("#")[2][:16], link[-13:]
        answer = self.send("POST", f"/v1/passes/{code}/open", X_Pass_Secret=secret)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def proves_phone(self, witness: "Witness") -> str:
        """Ask for a one-time code, read the text, answer: the citizen token."""
        before = self._codes(witness)
        asked = self.asks("POST", "/v1/phone-verifications", {"phone": self.phone}, expects=202)["id"]
        witness.waits_until(lambda: len(self._codes(witness)) > len(before), "the one-time code")
        answer = {"one_time_code": self.reads_code(witness)}
        token: str = self.asks("POST", f"/v1/phone-verifications/{asked}/answer", answer)["citizen_token"]
        return token

    def reads_code(self, witness: "Witness") -> str:
        """The last one-time code. Another story may have texted this phone, too."""
        return self._codes(witness)[-1]

    def _codes(self, witness: "Witness") -> list[str]:
        return [code for text in witness.texts().get(self.phone, []) for code in re.findall(r"\b\d{6}\b", text)]


class Partner(Browser):
    """An app with a key and an endpoint, and the operator who gives it both."""

    _numbers = iter(range(9200, 9400))
    """Of the travellers that all partners declare for."""

    def __init__(self, stack: Stack, endpoint: PartnerEndpoint, name: str) -> None:
        super().__init__(stack)
        self._stack, self.endpoint, self._name = stack, endpoint, name
        printed = self.operator("add", "--webhook-url", endpoint.url)
        self.key, self.secret = re.findall(r"^    (\S+)$", printed, re.MULTILINE)

    def operator(self, action: str, *more: str) -> str:
        """What a command prints."""
        where = ["--stage", "local", "--endpoint", self._stack["endpoint_url"]]
        named = [] if action == "list" else [self._name]
        command = [sys.executable, "-m", "infra", "partners", action, *named, *where, *more]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own

    def declares(self, companions: int = 0, **trip: Any) -> list[str]:
        """Codes, as they are shown."""
        form = Traveller(self._stack, next(self._numbers)).form(companions, **trip)
        answer = self.send("POST", "/v1/partner/declarations", form, X_Api_Key=self.key)
        assert answer.status == 201, answer.data
        return [each["code"] for each in json.loads(answer.data)["passes"]]

    def sees(self, code: str) -> dict[str, Any]:
        """What the list says of the webhook about a pass."""
        answer = self.send("GET", "/v1/partner/webhook-deliveries?limit=100", X_Api_Key=self.key)
        assert answer.status == 200, answer.data
        found: dict[str, Any] = next(
            (each for each in json.loads(answer.data)["deliveries"] if each["code"] == code), {}
        )
        return found

    def replays(self, delivery: str) -> int:
        return self.send("POST", f"/v1/partner/webhook-deliveries/{delivery}/replay", X_Api_Key=self.key).status

    def verifies(self, received: Received, secret: str) -> bool:
        return bool(is_genuine(received.headers, received.body, [secret]))


class Guard(Browser):
    """A member of staff, by username: see `infra.local.staff`. Each role has a member with its name."""

    def __init__(self, stack: Stack, username: str = "checkpoint") -> None:
        super().__init__(stack, token(stack, username))
        self.checkpoint = POSTINGS.get(username, {}).get("checkpoint", "an-hoa")

    def scans(self, text: str, **more: str) -> Any:
        return self.asks("POST", "/v1/checkpoint/checks", {"qr": text, **more})

    def looks_up(self, code: str) -> Any:
        return self.asks("GET", f"/v1/checkpoint/passes/{code}")

    def finds(self, **sought: Any) -> list[str]:
        """Codes."""
        found = self.asks("POST", "/v1/checkpoint/search", sought)
        return [each["code"] for each in found["passes"]]

    def lists_vehicle(self, plate: str) -> Any:
        return self.asks("GET", f"/v1/checkpoint/manifest?plate={plate}")

    def declares_for(self, form: dict[str, Any]) -> Any:
        return self.asks("POST", "/v1/checkpoint/declarations", form, expects=201)

    def records(self, code: str, **changes: Any) -> tuple[int, dict[str, Any]]:
        crossing = {"code": code, "checkpoint": self.checkpoint, "temperature": 36.6, "decision": "admit", **changes}
        answer = self.send("POST", "/v1/checkpoint/crossings", crossing)
        return answer.status, json.loads(answer.data)

    def lets_out(self, code: str, **more: Any) -> tuple[int, dict[str, Any]]:
        departure = {"code": code, "checkpoint": self.checkpoint, "direction": "out", **more}
        answer = self.send("POST", "/v1/checkpoint/crossings", departure)
        return answer.status, json.loads(answer.data)

    def awaits(self, checkpoint: str) -> dict[str, Any]:
        """The receipt of the card that is kept, if one is, by the code of each visitor who has not left."""
        listed = self.asks("GET", f"/v1/checkpoint/visitors?checkpoint={checkpoint}&limit=200")
        assert listed["complete"]
        return {each["code"]: each.get("identity_held", {}).get("receipt") for each in listed["visitors"]}

    def records_everyone(self, codes: Sequence[str], *exceptions: dict[str, Any], expects: int = 200) -> Any:
        seen = {"codes": codes, "exceptions": exceptions, "decision": "admit", "temperature": 36.6}
        group = {"checkpoint": self.checkpoint, **seen}
        return self.asks("POST", "/v1/checkpoint/crossings/group", group, expects=expects)

    def corrects(self, code: str, decision: str, reason: str) -> Any:
        correction = {"code": code, "decision": decision, "reason": reason}
        return self.asks("POST", "/v1/checkpoint/corrections", correction, expects=201)


class Supervisor(Guard):
    """Settles what does not fit together."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "supervisor")

    def lists_conflicts(self) -> list[dict[str, Any]]:
        conflicts: list[dict[str, Any]] = self.asks("GET", "/v1/checkpoint/conflicts")["conflicts"]
        return conflicts

    def settles(self, conflict: str, decision: str, reason: str) -> Any:
        body = {"decision": decision, "reason": reason}
        return self.asks("POST", f"/v1/checkpoint/conflicts/{conflict}/settlement", body, expects=201)

    def announces(self, codes: Sequence[str], *, rate: int = 300) -> str:
        """That An Hòa is closed. Gives the wave, which waits."""
        values = {"checkpoint": "an-hoa", "instead": "loc-giang"}
        body = {"text": "gate_closed", "values": values, "codes": list(codes), "reason": "flooded", "rate": rate}
        answer = self.send("POST", "/v1/announcements", body, Idempotency_Key=str(uuid4()))
        assert answer.status == 201, answer.data
        return str(json.loads(answer.data)["id"])


class HealthOfficer(Guard):
    """Withdraws passes, and releases waves of messages."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "health")

    def revokes(self, code: str, reason: str) -> Any:
        return self.asks("POST", "/v1/checkpoint/revocations", {"code": code, "reason": reason}, expects=201)

    def releases(self, wave: str) -> None:
        self.asks("POST", f"/v1/waves/{wave}/release", {"reason": "checked"})

    def takes_back(self, wave: str) -> str:
        """Gives the wave that says so, which waits."""
        return str(self.asks("POST", f"/v1/waves/{wave}/taking-back", {"reason": "it is open"}, expects=201)["id"])


class Administrator(Guard):
    """Keeps the list of keys by which certificates are believed."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, "administrator")

    def trusts(self, country: str, *keys: dict[str, Any]) -> Any:
        return self.asks("PUT", f"/v1/trust-list/{country}", {"keys": keys})


class Device:
    """A gate's phone or tablet: all it knows of passes is from its last sync, and it keeps what it cannot send.

    It reads tokens with a library that has nothing to do with ours, as devices will.
    """

    def __init__(self, guard: Guard, name: str, *, clock_ahead: timedelta = timedelta()) -> None:
        self._guard, self._name, self._clock_ahead = guard, name, clock_ahead
        self._keys: list[Any] = []
        self._cursor = self._etag = ""
        self.revoked: set[str] = set()
        self.corrected: dict[str, str] = {}
        """What holds, by code."""
        self.kept: list[dict[str, Any]] = []

    def syncs(self) -> bool:
        """Whether there was anything new."""
        since = f"?since={self._cursor}" if self._cursor else ""
        answer = self._guard.send("GET", f"/v1/checkpoint/sync{since}", If_None_Match=self._etag)
        if answer.status == 304:
            return False
        assert answer.status == 200, answer.data
        synced = json.loads(answer.data)
        self._cursor, self._etag = synced["cursor"], answer.headers["ETag"]
        self._keys = [_public(key) for key in synced["keys"]] if "keys" in synced else self._keys
        if synced["complete"]:
            self.revoked, self.corrected = set(), {}
        self.revoked |= {each["code"].replace("-", "") for each in synced["revocations"]}
        self.corrected |= {each["code"].replace("-", ""): each["decision"] for each in synced["corrections"]}
        return True

    def judges(self, qr: str) -> str:
        """`valid`, `revoked`, `expired` or `forged`, with no network."""
        try:
            claims: Any = cwt.decode(b45decode(qr.removeprefix("TNP1:")), self._keys)
        except cwt.VerifyError as error:
            return "expired" if "expired" in str(error) else "forged"
        except (cwt.CWTError, ValueError):
            return "forged"
        number = int.from_bytes(claims[7], "big")
        person, declaration = number & 1023, number >> 10
        places = [declaration >> 5 * place & 31 for place in reversed(range(13))] + [person >> 5, person & 31]
        code = "".join(CROCKFORD[place] for place in places)
        return "revoked" if any(each.startswith(code) for each in self.revoked) else "valid"

    def keeps(self, code: str, decision: str = "admit", **more: Any) -> None:
        """Record a crossing, to be sent later."""
        when = {"id": f"{len(self.kept) + 1:04}", "recorded_at": self._now(), "checkpoint": self._guard.checkpoint}
        self.kept.append({"code": code, "decision": decision, "temperature": 36.6, **when, **more})

    def keeps_departure(self, code: str) -> None:
        """Record that someone leaves, to be sent later."""
        when = {"id": f"{len(self.kept) + 1:04}", "recorded_at": self._now(), "checkpoint": self._guard.checkpoint}
        self.kept.append({"code": code, "direction": "out", **when})

    def hands_in(self) -> Any:
        """Send all that was kept, in one go."""
        batch = {"device": self._name, "sent_at": self._now(), "crossings": self.kept}
        return self._guard.asks("POST", "/v1/checkpoint/crossings/batch", batch)

    def _now(self) -> str:
        return (datetime.now(UTC) + self._clock_ahead).isoformat()


def _public(jwk: dict[str, str]) -> Any:
    """A published key. The key's id in a token is the bytes that the JWK writes as text."""

    def raw(name: str) -> bytes:
        return urlsafe_b64decode(jwk[name] + "=" * (-len(jwk[name]) % 4))

    return cwt.COSEKey.new({1: 2, 2: raw("kid"), 3: -7, -1: 1, -2: raw("x"), -3: raw("y")})


def workers(stack: Stack) -> Iterator[tuple[psutil.Process, str, dict[str, str]]]:
    """The processes that run functions now, with the function's name and their environment variables."""
    for process in psutil.Process(stack["engine_pid"]).children(recursive=True):
        with suppress(psutil.Error):  # it ended while we looked
            variables = process.environ()
            if "AWS_LAMBDA_FUNCTION_NAME" in variables:
                yield process, variables["AWS_LAMBDA_FUNCTION_NAME"], variables


def errors_logged(stack: Stack) -> str:
    """What functions have logged about errors that nobody expected, a line each."""
    client = engine(stack["endpoint_url"], stack["region"]).client("logs")
    groups = [each["logGroupName"] for each in client.describe_log_groups()["logGroups"]]
    pages = client.get_paginator("filter_log_events")
    found = [page["events"] for group in groups for page in pages.paginate(logGroupName=group)]
    return "\n".join(each["message"] for events in found for each in events if '"error":[' in each["message"])


class Witness:
    """Knows nothing of the code's inside: reads tables, queues, messages and processes."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._dynamodb, self.sqs, self.functions = (
            boto3.client(
                name,
                region_name=stack["region"],
                endpoint_url=stack["endpoint_url"],
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=Config(max_pool_connections=32),
            )
            for name in ("dynamodb", "sqs", "lambda")
        )
        self._http = urllib3.PoolManager(retries=False)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All items of a table, by the name of its output."""
        found: list[dict[str, Any]] = []
        for page in self._dynamodb.get_paginator("scan").paginate(
            TableName=self.stack["outputs"][f"{table}TableName"], ConsistentRead=True
        ):
            found += page["Items"]
        return found

    def forgets_bulletins(self) -> None:
        """Today's bulletins and their drafts are gone. A bulletin is released once for ever, and a test that releases
        one may share its system with another that does."""
        today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
        name = self.stack["outputs"]["StatisticsTableName"]
        for row in self.rows("Statistics"):
            if row["partition"]["S"] in (f"PUBLISHED#{today}", f"DRAFTS#{today}"):
                key = {"partition": row["partition"], "row": row["row"]}
                self._dynamodb.delete_item(TableName=name, Key=key)

    def keys(self) -> Iterator[str]:
        """All that stands in a key of any table, rows of indexes included."""
        for output, name in self.stack["outputs"].items():
            if output.endswith("TableName"):
                parts = self._dynamodb.describe_table(TableName=name)["Table"]["AttributeDefinitions"]
                for row in self.rows(output.removesuffix("TableName")):
                    yield from (str(row[part["AttributeName"]]) for part in parts if part["AttributeName"] in row)

    def codes_exposed(self, kind: str = "declared") -> dict[str, set[str]]:
        """For each code, the kinds of places its exposures stand under."""
        found: dict[str, set[str]] = {}
        for row in self.rows("Tracing"):
            _, code, of, *_ = row["moment"]["S"].split("#")
            if of == kind:
                found.setdefault(code, set()).add(row["place"]["S"].partition("#")[0])
        return found

    def crossed_at(self) -> Iterator[tuple[str, str]]:
        """Checkpoints and codes: who was seen where."""
        for row in self.rows("Tracing"):
            kind, *place = row["place"]["S"].split("#")
            _, code, of, *_ = row["moment"]["S"].split("#")
            if (kind, of) == ("CHECKPOINT", "crossed"):
                yield place[0], code

    def texts(self) -> dict[str, list[str]]:
        """What was sent, by phone."""
        answer = self._http.request("GET", f"{self.stack['endpoint_url']}/_ministack/sns/sms-messages")
        sent = json.loads(answer.data)["sms_messages"]
        return {phone: [each["Message"] for each in messages] for phone, messages in sent.items()}

    def waiting(self, queue: str) -> int:
        """Messages in a queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.stack["outputs"][f"{queue}Url"], AttributeNames=names)
        return sum(int(answer["Attributes"][name]) for name in names)

    def waits_for_queues(self, queues: Sequence[str] = ALL_QUEUES, pause: float = 0.05) -> None:
        """Wait until no event waits in these queues. Fails, naming those that have some."""
        self.waits_until(
            lambda: not any(map(self.waiting, queues)),
            lambda: f"events wait: { {name: count for name in queues if (count := self.waiting(name))} }",
            pause=pause,
        )

    def workers(self, function: str) -> dict[psutil.Process, dict[str, str]]:
        """The processes that run a function now, and their environment variables."""
        name = self.stack["outputs"][f"{function}Name"]
        return {process: variables for process, own, variables in workers(self.stack) if own == name}

    def waits_until(
        self,
        true: Callable[[], object],
        what: str | Callable[[], str],
        patience: float = PATIENCE,
        pause: float = 0.05,
    ) -> None:
        """Look again and again. Fails, saying `what`, when patience ends. To look at much keeps the engine from its
        work, and wants a longer pause."""
        end = time.monotonic() + patience
        while not true():
            assert time.monotonic() < end, f"after {patience:.0f} s: {what if isinstance(what, str) else what()}"
            time.sleep(pause)
