"""Fourteen days of stays, and the weeks until nothing of them is left: a test moves the clock of the whole system."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from http import HTTPStatus
from math import ceil
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest

from infra.local.stack import Stack, token
from tests.journeys.actors import SET_ASIDE, Administrator, Browser, Guard, Traveller, Witness, errors_logged
from tests.journeys.moved_clocks import MovedClock, running_with_clock

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
COMMUNE = "25480"
ORIGIN = "79"
"""Of everyone here. By the policy that ships, its risk is very high."""
LAST, LONGER = 14, 17
"""Days of a stay: the last one, and the last one of a stay that is lengthened."""
TESTS, SILENT = (1, 7, 14), (4, 14)
LEAVES, LOWER_FROM, LENGTHENED = 3, 6, 10


class Moved(NamedTuple):
    """The system, and its clock."""

    stack: Stack
    clock: MovedClock


@pytest.fixture
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """One of its own, as its clock moves."""
    with running_with_clock(tmp_path_factory.mktemp("moved")) as (stack, clock):
        yield Moved(stack, clock)


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that the gateway refuses as one too many is sent once more.

    The engine's gateway allows so many requests by the time that has passed. Threads read the moved clock side by side,
    without a lock, and a rare reading seems to be this machine's own time, weeks before: then it refuses one request.
    """
    sends = Browser.send

    def send(browser: Browser, *request: Any, **headers: Any) -> Any:
        answer = sends(browser, *request, **headers)
        return sends(browser, *request, **headers) if answer.status == HTTPStatus.TOO_MANY_REQUESTS else answer

    monkeypatch.setattr(Browser, "send", send)


class Resident:
    """Someone who is admitted, and then stays."""

    def __init__(self, system: Moved, number: int, guard: Guard) -> None:
        traveller = Traveller(system.stack, 6200 + number)
        arrival = system.clock() + timedelta(minutes=30)
        (own,) = traveller.declares(expected_arrival=arrival.isoformat())["passes"]
        self.phone, self.code = traveller.phone, own["code"]
        self._stack, self._secret = system.stack, own["secret"]
        assert guard.records(self.code)[0] == 201

    def sees(self) -> Any:
        """Their stay."""
        status, stay = self._sends("GET", "stay")
        assert status == 200, stay
        return stay

    def reports(self, day: date) -> tuple[int, str]:
        """The status, and the code of a refusal."""
        status, answer = self._sends("POST", "health-reports", {"day": f"{day}", "symptoms": [], "temperature": 36.6})
        return status, answer.get("code", "")

    def _sends(self, method: str, what: str, body: Any = None) -> tuple[int, Any]:
        # A connection of its own: the engine closes one that nobody has used since yesterday.
        browser = Browser(self._stack)
        answer = browser.send(method, f"/v1/passes/{self.code}/{what}", body, X_Pass_Secret=self._secret)
        return answer.status, json.loads(answer.data)


class Commune(Browser):
    """A commune's officer."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack, token(stack, "commune"))

    def lists(self, state: str = "") -> list[str]:
        """Codes."""
        query = f"?state={state}" if state else ""
        return [each["code"] for each in self.asks("GET", f"/v1/communes/{COMMUNE}/stays{query}")["stays"]]

    def finds(self, code: str, *, expects: int = 200) -> Any:
        """The whole stay."""
        return self.asks("GET", f"/v1/communes/{COMMUNE}/stays/{code}", expects=expects)

    def sends(self, code: str, verb: str, **body: Any) -> Any:
        """The whole stay."""
        return self.asks("POST", f"/v1/communes/{COMMUNE}/stays/{code}/{verb}", body, expects=201)


class Story:
    """The system from day to day."""

    def __init__(self, system: Moved) -> None:
        self._system, self.witness = system, Witness(system.stack)
        self._tomorrow_at_eight()
        self.first = self.today
        _enters_a_lower_risk(self, self.first + timedelta(days=LOWER_FROM - 1))
        self.diligent, self.silent, self.leaves, self.longer = (self.admits(number) for number in range(4))
        self.here = [self.diligent, self.silent, self.leaves, self.longer]
        self.later: Resident | None = None

    @cached_property
    def guard(self) -> Guard:
        """Signs in when they are first asked on a day: a token is good for an hour."""
        return Guard(self._system.stack)

    @cached_property
    def commune(self) -> "Commune":
        return Commune(self._system.stack)

    @property
    def now(self) -> datetime:
        return self._system.clock().astimezone(ZONE)

    @property
    def today(self) -> date:
        return self.now.date()

    @property
    def day(self) -> int:
        """Of the first stays."""
        return (self.today - self.first).days + 1

    def on(self, day: int) -> str:
        """The date of a day of the first stays."""
        return f"{self.first + timedelta(days=day - 1)}"

    def sleeps(self, days: int = 1) -> None:
        self._wakes(timedelta(days=days))

    def waits(self, seconds: int) -> None:
        """For what must come later on the same day."""
        self._system.clock.advance(timedelta(seconds=seconds))

    def sees(self, true: Callable[[], bool], what: str) -> None:
        """Wait for what a worker does."""
        self.witness.waits_until(true, what, pause=0.2)

    def admits(self, number: int) -> Resident:
        """Someone with a stay that has begun, and two texts: the code, and what to do."""
        resident = Resident(self._system, number, self.guard)
        self.sees(lambda: resident.code in self.commune.lists("expected"), "the stay")
        self.sees(lambda: self.texts(resident) == 2, "two texts")
        return resident

    def texts(self, resident: Resident) -> int:
        return len(self.witness.texts().get(resident.phone, []))

    def kept(self) -> dict[str, int]:
        """How many rows about people the tables still have to keep, by table."""
        now = self.now.timestamp()
        rows = {table: self.witness.rows(table) for table in ("Entries", "Stays", "Tracing", "Messages")}
        kept = {table: sum(float(row["expires_at"]["N"]) > now for row in some) for table, some in rows.items()}
        return {table: count for table, count in kept.items() if count}

    def _tomorrow_at_eight(self) -> None:
        eight = datetime.combine(self.today + timedelta(days=1), time(8), ZONE)
        self._wakes(eight - self.now)

    def _wakes(self, later: timedelta) -> None:
        self.waits(ceil(later.total_seconds()))
        vars(self).pop("guard", None)
        vars(self).pop("commune", None)


def test_fourteen_days_of_a_stay_and_the_weeks_after_it(moved: Moved) -> None:
    story = Story(moved)
    _all_have_come(story)
    while story.day <= LAST:
        _a_day(story)
        story.sleeps()
    _the_stays_end_by_themselves(story)
    _the_declarations_leave(story)
    _the_stays_leave(story)
    assert [story.witness.waiting(queue) for queue in SET_ASIDE] == [0] * len(SET_ASIDE)
    assert errors_logged(moved.stack) == ""


def _all_have_come(story: Story) -> None:
    assert set(story.commune.lists()) == {each.code for each in story.here}
    for each in story.here:
        story.commune.sends(each.code, "arrival", outcome="confirmed")
    assert story.commune.lists("expected") == []
    own = story.diligent.sees()
    assert (own["begins_on"], own["until"], own["place"]) == (story.on(1), story.on(LAST), "facility")
    assert own["tests_on"] == [story.on(day) for day in TESTS]


def _a_day(story: Story) -> None:
    happens = {LEAVES: _leaves, LOWER_FROM: _another_one_comes, LENGTHENED: _is_lengthened}.get(story.day)
    if happens is not None:
        happens(story)
    seen = story.diligent.sees()
    assert (seen["day"], seen["days"], seen["running"]) == (story.day, LAST, True)
    assert seen["today"] == (["report", "test"] if story.day in TESTS else ["report"])
    due = {each.code for each in story.here if story.day in TESTS}
    assert set(story.commune.lists("test_due")) >= due
    for code in due:
        story.commune.sends(code, "tests", day=story.on(story.day), kind="pcr", result="negative")
    assert not {each.code for each in story.here} & set(story.commune.lists("test_due"))
    reporting = [each for each in story.here if story.day not in SILENT or each is not story.silent]
    for each in reporting:
        assert each.reports(story.today) == (201, "")
    # Nobody asked for this list, and nothing has run at midnight.
    missing = {each.code for each in story.here if each not in reporting}
    assert missing == set(story.commune.lists("silent")) - ({story.later.code} if story.later else set())


def _leaves(story: Story) -> None:
    """Through a gate: that ends the stay."""
    assert story.guard.lets_out(story.leaves.code)[0] == 201
    story.sees(lambda: story.leaves.code not in story.commune.lists(), "the end of a stay")
    story.here.remove(story.leaves)
    assert story.leaves.sees()["running"] is False
    assert story.leaves.reports(story.today) == (409, "stay_ended")


def _another_one_comes(story: Story) -> None:
    """On the first day of the lower risk. The stays that have begun do not change."""
    story.later = story.admits(4)
    places = [(each.sees()["place"], each.sees()["days"]) for each in (story.later, story.diligent)]
    assert places == [("home", LAST), ("facility", LAST)]


def _is_lengthened(story: Story) -> None:
    until = date.fromisoformat(story.on(LONGER))
    story.commune.sends(story.longer.code, "changes", kind="longer", until=f"{until}", reason="Có tiếp xúc mới")
    story.waits(60)
    story.sees(lambda: story.texts(story.longer) == 3, "the text with the new end")
    assert f"{until:%d/%m/%Y}" in story.witness.texts()[story.longer.phone][-1]


def _the_stays_end_by_themselves(story: Story) -> None:
    assert story.later is not None
    assert set(story.commune.lists()) == {story.longer.code, story.later.code}
    for each in (story.diligent, story.silent):
        assert (each.sees()["running"], each.reports(story.today)) == (False, (409, "stay_ended"))
    assert story.longer.reports(story.today) == (201, "")
    story.sleeps(LONGER - LAST)
    assert story.commune.lists() == [story.later.code]
    # The code and the admission; for one of them the new end. Who was silent gets none: the commune calls them.
    everyone = (story.diligent, story.silent, story.leaves, story.longer, story.later)
    assert [story.texts(each) for each in everyone] == [2, 2, 2, 3, 2]


def _the_declarations_leave(story: Story) -> None:
    """After thirty days. The stay is known for longer."""
    story.sleeps(30 - story.day)
    assert story.guard.looks_up(story.diligent.code)["verdict"] == "used"
    story.sleeps(2)
    for each in (story.diligent, story.silent, story.leaves, story.longer):
        assert (
            Browser(story.witness.stack).asks("GET", f"/v1/passes/{each.code}", expects=404)["code"] == "pass_unknown"
        )
        assert story.guard.looks_up(each.code)["verdict"] == "unknown"
    stay = story.commune.finds(story.silent.code)
    assert len(stay["reports"]) == LAST - len(SILENT)
    assert len(stay["tests"]) == len(TESTS)


def _the_stays_leave(story: Story) -> None:
    """Four weeks after the last day of the last one."""
    assert story.later is not None
    story.sleeps(LOWER_FROM + LAST - 1 + 28 - story.day)
    assert story.commune.finds(story.later.code)["until"] == story.on(LOWER_FROM + LAST - 1)
    story.sleeps()
    for each in (story.diligent, story.silent, story.leaves, story.longer, story.later):
        assert story.commune.finds(each.code, expects=404)["code"] == "stay_unknown"
    assert story.kept() == {}


def _enters_a_lower_risk(story: Story, day: date) -> None:
    """From a day on, everyone's origin has a lower risk, which needs no facility."""
    administrator = Administrator(story.witness.stack)
    answer = administrator.send("GET", "/v1/policy")
    policy = json.loads(answer.data)
    areas = [each for each in policy["areas"] if each.get("unit") != ORIGIN]
    before = {"unit": ORIGIN, "risk": "very_high", "until": f"{day - timedelta(days=1)}"}
    policy["areas"] = [before, {"unit": ORIGIN, "risk": "high", "from": f"{day}"}, *areas]
    policy["version"] += ".lower"
    answer = administrator.send("PUT", "/v1/policy", policy, If_Match=answer.headers["ETag"])
    assert answer.status == 200, answer.data
    story.waits(60)  # each process reads the policy once a minute
