"""The routes that read exact figures, on moto."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from chalicelib.handlers.statistics.figures import LISTS
from chalicelib.http.routes import operations
from chalicelib.models.staff.roles import Role
from chalicelib.models.statistics.figures import Family
from tests.integration.conftest import Api, Clock
from tests.integration.statistics.provinces import happen, start

READERS = ("committee", "supervisor", "health")


@pytest.fixture(autouse=True)
def _noon(clock: Clock) -> None:
    clock.now = clock.now.replace(hour=13, minute=20, second=0)


def test_those_who_run_the_province_read_a_day_exactly(api: Api, clock: Clock) -> None:
    start(clock)
    today = clock().date()
    happen(clock, today, Family.GATES, "crossings_in", "an-hoa", "08", "admit", times=3)
    happen(clock, today, Family.GATES, "crossings_in", "an-hoa", "08", "refuse")
    happen(clock, today, Family.GATES, "crossings_in", "an-tinh", "09", "admit", times=2)
    for role in READERS:
        answer = api("GET", "/v1/statistics/gates?by=gate,hour", role=role).json_body
        (crossings,) = [each for each in answer["series"] if each["name"] == "crossings_in"]
        assert crossings["by"] == ["gate", "hour"]
        assert crossings["title"]["vi"] == "Lượt vào"
        assert "quyết định" in crossings["definition"]["vi"]
        (day,) = crossings["days"]
        assert (day["day"], day["coverage"], day["total"]) == (str(today), "counted", 6)
        assert day["cells"] == [{"cell": ["an-hoa", "08"], "count": 4}, {"cell": ["an-tinh", "09"], "count": 2}]
        assert answer["counted_to"] == clock().isoformat()


def test_only_the_readers_read(api: Api) -> None:
    for path in ("/v1/statistics/gates", "/v1/statistics/today", "/v1/statistics/gates/plot.svg"):
        for role in Role:
            refused = api("GET", path, role=role).status_code == 403
            assert refused == (role not in READERS), (path, role)
        assert api("GET", path).status_code == 401


def test_the_committee_reads_figures_and_nothing_else() -> None:
    """Nothing of persons, no policy and no message; and who they are themselves."""
    open_to = {each.path for each in operations() if Role.COMMITTEE in each.roles}
    assert open_to == {each.path for each in operations() if each.tag == "statistics"} | {"/v1/staff/me"}


def test_a_day_before_the_first_count_is_not_zero(api: Api, clock: Clock) -> None:
    start(clock, days_ago=1)
    today = clock().date()
    path = f"/v1/statistics/cases?from={today - timedelta(days=2)}&to={today}"
    days = api("GET", path, role="committee").json_body["series"][0]["days"]
    assert [(each["coverage"], each.get("total")) for each in days] == [
        ("not_counted", None),
        ("counted", 0),
        ("counted", 0),
    ]


def test_nothing_is_counted_yet(api: Api) -> None:
    answer = api("GET", "/v1/statistics/cases", role="committee").json_body
    assert "counted_to" not in answer
    assert {day["coverage"] for each in answer["series"] for day in each["days"]} == {"not_counted"}
    assert "gates" in api("GET", "/v1/statistics/today", role="committee").json_body["not_counted"]


def test_a_commune_alone(api: Api, clock: Clock) -> None:
    start(clock)
    for commune, number in (("25480", 7), ("25483", 9)):
        happen(clock, clock().date(), Family.COMMUNES, "expected", "2021", commune, times=number)
    happen(clock, clock().date(), Family.COMMUNES, "expected", "2025", "25480", times=100)
    answer = api("GET", "/v1/statistics/communes?commune=25480&by=commune", role="health").json_body
    (expected,) = [each for each in answer["series"] if each["name"] == "expected"]
    assert expected["days"][0]["total"] == 7
    assert "late" not in {each["name"] for each in answer["series"]}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("gates?from=2021-07-03&to=2021-07-02", 422, "statistics_period_reversed"),
        ("gates?from=2021-01-01&to=2021-12-31", 422, "statistics_period_too_long"),
        ("gates?from=2021-01-01&to=2022-02-04&by=hour", 422, "statistics_period_too_long"),
        ("gates?from=2021-01-01&to=2021-01-15&by=gate,hour", 422, "statistics_period_too_long"),
        ("gates?to=2090-01-01", 422, "statistics_period_in_future"),
        ("weather", 404, "statistics_family_unknown"),
        ("gates?by=colour", 422, "statistics_part_unknown"),
        ("cases?by=gate", 422, "statistics_part_unknown"),
        ("communes?commune=00001", 422, "statistics_commune_unknown"),
        ("communes?commune=nowhere", 422, "statistics_commune_unknown"),
        ("gates?from=yesterday", 422, "invalid_input"),
        ("gates?from=2021-02-30", 422, "invalid_input"),
        ("gates?since=2021-07-02", 422, "invalid_input"),
        ("weather/plot.svg", 404, "statistics_family_unknown"),
    ],
)
def test_questions_without_an_answer(api: Api, path: str, status: int, code: str) -> None:
    answer = api("GET", f"/v1/statistics/{path}", role="committee")
    assert (answer.status_code, answer.json_body["code"]) == (status, code)
    if code == "statistics_part_unknown":
        assert "gate" in answer.json_body["known"] or "hop" in answer.json_body["known"]


def test_a_screen_that_has_the_figures_gets_304(api: Api, clock: Clock) -> None:
    start(clock)
    first = api("GET", "/v1/statistics/today", role="committee")
    again = api("GET", "/v1/statistics/today", role="committee", If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.body) == (304, b"")
    happen(clock, clock().date(), Family.CASES, "cases", "new")
    assert api("GET", "/v1/statistics/today", role="committee", If_None_Match=first.headers["ETag"]).status_code == 200


def test_today_in_one_call(api: Api, clock: Clock) -> None:
    start(clock)
    today = clock().date()
    happen(clock, today, Family.GATES, "declared", "an-hoa", "12", times=6)
    happen(clock, today, Family.GATES, "crossings_in", "an-hoa", "12", "admit", times=4)
    happen(clock, today, Family.GATES, "crossings_in", "closed-gate", "03", "refuse")
    for minutes, number in (("5", 1), ("15", 2), ("60", 1)):
        happen(clock, today, Family.WAITS, "from_declaration", "an-hoa", "12", minutes, times=number)
    happen(clock, today, Family.WAITS, "from_declaration", "an-hoa", "03", "360", times=50)
    happen(clock, today, Family.COMMUNES, "expected", "2021", "25480", times=8)
    happen(clock, today, Family.STAYS, "arrivals", "2021", "25480", "not_found", times=2)
    yesterday = today - timedelta(days=1)
    for commune, due, sent in (("25480", 9, 7), ("25483", 5, 0), ("25486", 3, 3)):
        happen(clock, yesterday, Family.STAYS, "reports_due", "2021", commune, times=due)
        if sent:
            happen(clock, yesterday, Family.STAYS, "reports_sent", "2021", commune, times=sent)
    happen(clock, today, Family.CASES, "cases", "new", times=2)
    happen(clock, today, Family.CASES, "contacts", "1", times=11)
    happen(clock, today, Family.CASES, "from_sample", "8", times=2)
    happen(clock, today, Family.CASES, "until_told", "1", times=3)
    happen(clock, today, Family.CASES, "until_told", "2", times=8)
    happen(clock, today, Family.COMMUNES, "entered", "2021", "25483", "admit", times=3)
    happen(clock, today, Family.COMMUNES, "entered", "2025", "25483", "admit")
    happen(clock, today, Family.MESSAGES, "messages", "zalo", "sent", times=5)
    happen(clock, today, Family.MESSAGES, "messages", "sms", "sent", times=2)
    happen(clock, today, Family.MESSAGES, "messages", "none", "limited")
    seen = api("GET", "/v1/statistics/today", role="committee").json_body
    gates = {each["checkpoint"]: each for each in seen["gates"]}
    assert (gates["an-hoa"]["declared"], gates["an-hoa"]["entered"], gates["an-hoa"]["median_wait"]) == (6, 4, 15)
    assert gates["an-hoa"]["by_hour"][12] == 4
    assert (gates["closed-gate"]["entered"], gates["closed-gate"].get("median_wait")) == (1, None)
    assert seen["communes"] == [
        {"commune": "25480", "expected": 8, "entered": 0, "not_found": 2},
        {"commune": "25483", "expected": 0, "entered": 3, "not_found": 0},
    ]
    districts = {each.pop("district"): each for each in seen["districts"]}
    assert len(districts) == 9
    assert districts["703"] == {"expected": 8, "entered": 3, "not_found": 2}
    assert districts["712"] == {"expected": 0, "entered": 0, "not_found": 0}
    assert seen["silent"] == [
        {"commune": "25483", "due": 5, "sent": 0},
        {"commune": "25480", "due": 9, "sent": 7},
    ]
    assert (seen["cases"], seen["contacts"], seen["hours_from_sample"], seen["hours_until_told"]) == (2, 11, 8, 2)
    assert seen["messages"] == {"sent": 7, "limited": 1}
    assert seen["channels"] == [
        {"channel": "sms", "sent": 2, "price": 800, "cost": 1_600},
        {"channel": "zalo", "sent": 5, "price": 300, "cost": 1_500},
    ]
    assert seen["not_counted"] == []


def test_a_number_leads_to_the_list_behind_it_for_those_who_may_read_it(api: Api, clock: Clock) -> None:
    start(clock)
    routes = {each.path: each.roles for each in operations() if each.method == "GET"}
    for roles, path in LISTS.values():
        assert routes[path.partition("?")[0]] == roles
    read = {role: set(api("GET", "/v1/statistics/today", role=role).json_body["lists"]) for role in READERS}
    assert read == {
        "committee": set(),
        "supervisor": {"gates"},
        "health": {"gates", "communes", "silent", "cases"},
    }
    visitors = api("GET", "/v1/statistics/today", role="supervisor").json_body["lists"]["gates"]
    assert api("GET", visitors.format(checkpoint="an-hoa"), role="supervisor").status_code == 200


@pytest.mark.parametrize("family", Family)
def test_each_family_has_a_picture_that_loads_nothing(api: Api, clock: Clock, family: Family) -> None:
    start(clock)
    happen(clock, clock().date(), Family.CASES, "cases", "new", times=2)
    path = f"/v1/statistics/{family}/plot.svg?from={clock().date() - timedelta(days=20)}"
    answer = api("GET", path, role="committee", Accept="*/*")
    assert answer.headers["Content-Type"] == "image/svg+xml"
    picture = answer.body.decode()
    ElementTree.fromstring(picture)  # noqa: S314 - our own
    assert not {"href", "<script", "@import", "url(http"} & {
        each for each in ("href", "<script", "@import", "url(http") if each in picture
    }


def test_one_query_for_a_day_and_family(api: Api, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.integration.partitions import asked_of

    start(clock)
    asked = asked_of("statistics", monkeypatch)
    api("GET", "/v1/statistics/gates?by=gate,hour", role="committee")
    assert asked == {("dynamodb:Query", f"{clock().date()}#gates"), ("dynamodb:Query", "COUNTING")}
