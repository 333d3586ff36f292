"""Zalo: template messages (ZNS), the Official Account, mini-app sign-in, tokens, webhooks, and phones on a page.

One server has all of Zalo's hosts: `ZALO_GRAPH_URL`, `ZALO_OPENAPI_URL`, `ZALO_BUSINESS_URL` and `ZALO_OAUTH_URL` are
its `url`. A phone is in Zalo's form: `84912345678`.
"""

import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from functools import partial
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from re import fullmatch, sub
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import urllib3

from tests.standins.faults import Fault, Kind, Schedule, always, every, never
from tests.standins.servers import Answer, CallBack, Refused, Request, StandIn, compact, served

TOKEN_FOR, REFRESH_FOR = timedelta(hours=25), timedelta(days=90)
PHONE_TOKEN_FOR = timedelta(minutes=2)
SIGN_IN_FOR = timedelta(hours=1)
"""How long a mini-app's access token is good for."""
LONGEST_TRACKING, LONGEST_TEXT = 48, 2000
REPLIES_FOR = timedelta(days=7)
"""How long after a person's last message the Official Account may answer."""
PAUSES = (30.0, 300.0, 900.0, 1800.0, 3600.0)
"""Seconds."""
VIETNAM = timezone(timedelta(hours=7))

REUSED, UNKNOWN_REFRESH_TOKEN = -14020, -14014
NIGHT, NO_ACCOUNT, USED_UP, NO_TOKEN, NO_OA_TOKEN = -133, -118, -144, -124, -216

_HOSTS = ("GRAPH", "OPENAPI", "BUSINESS", "OAUTH")
_PAGE = Path(__file__).with_name("zalo.html")
_MESSAGES = {
    100: "Invalid parameter",
    112: "App is not linked",
    452: "Session key invalid",
    -32: "Request rate limit is exceeded",
    -100: "Unknown error",
    -108: "Phone number is invalid",
    -109: "Template id is invalid",
    -112: "Template data is invalid",
    -115: "Out of quota",
    -118: "Zalo account not existed",
    -122: "Body data is invalid",
    -124: "Access token invalid",
    -131: "Template is not approved",
    -133: "Cannot send at night",
    -139: "User refuses to receive this type of message",
    -144: "OA has exceeded its daily quota",
    -147: "Template has exceeded its daily quota",
    -201: "Invalid parameter",
    -210: "Parameter exceeds limit",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -230: "User has not interacted with the OA in the past 7 days",
    -501: "Your IP address is not inside Vietnam",
    -1122: "Template data is missing a parameter",
    -14009: "Invalid app secret",
    -14014: "Invalid refresh token",
    -14020: "Refresh token was used or has expired",
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
    Fault(Kind.ERROR, -32),
    Fault(Kind.ERROR, -100),
    Fault(Kind.ERROR, NO_ACCOUNT),
    Fault(Kind.ERROR, USED_UP),
    Fault(Kind.ERROR, NO_TOKEN),
    Fault(Kind.ERROR, NIGHT),
    Fault(Kind.RECEIPT_FIRST),
    Fault(Kind.RECEIPT_TWICE),
    Fault(Kind.RECEIPT_HELD),
    Fault(Kind.LOST),
)
"""Of template messages."""
CHOICES: Mapping[str, Schedule] = {
    "none": never,
    "slow": always(Fault(Kind.SLOW, seconds=5)),
    "silent": always(Fault(Kind.SILENT, seconds=60)),
    "closes": always(Fault(Kind.CLOSES)),
    "lost": always(Fault(Kind.LOST)),
    "status": always(Fault(Kind.STATUS, 502)),
    "quota": always(Fault(Kind.ERROR, USED_UP)),
    "token": always(Fault(Kind.ERROR, NO_TOKEN)),
    "night": always(Fault(Kind.ERROR, NIGHT)),
    "receipt_twice": always(Fault(Kind.RECEIPT_TWICE)),
    "fifth": every(5, EVERY_WAY),
}
"""What the page can make go wrong with template messages."""


class TokenPair(NamedTuple):
    """The Official Account's tokens."""

    access_token: str
    refresh_token: str
    expires_at: datetime


class SignIn(NamedTuple):
    """What a mini-app has of its user: `getAccessToken()` and the token of `getPhoneNumber()`."""

    access_token: str
    phone_token: str


class Taken(NamedTuple):
    """A template message that Zalo took."""

    msg_id: str
    phone: str
    template_id: str
    data: Mapping[str, str]
    tracking: str
    at: datetime


class Replied(NamedTuple):
    """A message of the Official Account that Zalo took."""

    message_id: str
    user_id: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """A line of a conversation, as the phone shows it."""

    at: datetime
    by: str
    """`oa` or `user`."""
    text: str
    id: str = ""
    """Zalo's, of a message."""
    template: Taken | None = None
    seen: bool = False


@dataclass
class Person:
    """A user of Zalo."""

    phone: str
    user_id: str
    follows: bool = False
    wrote_at: datetime | None = None
    lines: list[Line] = field(default_factory=list)


class WebhookRefused(Exception):
    """The address did not answer 200 to the unsigned `{}` with which Zalo's console tries it."""


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """What proves to Zalo that a call comes from the app's server."""
    return hmac.new(app_secret.encode(), access_token.encode(), sha256).hexdigest()


def signature(app_id: str, body: bytes, timestamp: str, oa_secret: str) -> str:
    """The header `X-ZEvent-Signature` of a webhook."""
    return "mac=" + sha256(app_id.encode() + body + timestamp.encode() + oa_secret.encode()).hexdigest()


@contextmanager
def serving(zalo: "Zalo | None" = None, port: int = 0) -> Iterator["Zalo"]:
    """Zalo on a port of the loopback interface (0: any), for as long as the `with` lasts."""
    zalo = zalo or Zalo()
    with served(zalo, port):
        yield zalo


class Zalo(StandIn):
    """Zalo. All attributes may be changed while it serves."""

    OPERATIONS = {
        ("POST", "/message/template"): "template",
        ("POST", "/v3.0/oa/message/cs"): "reply",
        ("GET", "/v2.0/oa/getoa"): "account",
        ("GET", "/v2.0/me"): "profile",
        ("GET", "/v2.0/me/info"): "phone",
        ("POST", "/v4/oa/access_token"): "refresh",
    }

    def __init__(self, seed: int = 0, clock: Callable[[], datetime] | None = None) -> None:
        super().__init__(seed, clock)
        self.app_id, self.app_secret = "360846524940903967", "app-secret"
        self.oa_id, self.oa_secret = "388613280878808645", "oa-secret"
        self.pauses: tuple[float, ...] = (0.05, 0.1, 0.2, 0.4, 0.8)
        """Seconds before an event is sent again; `PAUSES` are Zalo's own."""
        self.webhook_url = ""
        """Where events are sent; empty: nowhere."""
        self.templates: Mapping[str, Mapping[str, int]] | None = None
        """The approved templates, with the longest value of each parameter, in characters. None: all are approved."""
        self.texts: dict[str, tuple[str, str]] = {}
        """The names and texts of templates, for the page."""
        self.quota = 1_000_000
        """Template messages a day."""
        self.rests_at_night = False
        """Whether template messages are refused from 22:00 to 06:00 in Vietnam."""
        self.everyone = True
        """Whether everyone has Zalo, or only `people` do: those who did something themselves, or were added."""
        self.refuses: dict[str, int] = {}
        """The error of phones that get no template messages, by phone: -118, -139, …"""
        self.receipt_after: float | None = 0.0
        """Seconds from the answer to a template message to its receipt; None: there are no receipts."""
        self.taken: list[Taken] = []
        self.lost: list[Taken] = []
        """Those of them whose answer was lost, and whose receipt comes late."""
        self.replied: list[Replied] = []
        self.people: dict[str, Person] = {}
        """The users, by phone."""
        self.fault = "none"
        """The one of `CHOICES` that the page has set."""
        self._users: dict[str, Person] = {}
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}
        self._used: set[str] = set()
        self._sign_ins: dict[str, tuple[str, datetime]] = {}
        self._phone_tokens: dict[str, tuple[str, str, datetime]] = {}
        self._held: list[Taken] = []
        self._taken_on: Counter[date] = Counter()

    # What a test, or a developer on the page, does.

    def issue_tokens(self) -> TokenPair:
        """New tokens of the Official Account, as after its administrator has given the app its rights."""
        with self.lock:
            now = self.clock()
            pair = TokenPair(f"access-{self.new_id(40)}", f"refresh-{self.new_id(40)}", now + TOKEN_FOR)
            self._access[pair.access_token] = pair.expires_at
            self._refresh[pair.refresh_token] = now + REFRESH_FOR
            return pair

    def expire_tokens(self) -> None:
        """End all access tokens now."""
        with self.lock:
            self._access.clear()

    def sign_in(self, phone: str) -> SignIn:
        """A person opens the mini-app, and lets it have their phone number."""
        with self.lock:
            self.person(phone)
            pair = SignIn(f"user-{self.new_id(40)}", f"phone-{self.new_id(40)}")
            now = self.clock()
            self._sign_ins[pair.access_token] = (phone, now + SIGN_IN_FOR)
            self._phone_tokens[pair.phone_token] = (pair.access_token, phone, now + PHONE_TOKEN_FOR)
            return pair

    def person(self, phone: str) -> Person:
        """The user of a phone. A new one is added."""
        with self.lock:
            if phone not in self.people:
                number = int.from_bytes(sha256(f"{self._seed}:{phone}".encode()).digest()[:7])
                person = Person(phone, f"{10**17 + number}")
                self.people[phone] = self._users[person.user_id] = person
            return self.people[phone]

    def approve(self, name: str, text: str, parameters: Mapping[str, int]) -> str:
        """Approve a template: its text with `<name>` for each parameter, and their most characters. Returns its id.
        From the first one on, only approved templates may be sent."""
        with self.lock:
            template_id = str(300_001 + len(self.texts))
            self.texts[template_id] = (name, text)
            self.templates = {**(self.templates or {}), template_id: dict(parameters)}
            return template_id

    def register(self, url: str) -> None:
        """Save the webhook's address, as in Zalo's console. Raises `WebhookRefused`."""
        answer = urllib3.request("POST", url, body=b"{}", headers={"Content-Type": "application/json"}, retries=False)
        if answer.status != HTTPStatus.OK:
            raise WebhookRefused(f"{url} answered {answer.status}: {answer.data.decode(errors='replace')[:500]}")
        self.webhook_url = url

    def text(self, phone: str, text: str) -> str:
        """A person writes to the Official Account. Returns the message's id."""
        with self.lock:
            person, now, msg_id = self.person(phone), self.clock(), self.new_id()
            person.wrote_at = now
            person.lines.append(Line(now, "user", text, msg_id))
        self.send_event("user_send_text", person.user_id, self.oa_id, {"text": text, "msg_id": msg_id})
        return msg_id

    def send(self, phone: str, event: str, **message: Any) -> str:
        """A person sends something else: `user_send_image`, `user_send_location`, … Returns the message's id."""
        with self.lock:
            person, now, msg_id = self.person(phone), self.clock(), self.new_id()
            person.wrote_at = now
            person.lines.append(Line(now, "user", f"[{event}]", msg_id))
        self.send_event(event, person.user_id, self.oa_id, {**message, "msg_id": msg_id})
        return msg_id

    def follow(self, phone: str) -> None:
        self._following(phone, True)

    def unfollow(self, phone: str) -> None:
        self._following(phone, False)

    def see(self, phone: str) -> None:
        """A person opens the conversation: all that the Official Account wrote was seen.

        What Zalo sends for a template message is not public. Here it is the receipt's body with this event's name.
        """
        with self.lock:
            person = self.person(phone)
            fresh = [line for line in person.lines if line.by == "oa" and not line.seen]
            person.lines[:] = [replace(line, seen=line.seen or line.by == "oa") for line in person.lines]
        ids = [line.id for line in fresh if line.template is None]
        if ids:
            self.send_event("user_seen_message", self.oa_id, person.user_id, {"msg_ids": ids})
        for line in fresh:
            if line.template is not None:
                message = {"msg_id": line.id, "tracking_id": line.template.tracking}
                self.send_event("user_seen_message", self.oa_id, phone, message)

    def send_receipt(self, taken: Taken, after: float = 0.0) -> Future[CallBack] | None:
        """Say, some seconds later, that a template message is on the phone. None: there is no webhook."""
        message = {"msg_id": taken.msg_id, "tracking_id": taken.tracking}
        delivered = {"delivery_time": _milliseconds(self.clock()), **message}
        return self.send_event("user_received_message", self.oa_id, taken.phone, delivered, after)

    def release_receipts(self) -> int:
        """Send the receipts that were held, the newest first. Returns how many."""
        with self.lock:
            held, self._held = self._held, []
        for taken in reversed(held):
            self.send_receipt(taken)
        return len(held)

    def send_event(
        self, name: str, sender: str, recipient: str, message: Mapping[str, Any], after: float = 0.0
    ) -> Future[CallBack] | None:
        """Send a signed event, some seconds later, and again by `pauses` until it is answered with 200."""
        between = {"sender": {"id": sender}, "recipient": {"id": recipient}}
        body, mac = self.signed({"app_id": self.app_id, **between, "event_name": name, "message": message})
        return self.send_webhook(name, body, mac, after)

    def signed(self, event: Mapping[str, Any], at: datetime | None = None) -> tuple[bytes, str]:
        """The body of an event and its signature."""
        timestamp = _milliseconds(at or self.clock())
        body = compact({**event, "timestamp": timestamp})
        return body, signature(self.app_id, body, timestamp, self.oa_secret)

    def send_webhook(self, name: str, body: bytes, mac: str, after: float = 0.0) -> Future[CallBack] | None:
        """Send any body with any signature: a test may forge them. None: there is no webhook."""
        url = self.webhook_url
        if not url:
            return None

        def send(http: urllib3.PoolManager, attempts: int) -> int:
            headers = {"Content-Type": "application/json", "X-ZEvent-Signature": mac, "num_retry": str(attempts)}
            return http.request("POST", url, body=body, headers=headers).status

        return self.call_back(name, send, self.pauses, after)

    # What the app calls.

    def do(self, operation: str, request: Request, fault: Fault | None) -> Answer:
        match operation:
            case "template":
                return self._take_template(request, fault)
            case "reply":
                return self._take_reply(request)
            case "account":
                self._check_access(request, NO_OA_TOKEN)
                return _well({"data": {"oa_id": self.oa_id, "name": "Tài khoản thử"}})
            case "profile":
                return self._profile(request)
            case "phone":
                return self._phone(request)
            case _:
                return self._refreshed(request)

    def refusal(self, operation: str, code: int) -> Answer:
        """Zalo refuses with HTTP 200. Its token service has names of its own for the fields."""
        message = _MESSAGES.get(code, "Unknown error")
        if operation == "refresh":
            words = {"error_name": message, "error_reason": message, "error_description": message}
            return Answer(compact({**words, "ref_doc": "", "error": code}))
        return Answer(compact({"error": code, "message": message}))

    def _take_template(self, request: Request, fault: Fault | None) -> Answer:
        self._check_access(request, NO_TOKEN)
        form = request.form()
        if not form:
            raise Refused(-122)
        phone, template_id = form.get("phone"), form.get("template_id")
        tracking = form.get("tracking_id", "")
        if not isinstance(phone, str) or not fullmatch(r"84[1-9]\d{8,9}", phone):
            raise Refused(-108)
        data = self._check_template(template_id, form.get("template_data"))
        # The code for a longer one is not public; this one calls for the same reaction.
        if not isinstance(tracking, str) or len(tracking) > LONGEST_TRACKING:
            raise Refused(-112)
        if phone in self.refuses:
            raise Refused(self.refuses[phone])
        if not self.everyone and phone not in self.people:
            raise Refused(NO_ACCOUNT)
        with self.lock:
            now = self.clock().astimezone(VIETNAM)
            if self.rests_at_night and not 6 <= now.hour < 22:
                raise Refused(NIGHT)
            left = self.quota - self._taken_on[now.date()]
            if left <= 0:
                raise Refused(USED_UP)
            self._taken_on[now.date()] += 1
            taken = Taken(self.new_id(), phone, str(template_id), data, tracking, now)
            self.taken.append(taken)
            self.person(phone).lines.append(Line(now, "oa", "", taken.msg_id, taken))
        quota = {"dailyQuota": str(self.quota), "remainingQuota": str(left - 1)}
        answered = {"msg_id": taken.msg_id, "sent_time": _milliseconds(now), "sending_mode": "1", "quota": quota}
        return _well({"data": answered})._replace(afterwards=self._receipts(taken, fault))

    def _receipts(self, taken: Taken, fault: Fault | None) -> Callable[[], object]:
        """What sends the receipts of a template message after its answer, as a fault asks for."""
        match fault.kind if fault is not None else None:
            case Kind.RECEIPT_FIRST:
                receipt = self.send_receipt(taken)
                if receipt is not None:
                    receipt.result()
                return tuple
            case Kind.RECEIPT_TWICE:
                return lambda: [self.send_receipt(taken) for _ in range(2)]
            case Kind.RECEIPT_HELD:
                with self.lock:
                    self._held.append(taken)
                return tuple
            case Kind.LOST if fault is not None and fault.seconds:
                self.lost.append(taken)
                return partial(self.send_receipt, taken, fault.seconds)
        return tuple if self.receipt_after is None else partial(self.send_receipt, taken, self.receipt_after)

    def _check_template(self, template_id: object, data: object) -> Mapping[str, str]:
        if not isinstance(template_id, str) or not fullmatch(r"\d{1,12}", template_id):
            raise Refused(-109)
        if not isinstance(data, dict) or not all(isinstance(value, str) for value in data.values()):
            raise Refused(-112)
        if self.templates is None:
            return data
        if template_id not in self.templates:
            raise Refused(-109)
        parameters = self.templates[template_id]
        if any(not data.get(name) for name in parameters):
            raise Refused(-1122)
        # The code for a longer value is not public; this one calls for the same reaction.
        if any(len(data[name]) > longest for name, longest in parameters.items()):
            raise Refused(-112)
        return data

    def _take_reply(self, request: Request) -> Answer:
        self._check_access(request, NO_OA_TOKEN)
        form = request.form()
        user_id, text = _of(form, "recipient").get("user_id"), _of(form, "message").get("text")
        if not isinstance(user_id, str) or not isinstance(text, str) or not text:
            raise Refused(-201)
        if len(text) > LONGEST_TEXT:
            raise Refused(-210)
        with self.lock:
            person, now = self._users.get(user_id), self.clock()
            if person is None:
                raise Refused(-201)
            if person.wrote_at is None or now > person.wrote_at + REPLIES_FOR:
                raise Refused(-230)
            replied = Replied(self.new_id(), user_id, text, now)
            self.replied.append(replied)
            person.lines.append(Line(now, "oa", text, replied.message_id))
        return _well({"data": {"message_id": replied.message_id, "user_id": user_id}})

    def _profile(self, request: Request) -> Answer:
        token = request.headers.get("access_token", "")
        phone = self._signed_in(token)
        proof = request.headers.get("appsecret_proof", "")
        if not hmac.compare_digest(proof.encode(), appsecret_proof(self.app_secret, token).encode()):
            raise Refused(100)
        person = self.person(phone)
        fields = request.query.get("fields", "id").split(",")
        known = {
            "id": person.user_id,
            "name": f"Người Thử {phone[-3:]}",
            "picture": {"data": {"url": f"{self.url}/picture"}},
        }
        return _well({name: known[name] for name in fields if name in known})

    def _phone(self, request: Request) -> Answer:
        token = request.headers.get("access_token", "")
        self._signed_in(token)
        if request.headers.get("secret_key") != self.app_secret:
            raise Refused(112)
        with self.lock:
            # A token is used up once it was shown, even if the request fails.
            owner, phone, until = self._phone_tokens.pop(request.headers.get("code", ""), ("", "", self.clock()))
            if owner != token or self.clock() >= until:
                raise Refused(100)
        return _well({"data": {"number": phone}})

    def _refreshed(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        if request.headers.get("secret_key") != self.app_secret or form.get("app_id") != self.app_id:
            raise Refused(-14009)
        token = form.get("refresh_token", "")
        with self.lock:
            if token in self._used:
                raise Refused(REUSED)
            if form.get("grant_type") != "refresh_token" or token not in self._refresh:
                raise Refused(UNKNOWN_REFRESH_TOKEN)
            self._used.add(token)
            if self.clock() >= self._refresh.pop(token):
                raise Refused(REUSED)
            pair = self.issue_tokens()
        seconds = str(int(TOKEN_FOR.total_seconds()))
        tokens = {"access_token": pair.access_token, "refresh_token": pair.refresh_token, "expires_in": seconds}
        return Answer(compact(tokens))

    def _check_access(self, request: Request, code: int) -> None:
        with self.lock:
            until = self._access.get(request.headers.get("access_token", ""))
            if until is None or self.clock() >= until:
                raise Refused(code)

    def _signed_in(self, token: str) -> str:
        """The phone of a mini-app's access token."""
        with self.lock:
            phone, until = self._sign_ins.get(token, ("", self.clock()))
            if self.clock() >= until:
                raise Refused(452)
            return phone

    def _following(self, phone: str, follows: bool) -> None:
        with self.lock:
            person, now = self.person(phone), self.clock()
            person.follows = follows
            if follows:
                person.wrote_at = now
            name = "follow" if follows else "unfollow"
            person.lines.append(Line(now, "user", f"[{name}]"))
        follower = {"id": person.user_id}
        event = {"app_id": self.app_id, "oa_id": self.oa_id, "follower": follower, "event_name": name}
        self.send_webhook(name, *self.signed({**event, "source": "oa_profile"}))

    # The page.

    def show(self, request: Request) -> Answer:
        """The page, what it shows, and what its buttons do.

        Its requests have a media type that no page of another origin can send without permission, which nobody gives.
        """
        if request.method == "GET" and request.path == "/":
            return Answer(_PAGE.read_bytes(), content_type="text/html; charset=utf-8")
        if request.method == "GET" and request.path == "/phones":
            return Answer(compact(self._shown()))
        if request.method == "POST" and request.headers.get("content-type", "").startswith("application/json"):
            return self._pressed(request.path, request.form())
        return super().show(request)

    def _pressed(self, path: str, form: Mapping[str, Any]) -> Answer:
        phone = _phone_of(str(form.get("phone", "")))
        if path == "/faults" and form.get("fault") in CHOICES:
            self.fault = str(form["fault"])
            self.misbehave("template", CHOICES[self.fault])
            return Answer(compact({}))
        if phone is None:
            return Answer(compact({"error": "phone"}), 400)
        match path:
            case "/people":
                self.person(phone)
            case "/text":
                self.text(phone, str(form.get("text", ""))[:LONGEST_TEXT])
            case "/follow":
                self._following(phone, not self.person(phone).follows)
            case "/see":
                self.see(phone)
            case "/account":
                if self.refuses.pop(phone, None) is None:
                    self.refuses[phone] = NO_ACCOUNT
            case "/sign-in":
                return Answer(compact(self.sign_in(phone)._asdict()))
            case _:
                return Answer(b"not found", 404, "text/plain")
        return Answer(compact({"phone": phone}))

    def _shown_line(self, line: Line) -> dict[str, Any]:
        shown = {"at": _milliseconds(line.at), "by": line.by, "text": line.text, "seen": line.seen}
        template = line.template
        if template is None:
            return shown
        name, text = self.texts.get(template.template_id, ("", ""))
        filled = sub("<([^<>]+)>", lambda found: template.data.get(found[1], found[0]), text)
        return {**shown, "template": name or template.template_id, "text": filled, "data": dict(template.data)}

    def _shown(self) -> dict[str, Any]:
        with self.lock:
            people = [
                {
                    "phone": person.phone,
                    "follows": person.follows,
                    "has_zalo": person.phone not in self.refuses,
                    "lines": [self._shown_line(line) for line in person.lines],
                }
                for person in self.people.values()
            ]
            counts = {"calls": self.calls["template"], "taken": len(self.taken)}
            failing = sum(number for (operation, _), number in self.failed_by.items() if operation == "template")
            webhooks = {"sent": len(self.called_back), "taken": sum(each.was_taken for each in self.called_back)}
            return {
                "people": people,
                "fault": self.fault,
                "counts": {**counts, "failed": failing},
                "webhook": {"url": self.webhook_url, **webhooks},
            }


def _well(content: Mapping[str, Any]) -> Answer:
    return Answer(compact({"error": 0, "message": "Success", **content}))


def _of(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = form.get(name)
    return value if isinstance(value, dict) else {}


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def _phone_of(text: str) -> str | None:
    """A phone as a person writes it (0912 345 678, +84…) in Zalo's form."""
    digits = "".join(each for each in text if each.isdecimal())
    national = digits.removeprefix("84") if len(digits) > 10 else digits.removeprefix("0")
    return f"84{national}" if fullmatch(r"[1-9]\d{8}", national) else None


def variables(zalo: Zalo) -> dict[str, str]:
    """What a function needs in its environment to use this Zalo."""
    return {"ZALO_APP_ID": zalo.app_id, **{f"ZALO_{host}_URL": zalo.url for host in _HOSTS}}


def secrets(zalo: Zalo) -> dict[str, str]:
    """The documents that the system under test keeps in the parameter store, by the last part of their names: what it
    must know of the app, and new tokens."""
    tokens = zalo.issue_tokens()
    return {
        "zalo": json.dumps({"app_secret": zalo.app_secret, "oa_secret": zalo.oa_secret}),
        "zalo-tokens": json.dumps({**tokens._asdict(), "expires_at": tokens.expires_at.isoformat(timespec="seconds")}),
    }
