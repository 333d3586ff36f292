"""The gate's page judges without network as the API does."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.data import read_text
from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.policy.assessments import evaluate
from chalicelib.models.policy.policies import Policy
from infra import ROOT
from tests.forms import form, person
from tests.tools import program

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)
"""Noon of a Monday in the province."""
CODE = "G000-0000-K8S1-200G"


def on_the_page(module: str, script: str, given: Any) -> Any:
    """What a script answers that has this module of the page as `page`, and the value as `given`; run by Node.js."""
    whole = f"""
    import * as page from "{(ROOT / "web" / "gate" / module).as_uri()}";
    const given = JSON.parse(await new Response(process.stdin).text());
    console.log(JSON.stringify((() => {{ {script} }})()));
    """
    command = [program("node"), "--input-type=module", "-e", whole]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def verdict(*, ends: timedelta = timedelta(minutes=30), crossed: Any = None, **synced: Any) -> str:
    given = {
        "claims": {"code": CODE, "expiresAt": milliseconds(NOW + ends)},
        "synced": {name: {CODE: each} for name, each in synced.items()},
        "crossed": crossed,
        "now": milliseconds(NOW),
    }
    script = "return page.judged(given.claims, given.synced, given.crossed ?? undefined, given.now)"
    return str(on_the_page("judging.js", script, given)["verdict"])


def test_what_holds_for_a_pass_is_looked_up_in_the_order_of_the_document() -> None:
    later = (NOW + timedelta(hours=3)).isoformat()
    arrived = {"arrived_at": NOW.isoformat(), "expires_at": later}
    corrected = {"decision": "refuse", "corrected_at": NOW.isoformat(), "expires_at": later}
    crossed = {"decision": "admit", "at": milliseconds(NOW)}
    over = -timedelta(hours=1)
    assert verdict() == "valid"
    assert verdict(ends=over) == "expired"
    assert verdict(ends=over, arrivals=arrived) == "valid"
    assert verdict(replacements={"by": CODE}) == "expired"
    assert verdict(replacements={"by": CODE}, arrivals=arrived) == "valid"
    assert verdict(crossed=crossed) == "used"
    assert verdict(corrections=corrected, arrivals=arrived) == "used"
    assert verdict(revocations={"expires_at": later}, crossed=crossed, arrivals=arrived) == "revoked"


@pytest.mark.parametrize(
    ("hours", "at", "expected"),
    [
        # Days: Monday alone.
        ((1, 300, 1260), "2026-11-30T05:00", "valid"),
        ((1, 300, 1260), "2026-11-30T04:59", "not_at_this_hour"),
        ((1, 300, 1260), "2026-11-30T21:00", "not_at_this_hour"),
        ((1, 300, 1260), "2026-12-01T12:00", "not_today"),
        ((64, 0, 1440), "2026-12-06T23:59", "valid"),
        # Over midnight: the hours belong to the day on which they begin.
        ((1, 1320, 240), "2026-11-30T22:00", "valid"),
        ((1, 1320, 240), "2026-12-01T03:59", "valid"),
        ((1, 1320, 240), "2026-11-30T03:59", "not_today"),
        ((1, 1320, 240), "2026-12-01T22:00", "not_today"),
        ((64, 1320, 240), "2026-11-30T03:00", "valid"),
    ],
)
def test_a_permit_holds_on_its_days_and_hours(hours: tuple[int, int, int], at: str, expected: str) -> None:
    now = milliseconds(datetime.fromisoformat(at).replace(tzinfo=ZONE))
    times = dict(zip(("days", "fromMinute", "untilMinute"), hours, strict=True))
    claims = {"code": CODE, "expiresAt": now + 10**9, "times": times}
    script = "return page.judgedPermit(given.claims, {}, given.now)"
    assert on_the_page("judging.js", script, {"claims": claims, "now": now})["verdict"] == expected


def test_changes_are_added_and_what_has_ended_is_dropped() -> None:
    def until(hours: int, code: str) -> dict[str, str]:
        return {"code": code, "expires_at": (NOW + timedelta(hours=hours)).isoformat()}

    first = {
        "complete": True,
        "cursor": "1",
        "keys": [{"kid": "a"}],
        "policy": {"version": "1"},
        "checkpoints": [],
        "revocations": [until(1, "A"), until(2, "B"), until(1, "D")],
        "corrections": [{**until(3, "A"), "decision": "admit"}, {**until(3, "A"), "decision": "refuse"}],
        "arrivals": [until(4, "D")],
        "replacements": [],
        "checkpoint": "an-hoa",
    }
    second = {"complete": False, "cursor": "2", "revocations": [until(3, "C")], "corrections": [], "arrivals": []}
    third = {**first, "cursor": "3", "revocations": []}
    script = """
    const former = page.joined(undefined, given.first, "e1", given.now);
    const next = page.joined(former, given.second, "e2", given.later);
    return [former, next, page.joined(next, given.third, "e3", given.later)];
    """
    later = milliseconds(NOW + timedelta(minutes=90))
    given = {"first": first, "second": second, "third": third, "now": milliseconds(NOW), "later": later}
    held, changed, replaced = on_the_page("changes.js", script, given)
    assert set(held["revocations"]) == {"A", "B", "D"}
    assert held["corrections"]["A"]["decision"] == "refuse"
    # A has ended. D has not: its holder arrived.
    assert set(changed["revocations"]) == {"B", "C", "D"}
    assert (changed["keys"], changed["policy"], changed["checkpoint"]) == (first["keys"], first["policy"], None)
    assert (replaced["revocations"], replaced["cursor"], replaced["etag"]) == ({}, "3", "e3")


def test_a_form_is_judged_as_the_api_judges_it() -> None:
    policy = Policy.model_validate_json(read_text("provinces", "tay-ninh", "policy.json"))
    tests = (
        None,
        {"kind": "pcr", "result": "negative", "taken_at": (NOW - timedelta(hours=5)).isoformat()},
        {"kind": "pcr", "result": "negative", "taken_at": (NOW - timedelta(hours=73)).isoformat()},
        {"kind": "antigen", "result": "positive", "taken_at": (NOW - timedelta(hours=5)).isoformat()},
    )
    origins = [{"unit": {"list_version": "2021", "code": code}} for code in ("79", "75", "70", "04")]
    forms = []
    for origin, ill, met, doses, test in product(
        [*origins, {"country": "KH"}, {"country": "LA"}], (False, True), (False, True), (0, 2), tests
    ):
        health: dict[str, Any] = {
            "symptoms": ["fever"] if ill else [],
            "contact_with_patient": met,
            "contact_with_ill_person": False,
            "contact_with_affected_area": False,
        }
        if doses:
            health["vaccination"] = {"doses": doses, "last_date": "2026-07-01"}
        if test:
            health["test"] = test
        forms.append({**form(NOW, origin=origin), "traveller": person(health=health)})
    expected = []
    for each in forms:
        read = DeclarationForm.model_validate_json(json.dumps(each))
        expected.append(evaluate(policy, read.traveller, read.trip, NOW.astimezone(ZONE)).findings)
    script = """
    return given.forms.map((each) => page.findingsOf(given.policy, each.traveller, each.trip, "2026-11-30", given.now));
    """
    given = {"policy": json.loads(policy.model_dump_json(by_alias=True)), "forms": forms, "now": milliseconds(NOW)}
    assert on_the_page("policies.js", script, given) == expected
