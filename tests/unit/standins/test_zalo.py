"""Zalo's stand-in speaks Zalo's protocol, misbehaves as it is asked to, and counts right."""

import json
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.standins.faults import Fault, Kind, always, at_random, every, first
from tests.standins.zalo import (
    EVERY_WAY,
    PHONE_TOKEN_FOR,
    REPLIES_FOR,
    TOKEN_FOR,
    WebhookRefused,
    Zalo,
    appsecret_proof,
    serving,
    signature,
)
from tests.tools import program
from tests.unit.standins.webhooks import Address, listening

PHONE = "84912345678"
NOON = datetime(2026, 12, 1, 5, tzinfo=UTC)
EVENT = (
    '{"app_id":"360846524940903967","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"event_name":"user_send_text","message":{"text":"Xin chào","msg_id":"96d3cdf3af150460909"},'
    '"timestamp":"1540908534740"}'
).encode()
MAC = "mac=32dd00b94e8dde5fb19d7b41e786c94baa80f92c4b60b3e812230b2ffb924d01"


class App:
    """What calls Zalo, and Zalo's clock."""

    def __init__(self) -> None:
        self.now = NOON
        self.zalo = Zalo(clock=lambda: self.now)
        self.token = ""
        self.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=5)

    def get(self, path: str, **headers: str) -> Any:
        return self.http.request("GET", self.zalo.url + path, headers=headers).json()

    def post(self, path: str, content: Any, **headers: str) -> Any:
        sent = {"access_token": self.token, **headers}
        answer = self.http.request("POST", self.zalo.url + path, json=content, headers=sent)
        assert answer.status == 200
        return answer.json()

    def template(self, phone: str = PHONE, tracking: str = "pass-1.declared", **changed: Any) -> Any:
        data = {"ma": "1ABC", "het_han": "10:45"}
        form = {"phone": phone, "template_id": "312345", "template_data": data, "tracking_id": tracking}
        return self.post("/message/template", {**form, **changed})

    def refresh(self, token: str, **changed: str) -> Any:
        fields = {"refresh_token": token, "app_id": self.zalo.app_id, "grant_type": "refresh_token"}
        url = self.zalo.url + "/v4/oa/access_token"
        sent = {"secret_key": "app-secret", **changed}
        return self.http.request("POST", url, fields=fields, encode_multipart=False, headers=sent).json()


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with serving(app.zalo):
        app.token = app.zalo.issue_tokens().access_token
        yield app
    app.http.clear()


@pytest.fixture
def webhook(app: App) -> Iterator[Address]:
    with listening() as address:
        app.zalo.register(address.url)
        yield address


def test_signatures_are_those_of_the_published_examples() -> None:
    proof = "b5a94d985eb7b68467d28ca5375162d12b9ca8fe238615acc927c8a9c08d2e95"
    assert appsecret_proof("app-secret", "user-token") == proof
    assert signature("360846524940903967", EVENT, "1540908534740", "oa-secret") == MAC


def test_an_event_is_written_and_signed_as_in_the_example() -> None:
    event = {each: value for each, value in json.loads(EVENT).items() if each != "timestamp"}
    at = datetime.fromtimestamp(1540908534.740, UTC)
    assert Zalo().signed(event, at) == (EVENT, MAC)


def test_a_template_message_is_taken(app: App) -> None:
    answer = app.template()
    (taken,) = app.zalo.taken
    assert answer == {
        "error": 0,
        "message": "Success",
        "data": {
            "msg_id": taken.msg_id,
            "sent_time": str(int(NOON.timestamp() * 1000)),
            "sending_mode": "1",
            "quota": {"dailyQuota": "1000000", "remainingQuota": "999999"},
        },
    }
    assert (taken.phone, taken.template_id, taken.tracking) == (PHONE, "312345", "pass-1.declared")
    assert taken.data == {"ma": "1ABC", "het_han": "10:45"}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"phone": "0912345678"}, -108),
        ({"phone": "+84912345678"}, -108),
        ({"template_id": "999"}, -109),
        ({"template_id": 312345}, -109),
        ({"template_data": {"ma": "1ABC"}}, -1122),
        ({"template_data": {"ma": "1ABC", "het_han": 5}}, -112),
        ({"template_data": {"ma": "1ABC", "het_han": "x" * 21}}, -112),
        ({"tracking_id": "x" * 49}, -112),
        ({"phone": "84900000118"}, -118),
        ({"phone": "84900000139"}, -139),
    ],
)
def test_a_wrong_template_message_is_refused(app: App, changed: dict[str, Any], code: int) -> None:
    app.zalo.templates = {"312345": {"ma": 4, "het_han": 20}}
    app.zalo.refuses = {"84900000118": -118, "84900000139": -139}
    assert app.template(**changed)["error"] == code
    assert not app.zalo.taken
    assert app.zalo.failed_by == {("template", str(code)): 1}
    assert app.template()["error"] == 0


def test_only_some_may_have_zalo(app: App) -> None:
    app.zalo.everyone = False
    assert app.template()["error"] == -118
    app.zalo.person(PHONE)
    assert app.template()["error"] == 0


def test_approved_templates_may_be_sent_and_no_others(app: App) -> None:
    template_id = app.zalo.approve("declared (vi)", "Mã QR qua chốt <ma>, hạn <het_han>.", {"ma": 4, "het_han": 20})
    assert app.template()["error"] == -109
    assert app.template(template_id=template_id)["error"] == 0
    (line,) = app.get("/phones")["people"][0]["lines"]
    assert (line["template"], line["text"]) == ("declared (vi)", "Mã QR qua chốt 1ABC, hạn 10:45.")


def test_an_access_token_ends(app: App) -> None:
    app.now += TOKEN_FOR
    assert app.template()["error"] == -124
    assert app.post("/v3.0/oa/message/cs", {})["error"] == -216
    assert app.get("/v2.0/oa/getoa", access_token=app.token)["error"] == -216
    app.token = app.zalo.issue_tokens().access_token
    assert app.template()["error"] == 0
    assert app.get("/v2.0/oa/getoa", access_token=app.token)["data"]["oa_id"] == app.zalo.oa_id


def test_a_quota_is_for_a_day(app: App) -> None:
    app.zalo.quota = 2
    assert [app.template()["error"] for _ in range(3)] == [0, 0, -144]
    app.now += timedelta(hours=12)  # midnight in Vietnam is 17:00 UTC
    app.token = app.zalo.issue_tokens().access_token
    assert app.template()["data"]["quota"]["remainingQuota"] == "1"


@pytest.mark.parametrize(("hour", "code"), [(14, 0), (15, -133), (22, -133), (23, 0)])
def test_at_night_template_messages_are_refused(app: App, hour: int, code: int) -> None:
    app.zalo.rests_at_night = True
    app.now = NOON.replace(hour=hour)
    app.token = app.zalo.issue_tokens().access_token
    assert app.template()["error"] == code


def test_a_refresh_token_is_used_once(app: App) -> None:
    old = app.zalo.issue_tokens()
    assert app.refresh(old.refresh_token, secret_key="other")["error"] == -14009
    new = app.refresh(old.refresh_token)
    assert new["expires_in"] == "90000"
    reused = app.refresh(old.refresh_token)
    assert (reused["error"], "access_token" in reused) == (-14020, False)
    assert app.refresh("invented")["error"] == -14014
    app.token = new["access_token"]
    assert app.template()["error"] == 0
    app.token = app.refresh(new["refresh_token"])["access_token"]
    assert app.template()["error"] == 0


def test_of_two_refreshes_at_once_one_has_tokens(app: App) -> None:
    token = app.zalo.issue_tokens().refresh_token
    with ThreadPoolExecutor(8) as beside:
        answers = list(beside.map(app.refresh, [token] * 8))
    assert sorted(each.get("error", 0) for each in answers) == [-14020] * 7 + [0]


def test_a_mini_app_learns_who_signs_in(app: App) -> None:
    access, phone_token = app.zalo.sign_in(PHONE)
    proof = appsecret_proof("app-secret", access)
    profile = app.get("/v2.0/me?fields=id,name,picture", access_token=access, appsecret_proof=proof)
    assert profile["error"] == 0
    assert profile["id"] == app.zalo.person(PHONE).user_id
    assert set(profile) == {"error", "message", "id", "name", "picture"}
    assert app.get("/v2.0/me", access_token=access, appsecret_proof="0" * 64)["error"] == 100
    assert app.get("/v2.0/me", access_token="invented", appsecret_proof=proof)["error"] == 452
    sent = {"access_token": access, "code": phone_token, "secret_key": "app-secret"}
    assert app.get("/v2.0/me/info", **sent) == {"error": 0, "message": "Success", "data": {"number": PHONE}}
    assert app.get("/v2.0/me/info", **sent)["error"] == 100


def test_a_phone_token_is_of_its_user_for_two_minutes(app: App) -> None:
    own, other = app.zalo.sign_in(PHONE), app.zalo.sign_in("84987654321")
    sent = {"access_token": own.access_token, "secret_key": "app-secret"}
    assert app.get("/v2.0/me/info", **sent, code=other.phone_token)["error"] == 100
    app.now += PHONE_TOKEN_FOR
    assert app.get("/v2.0/me/info", **sent, code=own.phone_token)["error"] == 100
    assert app.get("/v2.0/me/info", access_token=own.access_token, secret_key="other")["error"] == 112


def test_the_official_account_answers_a_person_who_wrote(app: App) -> None:
    user_id = app.zalo.person(PHONE).user_id
    reply = {"recipient": {"user_id": user_id}, "message": {"text": "Chào bạn"}}
    assert app.post("/v3.0/oa/message/cs", reply)["error"] == -230
    app.zalo.text(PHONE, "Xin chào")
    answer = app.post("/v3.0/oa/message/cs", reply)
    (replied,) = app.zalo.replied
    assert answer["data"] == {"message_id": replied.message_id, "user_id": user_id}
    assert [(line.by, line.text) for line in app.zalo.person(PHONE).lines] == [("user", "Xin chào"), ("oa", "Chào bạn")]
    for code, changed in ((-201, {"recipient": {"user_id": "1"}}), (-210, {"message": {"text": "x" * 2001}})):
        assert app.post("/v3.0/oa/message/cs", {**reply, **changed})["error"] == code
    app.now += REPLIES_FOR + timedelta(seconds=1)
    app.token = app.zalo.issue_tokens().access_token
    assert app.post("/v3.0/oa/message/cs", reply)["error"] == -230


def test_a_webhook_is_tried_unsigned_when_it_is_saved(app: App) -> None:
    with listening() as address:
        address.statuses = [401]
        with pytest.raises(WebhookRefused, match="answered 401"):
            app.zalo.register(address.url)
        assert not app.zalo.webhook_url
        app.zalo.register(address.url)
        assert [each.body for each in address.calls] == [b"{}", b"{}"]
        assert "x-zevent-signature" not in address.calls[1].headers


def test_what_people_do_is_sent_signed(app: App, webhook: Address) -> None:
    msg_id = app.zalo.text(PHONE, "Xin chào")
    app.zalo.settle()
    (_, called) = webhook.calls
    event, user_id = json.loads(called.body), app.zalo.person(PHONE).user_id
    assert called.headers["x-zevent-signature"] == signature(
        app.zalo.app_id, called.body, event["timestamp"], "oa-secret"
    )
    assert event["message"] == {"text": "Xin chào", "msg_id": msg_id}
    assert (event["sender"]["id"], event["recipient"]["id"]) == (user_id, app.zalo.oa_id)
    app.zalo.follow(PHONE)
    app.zalo.settle()
    app.zalo.unfollow(PHONE)
    app.zalo.settle()
    events = [json.loads(each.body) for each in webhook.calls[2:]]
    assert [each["event_name"] for each in events] == ["follow", "unfollow"]
    assert all(each["follower"] == {"id": user_id} and "sender" not in each for each in events)


def test_an_event_is_sent_until_it_is_answered_with_200(app: App, webhook: Address) -> None:
    app.zalo.pauses = (0.01, 0.01)
    webhook.statuses = [500, 502]
    app.zalo.text(PHONE, "một")
    app.zalo.settle()
    webhook.statuses = [500, 500, 500]
    app.zalo.text(PHONE, "hai")
    app.zalo.settle()
    assert [each.statuses for each in app.zalo.called_back] == [(500, 502, 200), (500, 500, 500)]
    assert [each.was_taken for each in app.zalo.called_back] == [True, False]
    assert [each.headers["num_retry"] for each in webhook.calls[1:]] == ["0", "1", "2"] * 2
    assert len({each.body for each in webhook.calls[1:]}) == 2


def test_a_template_message_has_a_receipt(app: App, webhook: Address) -> None:
    msg_id = app.template()["data"]["msg_id"]
    app.zalo.settle()
    event = json.loads(webhook.calls[1].body)
    assert (event["event_name"], event["recipient"]) == ("user_received_message", {"id": PHONE})
    delivered = str(int(NOON.timestamp() * 1000))
    assert event["message"] == {"delivery_time": delivered, "msg_id": msg_id, "tracking_id": "pass-1.declared"}
    app.zalo.see(PHONE)
    app.zalo.settle()
    assert json.loads(webhook.calls[2].body)["event_name"] == "user_seen_message"
    app.zalo.see(PHONE)
    app.zalo.settle()
    assert len(webhook.calls) == 3


def test_receipts_come_first_twice_or_late(app: App, webhook: Address) -> None:
    first_, twice, held = (Fault(kind) for kind in (Kind.RECEIPT_FIRST, Kind.RECEIPT_TWICE, Kind.RECEIPT_HELD))
    app.zalo.misbehave("template", first(first_, twice, held, held))

    def receipts() -> list[str]:
        return [json.loads(each.body)["message"]["tracking_id"] for each in webhook.calls[1:]]

    app.template(tracking="a")
    assert receipts() == ["a"]
    for tracking in "bcd":
        app.template(tracking=tracking)
    app.zalo.settle()
    assert receipts() == ["a", "b", "b"]
    assert app.zalo.release_receipts() == 2
    app.zalo.settle()
    assert sorted(receipts()) == ["a", "b", "b", "c", "d"]


@pytest.mark.parametrize(
    ("fault", "is_taken", "error"),
    [
        (Fault(Kind.CLOSES), False, urllib3.exceptions.ProtocolError),
        (Fault(Kind.SILENT), False, urllib3.exceptions.ReadTimeoutError),
        (Fault(Kind.SLOW, seconds=1.5), True, urllib3.exceptions.ReadTimeoutError),
        (Fault(Kind.LOST), True, urllib3.exceptions.ProtocolError),
        (Fault(Kind.EMPTY), False, ValueError),
        (Fault(Kind.GARBLED), False, ValueError),
        (Fault(Kind.HTML), False, ValueError),
        (Fault(Kind.STATUS, 502), False, AssertionError),
    ],
)
def test_faults_are_as_they_say(app: App, fault: Fault, is_taken: bool, error: type[Exception]) -> None:
    app.http = urllib3.PoolManager(retries=False, timeout=0.7)
    app.zalo.misbehave("template", first(None, fault))
    assert app.template()["error"] == 0
    with pytest.raises(error):
        app.template()
    app.http.clear()
    app.http = urllib3.PoolManager(retries=False, timeout=5)
    assert app.template()["error"] == 0
    assert len(app.zalo.taken) == (3 if is_taken else 2)


def test_any_error_can_be_asked_for(app: App) -> None:
    pair = app.zalo.issue_tokens()
    for operation in ("template", "reply", "profile", "phone", "refresh"):
        app.zalo.misbehave(operation, always(Fault(Kind.ERROR, -501)))
    assert app.template()["error"] == app.get("/v2.0/me")["error"] == app.get("/v2.0/me/info")["error"] == -501
    assert app.refresh(pair.refresh_token)["error_name"]
    app.zalo.behave()
    assert app.refresh(pair.refresh_token)["expires_in"] == "90000"


def test_all_calls_can_be_counted_again(app: App) -> None:
    """Whatever goes wrong, by many callers at once."""
    app.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=0.3)
    app.zalo.misbehave("template", every(3, EVERY_WAY))

    def call(number: int) -> str:
        try:
            return str(app.template(tracking=f"{number}.declared")["error"])
        except (urllib3.exceptions.HTTPError, ValueError, AssertionError):
            return "no answer"

    with ThreadPoolExecutor(8) as beside:
        answers = list(beside.map(call, range(108)))
    zalo = app.zalo
    zalo.ending.set()  # those that are still waited for
    assert zalo.calls["template"] == 108
    assert zalo.well["template"] == len(zalo.taken) == len({each.tracking for each in zalo.taken})
    assert len(zalo.taken) + sum(zalo.failed_by.values()) == 108
    assert sum(zalo.failed_by.values()) + sum(zalo.troubled_by.values()) == 36
    assert answers.count("0") + zalo.troubled_by["template", "slow"] + zalo.troubled_by["template", "lost"] == len(
        zalo.taken
    )


def test_the_same_seed_has_the_same_run() -> None:
    def run() -> list[Any]:
        app = App()
        with serving(app.zalo):
            app.token = app.zalo.issue_tokens().access_token
            app.zalo.misbehave("template", at_random(3, 0.5, [Fault(Kind.ERROR, -118), Fault(Kind.ERROR, -133)]))
            answers = [app.template() for _ in range(20)]
        app.http.clear()
        return [*answers, *app.zalo.taken]

    assert run() == run()


def test_the_page_shows_a_message(app: App, tmp_path: Path) -> None:
    app.template()
    app.template(phone="84987654321", template_data={"ma": "<b>9XYZ</b>"})
    command = [program("chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox"]
    command += [f"--user-data-dir={tmp_path}", "--virtual-time-budget=5000", "--dump-dom", f"{app.zalo.url}/#{PHONE}"]
    page = subprocess.run(command, check=True, capture_output=True, timeout=120, text=True).stdout  # noqa: S603
    assert "<dt>ma</dt><dd>1ABC</dd>" in page
    assert "&lt;b&gt;9XYZ&lt;/b&gt;" in page
    assert ">0912345678<" in page


def test_the_page_needs_nothing_from_outside() -> None:
    page = (Path(__file__).parents[2] / "standins" / "zalo.html").read_text()
    assert "src=" not in page
    assert "http" not in page.replace("/^https?:", "").replace("HTTP 502", "")


def test_the_pages_buttons_do_what_they_say(app: App, webhook: Address) -> None:
    assert app.post("/people", {"phone": "0912 345 678"}) == {"phone": PHONE}
    app.post("/text", {"phone": PHONE, "text": "Xin chào"})
    app.post("/follow", {"phone": PHONE})
    app.zalo.settle()
    events = [json.loads(each.body)["event_name"] for each in webhook.calls[1:]]
    assert sorted(events) == ["follow", "user_send_text"]
    pair = app.post("/sign-in", {"phone": PHONE})
    sent = {"access_token": pair["access_token"], "code": pair["phone_token"], "secret_key": "app-secret"}
    assert app.get("/v2.0/me/info", **sent)["data"]["number"] == PHONE
    app.post("/faults", {"fault": "night"})
    assert app.template()["error"] == -133
    app.post("/faults", {"fault": "none"})
    app.post("/account", {"phone": PHONE})
    assert app.template()["error"] == -118
    (person,) = app.get("/phones")["people"]
    assert (person["follows"], person["has_zalo"], len(person["lines"])) == (True, False, 2)


def test_a_page_of_another_origin_presses_no_button(app: App) -> None:
    url, simple = app.zalo.url + "/people", {"Content-Type": "text/plain"}
    assert app.http.request("POST", url, body=b'{"phone":"0912345678"}', headers=simple).status == 404
    assert not app.zalo.people
