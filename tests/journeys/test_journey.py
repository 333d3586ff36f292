"""The journey of an ordinary traveller, on the packaged functions."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin
from uuid import uuid4

import urllib3

from infra.local.stack import Stack
from tests.journeys.actors import Guard, Traveller, Witness
from tests.pictures import qr_text


def test_declare_hold_be_checked_be_let_through(stack: Stack) -> None:
    traveller, guard, witness = Traveller(stack, 1), Guard(stack), Witness(stack)
    issued = traveller.declares(companions=1)
    own, daughter = issued["passes"]

    picture = traveller.send("GET", f"/v1/passes/{own['code']}/qr.png?size=300", X_Pass_Secret=own["secret"])
    assert picture.headers["Content-Type"] == "image/png"
    assert picture.data[:4] == b"\x89PNG", picture.data[:80]
    scanned = qr_text(picture.data)
    assert scanned == own["token"]
    svg = traveller.send("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=own["secret"])
    assert svg.data.startswith(b"<svg")
    for secret in ("", daughter["secret"]):
        refused = traveller.send("GET", f"/v1/passes/{own['code']}/qr.svg", X_Pass_Secret=secret)
        assert (refused.status, json.loads(refused.data)["code"]) == (403, "pass_secret_wrong")

    checked = guard.scans(scanned)
    assert (checked["verdict"], checked["person"]["full_name"]) == ("valid", "Trần Thị Mẫu")
    assert guard.scans(own["code"].lower())["verdict"] == "valid"
    status, crossing = guard.records(own["code"])
    assert (status, crossing["decision"]) == (201, "admit")
    assert guard.scans(own["token"])["verdict"] == "used"
    assert traveller.get(f"/v1/passes/{own['code']}")["state"] == "used"
    assert guard.scans(daughter["token"])["verdict"] == "valid"

    witness.waits_until(lambda: len(witness.texts().get(traveller.phone, [])) == 2, "two messages")
    # Queues keep no order: two workers may tell them the other way round.
    about_crossing, about_pass = sorted(witness.texts()[traveller.phone])
    assert own["code"] in about_pass
    assert f"/p#{own['code'].replace('-', '')}" in about_pass
    assert about_crossing.startswith("Tay Ninh: da qua chot.")
    assert max(len(about_pass), len(about_crossing)) <= 160
    codes = [each["code"].replace("-", "") for each in issued["passes"]]
    witness.waits_until(lambda: set(codes) <= witness.codes_exposed().keys(), "exposures of both")
    witness.waits_until(lambda: codes[0] in witness.codes_exposed("crossed"), "the exposure at the gate")


def test_a_pass_admits_only_once_under_concurrent_scans(stack: Stack) -> None:
    code = Traveller(stack, 2).declares()["passes"][0]["code"]
    guards = [Guard(stack), Guard(stack, "supervisor")]

    def record(number: int) -> tuple[int, dict[str, object]]:
        return guards[number % 2].records(code, temperature=round(36 + number / 100, 2))

    with ThreadPoolExecutor(32) as threads:
        # As many workers are up before: the scans meet at the record, and do not wait for workers to start.
        list(threads.map(lambda number: guards[number % 2].send("GET", f"/v1/checkpoint/passes/{code}"), range(32)))
        answers = list(threads.map(record, range(32)))
    admitted = [body for status, body in answers if status == 201]
    refused = [body for status, body in answers if status == 409]
    assert (len(admitted), len(refused)) == (1, 31)
    assert all(body["crossing"] == admitted[0] for body in refused)
    declaration = code.replace("-", "")[:13]
    rows = [row for row in Witness(stack).rows("Entries") if row["declaration"]["S"] == declaration]
    assert sorted(row["row"]["S"] for row in rows) == ["CROSSING#0", "DECLARATION"]


def test_a_request_sent_many_times_at_once_does_its_work_once(stack: Stack) -> None:
    traveller, witness = Traveller(stack, 3), Witness(stack)
    body, key = traveller.form(), str(uuid4())
    before = len(witness.rows("Entries"))

    def send(_: int) -> tuple[int, bytes]:
        answer = traveller.send("POST", "/v1/declarations", body, Idempotency_Key=key)
        return answer.status, answer.data

    with ThreadPoolExecutor(8) as threads:
        answers = set(threads.map(send, range(8)))
    assert len(answers) == 1
    ((status, _),) = answers
    assert status == 201
    assert len(witness.rows("Entries")) == before + 1
    witness.waits_until(lambda: traveller.phone in witness.texts(), "the message")
    assert len(witness.texts()[traveller.phone]) == 1


def test_a_bus_is_one_item_and_everyone_in_it_is_exposed(stack: Stack) -> None:
    traveller, witness = Traveller(stack, 4), Witness(stack)
    transport = {"kind": "bus", "plate": "51B-123.45", "service_number": "HCM-TN 07", "seat": "1A"}
    issued = traveller.declares(companions=50, transport=transport)
    assert len(issued["passes"]) == 51
    codes = {each["code"].replace("-", "") for each in issued["passes"]}
    witness.waits_until(lambda: codes <= witness.codes_exposed().keys(), "51 exposures")


def test_the_gateway_and_the_functions_refuse_in_one_shape(stack: Stack) -> None:
    traveller = Traveller(stack, 5)
    for method, path, body, status, code in (
        ("GET", "/v1/nothing", None, 404, "not_found"),
        ("GET", "/v1/passes/0000-0000-0000-0001", None, 400, "code_mistyped"),
        ("POST", "/v1/declarations", {}, 422, "invalid_input"),
        ("POST", "/v1/checkpoint/checks", {"qr": "x"}, 401, "staff_token_missing"),
    ):
        answer = traveller.send(method, path, body)
        problem = json.loads(answer.data)
        assert (answer.status, problem["code"]) == (status, code)
        assert {"type", "title", "status", "detail", "instance"} <= problem.keys()
        assert answer.headers["Content-Type"] == "application/problem+json"
        # The gateway's is a relative reference.
        page = urljoin(stack["api_url"], problem["type"])
        assert page == f"{stack['endpoint_url']}/docs/errors#{code}"
        assert f'id="{code}"' in urllib3.request("GET", page).data.decode()


def test_the_documentation_is_served_from_the_package(stack: Stack) -> None:
    traveller = Traveller(stack, 6)
    document = traveller.get("/v1/openapi.json")
    assert [each["url"] for each in document["servers"]] == [stack["endpoint_url"]]
    assert traveller.send("GET", "/docs").status == 200
    assert len(traveller.send("GET", "/docs/swagger-ui-bundle.js").data) > 1_000_000


def test_a_partner_app_is_let_in_by_its_key_and_nobody_else(stack: Stack) -> None:
    traveller = Traveller(stack, 7)
    at_the_engine = ["--stage", "local", "--endpoint", stack["endpoint_url"]]
    command = [sys.executable, "-m", "infra", "partners"]
    printed = subprocess.run(  # noqa: S603 - our own
        [*command, "add", "an-app", *at_the_engine], check=True, capture_output=True, text=True
    ).stdout
    (key,) = [line.strip() for line in printed.splitlines() if line.startswith("    ")]
    body = traveller.form()
    without = traveller.send("POST", "/v1/partner/declarations", body)
    assert (without.status, json.loads(without.data)["code"]) == (403, "api_key_refused")
    accepted = traveller.send("POST", "/v1/partner/declarations", body, X_Api_Key=key)
    assert accepted.status == 201, accepted.data
    subprocess.run([*command, "remove", "an-app", "--yes", *at_the_engine], check=True, capture_output=True)  # noqa: S603
    assert traveller.send("POST", "/v1/partner/declarations", body, X_Api_Key=key).status == 403
