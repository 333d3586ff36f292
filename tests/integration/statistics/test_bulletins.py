"""Bulletins and public figures, from counters to the public's answers, on moto."""

import csv
import json
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.models.statistics.figures import Family
from chalicelib.storage.statistics.publications import PublicationRow
from tests.integration.conftest import Api, Clock
from tests.integration.partitions import asked_of, may, unused
from tests.integration.statistics.provinces import happen, start

BULLETINS = "/v1/statistics/bulletins"


@pytest.fixture
def yesterday(clock: Clock, aws: dict[str, str]) -> date:
    """Figures of yesterday; now it is six in the morning."""
    clock.now = clock.now.replace(hour=6, minute=0, second=0)
    start(clock)
    day = clock().date() - timedelta(days=1)
    for gate, number in (("an-hoa", 40), ("an-tinh", 3), ("thai-my", 25)):
        happen(clock, day, Family.GATES, "declared", gate, "08", times=number)
    for commune, number in (("25480", 5), ("25483", 30), ("25486", 33)):
        happen(clock, day, Family.COMMUNES, "entered", "2021", commune, "admit", times=number)
    happen(clock, day, Family.CASES, "cases", "new", times=3)
    return day


def publish(api: Api, number: int = 1) -> Any:
    draft = api("POST", BULLETINS, {"number": number}, role="committee", subject="member-1").json_body
    return api("POST", f"{BULLETINS}/{draft['id']}/release", role="committee", subject="member-2").json_body


def test_two_people_publish_a_bulletin_that_everyone_reads(api: Api, clock: Clock, yesterday: date) -> None:
    drafted = api("POST", BULLETINS, {"number": 1}, role="committee", subject="member-1")
    draft = drafted.json_body
    assert (drafted.status_code, draft["publishes"][-1]) == (201, str(yesterday))
    link = f"/v1/public/bulletins/{clock().date()}/1"
    assert api("GET", "/v1/public/bulletins").json_body == {"bulletins": []}
    assert api("GET", link).json_body["code"] == "bulletin_unknown"
    own = api("POST", f"{BULLETINS}/{draft['id']}/release", role="committee", subject="member-1")
    assert (own.status_code, own.json_body["code"]) == (403, "bulletin_needs_second_person")
    (listed,) = api("GET", BULLETINS, role="committee", subject="member-2").json_body["drafts"]
    assert listed == draft
    released = api("POST", f"{BULLETINS}/{draft['id']}/release", role="committee", subject="member-2").json_body
    assert (released["released_by"], released["link"]) == ("member-2", link)
    (public,) = api("GET", "/v1/public/bulletins").json_body["bulletins"]
    assert (public["title"], public["link"]) == (draft["title"], link)
    seen = api("GET", link)
    assert seen.headers["Cache-Control"] == "public, max-age=60"
    assert api("GET", link, If_None_Match=seen.headers["ETag"]).status_code == 304
    assert seen.json_body["tables"] == draft["tables"]
    assert "member-" not in seen.body.decode()
    gates = next(each["rows"] for each in draft["tables"] if each["title"] == "Theo chốt kiểm soát")
    assert ["Chốt An Hòa", "40", "0", "0"] in gates
    assert ["Chốt An Tịnh", "*", "0", "0"] in gates
    again = api("POST", BULLETINS, {"number": 1}, role="committee")
    assert (again.status_code, again.json_body["code"]) == (409, "bulletin_released")


def test_public_figures_are_those_of_the_bulletin(api: Api, clock: Clock, yesterday: date) -> None:
    path = f"/v1/public/statistics?from={yesterday}"
    assert [each["published"] for each in api("GET", path).json_body["days"]] == [False, False]
    publish(api)
    happen(clock, yesterday, Family.GATES, "declared", "an-hoa", "09", times=500)
    answer = api("GET", path)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert api("GET", path, If_None_Match=answer.headers["ETag"]).status_code == 304
    figures = answer.json_body
    assert figures["licence"].startswith("https://creativecommons.org/")
    published, today = figures["days"]
    assert not today["published"]
    assert (published["edition"], published["hidden_below"], published["list_version"]) == (1, 10, "2021")
    tables = {each["table"]: each for each in published["tables"]}
    declared = tables["declared_by_gate_hour"]
    cells = {tuple(each["cell"]): each.get("count") for each in declared["cells"]}
    assert declared["total"] == 68
    assert (cells["an-hoa",], cells["an-tinh",], cells["thai-my",]) == (40, None, None)
    assert tables["cases_by_known"] | {"cells": [], "total": 3, "all_hidden": True} == tables["cases_by_known"]
    definitions = {each["table"]: each for each in figures["definitions"]}
    assert definitions["declared_by_gate_hour"]["by"] == ["gate", "hour"]
    assert definitions["declared_by_gate_hour"]["definition"]["en"]


def test_the_table_for_spreadsheets_has_the_same_figures(api: Api, yesterday: date) -> None:
    publish(api)
    answer = api("GET", f"/v1/public/statistics.csv?from={yesterday}", Accept="*/*")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(StringIO(answer.body.decode("utf-8-sig"))))
    own = [each for each in rows if each["series"] == "entered"]
    assert (own[0]["count"], own[0]["status"], own[0]["cell"]) == ("68", "counted", "")
    assert own[0]["definition"]
    named = {each["name"]: (each["count"], each["hidden"]) for each in own if each["name"]}
    assert len([each for each in named.values() if each == ("", "true")]) >= 2
    assert all(not each["count"] or int(each["count"]) >= 10 or not each["cell"] for each in rows)
    assert rows[-1]["status"] == "not_published"
    assert all(each["licence"] for each in rows if not each["cell"])


def test_a_late_batch_is_listed_and_the_bulletin_stays(api: Api, clock: Clock, yesterday: date) -> None:
    publish(api)
    link = f"/v1/public/bulletins/{clock().date()}/1"
    before = api("GET", link).json_body
    happen(clock, yesterday, Family.GATES, "declared", "an-hoa", "08", times=12)
    clock.advance(hours=12)
    publish(api, 2)
    after = api("GET", link).json_body
    assert after["later_changes"][0] == {
        "day": str(yesterday),
        "table": "declared_by_gate_hour",
        "from": 68,
        "to": 80,
    }
    assert {**after, "later_changes": []} == before
    day = api("GET", f"/v1/public/statistics?from={yesterday}&to={yesterday}").json_body["days"][0]
    assert (day["edition"], day["changes"]) == (2, after["later_changes"])
    evening = api("GET", f"/v1/public/bulletins/{clock().date()}/2").json_body
    assert any("đã công bố 68, nay là 80" in each for each in evening["text"])


@pytest.mark.parametrize("family", Family)
def test_everyone_may_embed_a_picture(api: Api, yesterday: date, family: Family) -> None:
    publish(api)
    answer = api(
        "GET", f"/v1/public/statistics/{family}/plot.svg?from={yesterday}", Accept="*/*", Origin="https://x.example"
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/svg+xml")
    assert "ETag" in answer.headers
    assert b"<title" in answer.body


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("statistics?from=2021-07-03&to=2021-07-02", 422, "statistics_period_reversed"),
        ("statistics?from=2021-01-01&to=2021-02-01", 422, "statistics_period_too_long"),
        ("statistics.csv?to=2090-01-01", 422, "statistics_period_in_future"),
        ("statistics/weather/plot.svg", 404, "statistics_family_unknown"),
        ("bulletins/2021-07-20/3", 404, "bulletin_unknown"),
        ("bulletins/2021-07-20/x", 404, "bulletin_unknown"),
        ("bulletins/yesterday/1", 404, "bulletin_unknown"),
        ("bulletins/0001-01-01/1", 404, "bulletin_unknown"),
        ("bulletins/9999-12-31/2", 404, "bulletin_unknown"),
        (f"bulletins/2021-07-20/{'1' * 400}", 404, "bulletin_unknown"),
    ],
)
def test_questions_of_the_public_without_an_answer(api: Api, path: str, status: int, code: str) -> None:
    answer = api("GET", f"/v1/public/{path}")
    assert (answer.status_code, answer.json_body["code"]) == (status, code)


def test_a_bulletin_has_one_url(api: Api, clock: Clock, yesterday: date) -> None:
    publish(api)
    today = clock().date()
    assert api("GET", f"/v1/public/bulletins/{today}/1").status_code == 200
    for path in (
        f"{today}/01",
        f"{today}/+1",
        f"{today}/%201",
        f"{today}/%EF%BC%91",
        f"{today:%Y%m%d}/1",
        f"{today:%G-W%V-%u}/1",
    ):
        assert api("GET", f"/v1/public/bulletins/{path}").json_body["code"] == "bulletin_unknown", path


def test_a_bulletin_is_read_without_the_figures_of_its_days(
    api: Api, clock: Clock, yesterday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everyone may ask for it, and a day's editions are a megabyte."""
    publish(api)
    link = f"/v1/public/bulletins/{clock().date()}/1"
    read: list[str] = []
    parse = PublicationRow.read

    def noted(item: Any) -> PublicationRow:
        read.append(item["row"]["S"])
        return parse(item)

    monkeypatch.setattr(PublicationRow, "read", noted)
    assert api("GET", link).status_code == 200
    assert read == ["BULLETIN#1"]


def test_a_table_that_does_not_fit_into_an_answer_is_refused(
    api: Api, clock: Clock, yesterday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(api)
    monkeypatch.setattr("chalicelib.handlers.statistics.public._MOST_CSV", 3000)
    first = yesterday - timedelta(days=8)
    answer = api("GET", f"/v1/public/statistics.csv?from={first}", Accept="*/*")
    assert (answer.status_code, answer.json_body["code"]) == (422, "statistics_period_too_long")
    assert "5" in answer.json_body["detail"]


def test_a_draft_that_no_key_has_room_for_is_unknown(api: Api, clock: Clock, yesterday: date) -> None:
    for name in ("x" * 3000, "%00", "", "A", "a" * 17):
        answer = api("POST", f"{BULLETINS}/{clock().date()}-1-{name}/release", role="committee")
        assert (answer.status_code, answer.json_body["code"]) == (404, "bulletin_draft_unknown"), name


def test_refusals_of_bulletins(api: Api, clock: Clock, yesterday: date) -> None:
    early = api("POST", BULLETINS, {"number": 2}, role="committee")
    assert (early.status_code, early.json_body["code"]) == (409, "bulletin_too_early")
    assert api("POST", BULLETINS, {"number": 3}, role="committee").json_body["code"] == "invalid_input"
    unknown = api("POST", f"{BULLETINS}/{clock().date()}-1-x/release", role="committee")
    assert (unknown.status_code, unknown.json_body["code"]) == (404, "bulletin_draft_unknown")
    for role in ("supervisor", "health", "administrator"):
        assert api("POST", BULLETINS, {"number": 1}, role=role).json_body["code"] == "staff_role_missing"


def test_the_public_function_reads_what_is_published_and_no_exact_figure(
    api: Api, yesterday: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(api)
    asked = asked_of("statistics", monkeypatch)
    for path in ("statistics", "statistics.csv", "statistics/gates/plot.svg", f"bulletins/{yesterday}/1"):
        api("GET", f"/v1/public/{path}", Accept="*/*")
    assert asked
    assert [each for each in asked if not may("public", each[0], "statistics", each[1])] == []
    assert not may("public", "dynamodb:Query", "statistics", f"{yesterday}#gates")
    assert not may("public", "dynamodb:Query", "statistics", f"DRAFTS#{yesterday}")


def test_the_office_writes_bulletins_alone(api: Api, yesterday: date, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asked_of("statistics", monkeypatch)
    publish(api)
    api("GET", "/v1/statistics/today", role="committee")
    assert [each for each in asked if not may("office", each[0], "statistics", each[1])] == []
    assert unused("office", asked, "statistics") == []
    assert not may("office", "dynamodb:PutItem", "statistics", f"{yesterday}#gates")


def test_a_bulletin_that_nobody_releases_is_listed_and_counted(
    api: Api, clock: Clock, yesterday: date, lambdas: Any, logged: StringIO
) -> None:
    def overdue() -> int:
        event = lambdas.events.generate_cw_event("aws.events", "Scheduled Event", {}, ["rule"])
        lambdas.lambda_.invoke("refresh_zalo", event)
        line = json.loads(logged.getvalue().splitlines()[-1])
        number: int = line["bulletins_overdue"]
        assert line.get("Bulletins_overdue", 0) == number
        return number

    def unreleased(day: date | None = None) -> list[int]:
        numbers: list[int] = api("GET", f"{BULLETINS}?day={day or clock().date()}", role="committee").json_body[
            "unreleased"
        ]
        return numbers

    assert (unreleased(), overdue()) == ([1], 0)
    publish(api)
    assert unreleased() == []
    clock.advance(hours=13)
    assert (unreleased(), overdue()) == ([2], 1)
    publish(api, 2)
    assert (unreleased(), overdue(), unreleased(yesterday)) == ([], 0, [1, 2])
