"""A night at the gates: all that happens there, on the packaged functions, and at dawn the counts add up."""

import re
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import chain
from threading import Barrier
from typing import Any

import cbor2
from base45 import b45decode, b45encode

from infra.local.stack import Stack
from tests import certificates
from tests.forms import HEALTHY, form
from tests.journeys.actors import (
    QUEUES,
    SET_ASIDE,
    Administrator,
    Device,
    Guard,
    HealthOfficer,
    Supervisor,
    Traveller,
    Witness,
)

Issued = dict[str, Any]


class Night:
    """Who is there, and what they did: each row that a table must have of it at dawn."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.witness = Witness(stack)
        self.an_hoa, self.an_tinh = Guard(stack), Guard(stack, "checkpoint-2")
        self.supervisor, self.health = Supervisor(stack), HealthOfficer(stack)
        self.administrator = Administrator(stack)
        self.declared: list[Issued] = []
        self.happened: Counter[str] = Counter()
        """Rows, by what their names begin with."""
        self.crossed: set[str] = set()
        """Codes."""
        self.stood_at_both: set[str] = set()
        self.numbers: set[str] = set()
        """Phones, numbers of documents, plates."""
        self._travellers = 8000

    def someone(self, **about: Any) -> Traveller:
        self._travellers += 1
        return Traveller(self.stack, self._travellers, **about)

    def declares(self, traveller: Traveller, companions: int = 0, **trip: Any) -> list[dict[str, Any]]:
        """The passes of a new declaration."""
        return self.knows(
            traveller.form(companions, **trip),
            lambda form: traveller.asks("POST", "/v1/declarations", form, expects=201),
        )

    def knows(self, form: dict[str, Any], declare: Callable[[dict[str, Any]], Issued]) -> list[dict[str, Any]]:
        """Hand a form in, and remember what must come of it."""
        issued = declare(form)
        self.declared.append(issued)
        self.happened["DECLARATION"] += 1
        self.numbers.add(re.sub("[-.]", "", form["trip"]["transport"]["plate"]))
        for each in (form["traveller"], *form["companions"]):
            self.numbers |= {number for number in (each["identity"]["number"], each.get("phone")) if number}
        passes: list[dict[str, Any]] = issued["passes"]
        return passes

    def waits_until_exposed(self, *codes: str, kind: str = "declared") -> None:
        """From then on a search finds them. Not by searching: each search leaves an audit line, and the engine, which
        gives out each line for itself, would have no time for anything else."""
        wanted = {plain(code) for code in codes}
        self.witness.waits_until(
            lambda: wanted <= self.witness.codes_exposed(kind).keys(), f"all {len(wanted)} {kind} are traced", pause=0.5
        )

    def waits_until_quiet(self) -> None:
        """No event is on its way in a queue."""
        self.witness.waits_until(lambda: not any(map(self.witness.waiting, QUEUES)), "no event waits", pause=0.5)

    def crosses(self, *codes: str) -> None:
        """Remember that a crossing of each is on record."""
        self.happened["CROSSING"] += len(codes)
        self.crossed |= {plain(code) for code in codes}


def plain(code: str) -> str:
    return code.replace("-", "")


def codes_of(passes: list[dict[str, Any]]) -> list[str]:
    return [each["code"] for each in passes]


def test_a_night_at_the_gates_adds_up_at_dawn(stack: Stack) -> None:
    night = Night(stack)
    a_bus_comes_with_one_who_has_fever(night)
    passes_are_forged_mistyped_and_unreadable(night)
    one_pass_is_shown_at_two_gates_at_the_same_moment(night)
    the_gate_is_an_hour_without_network(night)
    a_clock_is_two_hours_wrong(night)
    somebody_has_nothing_but_a_citizen_card(night)
    certificates_are_shown(night)
    a_pass_is_revoked_and_every_gate_knows(night)
    a_guard_admits_wrongly_and_corrects_it(night)
    ten_buses_waited_for_the_network(night)
    dawn(night)


def a_bus_comes_with_one_who_has_fever(night: Night) -> None:
    guard, bus = night.an_hoa, {"transport": {"kind": "bus", "plate": "51B-678.90"}}
    passes = night.declares(night.someone(), companions=44, **bus)
    passes += night.declares(night.someone(), companions=1, **bus)
    codes = codes_of(passes)

    night.waits_until_exposed(*codes)
    manifest = guard.lists_vehicle("51b 67890")
    assert {each["code"] for each in manifest["passes"]} == set(codes)
    assert manifest["counts"] == {"total": 47, "valid": 47, "used": 0, "expired": 0, "revoked": 0}

    fever = {"code": codes[7], "decision": "isolate", "temperature": 38.4, "reason": "Sốt"}
    recorded = guard.records_everyone(codes, fever)
    assert recorded["counts"] == {"recorded": 47, "repeated": 0, "conflict": 0, "refused": 0}
    assert [each["code"] for each in recorded["lines"]] == codes
    assert Counter(each["crossing"]["decision"] for each in recorded["lines"]) == {"admit": 46, "isolate": 1}
    night.crosses(*codes)

    again = guard.records_everyone(codes, fever)
    assert again["counts"] == {"recorded": 0, "repeated": 47, "conflict": 0, "refused": 0}
    assert [each["crossing"] for each in again["lines"]] == [each["crossing"] for each in recorded["lines"]]
    refused = night.an_tinh.records_everyone(codes, fever, expects=409)
    assert (refused["code"], [each["code"] for each in refused["lines"]]) == ("group_refused", codes)
    assert {each["problem"]["code"] for each in refused["lines"]} == {"crossing_already_recorded"}
    assert guard.lists_vehicle("51B-678.90")["counts"]["used"] == 47


def passes_are_forged_mistyped_and_unreadable(night: Night) -> None:
    guard, device = night.an_hoa, Device(night.an_hoa, "an-hoa-phone-1")
    (own,) = night.declares(night.someone())
    token = own["token"]
    flipped = token[:60] + ("A" if token[60] != "A" else "B") + token[61:]
    device.syncs()
    for forged in (edited(token, name="N V THU"), edited(token, plate="70A99999"), flipped):
        assert forged != token
        assert guard.scans(forged)["verdict"] == device.judges(forged) == "forged"
    assert guard.scans(token)["verdict"] == device.judges(token) == "valid"

    slip = own["code"][:-1] + ("0" if own["code"][-1] != "0" else "1")
    assert guard.scans(slip)["verdict"] == "mistyped"
    menu = guard.scans("https://quan-an.example/thuc-don")
    assert (menu["read_as"], menu["verdict"]) == ("other", "unreadable")


def edited(token: str, **claims: str) -> str:
    """As a photo editor does it: what the QR says is another thing, under the signature that was there."""
    message = cbor2.loads(b45decode(token.removeprefix("TNP1:")))
    content = cbor2.loads(message.value[2])
    for place, name in enumerate(("name", "birth_year", "plate")):
        content[-65537][place] = claims.get(name, content[-65537][place])
    message.value[2] = cbor2.dumps(content)
    return "TNP1:" + str(b45encode(cbor2.dumps(message)), "ascii")


def one_pass_is_shown_at_two_gates_at_the_same_moment(night: Night) -> None:
    (own,) = night.declares(night.someone())
    at_once = Barrier(2)

    def record(guard: Guard) -> tuple[int, dict[str, Any]]:
        at_once.wait()
        return guard.records(own["code"])

    with ThreadPoolExecutor(2) as threads:
        (first, admitted), (second, refused) = sorted(
            threads.map(record, (night.an_hoa, night.an_tinh)), key=lambda answer: answer[0]
        )
    assert (first, second) == (201, 409)
    assert (refused["code"], refused["crossing"]) == ("crossing_already_recorded", admitted)
    night.crosses(own["code"])


def the_gate_is_an_hour_without_network(night: Night) -> None:
    """Of 200 passes one was revoked before the network went, one while it was gone, one refused at the other gate
    meanwhile, one is shown twice, and one never comes."""
    device = Device(night.an_hoa, "an-hoa-tablet-2")
    passes = list(chain.from_iterable(night.declares(night.someone(), companions=49) for _ in range(4)))
    codes = codes_of(passes)
    known, unknown, elsewhere, twice, *others, _ = codes

    night.health.revokes(known, "Khai thay người khác")
    night.happened["REVOCATION"] += 1
    device.syncs()

    # From here on the tablet hears nothing.
    night.health.revokes(unknown, "Kết quả xét nghiệm là của người khác")
    night.happened["REVOCATION"] += 1
    assert night.an_tinh.records(elsewhere, decision="refuse", reason="Giấy tờ không khớp")[0] == 201

    verdicts = {each["code"]: device.judges(each["token"]) for each in passes}
    assert [code for code, verdict in verdicts.items() if verdict != "valid"] == [known]
    assert verdicts[known] == "revoked"
    device.keeps(known, "refuse", reason="Mã đã thu hồi")
    for code in (unknown, elsewhere, twice, twice, *others):
        device.keeps(code)

    answer = device.hands_in()
    assert answer["counts"] == {"recorded": 197, "repeated": 0, "conflict": 3, "refused": 0}
    assert "clock" not in answer
    assert [each["code"] for each in answer["lines"]] == [each["code"] for each in device.kept]
    kinds = {number: each["conflict"]["kind"] for number, each in enumerate(answer["lines"]) if "conflict" in each}
    assert kinds == {1: "revoked", 2: "decided_otherwise", 4: "decided_otherwise"}
    night.crosses(*codes[:-1])
    night.stood_at_both.add(plain(elsewhere))
    night.happened["CONFLICT"] += 3
    again = device.hands_in()
    assert again["counts"] == {"recorded": 0, "repeated": 197, "conflict": 3, "refused": 0}
    assert [each["crossing"] for each in again["lines"]] == [each["crossing"] for each in answer["lines"]]

    _settle(night, unknown, holds="isolate", of=("admit", "admit"), kind="revoked")
    _settle(night, elsewhere, holds="admit", of=("admit", "refuse"), kind="decided_otherwise")
    _settle(night, twice, holds="admit", of=("admit", "admit"), kind="decided_otherwise")
    assert _open_of(night, codes) == []
    night.happened += Counter(SETTLEMENT=3, CORRECTION=3)
    device.hands_in()
    assert _open_of(night, codes) == []


def _open_of(night: Night, codes: list[str]) -> list[dict[str, Any]]:
    """Other journeys leave conflicts of their own on the same system."""
    return [each for each in night.supervisor.lists_conflicts() if each["code"] in codes]


def _settle(night: Night, code: str, *, holds: str, of: tuple[str, str], kind: str) -> None:
    """The supervisor says which of the two facts holds; a lookup shows both, and that."""
    supervisor = night.supervisor
    (conflict,) = [each for each in supervisor.lists_conflicts() if each["code"] == code]
    sent, standing = conflict["recorded_without_network"], conflict["standing"]
    assert (sent["decision"], standing["decision"], conflict["kind"]) == (*of, kind)
    assert (sent["checkpoint"], sent["offline"]["device"]) == ("an-hoa", "an-hoa-tablet-2")
    found = supervisor.looks_up(code)
    assert found["open_conflicts"] == [{"id": conflict["id"], "kind": kind}]
    settled = supervisor.settles(conflict["id"], holds, "Đã xem lại cùng hai chốt")
    assert (settled["decision"], settled["settlement"]["reason"]) == (holds, "Đã xem lại cùng hai chốt")
    assert (settled["recorded_without_network"], settled["standing"]) == (sent, standing)
    found = supervisor.looks_up(code)
    assert "open_conflicts" not in found
    assert found["crossing"] == standing
    assert [each["decision"] for each in found["corrections"]] == [holds]


def a_clock_is_two_hours_wrong(night: Night) -> None:
    device = Device(night.an_hoa, "an-hoa-phone-1", clock_ahead=timedelta(hours=2))
    passes = night.declares(night.someone(), companions=4)
    for code in codes_of(passes):
        device.keeps(code)
    answer = device.hands_in()
    assert answer["counts"]["recorded"] == 5
    assert abs(answer["clock"]["ahead_seconds"] - 7200) < 60
    assert "120" in answer["clock"]["detail"]
    for each, kept in zip(answer["lines"], device.kept, strict=True):
        crossing = each["crossing"]
        assert abs(datetime.fromisoformat(crossing["recorded_at"]) - datetime.now(UTC)) < timedelta(minutes=1)
        assert datetime.fromisoformat(crossing["offline"]["said_at"]) == datetime.fromisoformat(kept["recorded_at"])
    night.crosses(*codes_of(passes))


def somebody_has_nothing_but_a_citizen_card(night: Night) -> None:
    guard = night.an_hoa
    number = "072090765432"
    read = guard.scans(f"{number}|290765432|Nguyễn Văn Thử|17051990|Nam|Tổ 3, Ninh Phú, Tây Ninh|01072021")
    assert (read["read_as"], read["doubts"], read["found"]) == ("citizen_card", [], [])
    whole = form(datetime.now(UTC))
    whole["traveller"] = {**read["prefilled"]["traveller"], "health": HEALTHY}
    assert whole["traveller"]["identity"] == {"kind": "cccd", "number": number}
    ((own),) = night.knows(whole, guard.declares_for)
    night.waits_until_exposed(own["code"])
    assert guard.finds(identity={"number": number}) == [own["code"]]
    (found,) = guard.scans(f"{number}||Nguyễn Văn Thử|17051990|Nam|Tổ 3|01072021")["found"]
    assert (found["code"], found["verdict"]) == (own["code"], "valid")
    assert guard.records(own["code"], documents_seen=["identity_document"])[0] == 201
    night.crosses(own["code"])


def certificates_are_shown(night: Night) -> None:
    """A test of Vietnam's (PS256) and a vaccination of Austria's (ES256) count; another's and a forged one do not."""
    guard, administrator, now = night.an_hoa, night.administrator, datetime.now(UTC)
    in_vietnam, in_austria = certificates.vietnamese_key(), certificates.european_key()
    administrator.trusts("VN", certificates.bare_entry(in_vietnam, b"vietnam1", now))
    administrator.trusts("AT", certificates.bare_entry(in_austria, b"austria1", now))

    def certify(key: Any, kid: bytes, country: str, payload: dict[str, Any]) -> str:
        since, until = now - timedelta(days=1), now + timedelta(days=30)
        return certificates.make_certificate(key, kid, country, payload, since, until)

    five_hours_ago = (now - timedelta(hours=5)).isoformat()
    test = certify(in_vietnam, b"vietnam1", "VN", certificates.test(sc=five_hours_ago))
    doses = {**certificates.vaccination(co="AT"), "nam": certificates.EUROPEAN_NAME}
    vaccination = certify(in_austria, b"austria1", "AT", doses)
    own_name = {"fn": "Trần Thị", "gn": "Mẫu", "fnt": "TRAN<THI", "gnt": "MAU"}
    forged = certify(in_austria, b"vietnam1", "VN", {**certificates.test(sc=five_hours_ago), "nam": own_name})

    (tested,) = night.declares(night.someone(full_name="Nguyễn Văn Thử"))
    (vaccinated,) = night.declares(night.someone(full_name="Änne Müller-Größe", nationality="AT"))
    (neither,) = night.declares(night.someone(full_name="Trần Thị Mẫu"))
    assert "no-valid-test" in _ids(guard.scans(tested["token"])["findings"])
    for text, own, verdict, doubts in (
        (test, tested, "valid", []),
        (vaccination, vaccinated, "valid", []),
        (test, neither, "valid", ["name_differs"]),
        (forged, neither, "forged", []),
    ):
        read = guard.scans(text, code=own["code"])
        assert (read["read_as"], read["code"], read["verdict"]) == ("certificate", own["code"], "valid")
        certificate = read["certificate"]
        assert (certificate["verdict"], [each["code"] for each in certificate["doubts"]]) == (verdict, doubts)
        assert ("no-valid-test" in _ids(read["findings"])) == (own is not tested)
        assert ("isolate-at-home-14" in _ids(read["instructions"])) == (own is vaccinated)
        assert "negative-test-72" in _ids(read["papers_required"])

    for own, shown, proven, verdicts in (
        (tested, [test], ["test_result"], ["valid"]),
        (vaccinated, [vaccination], ["vaccination_certificate"], ["valid"]),
        (neither, [test, forged], [], ["valid", "forged"]),
    ):
        status, crossing = guard.records(own["code"], certificates=shown)
        assert (status, crossing["documents_seen"]) == (201, proven)
        assert [each["verdict"] for each in crossing["certificates"]] == verdicts
        assert ("no-valid-test" in crossing["findings"]) == (own is not tested)
        night.crosses(own["code"])


def _ids(named: list[dict[str, Any]]) -> set[str]:
    return {each["id"] for each in named}


def a_pass_is_revoked_and_every_gate_knows(night: Night) -> None:
    traveller, guard, witness = night.someone(), night.an_tinh, night.witness
    (own,) = night.declares(traveller)
    device = Device(guard, "an-tinh-phone-1")
    assert device.syncs()
    witness.waits_until(lambda: not device.syncs(), "nothing is new")
    assert device.judges(own["token"]) == guard.scans(own["token"])["verdict"] == "valid"

    # Later nobody would send the code of a pass that is revoked.
    witness.waits_until(lambda: traveller.phone in witness.texts(), "the message of the pass")
    night.health.revokes(own["code"], "Xét nghiệm dương tính")
    night.happened["REVOCATION"] += 1
    assert device.syncs()
    assert plain(own["code"]) in device.revoked
    assert device.judges(own["token"]) == guard.scans(own["token"])["verdict"] == "revoked"
    status, refused = guard.records(own["code"])
    assert (status, refused["code"]) == (409, "pass_revoked")
    assert guard.records(own["code"], decision="refuse", reason="Mã đã thu hồi")[0] == 201
    night.crosses(own["code"])

    witness.waits_until(lambda: len(witness.texts().get(traveller.phone, [])) == 2, "messages of pass and revocation")
    (revoked,) = [text for text in witness.texts()[traveller.phone] if "thu hoi" in text]
    assert own["code"][-4:] in revoked
    assert "nghiem" not in revoked


def a_guard_admits_wrongly_and_corrects_it(night: Night) -> None:
    guard = night.an_hoa
    (own,) = night.declares(night.someone())
    device = Device(guard, "an-hoa-phone-1")
    device.syncs()
    assert guard.records(own["code"])[0] == 201
    guard.corrects(own["code"], "isolate", "Nhìn nhầm nhiệt kế")
    assert device.syncs()
    assert device.corrected[plain(own["code"])] == "isolate"
    found = guard.looks_up(own["code"])
    assert (found["crossing"]["decision"], found["crossing"]["temperature"]) == ("admit", 36.6)
    (correction,) = found["corrections"]
    assert (correction["decision"], correction["reason"]) == ("isolate", "Nhìn nhầm nhiệt kế")
    night.crosses(own["code"])
    night.happened["CORRECTION"] += 1


def ten_buses_waited_for_the_network(night: Night) -> None:
    device = Device(night.an_hoa, "an-hoa-tablet-3")
    passes = list(chain.from_iterable(night.declares(night.someone(), companions=49) for _ in range(10)))
    for code in codes_of(passes):
        device.keeps(code)
    answer = device.hands_in()
    assert answer["counts"] == {"recorded": 500, "repeated": 0, "conflict": 0, "refused": 0}
    night.crosses(*codes_of(passes))


def dawn(night: Night) -> None:
    """All that happened is on record once, is traced and sent, and nothing is left over."""
    witness = night.witness
    codes = {plain(each["code"]) for issued in night.declared for each in issued["passes"]}
    names = {code[:13] for code in codes}
    rows = [(row["declaration"]["S"], row["row"]["S"]) for row in witness.rows("Entries")]
    assert Counter(row.partition("#")[0] for declaration, row in rows if declaration in names) == night.happened
    changes = [row.split("#") for declaration, row in rows if declaration == "CHANGES"]
    for_gates = Counter(kind for _, code, kind in changes if code in codes)
    assert for_gates == {kind: night.happened[kind] for kind in ("REVOCATION", "CORRECTION")}
    # Other journeys leave conflicts of their own on the same system.
    assert [row for partition, row in rows if partition == "CONFLICTS" and any(code in row for code in codes)] == []

    night.waits_until_quiet()
    night.waits_until_exposed(*codes)
    night.waits_until_exposed(*night.crossed, kind="crossed")
    night.waits_until_quiet()
    stood: dict[str, set[str]] = {}
    for place, code in witness.crossed_at():
        if code in codes:
            stood.setdefault(code, set()).add(place)
    assert stood.keys() == night.crossed
    assert {code for code, places in stood.items() if len(places) > 1} == night.stood_at_both
    assert [(queue, witness.waiting(queue)) for queue in SET_ASIDE] == [(queue, 0) for queue in SET_ASIDE]

    heard = {phone: texts for phone, texts in witness.texts().items() if phone in night.numbers}
    assert heard.keys() == {number for number in night.numbers if number.startswith("+")}
    assert [phone for phone, texts in heard.items() if len(set(texts)) != len(texts)] == []
    keys = "\n".join(witness.keys())
    assert [number for number in night.numbers if number.removeprefix("+84") in keys] == []
