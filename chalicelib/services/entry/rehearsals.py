"""Rehearse: declare through the public address of a stage, as an app does, and check the answers.

In a stage for real travellers nothing may come of it. So the form there has an arrival that is too far ahead: it is
judged like any other, and refused. In a sandbox, which texts nobody and opens no gate, the whole journey is made.
"""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.rehearsals import Answered, AskApi, RehearsalFailed
from chalicelib.models.entry.sandboxes import PLATES, Fate
from chalicelib.models.people.consents import ConsentText
from chalicelib.models.people.province import Province
from chalicelib.services.ports import Clock

EVERY = timedelta(minutes=5)

_REFUSED = "arrival_too_far_ahead"
_TOO_FAR_AHEAD = timedelta(days=2)
"""More than the longest life of a pass that can be set."""
_AHEAD = timedelta(minutes=30)
_KEY = "rehearsal-refused"
(_ENDS_SOON,) = (plate for plate, fate in PLATES.items() if fate is Fate.EXPIRED)


def rehearse_refusal(ask: AskApi, *, province: Province, consent: ConsentText, clock: Clock) -> None:
    """Declare an arrival that is too far ahead. Nothing is stored. Raises `RehearsalFailed`.

    The answer needs the gateway, its limits, the public's function, the policy, the hash key and a read of the
    declarations.
    """
    form = _form(clock() + _TOO_FAR_AHEAD, 0, province, consent)
    answer = _expected(ask, HTTPStatus.UNPROCESSABLE_ENTITY, "POST", "/v1/declarations", body=form, key=_KEY)
    codes = {each.get("code") for each in answer.members.get("errors", [])}
    if codes != {_REFUSED}:
        raise RehearsalFailed(f"POST /v1/declarations: refused for {', '.join(sorted(map(str, codes)))}")
    keys = _expected(ask, HTTPStatus.OK, "GET", "/v1/keys")
    if not keys.members.get("keys"):
        raise RehearsalFailed("GET /v1/keys: no keys")


def rehearse_journey(ask: AskApi, *, province: Province, consent: ConsentText, clock: Clock) -> None:
    """Declare in a sandbox and open the pass by its link. First the same with the declaration of the last rehearsal,
    whose pass has expired. Raises `RehearsalFailed`, before anything is declared if it is no sandbox.

    Each rehearsal has its own key and person. So the last one's is sent again, and the API answers as it did then.
    """
    health = _expected(ask, HTTPStatus.OK, "GET", "/v1/health")
    if health.members.get("sandbox") is not True:
        raise RehearsalFailed("GET /v1/health: the stage is no sandbox")
    number = int(clock().timestamp() // EVERY.total_seconds())
    for each in (number - 1, number):
        _declare_and_open(ask, each, province, consent, clock)


def _declare_and_open(ask: AskApi, number: int, province: Province, consent: ConsentText, clock: Clock) -> None:
    begins = datetime.fromtimestamp(number * EVERY.total_seconds(), clock().tzinfo)
    form = _form(begins + _AHEAD, number, province, consent)
    key = f"rehearsal-{number}"
    issued = _expected(ask, HTTPStatus.CREATED, "POST", "/v1/declarations", body=form, key=key)
    (own,) = issued.members["passes"]
    path = f"/v1/passes/{own['code']}/open"
    opened = _expected(ask, HTTPStatus.OK, "POST", path, secret=own["secret"])
    ended = datetime.fromisoformat(own["expires_at"]) <= clock()
    state = opened.members.get("state")
    if state != (Verdict.EXPIRED if ended else Verdict.VALID):
        raise RehearsalFailed(
            f"POST /v1/passes/{{code}}/open: the pass has {'' if ended else 'not '}ended and is {state}"
        )


def _expected(
    ask: AskApi,
    status: HTTPStatus,
    method: str,
    path: str,
    *,
    body: dict[str, Any] | None = None,
    key: str = "",
    secret: str = "",
) -> Answered:
    headers = {"Idempotency-Key": key} if key else {"X-Pass-Secret": secret} if secret else {}
    answer = ask(method, path, body, headers)
    if answer.status != status:
        route = "/v1/passes/{code}/open" if secret else path
        raise RehearsalFailed(f"{method} {route}: {answer.status} {answer.members.get('code', '')}".rstrip())
    return answer


def _form(arrival: datetime, number: int, province: Province, consent: ConsentText) -> dict[str, Any]:
    """Of an invented person. Each number is another one."""
    commune = {"unit": {"list_version": province.units_list, "code": province.communes()[0]}}
    return {
        "traveller": {
            "full_name": "Nguyễn Văn Thử",
            "birth_year": 1990,
            "gender": "male",
            "nationality": "VN",
            "identity": {"kind": "cccd", "number": f"0720900{number % 100_000:05}"},
            "phone": f"09120{number % 100_000:05}",
            "health": {
                "symptoms": [],
                "contact_with_patient": False,
                "contact_with_ill_person": False,
                "contact_with_affected_area": False,
            },
        },
        "companions": [],
        "trip": {
            "origin": commune,
            "destination": {**commune, "address": "Thử"},
            "transport": {"kind": "motorbike", "plate": _ENDS_SOON},
            "purpose": "other",
            "expected_arrival": arrival.isoformat(),
        },
        "consent": {
            "accepted": True,
            "text_version": consent.version,
            **dict.fromkeys(consent.may_be_declined, False),
        },
    }
