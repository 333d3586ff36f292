"""Make what the contenders need: `python -m bench.prepare FOLDER`.

The application itself makes it, on the stub: it declares, and revokes a thousand passes, and what it writes is what
AWS answers from then on (`answers.json`). For each request there is a file in `requests` with the event that API
Gateway would hand over and the status of the answer.
"""

import gzip
import json
import os
import sys
import time
from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Any

from bench import stub
from bench.answers import Answers
from bench.contender import Context

GROUP, BATCH, CHANGES, BUS = 50, 500, 1000, 50
"""People in a vehicle, who all declared by themselves; crossings of a batch; changes in a sync; people in one
declaration."""
_DECLARED = Path(__file__).with_name("declaration.json")
_CROSSING = {"checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}


def main() -> None:
    folder = Path(sys.argv[1])
    issuer = _Issuer()
    answers = Answers(_reference(), _secrets(), issuer.jwks)
    stub.put_in_place(_recording(answers), answers.jwks)
    from app import app

    gate, supervisor = issuer.token("checkpoint"), issuer.token("supervisor")
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - the application's log lines

    def ask(event: dict[str, Any]) -> Any:
        now = datetime.now(UTC)
        text = json.dumps(event).replace("{key}", token_hex(16))
        text = text.replace("{arrival}", (now + timedelta(minutes=30)).isoformat(timespec="seconds"))
        answer = app(json.loads(text.replace("{yesterday}", (now - timedelta(days=1)).isoformat())), Context())
        assert answer["statusCode"] < 300, answer
        compressed = answer.get("isBase64Encoded")
        return json.loads(gzip.decompress(b64decode(answer["body"])) if compressed else answer["body"])

    declare = _event("POST", "/v1/declarations", json.loads(_DECLARED.read_text(encoding="utf-8")))
    passes = [ask(declare)["passes"][0] for _ in range(BATCH)]
    for _ in range(CHANGES // BUS):
        for each in ask(_bus())["passes"]:
            ask(_event("POST", "/v1/checkpoint/revocations", {"code": each["code"], "reason": "Khai thay"}, supervisor))
    cursor = ask(_event("GET", "/v1/checkpoint/sync", None, gate))["cursor"].partition(".")[2]

    one = passes[0]
    codes = [each["code"] for each in passes]
    lines = [
        {**_CROSSING, "code": code, "id": str(number), "recorded_at": "{now}"} for number, code in enumerate(codes)
    ]
    sync = "/v1/checkpoint/sync"
    requests = {
        "declare": (201, declare),
        "check": (200, _event("POST", "/v1/checkpoint/checks", {"qr": one["token"]}, gate)),
        "crossing": (201, _event("POST", "/v1/checkpoint/crossings", {**_CROSSING, "code": one["code"]}, gate)),
        "group": (200, _event("POST", "/v1/checkpoint/crossings/group", {**_CROSSING, "codes": codes[:GROUP]}, gate)),
        "batch": (
            200,
            _event(
                "POST",
                "/v1/checkpoint/crossings/batch",
                {"device": "bench", "sent_at": "{now}", "crossings": lines},
                gate,
            ),
        ),
        "sync-all": (200, _event("GET", sync, None, gate)),
        "sync-new": (200, _event("GET", sync, None, gate, since=f"{{seconds}}.{cursor}")),
    }
    (folder / "answers.json").write_text(answers.text(), encoding="utf-8")
    (folder / "requests").mkdir()
    for name, (status, event) in requests.items():
        text = json.dumps({"status": status, "event": event})
        (folder / "requests" / f"{name}.json").write_text(text, encoding="utf-8")


def _recording(answers: Answers) -> stub.Answer:
    """Answer, and keep what is written. (The contenders' answers keep nothing.)"""

    def answer(target: str, body: bytes) -> bytes:
        request = json.loads(body)
        puts = [request, *(each.get("Put", {}) for each in request.get("TransactItems", []))]
        for put in puts:
            if "Item" in put:
                answers.add(put["Item"])
        return answers.answer(target, body)

    return answer


def _bus() -> dict[str, Any]:
    """A declaration of many people."""
    form = json.loads(_DECLARED.read_text(encoding="utf-8"))
    for number in range(BUS - 1):
        identity = {"kind": "cccd", "number": f"0720900{number:05d}"}
        form["companions"].append({**form["traveller"], "full_name": "Trần Thị Mẫu", "identity": identity})
    return _event("POST", "/v1/declarations", form)


def _event(method: str, path: str, body: Any, token: str | None = None, **query: str) -> dict[str, Any]:
    """A request as API Gateway hands it over."""
    headers = {"Content-Type": "application/json", "Accept": "*/*", "Host": "bench.example"}
    if path.endswith("/declarations"):
        headers["Idempotency-Key"] = "{key}"
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if method == "GET":
        headers["Accept-Encoding"] = "gzip"  # as every app's HTTP library does
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": query or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "body": None if body is None else json.dumps(body),
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": f"/api{path}",
            "stage": "api",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "127.0.0.1"},
            "accountId": "0",
            "apiId": "x",
            "requestTimeEpoch": 0,
        },
    }


class _Issuer:
    """Signs tokens as Cognito does: RS256."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives.asymmetric import rsa
        from jwt.algorithms import RSAAlgorithm

        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        self.jwks = json.dumps({"keys": [{**public, "kid": "bench", "use": "sig"}]})

    def token(self, group: str) -> str:
        import jwt

        claims = {
            "sub": "bench",
            "iss": os.environ["STAFF_ISSUER"],
            "client_id": os.environ["STAFF_AUDIENCE"],
            "exp": int(time.time()) + 3600,
            "cognito:groups": [group],
        }
        return jwt.encode(claims, self._key, "RS256", headers={"kid": "bench"})


def _secrets() -> dict[str, str]:
    from chalicelib.adapters.pass_keys import KeyRing
    from infra.operation.keys import new_key

    ring = KeyRing(keys=[new_key(datetime.now(UTC) - timedelta(hours=1))])
    return {
        os.environ["SIGNING_KEYS_PARAMETER"]: ring.model_dump_json(),
        os.environ["HASH_KEY_PARAMETER"]: token_hex(32),
    }


def _reference() -> dict[str, dict[str, str]]:
    """The policy, the checkpoints and the guard's posting, as storage has them."""
    from chalicelib.data import read_bytes

    checkpoints = json.loads(read_bytes("provinces", "tay-ninh", "checkpoints.json"))
    posting = {"checkpoint": "an-hoa", "since": "2021-07-22T07:00:00+07:00", "posted_by": "bench"}
    policy = read_bytes("provinces", "tay-ninh", "policy.json").decode()
    bodies = {
        ("CURRENT", "POLICY"): policy,
        **{("CURRENT", f"CHECKPOINT#{each['id']}"): json.dumps(each) for each in checkpoints},
        ("STAFF", "bench"): json.dumps({"subject": "bench", "postings": [posting]}),
    }
    answers = Answers({}, {}, "")
    for (partition, row), body in bodies.items():
        version = {"version": {"S": json.loads(policy)["version"]}} if row == "POLICY" else {}
        answers.add({"partition": {"S": partition}, "row": {"S": row}, "body": {"S": body}, **version})
    return answers.rows


if __name__ == "__main__":
    main()
