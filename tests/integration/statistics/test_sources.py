"""What becomes a figure: rows of each table, and audit lines, by way of streams and the queue."""

import base64
import gzip
import json
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from chalice.test import Client

from chalicelib.handlers.workers.audit import keep_audit
from chalicelib.models.cases.contacts import Edge
from chalicelib.models.cases.kinds import ContactKind
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.crossings import Decision, Direction
from chalicelib.models.messaging.messages import Channel, DeliveryState, Receipt
from chalicelib.models.permits.corrections import PermitCorrection
from chalicelib.models.permits.crossings import PermitCrossing
from chalicelib.models.permits.permits import PermitVerdict
from chalicelib.models.statistics.figures import Family
from chalicelib.models.stays.arrivals import ArrivalOutcome
from chalicelib.models.stays.changes import ChangeKind
from chalicelib.wiring.cases import cases
from chalicelib.wiring.messaging import messages
from chalicelib.wiring.permits import permits
from chalicelib.wiring.statistics import figures
from chalicelib.wiring.stays import stays
from tests.integration.conftest import Api, Clock, Submit
from tests.integration.queues import batch, queued
from tests.integration.statistics.conftest import Counting
from tests.tables import client
from tests.unit.permits import made as of_permits
from tests.unit.stays import made as of_stays

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def today(clock: Clock) -> date:
    return clock().date()


def test_a_journey_is_counted(api: Api, submitted: Submit, counting: Counting, clock: Clock, today: date) -> None:
    code, other = (each["code"] for each in submitted(companions=1)["passes"])
    counting.all("entries")
    hour = f"{clock():%H}"
    assert counting.of(Family.GATES, "declarations", today) == {("an-hoa", hour, "unproven"): 1}
    assert counting.of(Family.GATES, "declared", today) == {("an-hoa", hour): 2}
    assert counting.of(Family.GATES, "transports", today) == {("an-hoa", "motorbike"): 1}
    assert counting.of(Family.COMMUNES, "expected", today) == {("2021", "25480"): 2}

    body = {"checkpoint": "an-hoa", "decision": "admit"}
    assert api("POST", "/v1/checkpoint/crossings", {**body, "code": code}, role="checkpoint").status_code == 201
    refused = {**body, "code": other, "decision": "refuse", "reason": "x"}
    assert api("POST", "/v1/checkpoint/crossings", refused, role="checkpoint").status_code == 201
    counting.all("entries")
    crossed = {("an-hoa", hour, "admit"): 1, ("an-hoa", hour, "refuse"): 1}
    assert counting.of(Family.GATES, "crossings_in", today) == crossed
    assert counting.of(Family.WAITS, "from_declaration", today) == {("an-hoa", hour, "0"): 2}

    for decision in ("isolate", "refuse"):
        correction = {"code": code, "decision": decision, "reason": "x"}
        assert api("POST", "/v1/checkpoint/corrections", correction, role="supervisor").status_code == 201
    left = {"code": other, "checkpoint": "an-hoa", "direction": "out"}
    assert api("POST", "/v1/checkpoint/crossings", left, role="checkpoint").status_code in (201, 409)
    counting.all("entries")
    assert counting.of(Family.GATES, "crossings_in", today) == {("an-hoa", hour, "refuse"): 2}
    assert counting.of(Family.COMMUNES, "entered", today) == {("2021", "25480", "refuse"): 2}
    assert counting.of(Family.GATES, "corrections", today) == {("an-hoa", "isolate"): 1, ("an-hoa", "refuse"): 1}
    reading = figures().read(Family.GATES, [today])
    assert reading.since["crossings_in"] <= clock()
    assert reading.counted_to is not None
    assert reading.counted_to >= clock() - timedelta(seconds=1)


def test_a_stay_and_its_facts_are_counted_by_the_commune_that_expected_the_person(
    counting: Counting, clock: Clock, aws: dict[str, str], today: date
) -> None:
    stay = of_stays.made(clock(), begins_on=today, until=today + timedelta(days=14))
    assert stays().open(stay)
    moved = of_stays.change(clock(), ChangeKind.MOVED, to=of_stays.unit("25465"), address="x")
    for fact in (
        of_stays.arrival(clock(), ArrivalOutcome.NOT_FOUND),
        moved,
        of_stays.arrival(clock(), ArrivalOutcome.CONFIRMED, changes=1),
        of_stays.report(clock(), today),
    ):
        record = stays().find(of_stays.CODE)
        assert record is not None
        assert stays().append(record, fact)
    counting.all("stays")
    place = str(stay.place)
    assert counting.of(Family.STAYS, "stays", today) == {("2021", "25480", place): 1}
    found = {("2021", "25480", "not_found"): 1, ("2021", "25465", "confirmed"): 1}
    assert counting.of(Family.STAYS, "arrivals", today) == found
    assert counting.of(Family.STAYS, "changes", today) == {("2021", "25480", "moved"): 1}
    # Today's report is due where the person was expected when the day began.
    assert counting.of(Family.STAYS, "reports_due", today) == {("2021", "25480"): 1}
    assert counting.of(Family.STAYS, "reports_sent", today) == {("2021", "25480"): 1}
    tomorrow, last = today + timedelta(days=1), today + timedelta(days=14)
    for day in (tomorrow, last):
        assert counting.of(Family.STAYS, "reports_due", day) == {("2021", "25465"): 1}
    assert counting.of(Family.STAYS, "reports_due", last + timedelta(days=1)) == {}


def test_who_counts_a_stay_reads_no_answers_about_health(clock: Clock, aws: dict[str, str], today: date) -> None:
    assert stays().open(of_stays.made(clock(), begins_on=today))
    record = stays().find(of_stays.CODE)
    assert record is not None
    assert stays().append(record, of_stays.report(clock(), today))
    found = stays().find_without_health(of_stays.CODE)
    assert found is not None
    assert (found.stay, found.reports) == (record.stay, {})
    assert stays().find_without_health(Code.of(8, 0)) is None


def test_permits_and_crossings_by_them_are_counted(
    counting: Counting, clock: Clock, aws: dict[str, str], today: date
) -> None:
    assert permits().ask([of_permits.asked(clock())]) == [None]
    record = permits().find(of_permits.CODE)
    assert record is not None
    assert permits().decide(record, of_permits.decided(clock()))
    record = permits().find(of_permits.CODE)
    assert record is not None
    assert permits().revoke(record, of_permits.revoked(clock()))
    crossing = PermitCrossing(
        code=str(of_permits.CODE),
        checkpoint="an-hoa",
        direction=Direction.IN,
        crossed_at=clock() - timedelta(days=1),
        verdict=PermitVerdict.VALID,
        decision=Decision.ADMIT,
        recorded_at=clock(),
        recorded_by="guard",
    )
    assert permits().cross(record, crossing) is None
    for decision in (Decision.REFUSE, Decision.ISOLATE):
        corrected = permits().find_crossing(of_permits.CODE, crossing.name)
        assert corrected is not None
        correction = PermitCorrection(decision=decision, reason="x", recorded_at=clock(), recorded_by="guard")
        assert permits().correct(corrected, correction)
    counting.all("permits")
    assert counting.of(Family.PERMITS, "permit_requests", today) == {("staff",): 1}
    assert counting.of(Family.PERMITS, "permit_decisions", today) == {("grant",): 1}
    assert counting.of(Family.PERMITS, "permit_revocations", today) == {(): 1}
    before = today - timedelta(days=1)
    assert counting.of(Family.PERMITS, "permit_crossings", before) == {("an-hoa", "in", "valid", "isolate"): 1}
    made = {("an-hoa", "refuse"): 1, ("an-hoa", "isolate"): 1}
    assert counting.of(Family.PERMITS, "permit_corrections", before) == made
    late = {("permit_crossed", today.isoformat()): 1, ("permit_crossing_corrected", today.isoformat()): 2}
    assert counting.of(Family.PERMITS, "late", before) == late


def test_messages_are_counted_by_what_they_have_reached(
    submitted: Submit, lambdas: Client, counting: Counting, sent: Any, clock: Clock, today: date
) -> None:
    code = Code.parse(submitted()["passes"][0]["code"])
    body = json.dumps({"kind": "declaration_submitted", "subject": str(code)})
    lambdas.lambda_.invoke("notify_declared", batch(body))
    assert len(sent) == 1
    counting.all("messages")
    assert counting.of(Family.MESSAGES, "messages", today) == {("sms", "sent"): 1}
    receipt = Receipt(Channel.SMS, f"{code}.declaration_submitted", DeliveryState.SEEN, clock())
    assert messages().take_receipt(receipt) == "taken"
    counting.all("messages")
    counting.all("messages")
    assert counting.of(Family.MESSAGES, "messages", today) == {("sms", "sent"): 1}
    assert counting.of(Family.MESSAGES, "receipts", today) == {("sms", "delivered"): 1, ("sms", "seen"): 1}


def test_a_new_row_of_messages_is_a_claim_and_other_rows_are_no_messages(
    aws: dict[str, str], counting: Counting
) -> None:
    rows = [{"code": {"S": code}, "event": {"S": "x"}} for code in ("0" * 16, "SPENT", "PHONE#" + "0" * 32)]
    counting.stream("messages", rows)
    counting.stream("messages", rows[1:], "MODIFY")
    counting.stream("messages", rows, "REMOVE")
    assert counting.waiting() == []
    counting.stream("messages", rows, "MODIFY")
    assert [json.loads(each)["subject"] for each in counting.waiting()] == ["0" * 16]


def test_a_case_and_its_contacts_are_counted(
    api: Api, submitted: Submit, counting: Counting, clock: Clock, today: date
) -> None:
    code = submitted()["passes"][0]["code"]
    body = {
        "person": {"pass": code},
        "onset_on": today.isoformat(),
        "sampled_at": (clock() - timedelta(hours=9)).isoformat(),
    }
    answer = api("POST", "/v1/cases", body, role="health", subject="officer-1")
    assert answer.status_code == 201, answer.body
    found = cases().find(answer.json_body["case"].replace("-", ""))
    assert found is not None
    case, _ = found
    edges = [
        Edge(
            hop=1,
            person="a" * 32,
            through="b" * 32,
            kind=next(each for each in ContactKind if each.is_followed),
            seen_at=clock(),
            from_=clock(),
            until=clock() + timedelta(minutes=number),
            code="0" * 16,
            fact=f"x|{number}",
            found_at=clock(),
        )
        for number in range(2)
    ]
    cases().append_edges(case, [(each, True) for each in edges])
    counting.all("cases")
    assert counting.of(Family.CASES, "cases", today) == {("new",): 1}
    assert counting.of(Family.CASES, "contacts", today) == {("1",): 1}
    assert counting.of(Family.CASES, "from_sample", today) == {("8",): 1}


def test_looks_are_counted_when_their_lines_are_kept(
    aws: dict[str, str], counting: Counting, clock: Clock, today: date
) -> None:
    milliseconds = int(clock().timestamp() * 1000)
    message = json.dumps({"message": "audit", "action": "search passes", "codes": ["X"], "staff": "s"})
    events = [{"id": each, "timestamp": milliseconds, "message": message} for each in ("1", "2", "1")]
    packed = gzip.compress(json.dumps({"messageType": "DATA_MESSAGE", "logEvents": events}).encode())
    for _ in range(2):
        keep_audit({"awslogs": {"data": base64.b64encode(packed).decode()}}, None)
    bodies = counting.waiting()
    assert '"s"' not in "".join(bodies)
    assert counting.count(bodies) == []
    assert counting.of(Family.LOOKS, "looks", today) == {("search passes",): 2}


@pytest.mark.parametrize("table", ["stays", "permits", "messages"])
@pytest.mark.parametrize("keys", [None, {}, {"partition": {"N": "1"}, "row": {"S": "x"}}])
def test_a_record_that_cannot_be_read_is_set_aside(
    aws: dict[str, str], counting: Counting, table: str, keys: Any
) -> None:
    counting.stream(table, [keys], "MODIFY" if table == "messages" else "INSERT")
    assert counting.waiting() == []
    assert len(queued("set_aside")) == 1


def test_lists_of_stays_and_permits_are_no_facts(aws: dict[str, str], counting: Counting) -> None:
    names = (
        ("COMMUNE#2021#25480", "2021-07-22#x"),
        ("PERSON#x", "x"),
        ("0" * 16, "TEST#2021-07-22"),
        ("LIST#asked", "x"),
    )
    keys = [{"partition": {"S": partition}, "row": {"S": row}} for partition, row in names]
    for table in ("stays", "permits"):
        counting.stream(table, keys)
    assert counting.waiting() == []


def test_an_event_that_cannot_be_counted_comes_again_and_holds_up_no_other(
    submitted: Submit, counting: Counting, clock: Clock, today: date, logged: StringIO
) -> None:
    submitted()
    (good,) = counting.forward("entries")
    wrong = json.dumps({**json.loads(good), "kind": "crossing_corrected", "fact": "CORRECTION#0#x"})
    unknown = json.dumps({**json.loads(good), "kind": "nothing_we_know"})
    assert counting.count([wrong, good, unknown, "{}"]) == [{"itemIdentifier": f"m{each}"} for each in (2, 3, 0)]
    assert sum(counting.of(Family.GATES, "declarations", today).values()) == 1


def test_an_event_without_a_record_is_counted_nowhere_and_the_log_says_so(
    aws: dict[str, str], counting: Counting, today: date, logged: StringIO
) -> None:
    counting.stream("entries", [{"declaration": {"S": "0" * 13}, "row": {"S": "DECLARATION"}}])
    assert counting.count(counting.waiting()) == []
    assert counting.figures(Family.GATES, today) == []
    (line,) = [json.loads(each) for each in logged.getvalue().splitlines() if '"count"' in each]
    assert (line["gone"], line["Facts_gone"]) == (["declaration_submitted"], 1)


def test_if_the_table_of_figures_is_away_all_events_come_again(
    submitted: Submit, counting: Counting, today: date, aws: dict[str, str]
) -> None:
    submitted()
    bodies = counting.forward("entries")
    client("dynamodb").delete_table(TableName="statistics")
    assert len(counting.count(bodies)) == len(bodies)


def test_a_day_that_was_not_counted_says_so(counting: Counting, clock: Clock, aws: dict[str, str]) -> None:
    reading = figures().read(Family.GATES, [datetime.now(ZONE).date()])
    assert reading == ([], {}, None)
