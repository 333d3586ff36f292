"""One contender in a fresh process: `python -m bench.contender NAME cold|warm|calls|check`. Prints one JSON line.

`cold` is the CPU from before the import of the application to its first answer, in milliseconds; `warm` the CPU of one
answer after many, in microseconds: the median of several rounds; `calls` what our declare, check and crossing ask of
AWS when warm; `check` the CPU of one check of a token, in microseconds, beyond what botocore itself takes: of someone
alone, and of someone in a group of 51.
"""

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from bench import aws

ROUNDS, ANSWERS_A_ROUND = 9, 200


def event(now: datetime) -> dict[str, Any]:
    """A declaration as API Gateway hands it over."""
    with open(os.path.join(os.path.dirname(__file__), "declaration.json"), encoding="utf-8") as file:
        body = file.read().replace("{arrival}", (now + timedelta(minutes=30)).isoformat(timespec="seconds"))
    body = body.replace("{yesterday}", (now - timedelta(days=1)).isoformat(timespec="seconds"))
    headers = {"Content-Type": "application/json", "Accept": "*/*", "Host": "bench.example"}
    return {
        "resource": "/v1/declarations",
        "path": "/v1/declarations",
        "httpMethod": "POST",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "body": body,
        "isBase64Encoded": False,
        "requestContext": {
            "resourcePath": "/v1/declarations",
            "httpMethod": "POST",
            "path": "/api/v1/declarations",
            "stage": "api",
            "requestId": "00000000-0000-0000-0000-000000000000",
            "identity": {"sourceIp": "127.0.0.1"},
            "accountId": "0",
            "apiId": "x",
            "requestTimeEpoch": 0,
        },
    }


class Context:
    """What Lambda gives a handler beside the event."""

    function_name = "bench"
    function_version = "$LATEST"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:0:function:bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    log_group_name = log_stream_name = "bench"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 20_000


def prepare() -> None:
    """AWS as the functions find it: names in the environment, secrets and reference data behind the stub."""
    os.environ.update(
        AWS_ACCESS_KEY_ID="x",
        AWS_SECRET_ACCESS_KEY="x",
        AWS_SESSION_TOKEN="x",
        AWS_DEFAULT_REGION="ap-southeast-1",
        AWS_REGION="ap-southeast-1",
        AWS_CONFIG_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        ENTRIES_TABLE="entries",
        REFERENCE_TABLE="reference",
        SIGNING_KEYS_PARAMETER="/signing-keys",
        HASH_KEY_PARAMETER="/hash-key",
        PUBLIC_URL="https://bench.example/api",
    )
    with open(os.environ["BENCH_ANSWERS"], encoding="utf-8") as file:
        known = json.load(file)
    secrets: dict[str, str] = known["secrets"]

    def parameters(request: Any) -> dict[str, Any]:
        names = json.loads(request.body)["Names"]
        return {"Parameters": [{"Name": name, "Value": secrets[name]} for name in names], "InvalidParameters": []}

    aws.ANSWERS.update({"ssm.GetParameters": parameters, "dynamodb.Query": known["reference"]})
    aws.put_in_place()


@cache
def _guard() -> dict[str, str]:
    """The header of a member of staff, whose token is verified as Cognito's are: RS256, by a key that is known."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import rsa

    from chalicelib.adapters.oidc import Issuer
    from chalicelib.wiring import staff

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    listed = {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": "bench", "use": "sig"}
    issuer = Issuer(issuer="bench", keys_url="https://bench.example", audience="bench", groups_claim="cognito:groups")
    issuer._keys.fetch_data = lambda: {"keys": [listed]}  # type: ignore[method-assign]
    staff.issuer = lambda: issuer  # type: ignore[assignment]
    claims = {
        "sub": "bench",
        "iss": "bench",
        "client_id": "bench",
        "exp": int(time.time()) + 3600,
        "cognito:groups": ["checkpoint"],
    }
    token = jwt.encode(claims, key, "RS256", headers={"kid": "bench"})
    return {"Authorization": f"Bearer {token}"}


def _kept_rows() -> list[dict[str, Any]]:
    """From now on, what is written."""
    rows: list[dict[str, Any]] = []

    posting = {"checkpoint": "an-hoa", "since": "2021-07-22T07:00:00+07:00", "posted_by": "bench"}
    record = json.dumps({"subject": "bench", "postings": [posting]})
    item = {"partition": {"S": "STAFF"}, "row": {"S": "bench"}, "body": {"S": record}}
    aws.ANSWERS["dynamodb.GetItem"] = {"Item": item}

    def keep(request: Any) -> dict[str, Any]:
        rows.append(json.loads(request.body)["Item"])
        return {}

    aws.ANSWERS["dynamodb.PutItem"] = keep
    return rows


def _calls(handler: Any, sent: dict[str, Any]) -> dict[str, list[str]]:
    """The operations of the journey's three requests. What was written is what is found."""
    guard = _guard()
    rows = _kept_rows()
    calls = {}
    aws.CALLS.clear()
    declared = json.loads(handler(sent, Context())["body"])["passes"][0]
    calls["declare"] = list(aws.CALLS)
    aws.ANSWERS["dynamodb.Query"] = lambda _: {"Items": rows, "Count": len(rows), "ScannedCount": len(rows)}
    crossing = {"code": declared["code"], "checkpoint": "an-hoa", "temperature": 36.6, "decision": "admit"}
    for name, path, body in (
        ("check", "/v1/checkpoint/checks", {"qr": declared["token"]}),
        ("crossing", "/v1/checkpoint/crossings", crossing),
    ):
        aws.CALLS.clear()
        request = _staff_request(sent, guard, path, body)
        answer = handler(request, Context())
        assert answer["statusCode"] < 300, answer
        calls[name] = list(aws.CALLS)
    return calls


def _staff_request(sent: dict[str, Any], guard: dict[str, str], path: str, body: Any) -> dict[str, Any]:
    headers = {**sent["headers"], **guard}
    return {
        **sent,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "body": json.dumps(body),
        "requestContext": {**sent["requestContext"], "resourcePath": path},
    }


def _check_us(handler: Any, sent: dict[str, Any], companions: int) -> float:
    """CPU of a check beyond botocore's. What was declared is what is found, again and again: as while a bus is
    checked, this process knows the record."""
    from chalicelib.adapters.aws import client

    guard = _guard()
    rows = _kept_rows()
    form = json.loads(sent["body"])
    for number in range(companions):
        identity = {"kind": "cccd", "number": f"0720900{number:05d}"}
        form["companions"].append({**form["traveller"], "full_name": "Trần Thị Mẫu", "identity": identity})
    token = json.loads(handler({**sent, "body": json.dumps(form)}, Context())["body"])["passes"][0]["token"]
    reference, aws.ANSWERS["dynamodb.Query"] = (
        aws.ANSWERS["dynamodb.Query"],
        {"Items": rows, "Count": 1, "ScannedCount": 1},
    )
    request = _staff_request(sent, guard, "/v1/checkpoint/checks", {"qr": token})

    dynamodb = client("dynamodb", os.environ["AWS_REGION"])
    call, botocores = dynamodb._make_api_call, 0.0

    def timed(*arguments: Any) -> Any:
        nonlocal botocores
        started = time.process_time()
        answer = call(*arguments)
        botocores += time.process_time() - started
        return answer

    dynamodb._make_api_call = timed
    rounds = []
    for _ in range(ROUNDS):
        started, botocores = time.process_time(), 0.0
        for _ in range(ANSWERS_A_ROUND):
            answer = handler(request, Context())
        rounds.append((time.process_time() - started - botocores) / ANSWERS_A_ROUND * 1e6)
        assert answer["statusCode"] == 200, answer
    dynamodb._make_api_call = call
    aws.ANSWERS["dynamodb.Query"] = reference
    return statistics.median(rounds)


def main() -> None:
    name, mode = sys.argv[1:]
    prepare()
    sent = event(datetime.now(UTC))
    module = f"bench.contenders.{name}"
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a contender's log lines

    started = time.process_time()
    __import__(module)
    handler = sys.modules[module].handler
    answer = handler(sent, Context())
    cold = (time.process_time() - started) * 1000

    assert answer["statusCode"] == 201, answer
    result: dict[str, Any] = {"cold_ms": cold, "cold_calls": list(aws.CALLS)}
    if mode == "calls":
        result["calls"] = _calls(handler, sent)
    if mode == "check":
        result["check_us"] = {str(1 + companions): _check_us(handler, sent, companions) for companions in (0, 50)}
    if mode == "warm":
        rounds = []
        for _ in range(ROUNDS):
            started = time.process_time()
            for _ in range(ANSWERS_A_ROUND):
                answer = handler(sent, Context())
            rounds.append((time.process_time() - started) / ANSWERS_A_ROUND * 1e6)
            assert answer["statusCode"] == 201, answer
        aws.CALLS.clear()
        handler(sent, Context())
        result |= {"warm_us": statistics.median(rounds), "warm_calls": list(aws.CALLS)}
    sys.stdout.flush()
    os.write(out, (json.dumps(result) + "\n").encode())


if __name__ == "__main__":
    main()
