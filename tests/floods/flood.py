"""A flood of false declarations, while gates check and record true passes.

Strangers send forms by the public route that name true travellers' plates, phones and documents, and ask for texts to
other people's phones. They look up passes, and send scans without being staff. What must hold:

- A search by a true traveller's plate, phone or document lists the true declaration, before every unproven one.
- No phone gets more texts about declarations than a day allows, and none of those that forms name as companions' gets
  any. Who was admitted gets the text about it.
- The gate is hardly slower. This machine has everything on it, so the strangers are another process, all functions but
  the gate's give way to it, and the strangers send no faster than `rate`: in the cloud each function has processors of
  its own, and the public's has a limit (`PublicConcurrency`).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from statistics import median
from threading import Event, Thread
from typing import Any, NamedTuple
from uuid import uuid4

import psutil
import urllib3

from infra.local.stack import Stack
from tests.forms import HEALTHY
from tests.forms import form as plain_form
from tests.journeys.actors import ALL_QUEUES, Browser, Guard, Witness, workers
from tests.journeys.actors import Traveller as Owner

KNOWN = ("staff", "partner", "proven")
"""Origins that must be listed before a flood of forms. How true travellers declare here."""

TEXTS_TO_A_PHONE = 3
"""About declarations, a day: `texts_to_a_phone` in the province's data."""

_CLIENTS = 4
"""Of the strangers, at once."""
_GIVES_WAY = 15
"""The priority (`nice`) of what gives way."""
_QUIET, _STUCK = 4.0, 180.0
"""Seconds."""

_ABOUT_A_PASS, _ADMITTED = "ma QR qua chot", "da qua chot"
_SEARCHERS = ("checkpoint-2", "supervisor", "health", "hotline")
"""Usernames. Each may look at some hundred persons an hour."""


class Flood(NamedTuple):
    """How large it is. `rate` is forms a second."""

    forms: int
    rate: float
    travellers: int
    """True ones."""
    strangers: int
    """Other people whose phones get the texts that forms ask for."""


class Traveller(NamedTuple):
    """A true one, whose declaration is on record."""

    origin: str
    code: str
    token: str
    plate: str
    phone: str
    number: str
    """Of their document."""


class Flooded(NamedTuple):
    """What was measured and found. Times are seconds for one person at the gate: checked and recorded."""

    statuses: dict[int, int]
    """How many forms were answered with each."""
    seconds: float
    quiet: list[float]
    flooded: list[float]
    faults: list[str]

    @property
    def ratio(self) -> float:
        """How much slower the gate was, by the medians."""
        return median(self.flooded) / median(self.quiet)


def flood(stack: Stack, size: Flood) -> Flooded:
    """Measure the gate in quiet and in the flood, then compare what searches list and what phones got."""
    days = {datetime.now(UTC).date()}
    with _partner_key(stack) as key:
        travellers = _declared(stack, size.travellers, key)
    witness, gate = Witness(stack), _Gate(stack)
    _wait_until_worked_off(witness)
    early = size.travellers // 6
    quiet = [gate.passes(each) for each in travellers[:early]]
    flooded: list[float] = []
    later = list(travellers[early:])
    pause = size.forms / size.rate / (len(later) - early)
    started = time.monotonic()
    with _lower_priority(stack), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        strangers = beside.submit(_strangers, stack["api_url"], size, travellers)
        while not strangers.done() and len(later) > early:
            flooded.append(gate.passes(later.pop(0)))
            _pause(strangers, pause - flooded[-1])
        statuses = strangers.result()
    seconds = time.monotonic() - started
    _wait_until_worked_off(witness)
    quiet += [gate.passes(each) for each in later]
    _wait_until_worked_off(witness)
    days.add(datetime.now(UTC).date())
    found = [*_hidden(stack, travellers), *_texted(witness, size, travellers, TEXTS_TO_A_PHONE * len(days))]
    return Flooded(statuses, seconds, quiet, flooded, found)


@contextmanager
def _lower_priority(stack: Stack) -> Iterator[None]:
    """Have the workers of all functions but the gate's give way to it: in the cloud they have processors of their own.
    The engine is still everyone's."""
    over, gate = Event(), stack["outputs"]["GateName"]

    def give_way() -> None:
        while not over.wait(1):
            for process, name, _ in workers(stack):
                with suppress(psutil.NoSuchProcess):  # it ended while we looked
                    if name != gate and process.nice() < _GIVES_WAY:
                        process.nice(_GIVES_WAY)

    thread = Thread(target=give_way)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _partner_key(stack: Stack) -> Iterator[str]:
    """The API key of a partner app."""
    at_the_engine = ["--stage", "local", "--endpoint", stack["endpoint_url"]]
    command = [sys.executable, "-m", "infra", "partners"]
    printed = subprocess.run(  # noqa: S603 - our own
        [*command, "add", "flood-app", *at_the_engine], check=True, capture_output=True, text=True
    ).stdout
    (key,) = [line.strip() for line in printed.splitlines() if line.startswith("    ")]
    try:
        yield key
    finally:
        subprocess.run([*command, "remove", "flood-app", "--yes", *at_the_engine], check=True, capture_output=True)  # noqa: S603


def _declared(stack: Stack, count: int, key: str) -> list[Traveller]:
    """True travellers: staff declare for a third, a partner app for another; the others have proven their phones."""
    guard, app, witness = Guard(stack), Browser(stack), Witness(stack)

    def declare(number: int) -> Traveller:
        origin = KNOWN[number % len(KNOWN)]
        asked = _form(number, f"+8497{number:07d}", minutes=20)
        if origin == "staff":
            issued = guard.declares_for(asked)
        elif origin == "partner":
            answer = app.send("POST", "/v1/partner/declarations", asked, X_Api_Key=key)
            assert answer.status == 201, answer.data
            issued = json.loads(answer.data)
        else:
            owner = Owner(stack, number, phone=asked["traveller"]["phone"])
            answer = owner.send(
                "POST", "/v1/declarations", asked, Authorization=f"Bearer {owner.proves_phone(witness)}"
            )
            assert answer.status == 201, answer.data
            issued = json.loads(answer.data)
        traveller, own = asked["traveller"], issued["passes"][0]
        plate, number_of = asked["trip"]["transport"]["plate"], traveller["identity"]["number"]
        return Traveller(origin, own["code"], own["token"], plate, traveller["phone"], number_of)

    with ThreadPoolExecutor(_CLIENTS) as threads:
        return list(threads.map(declare, range(count)))


class _Gate:
    """A guard with a queue before them."""

    def __init__(self, stack: Stack) -> None:
        self._guard = Guard(stack)
        self._guard.scans("0000-0000-0000-0000")

    def passes(self, traveller: Traveller) -> float:
        """The seconds that the API takes for one person. Before them somebody shows a QR that was edited."""
        token = traveller.token
        edited = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
        assert self._guard.scans(edited)["verdict"] == "forged"
        started = time.perf_counter()
        assert self._guard.scans(token)["verdict"] == "valid"
        status, answer = self._guard.records(traveller.code)
        taken = time.perf_counter() - started
        assert status == 201, answer
        return taken


def _pause(until: "Future[dict[int, int]]", seconds: float) -> None:
    end = time.monotonic() + seconds
    while not until.done() and time.monotonic() < end:
        time.sleep(0.05)


def _strangers(api_url: str, size: Flood, travellers: Sequence[Traveller]) -> dict[int, int]:
    """Send the forms, in a process of its own. How many were answered with each status."""
    os.nice(_GIVES_WAY)
    http = urllib3.PoolManager(maxsize=_CLIENTS, timeout=60, retries=False)
    started = time.monotonic()

    def send(method: str, path: str, body: Any = None) -> urllib3.BaseHTTPResponse:
        raw = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        return http.request(method, api_url + path, body=raw, headers=headers)

    def act(number: int) -> int:
        time.sleep(max(0.0, started + number / size.rate - time.monotonic()))
        answer = send("POST", "/v1/declarations", _false_form(number, size, travellers))
        if number % 10 == 0 and answer.status == 201:
            send("GET", f"/v1/passes/{json.loads(answer.data)['passes'][0]['code']}")
            send("GET", f"/v1/passes/{number:016d}")
            send("POST", "/v1/checkpoint/checks", {"qr": f"TNP1:{number}"})
        return answer.status

    with ThreadPoolExecutor(_CLIENTS) as threads:
        statuses = list(threads.map(act, range(size.forms)))
    return {status: statuses.count(status) for status in sorted(set(statuses))}


def _form(number: int, phone: str, *, minutes: float) -> dict[str, Any]:
    """A form of one person. Each number is another person with another vehicle."""
    made = plain_form(datetime.now(UTC))
    made["traveller"] = _person(number, phone)
    made["trip"]["transport"] = {"kind": "car", "plate": f"51G-{number:05d}"}
    made["trip"]["expected_arrival"] = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    return made


def _person(number: int, phone: str | None) -> dict[str, Any]:
    return {
        "full_name": "Nguyễn Văn Thử",
        "birth_year": 1960,
        "gender": "male",
        "nationality": "VN",
        "identity": {"kind": "cccd", "number": f"072060{number:06d}"},
        "health": HEALTHY,
        "phone": phone,
    }


def _false_form(number: int, size: Flood, travellers: Sequence[Traveller]) -> dict[str, Any]:
    """A form that names a true traveller's vehicle, and their document or their phone. It arrives later than they do,
    so it is the newer one. Its companions name phones of people who never asked for anything."""
    victim = travellers[number % len(travellers)]
    made = _form(500_000 + number, _stranger(number % size.strangers), minutes=50)
    made["trip"]["transport"]["plate"] = victim.plate
    if number % 3:
        made["traveller"]["identity"]["number"] = victim.number
    elif number % 2:
        made["traveller"]["phone"] = victim.phone
    made["companions"] = [_person(700_000 + number, victim.phone), _person(800_000 + number, _named(number, size))]
    return made


def _stranger(number: int) -> str:
    return f"+8496{number:07d}"


def _named(number: int, size: Flood) -> str:
    return f"+8486{number % size.strangers:07d}"


def _wait_until_worked_off(witness: Witness) -> None:
    """Until the queues have been empty for some seconds: a stream that is behind shows in none of them."""
    before, changed = -1, time.monotonic()
    while before or time.monotonic() - changed < _QUIET:
        assert time.monotonic() - changed < _STUCK, f"{before} events wait, and nobody works them off"
        time.sleep(0.5)
        waiting = sum(map(witness.waiting, ALL_QUEUES))
        if waiting != before:
            before, changed = waiting, time.monotonic()


def _hidden(stack: Stack, travellers: Sequence[Traveller]) -> Iterator[str]:
    """True declarations that a search does not list before all false ones."""
    staff = [Guard(stack, username) for username in _SEARCHERS]
    for number, each in enumerate(travellers):
        searches: dict[str, Any] = {"plate": each.plate, "phone": each.phone, "identity": {"number": each.number}}
        for turn, (by, sought) in enumerate(searches.items()):
            searcher = staff[(number + turn) % len(staff)]
            found = searcher.asks("POST", "/v1/checkpoint/search", {by: sought})["passes"]
            known = [row["code"] for row in found if row["origin"] in KNOWN]
            first = [row["code"] for row in found[: len(known)]]
            if each.code not in known or first != known:
                yield f"a search by {by} lists {len(found)} passes, and not first the one that {each.origin} declared"


def _texted(witness: Witness, size: Flood, travellers: Sequence[Traveller], most: int) -> Iterator[str]:
    """Phones that got too many texts, or not the ones that they must get."""
    texts = witness.texts()
    asked_for = 0
    for number in range(size.strangers):
        about = [text for text in texts.get(_stranger(number), []) if _ABOUT_A_PASS in text]
        asked_for += len(about)
        if len(about) > most:
            yield f"a stranger's phone got {len(about)} texts about declarations"
        if texts.get(_named(number, size)):
            yield "the phone of somebody who was named as a companion got a text"
    if not asked_for:
        yield "no stranger got a text at all: the flood did not reach the texts"
    for each in travellers:
        got = texts.get(each.phone, [])
        if sum(_ADMITTED in text for text in got) != 1:
            yield "a true traveller who was admitted did not get the text about it once"
        if sum(_ABOUT_A_PASS in text for text in got) > most:
            yield "a true traveller's phone got too many texts about declarations"
        if not any(each.code in text for text in got):
            yield "a true traveller did not get their own code"
