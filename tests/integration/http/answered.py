"""A day at the gates of invented people: one good answer of every operation, for the document's examples.

`RECORD=1 pytest tests/integration/http/test_examples.py` writes them to `chalicelib/data/docs/answers.json`.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any

from chalice.test import Client

from chalicelib import wiring
from chalicelib.http.routes import operations
from chalicelib.models.entry.codes import DECLARATION_LENGTH, Code, characters_of
from chalicelib.models.partners.deliveries import Attempt, AttemptOutcome, Delivery, WebhookType
from chalicelib.models.people.hashed import PHONE
from chalicelib.models.statistics.figures import Family
from chalicelib.wiring.partners import deliveries
from chalicelib.wiring.people import issue_citizen_token
from tests.integration.cases.conftest import Province
from tests.integration.conftest import PROVINCE, Api, Clock
from tests.integration.queues import batch, event
from tests.integration.statistics.provinces import happen, start
from tests.standins.zalo import Zalo

DAY = datetime(2021, 7, 22, 14, 20, tzinfo=PROVINCE)
"""What the examples of bodies take for the present."""

GUARD, OTHER, SUPERVISOR = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))
PARTNER_KEY = "the-key-of-a-partner-app"

_SHOWN = 2
"""Entries of a long list that an example shows."""


class Recorder:
    """Sends requests, and keeps the last answer of each operation."""

    def __init__(self, api: Api, clock: Clock, lambdas: Client, sent: list[tuple[str, str]], zalo: Zalo) -> None:
        self._api, self.clock, self._lambdas, self._sent, self.zalo = api, clock, lambdas, sent, zalo
        self._templates = {
            each.view.__name__: (each, re.compile(re.sub(r"{\w+}", "[^/]+", each.path))) for each in operations()
        }
        self.answers: dict[str, Any] = {}
        examples = api("GET", "/v1/openapi.json").json_body
        self._bodies = {
            operation["operationId"]: operation["requestBody"]["content"]["application/json"]["example"]
            for path in examples["paths"].values()
            for operation in path.values()
            if "requestBody" in operation
        }

    def __call__(
        self,
        operation: str,
        path: str = "",
        *,
        role: str | None = None,
        subject: str = GUARD,
        keep: bool = True,
        headers: dict[str, str] | None = None,
        **changes: Any,
    ) -> Any:
        """Send the operation's example, with changes of its members; gives the answer's body."""
        each, pattern = self._templates[operation]
        path = path or each.path
        assert pattern.fullmatch(path.partition("?")[0]), (operation, path)
        sent = {"Accept-Language": "en", **(headers or {})}
        if role:
            sent["Authorization"] = f"Bearer {self._api.issuer.token(role, subject=subject)}"
        body = {**self._bodies[operation], **changes} if operation in self._bodies else None
        answer = self._api(each.method, path, body, **sent)
        assert answer.status_code == each.status, (operation, answer.body)
        content = answer.json_body if each.content_type == "application/json" else answer.body.decode()
        if keep:
            self.answers[operation] = content
        return content

    def works(self, worker: str, kind: str, code: Code, **more: str) -> None:
        self._lambdas.lambda_.invoke(worker, batch(json.dumps({**event(kind, code), **more})))

    def texted(self) -> str:
        return self._sent[-1][1]


def a_day(record: Recorder) -> None:
    """Ask everything once, and get a good answer."""
    _travellers(record)
    _partners(record)
    codes = _gate(record)
    _conflict(record, codes)
    _health(record)
    _stays(record)
    _office(record)
    _waves(record)
    for name in ("get_keys", "get_consent_text", "list_symptoms", "get_health"):
        record(name)
    record("list_administrative_units", "/v1/administrative-units?parent=72")
    record("list_checkpoints")
    record("list_waiting_times")
    _permits(record)
    _drafts(record)
    _bus(record)
    _statistics(record)


def _key(number: int) -> dict[str, str]:
    return {"Idempotency-Key": f"5e2f4a86-0f5d-4b0e-9d3a-{number:012d}"}


def _travellers(record: Recorder) -> None:
    declared = record("submit_declaration", headers=_key(1))["passes"][0]
    code, secret = declared["code"], {"X-Pass-Secret": declared["secret"]}
    record("get_pass", f"/v1/passes/{code}")
    record("open_pass", f"/v1/passes/{code}/open", headers=secret)
    record("get_pass_svg", f"/v1/passes/{code}/qr.svg", headers=secret)
    record("get_personal_qr_svg", f"/v1/passes/{code}/personal-qr.svg", headers=secret)
    asked = record("request_phone_verification")["id"]
    record.works("notify", "verification_requested", Code.parse(asked))
    (one_time,) = re.findall(r"\b\d{6}\b", record.texted())
    proven = record("answer_phone_verification", f"/v1/phone-verifications/{asked}/answer", one_time_code=one_time)
    record.works("trace", "declaration_submitted", Code.parse(code))
    record.works("notify_declared", "declaration_submitted", Code.parse(code))
    record("list_own_passes", headers={"Authorization": f"Bearer {proven['citizen_token']}"})
    record("list_own_messages", f"/v1/passes/{code}/messages", headers=secret)
    _post(record)
    board = record("get_board", role="checkpoint")["text"]
    record("record_own_arrival_of_pass", f"/v1/passes/{code}/arrival", headers=secret, board=board)
    record("answer_phone_verification", f"/v1/phone-verifications/{asked}/answer", one_time_code=one_time)
    record("open_zalo_session", **record.zalo.sign_in("84912345678")._asdict())
    record("receive_zalo_event")


def _partners(record: Recorder) -> None:
    key = {"X-Api-Key": PARTNER_KEY}
    record("submit_partner_declaration", headers={**key, **_key(2)})
    partner, now = wiring.partner_of(PARTNER_KEY), record.clock()
    delivery = Delivery(type=WebhookType.USED, code="0" * 16, happened_at=now, made_at=now)
    deliveries().append(partner, delivery)
    attempt = Attempt(number=0, at=now, outcome=AttemptOutcome.DELIVERED, status=204, milliseconds=84)
    deliveries().append_attempt(partner, delivery, attempt)
    record("list_webhook_deliveries", headers=key)
    record("replay_webhook_delivery", f"/v1/partner/webhook-deliveries/{delivery.id}/replay", headers=key)


def _permits(record: Recorder) -> None:
    key, officer = {"X-Api-Key": PARTNER_KEY}, partial(record, role="health", subject=OTHER)
    asked = record("ask_for_partner_permits", headers={**key, **_key(31)})["lines"][0]["code"]
    officer("list_permits")
    officer("decide_permit", f"/v1/permits/{asked}/decision")
    secret = officer("get_permit", f"/v1/permits/{asked}")["holder"]["secret"]
    record("get_permit_svg", f"/v1/permits/{asked}/qr.svg", headers={"X-Pass-Secret": secret})
    record("list_partner_permits", headers=key)
    record("get_partner_permit", f"/v1/partner/permits/{asked}", headers=key)
    record("get_holders_permit", f"/v1/permits/{asked}/holder", headers={"X-Pass-Secret": secret})
    crossed_at = record("record_crossing_by_permit", role="checkpoint", code=asked)["crossed_at"]
    record("correct_crossing_by_permit", role="checkpoint", code=asked, crossed_at=crossed_at)
    record("list_crossings_by_permit", f"/v1/checkpoint/permits/{asked}/crossings", role="checkpoint")
    officer("revoke_permit", f"/v1/permits/{asked}/revocation")
    record("ask_for_permits", role="hotline", headers=_key(32))


def _post(record: Recorder) -> None:
    for subject, name in ((GUARD, "Lê Văn Gác"), (OTHER, "Đỗ Thị Trực"), (SUPERVISOR, "Phạm Thị Trưởng")):
        path = f"/v1/staff/{subject}/posting"
        record("post_staff", path, role="administrator", subject="admin", name=name)


def _gate(record: Recorder) -> list[str]:
    """The codes of six passes: the last three are of one declaration, and nobody has looked at those three."""
    _post(record)
    form = record._bodies["submit_declaration"]
    person = {**form["traveller"], "identity": {"kind": "cccd", "number": "072185000456"}, "full_name": "Trần Thị Mẫu"}
    person = {**person, "birth_year": 1985, "gender": "female"}
    codes = []
    for number in range(4):
        # With another person it is another trip.
        rider = {**person, "identity": {"kind": "cccd", "number": f"0721850004{56 + number}"}}
        declared = record("declare_for_traveller", role="checkpoint", headers=_key(10 + number), companions=[rider])
        codes.append([each["code"] for each in declared["passes"]])
        record.works("trace", "declaration_submitted", Code.parse(declared["passes"][0]["code"]))
    own, companion = codes[0]
    token = declared["passes"][0]["token"]
    record("check_pass", role="checkpoint", qr=token)
    record("look_up_pass", f"/v1/checkpoint/passes/{own}", role="checkpoint")
    record.works("notify_declared", "declaration_submitted", Code.parse(own))
    record("list_messages", f"/v1/checkpoint/passes/{own}/messages", role="checkpoint")
    record("search_passes", role="checkpoint", limit=1)
    record("search_passes_by_plate", "/v1/checkpoint/search?plate=70E1-123.45&limit=1", role="checkpoint")
    record("get_manifest", f"/v1/checkpoint/manifest?code={own}", role="checkpoint")
    record("record_arrivals", role="checkpoint", arrivals=[{"code": each} for each in codes[2]])
    record("list_arrivals", role="checkpoint")
    record("record_crossing", role="checkpoint", code=own)
    record("correct_crossing", role="checkpoint", code=own, decision="isolate", reason="Sốt 38,2 °C sau 15 phút")
    exceptions = [{"code": codes[1][1], "temperature": 38.2, "decision": "isolate", "reason": "Sốt 38,2 °C"}]
    record("record_group", role="checkpoint", codes=codes[1], exceptions=exceptions)
    # One of them comes for the day, and leaves their card at the gate.
    trip = {**form["trip"], "stay_until": f"{DAY:%Y-%m-%d}"}
    visit = record("declare_for_traveller", role="checkpoint", headers=_key(14), keep=False, companions=[], trip=trip)
    visitor = visit["passes"][0]["code"]
    card: dict[str, Any] = {"identity_held": {"receipt": "A-017"}}
    record("record_crossing", role="checkpoint", keep=False, code=visitor, **card)
    record("list_visitors", f"/v1/checkpoint/visitors?day={DAY:%Y-%m-%d}", role="checkpoint")
    everything = record("sync_gate", role="checkpoint", keep=False)
    record("revoke_pass", role="supervisor", subject=SUPERVISOR, code=companion)
    record("sync_gate", f"/v1/checkpoint/sync?since={everything['cursor']}", role="checkpoint")
    record("declare_batch", role="checkpoint")
    return [codes[2][0], codes[3][0]]


def _conflict(record: Recorder, codes: list[str]) -> None:
    sent = record.clock().isoformat()
    lines = [
        {"id": f"000{number}", "recorded_at": sent, "code": code, "checkpoint": "an-hoa", "decision": "admit"}
        for number, code in enumerate(codes)
    ]
    refusal: dict[str, Any] = {"decision": "refuse", "reason": "Không có giấy tờ"}
    record("record_crossing", role="checkpoint", subject=OTHER, keep=False, code=codes[0], **refusal)
    line = record("record_batch", role="checkpoint", crossings=lines, sent_at=sent)["lines"][0]
    record("list_conflicts", role="supervisor", subject=SUPERVISOR)
    path = f"/v1/checkpoint/conflicts/{line['conflict']['id']}/settlement"
    record("settle_conflict", path, role="supervisor", subject=SUPERVISOR)


def _stays(record: Recorder) -> None:
    declared = record("declare_for_traveller", role="checkpoint", headers=_key(20), keep=False)["passes"][0]
    record("record_crossing", role="checkpoint", keep=False, code=declared["code"])
    record.works("watch", "crossing_recorded", Code.parse(declared["code"]))
    stays = "/v1/communes/25480/stays"
    path = f"{stays}/{declared['code']}"
    own, secret = f"/v1/passes/{declared['code']}", {"X-Pass-Secret": declared["secret"]}
    record("report_own", f"{own}/health-reports", headers=secret)
    as_officer = partial(record, role="health", subject="officer")
    as_officer("report_for", f"{path}/health-reports")
    as_officer("record_arrival", f"{path}/arrival")
    as_officer("record_test", f"{path}/tests")
    as_officer("change_stay", f"{path}/changes")
    as_officer("get_stay", path)
    as_officer("list_stays", stays)
    record("get_own_stay", f"{own}/stay", headers=secret)


def _office(record: Recorder) -> None:
    listed = record("list_staff", role="administrator", subject="admin")
    # Those of the tests are on record since the real yesterday.
    record.answers["list_staff"] = {
        **listed,
        "staff": [each for each in listed["staff"] if not each["subject"].startswith("staff-")],
    }
    record("get_own_record", role="checkpoint", subject=GUARD)
    for operation, what in (
        ("block_staff", "block"),
        ("unblock_staff", "block"),
        ("remove_posting", "posting"),
    ):
        record(operation, f"/v1/staff/{OTHER}/{what}", role="administrator", subject="admin")
    record("change_checkpoint", "/v1/checkpoints/an-hoa", role="administrator", subject="admin")
    in_force = record("get_policy", role="administrator", subject="admin")["version"]
    record("try_out_policy", role="health", subject="officer")
    record("put_policy", role="administrator", subject="admin", headers={"If-Match": f'"{in_force}"'})
    record("get_policy", role="administrator", subject="admin")
    versions = record("list_policy_versions", role="administrator", subject="admin")
    # The first one was put there at the real time.
    changes = [each for each in versions["changes"] if "instead_of" in each]
    record.answers["list_policy_versions"] = {**versions, "changes": changes}
    record("get_message_templates", role="administrator", subject="admin")
    in_force = record.answers["get_message_templates"]["version"]
    replaces = {"If-Match": f'"{in_force}"'}
    record("put_message_templates", role="administrator", subject="admin", headers=replaces)
    record("get_message_templates", role="administrator", subject="admin")
    versions = record("list_message_template_versions", role="administrator", subject="admin")
    changes = [each for each in versions["changes"] if "instead_of" in each]
    record.answers["list_message_template_versions"] = {**versions, "changes": changes}
    record("put_trusted_keys", "/v1/trust-list/VN", role="administrator", subject="admin")
    record("list_trusted_keys", role="administrator", subject="admin")
    record("sync_trust_list", role="checkpoint")


def _waves(record: Recorder) -> None:
    officer: dict[str, Any] = {"role": "health", "subject": OTHER}
    wave = record("announce_to_passes", role="supervisor", subject=SUPERVISOR, headers=_key(20))
    path = f"/v1/waves/{wave['id']}"
    for what in ("release", "pause", "resume"):
        record(f"{what}_wave", f"{path}/{what}", **officer)
    record.works("notify", "announced", Code.parse("0" * 16), wave=wave["id"])
    record("get_wave", path, **officer)
    record("take_wave_back", f"{path}/taking-back", **officer)
    record("list_waves", **officer)
    other = record("announce_to_passes", role="supervisor", subject=SUPERVISOR, keep=False, headers=_key(21))
    record("stop_wave", f"/v1/waves/{other['id']}/stop", **officer)


def _health(record: Recorder) -> None:
    form = record._bodies["submit_declaration"]
    identity = {"kind": "cccd", "number": "072185000789"}
    companion = {**form["traveller"], "full_name": "Lê Thị Mẫu", "birth_year": 1985, "gender": "female"}
    changes: dict[str, Any] = {"companions": [{**companion, "identity": identity, "phone": "0912345999"}]}
    declared = record("submit_declaration", headers=_key(20), keep=False, **changes)
    code = declared["passes"][0]["code"]
    record.works("trace", "declaration_submitted", Code.parse(code))
    health: dict[str, Any] = {"role": "health", "subject": "officer"}
    case = record("open_case", person={"pass": code}, isolated_at=record.clock().isoformat(), **health)["case"]
    Province(record._api, record.clock).settle()
    contact = record("list_contacts", f"/v1/cases/{case}/contacts?limit=1", **health)["contacts"][0]["contact"]
    record("record_work", f"/v1/cases/{case}/contacts/{contact}/work", **health)
    record("list_work", **health)
    record("list_officers", **health)
    record("get_contact", f"/v1/cases/{case}/contacts/{contact}", **health)
    record("tell_contacts", f"/v1/cases/{case}/waves", headers=_key(30), **health)
    record("get_case", f"/v1/cases/{case}", **health)
    record("list_cases", **health)
    for operation, form in (("", "json"), ("_graphml", "graphml"), ("_csv", "csv"), ("_svg", "svg")):
        record(f"get_chain{operation}", f"/v1/cases/{case}/chain.{form}", **health)
    record("end_case", f"/v1/cases/{case}/end", **health)


def _drafts(record: Recorder) -> None:
    phone = wiring.keyed_hash().text(PHONE, "+84912345678")
    citizen = {"Authorization": f"Bearer {issue_citizen_token(phone).text}"}
    draft = record("save_draft", headers={**citizen, **_key(40)})["id"]
    record("list_drafts", headers=citizen)
    for operation in ("get_draft", "change_draft"):
        record(operation, f"/v1/drafts/{draft}", headers=citizen)
    record("confirm_draft", f"/v1/drafts/{draft}/confirmation", headers=citizen)
    other = record("save_draft", headers={**citizen, **_key(41)}, keep=False)["id"]
    record("delete_draft", f"/v1/drafts/{other}", headers=citizen)


def _bus(record: Recorder) -> None:
    key = {"X-Api-Key": PARTNER_KEY}
    manifest = record("send_manifest", headers={**key, **_key(42)})
    seat = {"X-Seat-Secret": manifest["seats"][0]["secret"]}
    declared = record("confirm_seat", f"/v1/manifest-seats/{manifest['id']}/0", headers=seat)
    record("get_partner_manifest", f"/v1/partner/manifests/{manifest['id']}", headers=key)
    record.works("trace", "declaration_submitted", Code.parse(declared["passes"][0]["code"]))
    record("get_manifest", "/v1/checkpoint/manifest?plate=70B-012.34", role="checkpoint")


def _statistics(record: Recorder) -> None:
    """Figures of the day and of the one before, which the morning's bulletin publishes."""
    today = record.clock().date()
    yesterday = today - timedelta(days=1)
    start(record.clock)
    for day in (yesterday, today):
        for gate, number in (("an-hoa", 212), ("an-tinh", 4), ("thai-my", 38)):
            happen(record.clock, day, Family.GATES, "crossings_in", gate, "13", "admit", times=number)
            happen(record.clock, day, Family.WAITS, "from_declaration", gate, "13", "30", times=number)
        happen(record.clock, day, Family.COMMUNES, "expected", "2021", "25480", times=41)
        happen(record.clock, day, Family.MESSAGES, "messages", "zalo", "sent", times=230)
        happen(record.clock, day, Family.CASES, "from_sample", "8", times=3)
        happen(record.clock, day, Family.CASES, "until_told", "2", times=31)
    committee: dict[str, Any] = {"role": "committee", "subject": GUARD}
    record("get_today", **committee)
    record("get_family", "/v1/statistics/gates?by=gate", **committee)
    record("get_plot", "/v1/statistics/cases/plot.svg", **committee)
    record("get_rates", "/v1/statistics/rates?by=gate", **committee)
    draft = record("draft_bulletin", **committee)["id"]
    record("list_bulletins", **committee)
    record("release_bulletin", f"/v1/statistics/bulletins/{draft}/release", role="committee", subject=OTHER)
    period = f"from={yesterday}&to={yesterday}"
    record("get_public_figures", f"/v1/public/statistics?{period}")
    record("get_public_csv", f"/v1/public/statistics.csv?{period}")
    record("get_public_plot", f"/v1/public/statistics/waits/plot.svg?{period}")
    happen(record.clock, yesterday, Family.GATES, "crossings_in", "an-hoa", "23", "admit", times=12)
    evening = record("draft_bulletin", keep=False, number=2, **committee)["id"]
    record(
        "release_bulletin", f"/v1/statistics/bulletins/{evening}/release", role="committee", subject=OTHER, keep=False
    )
    record("get_bulletin", f"/v1/public/bulletins/{today}/1")
    record("list_public_bulletins", f"/v1/public/bulletins?from={today}")


def shortened(value: Any) -> Any:
    """An answer with the first entries of its long lists, and the first rows of a table."""
    match value:
        case str() if value.startswith("\ufeff"):
            return "".join(value.splitlines(keepends=True)[: _SHOWN + 1])
        case dict():
            return {name: shortened(each) for name, each in value.items()}
        case list():
            return [shortened(each) for each in value[:_SHOWN]]
    return value


def shape(value: Any) -> Any:
    """What an answer has, without its values: two runs have the same."""
    match value:
        case dict():
            return {name: shape(each) for name, each in value.items()}
        case list():
            return [shape(each) for each in value]
        case str() if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)", value):
            return "a time"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
    return "text"


def in_order() -> Callable[[int, int], Code]:
    """Codes of declarations from 0 on, so that the examples have the codes of the document's parameters."""
    numbers = count()
    return lambda _, person: Code(characters_of(next(numbers), DECLARATION_LENGTH), person)
