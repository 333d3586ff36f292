"""A thousand messages by Zalo and by SMS, while everything goes wrong that can: everyone gets theirs, once.

It has a system of its own, with stand-ins of both providers, and takes three to five minutes. Alone, with its counts:

    .venv/bin/python -m pytest tests/journeys/test_messages.py -n 0 -s
"""

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import psutil
import pytest
import urllib3

from infra.accounts import LOCAL_STAGE, Account, engine
from infra.local.engine import LOG
from infra.local.providers import carried_by
from infra.local.stack import Stack, running
from infra.operation.keys import parameter_of
from infra.operation.zalo import store_tokens
from infra.steps import Silent
from tests import endpoint as endpoints
from tests.forms import form, person
from tests.journeys.actors import SET_ASIDE, Browser, Guard, Partner, Traveller, Witness
from tests.journeys.faulty_aws import redelivery
from tests.standins import esms, zalo
from tests.standins.esms import Esms, Text
from tests.standins.faults import Fault, Kind, every, first
from tests.standins.zalo import EVERY_WAY, REUSED, Taken, Zalo

LEASE = 15
"""Seconds, instead of 40: longer than one message takes by one channel."""
VISIBILITY = 20
"""Seconds, instead of 180, after which a dead worker's events come again. A worker that takes longer meets another one
with the same events."""
LATE = 20.0
"""Seconds: longer than the lease, and than an event stays hidden at first."""
DECLARE_URL = "https://form.tayninh.example/"
BUS, BUSES, BUSES_OF_THE_DYING = 50, 20, 8
KILLS = 5
PRICES = Counter(zalo=300, sms=800)
"""VND, of the province."""
RECEIPTS = {"user_received_message", "user_seen_message", "receipt"}
"""The names of calls back that are receipts, of Zalo and of eSMS."""
OUT_OF_ORDER = (
    Fault(Kind.RECEIPT_FIRST),
    Fault(Kind.RECEIPT_TWICE),
    Fault(Kind.RECEIPT_HELD),
    Fault(Kind.LOST),
)
"""What eSMS does wrong: it takes each text."""


class Carried(NamedTuple):
    """A system whose messages go by Zalo and eSMS."""

    stack: Stack
    zalo: Zalo
    esms: Esms
    log: Path
    """Of the engine."""

    @property
    def account(self) -> Account:
        return engine(self.stack["endpoint_url"], self.stack["region"])

    def settles(self, witness: Witness) -> None:
        """Wait until nothing is under way, neither a message nor a receipt."""
        witness.waits_until(lambda: not witness.waiting("DeclaredQueue"), "all are sent", patience=900, pause=0.5)
        for standin in (self.zalo, self.esms):
            standin.settle(within=LATE + 30)
            standin.release_receipts()
            standin.settle()
        witness.waits_for_queues(pause=0.5)

    def lines(self, *groups: str) -> Iterator[str]:
        """What functions have logged; of all groups, if none is named."""
        client = self.account.client("logs")
        named = [f"/tay-ninh-pass/{LOCAL_STAGE}/{group}" for group in groups]
        for group in named or [each["logGroupName"] for each in client.describe_log_groups()["logGroups"]]:
            for page in client.get_paginator("filter_log_events").paginate(logGroupName=group):
                yield from (each["message"] for each in page["events"])

    def metrics(self, *groups: str) -> Counter[str]:
        """The sums of all metrics in logs."""
        sums: Counter[str] = Counter()
        for line in self.lines(*groups):
            if line.startswith("{") and "_aws" in (members := json.loads(line)):
                (directive,) = members["_aws"]["CloudWatchMetrics"]
                sums.update({each["Name"]: members[each["Name"]] for each in directive["Metrics"]})
        return sums

    def tokens(self) -> dict[str, str]:
        """Those that are stored."""
        stored = self.account.client("ssm").get_parameter(
            Name=parameter_of(LOCAL_STAGE, "zalo-tokens"), WithDecryption=True
        )
        pair: dict[str, str] = json.loads(stored["Parameter"]["Value"])
        return pair


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    workdir = tmp_path_factory.mktemp("carried")
    with zalo.serving() as at_zalo, esms.serving() as at_esms:
        providers = carried_by(
            at_zalo, at_esms, SMS_PROVIDER="esms", MESSAGE_LEASE_SECONDS=str(LEASE), DECLARE_URL=DECLARE_URL
        )
        with (
            running(Silent(), workdir=workdir, providers=nullcontext(providers)) as (stack, _),
            redelivery(stack, "DeclaredQueue", after=VISIBILITY),
        ):
            yield Carried(stack, at_zalo, at_esms, workdir / LOG)


def phone(number: int) -> str:
    """Of a person on the buses, in Zalo's form."""
    return f"84914{number:06d}"


def bus(number: int) -> dict[str, Any]:
    """The form of a full bus: each person has a phone."""
    persons = [person(place, phone=f"+{phone(place)}") for place in range(BUS * number, BUS * (number + 1))]
    transport = {"kind": "bus", "plate": f"51B-{number:05d}"}
    return {**form(datetime.now(UTC), transport=transport), "traveller": persons[0], "companions": persons[1:]}


def test_a_phone_by_zalo_from_the_mini_app_to_an_answer(carried: Carried) -> None:
    stack, at_zalo, witness = carried.stack, carried.zalo, Witness(carried.stack)
    own = "84915000001"
    at_zalo.behave()
    traveller, mini_app = Traveller(stack, 15_001, phone=f"+{own}"), Browser(stack)
    tokens = at_zalo.sign_in(own)._asdict()
    session = mini_app.asks("POST", "/v1/zalo/session", tokens)
    assert mini_app.asks("POST", "/v1/zalo/session", tokens, expects=422)["code"] == "zalo_parameter_refused"
    owner = Browser(stack, session["citizen_token"])
    (issued,) = owner.asks("POST", "/v1/declarations", traveller.form(), expects=201)["passes"]
    code, secret = issued["code"], issued["secret"]
    assert Guard(stack).looks_up(code)["origin"] == "proven"

    def messages() -> list[dict[str, str]]:
        answer = owner.send("GET", f"/v1/passes/{code}/messages", X_Pass_Secret=secret)
        assert answer.status == 200, answer.data
        found: list[dict[str, str]] = json.loads(answer.data)["messages"]
        return found

    witness.waits_until(lambda: messages() and messages()[0].get("state") == "delivered", "the receipt")
    (message,) = messages()
    assert (message["subject"], message["channel"], message["outcome"]) == ("declared", "zalo", "sent")
    (taken,) = [each for each in at_zalo.taken if each.phone == own]
    assert taken.data["code"] == code
    assert traveller.follows(taken.data["link"])["state"] == "valid"
    witness.waits_until(lambda: owner.get("/v1/passes")["declarations"], "the list has the declaration")
    (declaration,) = owner.get("/v1/passes")["declarations"]
    assert declaration["passes"][0]["links"] == issued["links"]
    at_zalo.see(own)
    witness.waits_until(lambda: messages()[0]["state"] == "seen", "the receipt")

    def replies() -> list[str]:
        user_id = at_zalo.person(own).user_id
        return [each.text for each in at_zalo.replied if each.user_id == user_id]

    def says(*expected: str) -> None:
        """The next reply has these words."""
        already = len(said)
        witness.waits_until(lambda: len(replies()) > already, "a reply")
        said[:] = replies()
        assert len(said) == already + 1
        assert all(each in said[-1] for each in expected), said[-1]

    said: list[str] = []
    at_zalo.text(own, "khai báo")
    says("Khai báo tại đây", DECLARE_URL)
    at_zalo.text(own, f"mã {code} còn hạn không?")
    says(code, "còn hiệu lực")
    at_zalo.follow(own)
    says("Chào anh/chị!")
    at_zalo.text(own, "mấy giờ rồi")
    says("Xin gọi")

    webhook = "/v1/zalo/webhook"
    assert mini_app.asks("POST", webhook, {}) == {"queued": False}
    between = {"sender": {"id": at_zalo.person(own).user_id}, "recipient": {"id": at_zalo.oa_id}}
    written = {"event_name": "user_send_text", "message": {"text": "declare", "msg_id": "repeated"}}
    body, mac = at_zalo.signed({"app_id": at_zalo.app_id, **between, **written})
    assert mini_app.asks("POST", webhook, json.loads(body), expects=403)["code"] == "zalo_signature_wrong"
    forged = at_zalo.send_webhook("forged", body.replace(b"declare", b"khai b"), mac)
    genuine = [at_zalo.send_webhook("repeated", body, mac) for _ in range(3)]
    assert forged is not None
    assert set(forged.result().statuses) == {403}
    assert [each and each.result().statuses for each in genuine] == [(200,)] * 3
    says("Declare here", DECLARE_URL)
    witness.waits_until(lambda: not witness.waiting("ConversationsQueue"), "the queue is empty")
    assert replies() == said
    assert witness.waiting("ConversationsDeadLetters") == 0


def test_a_thousand_get_their_message_once_while_zalo_fails_tokens_end_and_workers_die(carried: Carried) -> None:
    stack, at_zalo, at_esms = carried.stack, carried.zalo, carried.esms
    witness, staff = Witness(stack), Guard(stack)
    for number in range(0, BUS * BUSES, 2):
        at_zalo.person(phone(number))
    at_zalo.misbehave("template", every(5, (*EVERY_WAY, Fault(Kind.LOST, seconds=LATE))))
    at_esms.misbehave("send", every(5, OUT_OF_ORDER))

    with endpoints.serving() as endpoint:
        partner = Partner(stack, endpoint, "bus-station")

        def declare(number: int) -> list[str]:
            if number % 2:
                return [each["code"] for each in staff.declares_for(bus(number))["passes"]]
            answer = partner.send("POST", "/v1/partner/declarations", bus(number), X_Api_Key=partner.key)
            assert answer.status == 201, answer.data
            return [each["code"] for each in json.loads(answer.data)["passes"]]

        with ThreadPoolExecutor(2) as threads:
            codes = [code for each in threads.map(declare, range(BUSES - BUSES_OF_THE_DYING)) for code in each]
        let_tokens_end(carried, witness)
        carried.settles(witness)
        compare_metrics(carried, witness)

        with ThreadPoolExecutor(2) as threads:
            dying = range(BUSES - BUSES_OF_THE_DYING, BUSES)
            declared = [threads.submit(declare, number) for number in dying]
            kills = kill_workers(carried, witness)
            codes += [code for each in declared for code in each.result()]
        carried.settles(witness)
        partner.operator("remove", "--yes")

    compare_people(carried, kills)
    compare_tables(carried, witness, [code.replace("-", "") for code in codes])
    compare_money(carried, witness)
    assert {queue: witness.waiting(queue) for queue in SET_ASIDE} == dict.fromkeys(SET_ASIDE, 0)
    look_through_logs(carried)


def let_tokens_end(carried: Carried, witness: Witness) -> None:
    """End the access token, twice: once the system renews it, slowly; once somebody else has used the refresh token,
    and an operator stores a new pair."""
    at_zalo = carried.zalo

    def more(than: int) -> None:
        witness.waits_until(lambda: len(at_zalo.taken) > than, f"{than} messages by Zalo")

    more(40)
    at_zalo.misbehave("refresh", first(Fault(Kind.SLOW, seconds=1.5)))
    before = carried.tokens()
    at_zalo.expire_tokens()
    witness.waits_until(lambda: carried.tokens() != before, "new tokens")
    more(100)
    form = {
        "refresh_token": carried.tokens()["refresh_token"],
        "app_id": at_zalo.app_id,
        "grant_type": "refresh_token",
    }
    urllib3.request(
        "POST",
        f"{at_zalo.url}/v4/oa/access_token",
        body=urlencode(form),
        headers={"secret_key": at_zalo.app_secret, "Content-Type": "application/x-www-form-urlencoded"},
    )
    at_zalo.expire_tokens()
    witness.waits_until(lambda: at_zalo.failed_by["refresh", str(REUSED)], "the refresh token is refused")
    time.sleep(3)
    taken, pair = len(at_zalo.taken), at_zalo.issue_tokens()
    store_tokens(carried.account, LOCAL_STAGE, pair.access_token, pair.refresh_token, pair.expires_at)
    more(taken)


class Kill(NamedTuple):
    """A worker was killed."""

    at: datetime
    unsettled: frozenset[str]
    """The trackings of messages that nobody had recorded as settled by then."""


def kill_workers(carried: Carried, witness: Witness) -> list[Kill]:
    """Kill workers in the middle of their work, two of them right after Zalo has taken a message."""
    killed: list[Kill] = []
    while len(killed) < KILLS:
        workers = [*witness.workers("NotifyDeclared")]
        before = carried.zalo.calls["template"]
        witness.waits_until(lambda: carried.zalo.calls["template"] >= before + 15, "work to kill", patience=120)  # noqa: B023
        if len(killed) % 2:
            taken = len(carried.zalo.taken)
            witness.waits_until(lambda: len(carried.zalo.taken) > taken, "a message", pause=0.001)  # noqa: B023
        for worker in workers[: KILLS - len(killed)]:
            try:
                worker.kill()
            except psutil.NoSuchProcess:
                continue
            killed.append(Kill(datetime.now(UTC), unsettled(witness)))
            break
    return killed


def unsettled(witness: Witness) -> frozenset[str]:
    """The trackings of messages that are being sent, or will be tried again. A claim of a worker that is gone stays."""
    return frozenset(
        f"{row['code']['S']}.{row['event']['S']}"
        for row in witness.rows("Messages")
        if row.get("outcome", {}).get("S") == "claimed"
    )


def answered(carried: Carried) -> tuple[int, int]:
    """How many messages the system knows to be taken, by Zalo and by SMS, because the answer was not lost."""
    at_zalo, at_esms = carried.zalo, carried.esms
    repeated = at_esms.failed_by["send", str(esms.REPEATED)]
    return (
        at_zalo.well["template"] - at_zalo.troubled_by["template", "lost"],
        at_esms.well["send"] + repeated - at_esms.troubled_by["send", "lost"],
    )


def spent(witness: Witness) -> int:
    """VND, as the budget of the day has them."""
    (row,) = [row for row in witness.rows("Messages") if row["code"]["S"] == "SPENT"]
    return int(row["number"]["N"])


def compare_metrics(carried: Carried, witness: Witness) -> None:
    """What functions have counted, with the books of the providers. Nobody was killed: that takes counts along."""
    at_zalo, at_esms = carried.zalo, carried.esms
    by_zalo, by_sms = answered(carried)
    counted = carried.metrics("notify-declared")
    receipts = carried.metrics("converse", "messaging")
    print(f"\n{dict(counted)}\n{dict(receipts)}\n{dict(at_zalo.failed_by)}\n{dict(at_zalo.troubled_by)}")
    assert counted["Sent_zalo"] == by_zalo
    assert counted["Sent_sms"] == by_sms
    assert counted["Message_sent"] == by_zalo + by_sms
    assert counted["Spent"] == spent(witness) == PRICES["zalo"] * by_zalo + PRICES["sms"] * by_sms
    assert counted["Quota_used_up"] == at_zalo.failed_by["template", str(zalo.USED_UP)] > 0
    refused = sum(number for (operation, _), number in at_zalo.failed_by.items() if operation == "refresh")
    assert counted["Zalo_token_lost"] == refused >= at_zalo.failed_by["refresh", str(REUSED)] > 0
    assert counted["Message_rejected"] == counted["Message_refused"] == 0
    sent = [each for each in (*at_zalo.called_back, *at_esms.called_back) if each.name in RECEIPTS]
    assert all(each.was_taken for each in sent)
    assert sum(number for name, number in receipts.items() if name.startswith("Receipt_")) == len(sent)
    assert receipts["Receipt_unknown"] == 0


def on_buses(carried: Carried) -> tuple[list[Taken], list[Text]]:
    """What Zalo and eSMS have sent to the people of the buses."""
    numbers = {phone(number) for number in range(BUS * BUSES)}
    by_zalo = [each for each in carried.zalo.taken if each.phone in numbers]
    by_sms = [each for each in carried.esms.taken if each.phone in numbers]
    assert {each.phone for each in by_zalo} | {each.phone for each in by_sms} == numbers
    return by_zalo, by_sms


def compare_people(carried: Carried, kills: list[Kill]) -> None:
    """Everyone has one message; two only if Zalo took one and the system could not know it: its answer was lost, or a
    worker was killed before it was recorded."""
    by_zalo, by_sms = on_buses(carried)
    assert {each.phone for each in by_zalo} <= carried.zalo.people.keys()
    lost = {each.tracking for each in carried.zalo.lost}
    unknown = {
        each.tracking
        for each in by_zalo
        if any(each.at.astimezone(UTC) <= kill.at and each.tracking in kill.unsettled for kill in kills)
    }
    sent = Counter([each.tracking for each in by_zalo] + [each.request_id for each in by_sms])
    twice = {tracking for tracking, number in sent.items() if number > 1}
    assert max(sent.values()) <= 2
    assert twice <= lost | unknown
    assert len(twice - lost) <= KILLS
    print(
        f"{len(by_zalo)} by Zalo, {len(by_sms)} by SMS, {len(twice)} twice, of {len(lost)} whose answer was lost and "
        f"whose receipt came late, and {len(kills)} kills"
    )


def compare_tables(carried: Carried, witness: Witness, codes: list[str]) -> None:
    """Each row says by which channel its message went, and the books of that provider have it."""
    by_zalo, by_sms = on_buses(carried)
    books = {"zalo": {each.tracking for each in by_zalo}, "sms": {each.request_id for each in by_sms}}
    rows = {row["code"]["S"]: row for row in witness.rows("Messages")}
    assert len(set(codes)) == BUS * BUSES
    by: Counter[str] = Counter()
    for code in codes:
        told = {name: value.get("S", "") for name, value in rows[code].items()}
        assert (told["outcome"], told["state"]) == ("sent", "delivered"), told
        assert f"{code}.{told['event']}" in books[told["channel"]], told
        by[told["channel"]] += 1
    both = books["zalo"] & books["sms"]
    assert by["zalo"] >= len(books["zalo"] - both)
    assert by["sms"] >= len(books["sms"] - both)
    assert by.total() == len(books["zalo"] | books["sms"])


def compare_money(carried: Carried, witness: Witness) -> None:
    """The bill is that of SMS alone, less what each message by Zalo saves, and more by those that went twice."""
    by_zalo, by_sms = on_buses(carried)
    bill = PRICES["zalo"] * len(by_zalo) + PRICES["sms"] * len(by_sms)
    alone = PRICES["sms"] * BUS * BUSES
    reached, texted = ({each.phone for each in taken} for taken in (by_zalo, by_sms))
    saved = (PRICES["sms"] - PRICES["zalo"]) * len(reached - texted)
    again = PRICES["zalo"] * (len(by_zalo) - len(reached - texted)) + PRICES["sms"] * (len(by_sms) - len(texted))
    assert bill == alone - saved + again < alone
    answered_by_zalo, answered_by_sms = answered(carried)
    known = PRICES["zalo"] * answered_by_zalo + PRICES["sms"] * answered_by_sms
    # A worker that dies may leave one message that is paid and not sent.
    assert 0 <= spent(witness) - known <= KILLS * PRICES["sms"]
    print(f"{bill} VND, {alone} by SMS alone; {spent(witness)} counted")


def look_through_logs(carried: Carried) -> None:
    """No phone, no text and no id of a user of Zalo is in a log."""
    users = "|".join(each.user_id for each in carried.zalo.people.values())
    personal = re.compile(rf"\b(?:84|0)914\d{{6}}\b|qua chot|qua chốt|/p#|{users}")
    lines = [*carried.lines(), *carried.log.read_text().splitlines()]
    assert len(lines) > BUSES
    assert [line for line in lines if personal.search(line)] == []
