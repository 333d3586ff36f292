"""The whole journey, played against a running stack and shown in the terminal."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import urllib3
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from chalicelib.adapters.qr import QUIET_ZONE, modules
from chalicelib.models.entry.links import SECRET_LENGTH
from infra.errors import CannotGoOn

_COLOURS = {"valid": "bold white on green", "used": "bold black on yellow", "expired": "bold black on yellow"}
_PATIENCE = 20.0
"""Seconds to wait for a message: the first one starts two cold workers."""


class StoryFailed(CannotGoOn):
    """An answer in the journey was not the expected one."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"The story failed: {problem}")


class Narrator:
    """Calls the API, and shows the answers."""

    def __init__(self, stack: dict[str, Any], token: Callable[[str], str]) -> None:
        self.stack, self.token = stack, token
        self.screen = Console(highlight=False)
        self.http = urllib3.PoolManager(timeout=30, retries=False)

    def call(self, method: str, path: str, body: Any = None, *, role: str | None = None, **headers: str) -> Any:
        sent = {"Accept": "application/json", "Accept-Language": "en", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if role:
            sent["Authorization"] = f"Bearer {self.token(role)}"
        started = time.perf_counter()
        raw = None if body is None else json.dumps(body).encode()
        answer = self.http.request(method, self.stack["api_url"] + path, body=raw, headers=sent)
        took = (time.perf_counter() - started) * 1000
        self.screen.print(f"   [dim]{method} {path} → {answer.status} in {took:.0f} ms[/dim]")
        return answer.status, json.loads(answer.data)

    def chapter(self, title: str) -> None:
        self.screen.print()
        self.screen.rule(f"[bold]{title}[/bold]", align="left")

    def give_zalo(self, phone: str) -> None:
        """The phone's owner uses Zalo. Their conversation is on its page."""
        if self.stack["zalo_url"]:
            self.http.request("POST", self.stack["zalo_url"] + "people", json={"phone": phone})

    def messages(self, phone: str) -> list[tuple[str, str]]:
        """The channels and texts of the messages to a phone; those by Zalo come first."""
        answer = self.http.request("GET", f"{self.stack['endpoint_url']}/_ministack/sns/sms-messages")
        texts = [each["Message"] for each in json.loads(answer.data).get("sms_messages", {}).get(phone, [])]
        return [*(("Zalo", each) for each in self._by_zalo(phone)), *(("SMS", each) for each in texts)]

    def _by_zalo(self, phone: str) -> list[str]:
        if not self.stack["zalo_url"]:
            return []
        people = self.http.request("GET", self.stack["zalo_url"] + "phones").json()["people"]
        lines: list[dict[str, Any]] = next((each["lines"] for each in people if f"+{each['phone']}" == phone), [])
        return [each["text"] for each in lines if "template" in each]

    def message(self, phone: str, number: int) -> str:
        """Wait for the number-th message to a phone, and show it."""
        started = time.perf_counter()
        while time.perf_counter() - started < _PATIENCE:
            messages = self.messages(phone)
            if len(messages) > number:
                channel, text = messages[number]
                self.screen.print(f"   [dim]the message came {time.perf_counter() - started:.1f} s later[/dim]")
                self.screen.print(Panel(text, title=f"{channel} to {phone}", width=76))
                return text
            time.sleep(0.1)  # the engine cannot notify us, so we poll
        raise StoryFailed(f"no message came within {_PATIENCE:.0f} s")

    def expect(self, what: str, got: object, wanted: object) -> None:
        if got != wanted:
            raise StoryFailed(f"{what}: expected {wanted!r}, got {got!r}")

    def verdict(self, shape: dict[str, Any]) -> None:
        word = f"  {shape['verdict'].upper()}  "
        self.screen.print(Text("   ") + Text(word, style=_COLOURS.get(shape["verdict"], "bold white on red")))


def play(stack: dict[str, Any], token: Callable[[str], str]) -> None:
    """Play the journey. `token` gives a bearer token for a role. Raises `StoryFailed` at the first wrong answer."""
    narrator = Narrator(stack, token)
    passes = _declare(narrator)
    _hold(narrator, passes)
    _check(narrator, passes)
    _cross(narrator, passes)
    narrator.screen.print()
    narrator.screen.print("[bold green]The journey went as it should.[/bold green]")


def _form(now: datetime, phone: str, number: str) -> dict[str, Any]:
    healthy = {
        "symptoms": [],
        "contact_with_patient": False,
        "contact_with_ill_person": False,
        "contact_with_affected_area": False,
    }
    traveller = {
        "full_name": "Nguyễn Văn Thử",
        "birth_year": 1990,
        "gender": "male",
        "nationality": "VN",
        "identity": {"kind": "cccd", "number": f"079090{number}"},
        "phone": phone,
        "health": {**healthy, "vaccination": {"doses": 2, "last_date": f"{now - timedelta(days=30):%Y-%m-%d}"}},
    }
    child = {
        "full_name": "Nguyễn Thị Bé Mẫu",
        "birth_year": now.year - 6,
        "gender": "female",
        "nationality": "VN",
        "health": healthy,
    }
    return {
        "traveller": traveller,
        "companions": [child],
        "trip": {
            "origin": {"unit": {"list_version": "2021", "code": "79"}, "address": "Số 1, đường Thử Nghiệm"},
            "destination": {
                "unit": {"list_version": "2021", "code": "25480"},
                "address": "Tổ 3",
                "host": "Trần Thị Mẫu",
            },
            "transport": {"kind": "motorbike", "plate": "59X1-234.56"},
            "purpose": "return_home",
            "expected_arrival": (now + timedelta(minutes=40)).isoformat(timespec="minutes"),
            "checkpoint": "an-hoa",
        },
        "consent": {"accepted": True, "messages": True, "text_version": "2026-12"},
    }


def _declare(narrator: Narrator) -> dict[str, Any]:
    narrator.chapter("1. On the road, forty minutes from the gate: a father and his daughter")
    now = datetime.now(UTC)
    # A new number each time, so that the story can be played again on the same stack.
    number = f"{int(now.timestamp()) % 1_000_000:06d}"
    phone = f"+84912{number}"
    narrator.give_zalo(phone)
    form, key = _form(now, phone, number), str(uuid4())
    status, issued = narrator.call("POST", "/v1/declarations", form, **{"Idempotency-Key": key})
    narrator.expect("the declaration", status, 201)
    for each in issued["passes"]:
        steps = " ".join(step["text"] for step in each["instructions"])
        narrator.screen.print(
            f"   [bold]{each['code']}[/bold]  {each['masked_name']:<14} until {_clock(each['expires_at'])}"
        )
        narrator.screen.print(f"   [dim]{steps}[/dim]")
    narrator.screen.print("   One bar of signal: the answer is lost, the app sends the same again with the same key.")
    status, again = narrator.call("POST", "/v1/declarations", form, **{"Idempotency-Key": key})
    narrator.expect("the repeated declaration", (status, again), (201, issued))
    issued["phone"] = phone
    return dict(issued)


def _hold(narrator: Narrator, issued: dict[str, Any]) -> None:
    narrator.chapter("2. They hold a pass: the QR, the code under it, and a message with a link")
    own = issued["passes"][0]
    _draw(narrator.screen, own["token"])
    narrator.screen.print(f"   [bold]{own['code']}[/bold]   until {_clock(own['expires_at'])}")
    message = narrator.message(issued["phone"], 0)
    link = next(word for word in message.split() if "://" in word).rstrip(".")
    narrator.screen.print("   The link opens the pass, and proves that the phone is the traveller's:")
    secret = link[-SECRET_LENGTH:]
    _, opened = narrator.call("POST", f"/v1/passes/{own['code']}/open", **{"X-Pass-Secret": secret})
    narrator.expect("the opened pass", (opened["token"], opened["origin"]), (own["token"], "proven"))
    status, refusal = narrator.call("POST", f"/v1/passes/{own['code']}/open")
    narrator.expect("opening by the code alone", (status, refusal["code"]), (403, "pass_secret_wrong"))
    _, state = narrator.call("GET", f"/v1/passes/{own['code']}")
    narrator.screen.print(f"   Anyone may ask for its state, and learns only that: [bold]{state['state']}[/bold]")


def _check(narrator: Narrator, issued: dict[str, Any]) -> None:
    narrator.chapter("3. At the gate: a guard scans")
    own = issued["passes"][0]
    # Zeros are good base45 wherever they stand: the text stays a signed message, whose signature is wrong.
    forged = own["token"][:-4] + ("0000" if own["token"][-4:] != "0000" else "1111")
    mistyped = own["code"][:-1] + ("0" if own["code"][-1] != "0" else "1")
    _, checked = narrator.call("POST", "/v1/checkpoint/checks", {"qr": own["token"]}, role="checkpoint")
    narrator.expect("the scan", checked["verdict"], "valid")
    narrator.verdict(checked)
    details = Table(show_header=False, box=None, padding=(0, 2, 0, 3))
    details.add_row("name", checked["person"]["full_name"])
    details.add_row("born", str(checked["person"]["born_in"]))
    details.add_row("plate", checked["trip"]["transport"]["plate"])
    for finding in checked["findings"]:
        details.add_row(finding["level"], finding["text"])
    for rider in checked["riding_along"]:
        details.add_row("rides along", f"{rider['masked_name']} ({rider['verdict']})")
    narrator.screen.print(details)
    narrator.screen.print("   A screenshot altered in a photo editor, and a code with a slip of the finger:")
    for text, wanted in ((forged, "forged"), (mistyped, "mistyped")):
        _, other = narrator.call("POST", "/v1/checkpoint/checks", {"qr": text}, role="checkpoint")
        narrator.verdict(other)
        narrator.expect("the check", other["verdict"], wanted)


def _cross(narrator: Narrator, issued: dict[str, Any]) -> None:
    narrator.chapter("4. Temperature, papers, decision: admitted, once")
    own = issued["passes"][0]
    crossing = {
        "code": own["code"],
        "checkpoint": "an-hoa",
        "temperature": 36.6,
        "documents_seen": ["identity_document", "vaccination_certificate"],
        "decision": "admit",
    }
    status, recorded = narrator.call("POST", "/v1/checkpoint/crossings", crossing, role="checkpoint")
    narrator.expect("the crossing", status, 201)
    narrator.screen.print(
        f"   {recorded['decision']} at {_clock(recorded['recorded_at'])}, {recorded['temperature']} °C"
    )
    narrator.screen.print("   The same screenshot on another phone, shown to another guard:")
    status, refusal = narrator.call("POST", "/v1/checkpoint/crossings", crossing, role="supervisor")
    narrator.expect("the second crossing", (status, refusal["code"]), (409, "crossing_already_recorded"))
    narrator.screen.print(f"   {refusal['title']}. {refusal['detail']}")
    narrator.message(issued["phone"], 1)
    _, checked = narrator.call("GET", f"/v1/checkpoint/passes/{own['code']}", role="checkpoint")
    narrator.verdict(checked)


def _clock(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%H:%M")


def _draw(screen: Console, text: str) -> None:
    """A QR in half blocks: two rows of modules a line. Always black on white: readers need that."""
    side = len(modules(text)) + 2 * QUIET_ZONE
    blank = [False] * side
    margin = [False] * QUIET_ZONE
    rows = (
        [blank] * QUIET_ZONE + [[*margin, *row, *margin] for row in modules(text)] + [blank] * (QUIET_ZONE + side % 2)
    )
    blocks = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    for upper, lower in zip(rows[::2], rows[1::2], strict=True):
        line = "".join(blocks[pair] for pair in zip(upper, lower, strict=True))
        screen.print(Text(line, style="black on white"), soft_wrap=True)
