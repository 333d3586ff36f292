"""A case: who was near is found while workers die, told once while providers fail, and a contact becomes a case."""

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from chalicelib.models.cases.contacts import contact_id
from chalicelib.models.tracing.exposures import Exposure
from infra.local.providers import carried_by
from infra.local.stack import Stack, running
from infra.steps import Silent
from tests.forms import person
from tests.journeys.actors import Administrator, Device, Guard, HealthOfficer, Traveller, Witness
from tests.journeys.faulty_aws import MOST_TRIES, redelivery
from tests.recounts.recount import Question, recount
from tests.standins import esms, zalo
from tests.standins.faults import every
from tests.standins.zalo import EVERY_WAY, NO_ACCOUNT, Zalo
from tests.tools import program

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
BUS, AT_THE_GATE, AT_HOME = 40, 12, 5
FORMS, IN_A_FORM = 6, 50
"""Of a crowd that passed a gate without network."""
HOME = "Ấp Mẫu, nhà số 7"
RULE = "second_officer_above"


class Carried(NamedTuple):
    """The system, and the Zalo of its messages."""

    stack: Stack
    zalo: Zalo

    def sent(self, words: str) -> Counter[str]:
        """How often each phone got a message with these words: by Zalo, or by the engine's SMS."""
        by_sms = Witness(self.stack).texts().items()
        texts = [(phone.removeprefix("+"), text) for phone, some in by_sms for text in some]
        texts += [(each.phone, self.zalo.texts.get(each.template_id, ("", ""))[1]) for each in self.zalo.taken]
        return Counter(phone for phone, text in texts if words in text)


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carried]:
    """One of its own: the providers are part of a deployment."""
    with zalo.serving() as at_zalo, esms.serving() as at_esms:
        providers = nullcontext(carried_by(at_zalo, at_esms))
        at_zalo.everyone = True
        workdir = tmp_path_factory.mktemp("carried")
        with running(Silent(), workdir=workdir, providers=providers) as (stack, _):
            yield Carried(stack, at_zalo)


class Story:
    """What the officers of the journey do, in its order."""

    def __init__(self, carried: Carried) -> None:
        self.carried, self.stack = carried, carried.stack
        self.witness, self.guard = Witness(self.stack), Guard(self.stack)
        self.officer, self.second = HealthOfficer(self.stack), Guard(self.stack, "health-2")
        self.case = ""
        self.crowd = Device(self.guard, "an-hoa-tablet-10")
        # The first request reads the issuer's keys, which is no part of an opening.
        self.officer.asks("GET", "/v1/cases")

    def contacts(self, **query: Any) -> dict[str, Any]:
        """By code."""
        found: dict[str, Any] = {}
        text = "&".join(f"{name}={value}" for name, value in query.items())
        cursor = ""
        while True:
            page = self.reads(f"/v1/cases/{self.case}/contacts?limit=200&{text}{cursor}")
            found |= {each["code"]: each for each in page["contacts"]}
            if page["complete"]:
                return found
            cursor = f"&cursor={page['cursor']}"

    def tells(self, **choice: Any) -> dict[str, Any]:
        body = {"reason": "đã xác minh", **choice}
        answer = self.officer.send("POST", f"/v1/cases/{self.case}/waves", body, Idempotency_Key=str(uuid4()))
        assert answer.status == 201, answer.data
        made: dict[str, Any] = json.loads(answer.data)
        return made

    def reads(self, path: str) -> Any:
        """What the officer is answered, asking again while the system is too busy."""
        end = time.monotonic() + 120
        while (answer := self.officer.send("GET", path)).status >= 500 and time.monotonic() < end:
            time.sleep(3)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)

    def waits_until_told(self, wave: str) -> dict[str, int]:
        """What became of its messages."""

        def counts() -> Any:
            return self.reads(f"/v1/waves/{wave}")["counts"]

        self.witness.waits_until(lambda: counts()["open"] == 0, "no message of the wave is open", 240, 1)
        found: dict[str, int] = counts()
        return found

    def reasons(self) -> set[tuple[Any, ...]]:
        """Of the chain: hop, who, through whom, kind, and the times of both facts."""
        chain = self.reads(f"/v1/cases/{self.case}/chain.json")
        names = {each["number"]: each.get("contact", "case") for each in chain["persons"]}
        return {
            (each["hop"], names[each["person"]], names[each["through"]], each["kind"], each["from"], each["until"])
            for each in chain["edges"]
        }

    def recounted(self) -> set[tuple[Any, ...]]:
        """The same by plain code, from the exposures on record."""
        seen = self.reads(f"/v1/cases/{self.case}")
        rows = self.witness.rows("Tracing")
        bodies = {row["body"]["S"] for row in rows if not row["place"]["S"].startswith("MARKER#")}
        # Searches count in whole seconds.
        exposures = [
            found.model_copy(update={"at": found.at.replace(microsecond=0)})
            for found in map(Exposure.from_stored, bodies)
        ]
        own = seen["pass_code"].replace("-", "")
        (case_person,) = {each.person for each in exposures if each.code == own}
        ends, opened = datetime.fromisoformat(seen["infectious_until"]), datetime.fromisoformat(seen["opened_at"])
        question = Question(
            persons=[case_person],
            begins=datetime.fromisoformat(seen["infectious_from"]),
            ends=ends + timedelta(hours=1),
            contacts_end=max(ends, opened) + timedelta(hours=1),
            hops=seen["hops"],
            minutes=15,
            days=14,
            communes=False,
            zone=ZONE,
        )
        plain = self.case.replace("-", "")

        def name(hashed: str) -> str:
            return "case" if hashed == case_person else contact_id(plain, hashed)

        def written(moment: datetime) -> str:
            return moment.astimezone(ZONE).isoformat()

        return {
            (each.hop, name(each.person), name(each.through), each.kind, written(each.begins), written(each.ends))
            for each in recount(exposures, [], question)
        }

    def waits_for_a_recount(self, patience: float) -> None:
        """Until the chain has what plain code finds. Fails with some of what differs."""
        end = time.monotonic() + patience
        while self.reasons() != self.recounted():
            if time.monotonic() > end:
                found, wanted = self.reasons(), self.recounted()
                missing, more = sorted(wanted - found), sorted(found - wanted)
                waiting = self.witness.waiting("CasesQueue")
                raise AssertionError(
                    f"{waiting} events wait; {len(missing)} are missing, {missing[:5]}; "
                    f"{len(more)} too many, {more[:5]}"
                )
            time.sleep(4)

    def kills(self) -> int:
        """How many workers that search were killed."""
        killed = 0
        for worker in self.witness.workers("Expand"):
            worker.kill()
            killed += 1
        return killed


def at(address: str) -> dict[str, Any]:
    return {"unit": {"list_version": "2021", "code": "25480"}, "address": address}


def on(plate: str) -> dict[str, Any]:
    return {"kind": "motorbike", "plate": plate}


def test_a_case_from_its_opening_to_the_case_of_a_contact(carried: Carried, tmp_path: Path) -> None:
    story = Story(carried)
    with redelivery(carried.stack, "CasesQueue", after=4, tries=MOST_TRIES):
        late = contacts_are_found_while_workers_die(story)
        a_batch_that_comes_late_finds_the_case(story, late)
    a_large_wave_waits_for_a_second_officer_and_tells_everyone_once(story)
    a_wrong_wave_is_taken_back(story)
    a_crowd_of_three_hundred_is_found_late_and_told_once(story)
    a_contact_becomes_a_case(story)
    the_picture_is_drawn(story, tmp_path)


def contacts_are_found_while_workers_die(story: Story) -> Device:
    """Gives the device of a gate without network, which two more have passed."""
    guard, stack, witness = story.guard, story.stack, story.witness
    _lower_the_limit(stack, 30)
    driver, *riders = (person(60_000 + number, phone=f"0913{600_000 + number:06d}") for number in range(BUS))
    trip = Traveller(stack, 9600).form(transport={"kind": "bus", "plate": "70B-600.01"}, destination=at(HOME))
    issued = guard.declares_for({**trip, "traveller": driver, "companions": riders})
    bus = [each["code"] for each in issued["passes"]]

    def declares(number: int, plate: str, address: str) -> str:
        traveller = Traveller(stack, number)
        return str(traveller.declares(transport=on(plate), destination=at(address))["passes"][0]["code"])

    home = [declares(9601 + n, f"70H1-{601 + n}.01", HOME.upper()) for n in range(AT_HOME - 1)]
    gate = [declares(9620 + n, f"70G1-{620 + n}.01", f"Tổ {20 + n}") for n in range(AT_THE_GATE)]
    # Each of three rode the motorbike of one who stood at the gate.
    far = [declares(9640 + n, f"70G1-{620 + n}.01", f"Tổ {60 + n}") for n in range(3)]
    offline = [declares(9650 + n, f"70K1-{650 + n}.01", f"Tổ {80 + n}") for n in range(2)]
    for code in (*bus, *gate):
        status, answer = guard.records(code)
        assert status == 201, answer
    device = Device(guard, "an-hoa-tablet-9")
    for code in offline:
        device.keeps(code)
    for code in _declares_a_crowd(stack, guard):
        story.crowd.keeps(code)
    wanted = {each.replace("-", "") for each in (*bus, *gate)}
    witness.waits_until(lambda: wanted <= witness.codes_exposed("crossed").keys(), "all are traced", 120, 0.5)
    declared = {each.replace("-", "") for each in (*home, *far, *offline)}
    witness.waits_until(lambda: declared <= witness.codes_exposed().keys(), "all are traced", 120, 0.5)

    body = {"person": {"pass": bus[0]}, "onset_on": datetime.now(ZONE).date().isoformat()}
    began = time.monotonic()
    story.case = str(story.officer.asks("POST", "/v1/cases", body, expects=201)["case"])
    opened = time.monotonic()
    witness.waits_until(story.contacts, "the first contacts", pause=0.02)
    first = time.monotonic()
    print(f"opening: {opened - began:.2f} s; first contacts: {first - opened:.2f} s later")
    # The second one does what the first one left.
    for which in ("a worker", "another worker"):
        witness.waits_until(story.kills, f"{which} that searches", 60, 0.1)
    story.waits_for_a_recount(300)
    print(f"all contacts, with workers that died: {time.monotonic() - opened:.1f} s after the opening")

    contacts = story.contacts()
    assert {code for code, each in contacts.items() if each["hop"] == 1} == {*bus[1:], *home, *gate}
    assert {code for code, each in contacts.items() if each["hop"] == 2} == {*far}
    kinds = {code: [reason["kind"] for reason in each["reasons"]] for code, each in contacts.items()}
    assert all(kinds[each][0] == "declaration" for each in bus[1:])
    assert {tuple(kinds[each]) for each in gate} == {("checkpoint",)}
    assert {kinds[each][0] for each in home} == {"household"}
    listed = [(each["hop"], _rank(each["reasons"][0]["kind"])) for each in contacts.values()]
    assert listed == sorted(listed)
    return device


def a_batch_that_comes_late_finds_the_case(story: Story, device: Device) -> None:
    late = {each["code"] for each in device.kept}
    assert not late & story.contacts().keys()
    assert device.hands_in()["counts"]["recorded"] == 2
    story.witness.waits_until(lambda: late <= story.contacts().keys(), "those of the late batch", 60, 0.5)
    story.waits_for_a_recount(120)


def a_large_wave_waits_for_a_second_officer_and_tells_everyone_once(story: Story) -> None:
    carried = story.carried
    wanted = story.contacts(kind="declaration") | story.contacts(kind="household")
    phones = [f"84913{600_000 + number:06d}" for number in range(1, BUS)]
    phones += [f"84913{9601 + number:06d}" for number in range(AT_HOME - 1)]
    carried.zalo.refuses |= dict.fromkeys(phones[::7], NO_ACCOUNT)
    carried.zalo.misbehave("template", every(5, EVERY_WAY))
    made = story.tells(hops=[1], kinds=["declaration", "vehicle", "household"])
    assert (made["chosen"], made["not_reachable_by_message"]) == (len(wanted), [])
    wave = made["wave"]
    assert (wave["state"], wave["needs_second_officer"]) == ("waiting", True)
    release = f"/v1/waves/{wave['id']}/release"
    refused = story.officer.send("POST", release, {"reason": "checked"})
    assert (refused.status, json.loads(refused.data)["code"]) == (403, "wave_needs_second_officer")
    assert carried.sent("COVID-19") == {}
    story.second.asks("POST", release, {"reason": "checked"})
    counts = story.waits_until_told(wave["id"])
    assert counts["sent"] == len(phones) == len(wanted)
    carried.zalo.settle()
    assert carried.sent("COVID-19") == Counter(phones)
    carried.zalo.behave()
    told = [each["told"] for each in story.contacts().values() if "told" in each]
    assert len(told) == len(phones)
    assert {each["wave"] for each in told} == {wave["id"]}
    assert {each["channel"] for each in told} == {"zalo", "sms"}


def a_wrong_wave_is_taken_back(story: Story) -> None:
    """Those of the gate are told, which was wrong. Those of the bus are not told again."""
    made = story.tells(kinds=["checkpoint", "declaration"])
    assert made["chosen"] == made["wave"]["messages"] == AT_THE_GATE + 2
    assert made["told_before"] == BUS - 1
    wave = made["wave"]["id"]
    story.officer.releases(wave)
    assert story.waits_until_told(wave)["sent"] == AT_THE_GATE + 2
    other = story.officer.takes_back(wave)
    story.officer.releases(other)
    assert story.waits_until_told(other)["sent"] == AT_THE_GATE + 2
    story.carried.zalo.settle()
    wrong = story.carried.sent("gửi nhầm") + story.carried.sent("gui nham")
    assert set(wrong.values()) == {1}
    assert len(wrong) == AT_THE_GATE + 2
    told = [each["told"] for each in story.contacts().values() if each.get("told", {}).get("wave") == wave]
    assert Counter(each["state"] for each in told) == {"taken_back": AT_THE_GATE + 2}


def a_crowd_of_three_hundred_is_found_late_and_told_once(story: Story) -> None:
    carried, codes = story.carried, {each["code"] for each in story.crowd.kept}
    assert len(codes) == FORMS * IN_A_FORM
    began = time.monotonic()
    assert story.crowd.hands_in()["counts"]["recorded"] == len(codes)
    story.witness.waits_until(lambda: codes <= story.contacts().keys(), "the crowd is found", 400, 4)
    print(f"{len(codes)} contacts of a late batch: {time.monotonic() - began:.0f} s after it came")
    story.waits_for_a_recount(400)
    carried.zalo.misbehave("template", every(5, EVERY_WAY))
    made = story.tells(contacts=[each["contact"] for code, each in story.contacts().items() if code in codes], rate=600)
    assert (made["chosen"], made["wave"]["needs_second_officer"]) == (len(codes), True)
    story.second.asks("POST", f"/v1/waves/{made['wave']['id']}/release", {"reason": "checked"})
    assert story.waits_until_told(made["wave"]["id"])["sent"] == len(codes)
    carried.zalo.settle()
    carried.zalo.behave()
    told = carried.sent("COVID-19")
    assert {phone: told[phone] for phone in _phones_of_the_crowd()} == dict.fromkeys(_phones_of_the_crowd(), 1)


def a_contact_becomes_a_case(story: Story) -> None:
    contact = next(each for each in story.contacts(kind="declaration").values())
    body = {"person": {"pass": contact["code"]}, "onset_on": datetime.now(ZONE).date().isoformat(), "hops": 1}
    other = story.officer.asks("POST", "/v1/cases", body, expects=201)
    assert other["contact_of"] == [{"case": story.case, "hop": 1}]
    work = f"/v1/cases/{story.case}/contacts/{contact['contact']}/work"
    story.officer.asks("POST", work, {"kind": "became_case", "case": other["case"]}, expects=201)

    def persons(case: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = story.reads(f"/v1/cases/{case}/chain.json")["persons"]
        return found

    story.witness.waits_until(lambda: len(persons(other["case"])) >= BUS, "the chain of the other case", 300, 1)
    (became,) = [each for each in persons(story.case) if each.get("state") == "became_case"]
    assert became["contact"] == contact["contact"]
    first = story.reads(f"/v1/cases/{story.case}")["pass_code"]
    near = {each["code"] for each in story.reads(f"/v1/cases/{other['case']}/contacts?limit=200")["contacts"]}
    assert first in near
    listed = story.reads(f"/v1/cases?month={datetime.now(UTC):%Y-%m}")
    assert listed["known_contacts"] == {"cases": 2, "known": 1, "share": 0.5}


def the_picture_is_drawn(story: Story, folder: Path) -> None:
    """Chromium draws it, and shows a picture of it to those who look into the folder."""
    answer = story.officer.send("GET", f"/v1/cases/{story.case}/chain.svg")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    (folder / "chain.svg").write_bytes(answer.data)
    command = [program("chromium", "chromium-browser", "google-chrome"), "--headless", "--no-sandbox"]
    command += [f"--user-data-dir={folder / 'chromium'}", "--window-size=1000,1200"]
    command += [f"--screenshot={folder / 'chain.png'}", (folder / "chain.svg").as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own picture
    assert (folder / "chain.png").stat().st_size > 20_000
    for each in story.contacts().values():
        assert each["person"]["masked_name"] not in answer.data.decode()


def _declares_a_crowd(stack: Stack, guard: Guard) -> list[str]:
    """Each form is a bus of its own, to a place of its own."""
    codes: list[str] = []
    phones = [f"0{phone.removeprefix('84')}" for phone in _phones_of_the_crowd()]
    for number in range(FORMS):
        trip = Traveller(stack, 9660 + number).form(
            transport={"kind": "bus", "plate": f"70B-61{number}.01"}, destination=at(f"Tổ {90 + number}")
        )
        first = number * IN_A_FORM
        persons = [person(61_000 + each, phone=phones[each]) for each in range(first, first + IN_A_FORM)]
        issued = guard.declares_for({**trip, "traveller": persons[0], "companions": persons[1:]})
        codes += [each["code"] for each in issued["passes"]]
    return codes


def _phones_of_the_crowd() -> list[str]:
    return [f"84913{610_000 + number:06d}" for number in range(FORMS * IN_A_FORM)]


def _rank(kind: str) -> int:
    return ["declaration", "vehicle", "household", "host", "service", "checkpoint", "commune"].index(kind)


def _lower_the_limit(stack: Stack, limit: int) -> None:
    """Of messages that an officer releases alone."""
    administrator = Administrator(stack)
    policy = administrator.get("/v1/policy")
    before, rules = policy["version"], [{**each, RULE: limit} for each in policy["tracing"]]
    changed = {**policy, "version": "2098-01-01.1", "tracing": rules}
    answer = administrator.send("PUT", "/v1/policy", changed, If_Match=f'"{before}"')
    assert answer.status == 200, answer.data
