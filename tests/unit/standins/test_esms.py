"""eSMS's stand-in speaks its protocol, misbehaves as it is asked to, and counts right."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from tests.standins.esms import EVERY_WAY, Esms, serving
from tests.standins.faults import Fault, Kind, every, first
from tests.unit.standins.webhooks import Address, listening


class App:
    """What calls eSMS."""

    def __init__(self) -> None:
        self.esms = Esms()
        self.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=5)

    def post(self, path: str, **content: Any) -> Any:
        keys = {"ApiKey": "esms-api-key", "SecretKey": "esms-secret-key"}
        url = f"{self.esms.url}/MainService.svc/json/{path}"
        answer = self.http.request("POST", url, json={**keys, **content})
        assert answer.status == 200
        return answer.json()

    def send(self, request_id: str = "pass-1.declared", **changed: Any) -> Any:
        text = {"Content": "Tay Ninh: da qua chot.", "Phone": "0912345678", "Brandname": "TAYNINH", "SmsType": "2"}
        return self.post("SendMultipleMessage_V4_post_json/", **{**text, "RequestId": request_id, **changed})


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with serving(app.esms):
        yield app
    app.http.clear()


@pytest.fixture
def address() -> Iterator[Address]:
    with listening() as address:
        yield address


def receipts(address: Address) -> list[dict[str, str]]:
    queries = (parse_qs(urlsplit(each.path).query, keep_blank_values=True) for each in address.calls)
    return [{name: value for name, (value,) in query.items()} for query in queries]


def test_a_text_is_taken_and_paid(app: App) -> None:
    answer = app.send()
    (text,) = app.esms.taken
    assert answer == {"CodeResult": "100", "CountRegenerate": 0, "SMSID": text.sms_id}
    assert (text.phone, text.content, text.request_id) == ("84912345678", "Tay Ninh: da qua chot.", "pass-1.declared")
    assert app.post("GetBalance_json") == {"Balance": 10**9 - 800, "CodeResponse": "100", "UserID": 9999}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"ApiKey": "other"}, "101"),
        ({"Brandname": "OTHER"}, "104"),
        ({"Phone": "12345"}, "108"),
        ({"Phone": "84987654321"}, "99"),
        ({"SmsType": "99"}, "118"),
        ({"Content": "Mua nha dat"}, "146"),
    ],
)
def test_a_wrong_text_is_refused(app: App, changed: dict[str, str], code: str) -> None:
    app.esms.forms = (r"Tay Ninh: .*",)
    app.esms.blocked = {"84987654321"}
    answer = app.send(**changed)
    assert (answer["CodeResult"], "SMSID" in answer) == (code, False)
    assert not app.esms.taken
    assert app.esms.failed_by == {("send", code): 1}


def test_a_request_is_done_once(app: App) -> None:
    app.esms.misbehave("send", first(Fault(Kind.LOST)))
    with pytest.raises(urllib3.exceptions.ProtocolError):
        app.send()
    assert app.send() == {
        "CodeResult": "124",
        "CountRegenerate": 0,
        "ErrorMessage": "Request exist 1",
        "SendStatus": "5",
    }
    assert len(app.esms.taken) == 1


def test_a_refused_request_may_come_again(app: App) -> None:
    app.esms.balance = 799
    assert app.send()["CodeResult"] == "103"
    app.esms.balance = 800
    assert app.send()["CodeResult"] == "100"
    assert app.post("GetBalance_json", SecretKey="other")["CodeResponse"] == "101"


def test_a_callback_says_whether_the_text_arrived(app: App, address: Address) -> None:
    app.esms.unreachable = {"84987654321"}
    for number in ("0912345678", "0987654321"):
        app.send(number, Phone=number, CallbackUrl=f"{address.url}?key=k")
        app.esms.settle()
    reached, lost = receipts(address)
    assert (reached["key"], reached["SMSID"]) == ("k", app.esms.taken[0].sms_id)
    assert (reached["SendStatus"], reached["SendSuccess"], reached["SendFailed"]) == ("5", "1", "0")
    assert (reached["RequestId"], reached["TypeId"], reached["phonenumber"]) == ("0912345678", "2", "0912345678")
    assert (lost["SendSuccess"], lost["SendFailed"], lost["TotalPrice"]) == ("0", "1", "0.0000")


def test_callbacks_come_first_twice_or_late(app: App, address: Address) -> None:
    first_, twice, held = (Fault(kind) for kind in (Kind.RECEIPT_FIRST, Kind.RECEIPT_TWICE, Kind.RECEIPT_HELD))
    app.esms.misbehave("send", first(first_, twice, held))
    app.send("a", CallbackUrl=address.url)
    assert [each["RequestId"] for each in receipts(address)] == ["a"]
    for request_id in "bc":
        app.send(request_id, CallbackUrl=address.url)
    app.esms.settle()
    assert [each["RequestId"] for each in receipts(address)] == ["a", "b", "b"]
    assert app.esms.release_receipts() == 1
    app.esms.settle()
    assert [each["RequestId"] for each in receipts(address)] == ["a", "b", "b", "c"]


def test_a_callback_is_made_five_times(app: App, address: Address) -> None:
    app.esms.pauses = (0.01,) * 4
    address.statuses = [500] * 9
    app.send(CallbackUrl=address.url)
    app.esms.settle()
    assert [each.statuses for each in app.esms.called_back] == [(500,) * 5]


def test_all_calls_can_be_counted_again(app: App) -> None:
    app.http = urllib3.PoolManager(maxsize=8, retries=False, timeout=0.3)
    app.esms.misbehave("send", every(2, EVERY_WAY))

    def call(number: int) -> None:
        try:
            app.send(f"{number}")
        except (urllib3.exceptions.HTTPError, ValueError, AssertionError):
            return

    with ThreadPoolExecutor(8) as beside:
        list(beside.map(call, range(84)))
    esms = app.esms
    esms.ending.set()  # those that are still waited for
    assert esms.calls["send"] == 84 == len(esms.taken) + sum(esms.failed_by.values())
    assert sum(esms.failed_by.values()) + sum(esms.troubled_by.values()) == 42
    assert esms.balance == 10**9 - 800 * len(esms.taken)
