"""eSMS: texts of a brand name, the account's balance, and callbacks about deliveries.

`ESMS_URL` is its `url`. eSMS takes a phone as `0912345678` or `84912345678`. A `RequestId` that was used is refused
with 124, which is how a client can send twice and have one text.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from re import fullmatch
from typing import Any, NamedTuple
from urllib.parse import urlencode

import urllib3

from tests.standins.faults import Fault, Kind
from tests.standins.servers import Answer, CallBack, Refused, Request, StandIn, compact, served

WRONG_KEYS, NO_MONEY, WRONG_BRAND, WRONG_PHONE, WRONG_TYPE, REPEATED, WRONG_TEMPLATE = 101, 103, 104, 108, 118, 124, 146

_CUSTOMER_CARE = "2"
_MESSAGES = {
    99: "Phone number is blocked",
    101: "Authorize Failed",
    102: "No price list",
    103: "Balance not enough to send message",
    104: "Brand name code is not exist",
    108: "Phone number invalid",
    118: "Sms type is not supported",
    124: "Request exist 1",
    140: "IP is not in whitelist",
    146: "Sai template Brandname CSKH",
    177: "The network is not registered",
}
EVERY_WAY = (
    Fault(Kind.SLOW, seconds=0.5),
    Fault(Kind.SILENT),
    Fault(Kind.CLOSES),
    Fault(Kind.EMPTY),
    Fault(Kind.GARBLED),
    Fault(Kind.HTML),
    Fault(Kind.STATUS, 500),
    Fault(Kind.STATUS, 502),
    Fault(Kind.ERROR, 99),
    Fault(Kind.ERROR, NO_MONEY),
    Fault(Kind.RECEIPT_FIRST),
    Fault(Kind.RECEIPT_TWICE),
    Fault(Kind.RECEIPT_HELD),
    Fault(Kind.LOST),
)
"""Of texts."""


class Text(NamedTuple):
    """A text that eSMS took."""

    sms_id: str
    phone: str
    """As `84912345678`."""
    content: str
    request_id: str
    callback_url: str
    at: datetime


@contextmanager
def serving(esms: "Esms | None" = None, port: int = 0) -> Iterator["Esms"]:
    """eSMS on a port of the loopback interface (0: any), for as long as the `with` lasts."""
    esms = esms or Esms()
    with served(esms, port):
        yield esms


class Esms(StandIn):
    """eSMS. All attributes may be changed while it serves."""

    OPERATIONS = {
        ("POST", "/MainService.svc/json/SendMultipleMessage_V4_post_json"): "send",
        ("POST", "/MainService.svc/json/GetBalance_json"): "balance",
    }

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(seed, clock)
        self.api_key, self.secret_key, self.brandname = "esms-api-key", "esms-secret-key", "TAYNINH"
        self.pauses: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4)
        """Seconds before a callback is made again: eSMS tries five times. Its own pauses are not public."""
        self.price = 800
        """VND of a text."""
        self.balance = 10**9
        """VND."""
        self.forms: tuple[str, ...] | None = None
        """Regular expressions of the texts that are registered with the networks. None: any text is."""
        self.blocked: set[str] = set()
        """Phones that eSMS takes no text for (99)."""
        self.unreachable: set[str] = set()
        """Phones that a text is taken for, but does not reach."""
        self.receipt_after: float | None = 0.0
        """Seconds from the answer to the callback; None: there are no callbacks."""
        self.taken: list[Text] = []
        self._requests: set[str] = set()
        self._held: list[Text] = []

    def send_receipt(self, text: Text, after: float = 0.0) -> Future[CallBack] | None:
        """Call the text's `CallbackUrl`, some seconds later. None: it has none."""
        if not text.callback_url:
            return None
        reached = text.phone not in self.unreachable
        query = {
            "SMSID": text.sms_id,
            "SendFailed": "0" if reached else "1",
            "SendStatus": "5",
            "SendSuccess": "1" if reached else "0",
            "TotalPrice": f"{self.price if reached else 0:.4f}",
            "TotalReceiver": "1",
            "TotalSent": "1",
            "RequestId": text.request_id,
            "TypeId": _CUSTOMER_CARE,
            "telcoid": "1",
            "phonenumber": f"0{text.phone[2:]}",
            "switchsmsid": "",
        }
        url = f"{text.callback_url}{'&' if '?' in text.callback_url else '?'}{urlencode(query)}"

        def send(http: urllib3.PoolManager, _attempts: int) -> int:
            return http.request("GET", url).status

        return self.call_back("receipt", send, self.pauses, after)

    def release_receipts(self) -> int:
        """Make the callbacks that were held, the newest first. Returns how many."""
        with self.lock:
            held, self._held = self._held, []
        for text in reversed(held):
            self.send_receipt(text)
        return len(held)

    def do(self, operation: str, request: Request, fault: Fault | None) -> Answer:
        form = request.form()
        if (form.get("ApiKey"), form.get("SecretKey")) != (self.api_key, self.secret_key):
            raise Refused(WRONG_KEYS)
        if operation == "balance":
            return Answer(compact({"Balance": self.balance, "CodeResponse": "100", "UserID": 9999}))
        text = self._take(form)
        answer = Answer(compact({"CodeResult": "100", "CountRegenerate": 0, "SMSID": text.sms_id}))
        return answer._replace(afterwards=self._receipts(text, fault))

    def refusal(self, operation: str, code: int) -> Answer:
        """eSMS refuses with HTTP 200."""
        message = _MESSAGES.get(code, "Unknown error")
        if operation == "balance":
            return Answer(compact({"Balance": 0, "CodeResponse": str(code), "ErrorMessage": message}))
        refusal = {"CodeResult": str(code), "CountRegenerate": 0, "ErrorMessage": message}
        return Answer(compact({**refusal, "SendStatus": "5"} if code == REPEATED else refusal))

    def show(self, request: Request) -> Answer:
        """The texts that were taken, for developers."""
        if request.method == "GET" and request.path == "/":
            with self.lock:
                texts = [{"phone": each.phone, "text": each.content, "at": each.at.isoformat()} for each in self.taken]
            return Answer(compact(texts))
        return super().show(request)

    def _take(self, form: dict[str, Any]) -> Text:
        if str(form.get("SmsType")) != _CUSTOMER_CARE:
            raise Refused(WRONG_TYPE)
        if form.get("Brandname") != self.brandname:
            raise Refused(WRONG_BRAND)
        number = fullmatch(r"(?:0|\+?84)([1-9]\d{8})", str(form.get("Phone")))
        if number is None:
            raise Refused(WRONG_PHONE)
        phone, content, request_id = f"84{number[1]}", str(form.get("Content", "")), str(form.get("RequestId") or "")
        if phone in self.blocked:
            raise Refused(99)
        if not content or (self.forms is not None and not any(fullmatch(each, content) for each in self.forms)):
            raise Refused(WRONG_TEMPLATE)
        with self.lock:
            if request_id and request_id in self._requests:
                raise Refused(REPEATED)
            if self.balance < self.price:
                raise Refused(NO_MONEY)
            self.balance -= self.price
            self._requests.add(request_id)
            callback_url = str(form.get("CallbackUrl") or "")
            text = Text(self.new_id(32), phone, content, request_id, callback_url, self.clock())
            self.taken.append(text)
        return text

    def _receipts(self, text: Text, fault: Fault | None) -> Callable[[], object]:
        match fault.kind if fault is not None else None:
            case Kind.RECEIPT_FIRST:
                receipt = self.send_receipt(text)
                if receipt is not None:
                    receipt.result()
                return tuple
            case Kind.RECEIPT_TWICE:
                return lambda: [self.send_receipt(text) for _ in range(2)]
            case Kind.RECEIPT_HELD:
                with self.lock:
                    self._held.append(text)
                return tuple
            case Kind.LOST if fault is not None and fault.seconds:
                return partial(self.send_receipt, text, fault.seconds)
        return tuple if self.receipt_after is None else partial(self.send_receipt, text, self.receipt_after)


def variables(esms: Esms) -> dict[str, str]:
    """What a function needs in its environment to use this eSMS."""
    return {"ESMS_URL": esms.url, "ESMS_BRANDNAME": esms.brandname}


def secrets(esms: Esms) -> dict[str, str]:
    """The document that the system under test keeps in the parameter store, by the last part of its name."""
    return {"esms": json.dumps({"api_key": esms.api_key, "secret_key": esms.secret_key})}
