"""The whole journey with the Python client, on a running stack.

Arguments: a JSON file with a `Stage`, and the file in which the codes of the passes are left. Pictures are left in the
working directory.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, TypedDict, TypeVar, assert_type
from uuid import uuid4

import httpx
import PIL.Image
import zxingcpp
from tay_ninh_pass_client import AuthenticatedClient, Client
from tay_ninh_pass_client.api.checkpoint import (
    check_pass,
    record_crossing,
    revoke_pass,
    search_passes,
    search_passes_by_plate,
    sync_gate,
)
from tay_ninh_pass_client.api.partners import list_webhook_deliveries, submit_partner_declaration
from tay_ninh_pass_client.api.travellers import (
    answer_phone_verification,
    get_pass,
    get_pass_png,
    get_pass_svg,
    open_pass,
    request_phone_verification,
    submit_declaration,
)
from tay_ninh_pass_client.models import (
    CheckedToken,
    CheckForm,
    CrossingForm,
    Decision,
    DeclarationForm,
    ErrorCode,
    FoundPasses,
    GateData,
    IssuedPass,
    IssuedPasses,
    OpenedPass,
    Problem,
    ProvenPhone,
    PublicPass,
    RecordedCrossing,
    RequestedVerification,
    Revocation,
    RevocationForm,
    SearchForm,
    Verdict,
    VerificationAnswerForm,
    VerificationForm,
    WebhookDeliveries,
)
from tay_ninh_pass_client.types import File, Response

Kind = TypeVar("Kind")


class Stage(TypedDict):
    """Where the journey is played, and who plays it."""

    api: str
    texts: str
    """What was sent to phones, which only the local engine shows."""
    guard: str
    health_officer: str
    """Bearer tokens of staff."""
    partner_key: str
    number: str
    """Five digits that make this journey's people differ from another's."""


def got(kind: type[Kind], answer: Response[Any]) -> Kind:
    """The answer, which must be of this kind."""
    assert isinstance(answer.parsed, kind), (answer.status_code, answer.content)
    return answer.parsed


def refused(answer: Response[Any], status: int, code: ErrorCode) -> Problem:
    """What a request was refused with."""
    problem = got(Problem, answer)
    assert (answer.status_code, problem.code) == (status, code), answer.content
    return problem


def eventually(look: Callable[[], Kind | None]) -> Kind:
    """What is seen within a minute."""
    end = time.monotonic() + 60
    while (seen := look()) is None:
        assert time.monotonic() < end, "it did not come within a minute"
        time.sleep(0.2)
    return seen


class Journey:
    """A traveller, a guard, a health officer and a partner app on one stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.traveller = Client(stage["api"])
        self.guard = AuthenticatedClient(stage["api"], token=stage["guard"])
        self.officer = AuthenticatedClient(stage["api"], token=stage["health_officer"])
        # An AuthenticatedClient without prefix sends the key as it is, in the header that is named.
        self.partner = AuthenticatedClient(
            stage["api"], token=stage["partner_key"], prefix="", auth_header_name="X-Api-Key"
        )
        self.phone = f"+849142{stage['number']}"
        self.plate = f"70C-{stage['number'][:3]}.{stage['number'][3:]}"

    def play(self) -> dict[str, str]:
        """The token and codes that the journey made."""
        own, companion = self.declares()
        token = self.holds(own)
        self.crosses(own, token)
        self.is_revoked(companion)
        self.is_found([own.code, companion.code])
        proven = self.proves()
        partner = self.declares_as_partner()
        self.makes_mistakes()
        codes = {"crossed": own.code, "revoked": companion.code, "proven": proven, "partner": partner}
        return {"token": token, **codes}

    def form(self, phone: str) -> DeclarationForm:
        """A traveller and a child, on a bus."""
        health = {
            "symptoms": [],
            "contact_with_patient": False,
            "contact_with_ill_person": False,
            "contact_with_affected_area": False,
        }
        traveller = {
            "full_name": "Nguyễn Văn Thử",
            "birth_year": 1990,
            "gender": "male",
            "nationality": "VN",
            "identity": {"kind": "cccd", "number": f"0720901{self.stage['number']}"},
            "phone": phone,
            "health": health,
        }
        child = {
            "full_name": "Nguyễn Thị Bé",
            "birth_year": datetime.now(UTC).year - 6,
            "gender": "female",
            "nationality": "VN",
            "health": health,
        }
        trip = {
            "origin": {"unit": {"list_version": "2021", "code": "79"}},
            "destination": {"unit": {"list_version": "2021", "code": "25480"}, "address": "Tổ 3"},
            "transport": {"kind": "bus", "plate": self.plate},
            "purpose": "return_home",
            "expected_arrival": (datetime.now(UTC) + timedelta(minutes=30)).isoformat(),
            "checkpoint": "an-hoa",
        }
        consent = {"accepted": True, "messages": True, "text_version": "2026-12"}
        return DeclarationForm.from_dict(
            {"traveller": traveller, "companions": [child], "trip": trip, "consent": consent}
        )

    def declares(self) -> list[IssuedPass]:
        form, key = self.form(self.phone), str(uuid4())
        first, again = (
            got(IssuedPasses, submit_declaration.sync_detailed(client=self.traveller, body=form, idempotency_key=key))
            for _ in range(2)
        )
        assert again == first
        return first.passes

    def holds(self, own: IssuedPass) -> str:
        opened = open_pass.sync_detailed(own.code, client=self.traveller, x_pass_secret=own.secret)
        assert got(OpenedPass, opened).token == own.token
        png = get_pass_png.sync_detailed(own.code, client=self.traveller, x_pass_secret=own.secret)
        picture = got(File, png).payload.read()
        Path("pass.png").write_bytes(picture)
        svg = get_pass_svg.sync_detailed(own.code, client=self.traveller, x_pass_secret=own.secret)
        Path("pass.svg").write_text(got(str, svg), encoding="utf-8")
        for route in (open_pass, get_pass_png, get_pass_svg):
            stranger = route.sync_detailed(own.code, client=self.traveller, x_pass_secret="0000000000000")
            refused(stranger, 403, ErrorCode.PASS_SECRET_WRONG)
        (scanned,) = zxingcpp.read_barcodes(PIL.Image.open(BytesIO(picture)).convert("L"))
        return str(scanned.text)

    def crosses(self, own: IssuedPass, scanned: str) -> None:
        checked = got(CheckedToken, check_pass.sync_detailed(client=self.guard, body=CheckForm(qr=scanned)))
        assert_type(checked.verdict, Verdict)
        assert checked.verdict is Verdict.VALID
        assert checked.person
        assert checked.person.full_name == "Nguyễn Văn Thử"
        form = CrossingForm(code=own.code, checkpoint="an-hoa", temperature=36.6, decision=Decision.ADMIT)
        recorded = got(RecordedCrossing, record_crossing.sync_detailed(client=self.guard, body=form))
        assert recorded.decision is Decision.ADMIT
        form.decision, form.reason = Decision.REFUSE, "second thoughts"
        second = record_crossing.sync_detailed(client=self.guard, body=form)
        problem = refused(second, 409, ErrorCode.CROSSING_ALREADY_RECORDED)
        assert problem.crossing
        assert problem.crossing.decision is Decision.ADMIT

    def is_revoked(self, companion: IssuedPass) -> None:
        first = got(GateData, sync_gate.sync_detailed(client=self.guard))
        assert first.complete
        assert first.keys
        body = RevocationForm(code=companion.code, reason="positive test")
        got(Revocation, revoke_pass.sync_detailed(client=self.officer, body=body))
        state = got(PublicPass, get_pass.sync_detailed(companion.code, client=self.traveller)).state
        assert state == "revoked"
        answer = sync_gate.sync_detailed(client=self.guard, since=first.cursor)
        following = got(GateData, answer)
        assert not following.complete
        assert companion.code in {each.code for each in following.revocations}
        nothing_new = sync_gate.sync_detailed(
            client=self.guard, since=first.cursor, if_none_match=answer.headers["ETag"]
        )
        assert (nothing_new.status_code, nothing_new.parsed) == (304, None)

    def is_found(self, codes: list[str]) -> None:
        def look() -> tuple[FoundPasses, str] | None:
            body = SearchForm(plate=self.plate, limit=1)
            page = got(FoundPasses, search_passes.sync_detailed(client=self.guard, body=body))
            return (page, page.cursor) if isinstance(page.cursor, str) else None

        first, cursor = eventually(look)
        assert not first.complete
        body = SearchForm(plate=self.plate, cursor=cursor)
        rest = got(FoundPasses, search_passes.sync_detailed(client=self.guard, body=body))
        assert rest.complete
        assert sorted(each.code for each in first.passes + rest.passes) == sorted(codes)
        other = search_passes_by_plate.sync_detailed(client=self.guard, plate="70B-000.00", cursor=cursor)
        refused(other, 422, ErrorCode.INVALID_INPUT)

    def proves(self) -> str:
        asked = request_phone_verification.sync_detailed(client=self.traveller, body=VerificationForm(phone=self.phone))
        verification = got(RequestedVerification, asked).id
        one_time_code = eventually(self._reads_code)
        wrong = "000001" if one_time_code == "000000" else "000000"
        problem = refused(self._answers(verification, wrong), 422, ErrorCode.ONE_TIME_CODE_WRONG)
        assert problem.tries_left == 4
        token = got(ProvenPhone, self._answers(verification, one_time_code)).citizen_token
        citizen = AuthenticatedClient(self.stage["api"], token=token)
        issued = submit_declaration.sync_detailed(
            client=citizen, body=self.form(self.phone), idempotency_key=str(uuid4())
        )
        stranger = self.form(f"+849143{self.stage['number']}")
        answer = submit_declaration.sync_detailed(client=citizen, body=stranger, idempotency_key=str(uuid4()))
        refusal = refused(answer, 422, ErrorCode.INVALID_INPUT)
        assert refusal.errors
        assert [each.code for each in refusal.errors] == [ErrorCode.PHONE_OF_ANOTHER_TOKEN]
        return got(IssuedPasses, issued).passes[0].code

    def _answers(self, verification: str, code: str) -> Response[Any]:
        body = VerificationAnswerForm(one_time_code=code)
        return answer_phone_verification.sync_detailed(verification, client=self.traveller, body=body)

    def _reads_code(self) -> str | None:
        sent = httpx.get(self.stage["texts"]).json()["sms_messages"].get(self.phone, [])
        return next((found[0] for each in sent if (found := re.search(r"\b\d{6}\b", each["Message"]))), None)

    def declares_as_partner(self) -> str:
        form = self.form(self.phone)
        issued = got(
            IssuedPasses,
            submit_partner_declaration.sync_detailed(client=self.partner, body=form, idempotency_key=str(uuid4())),
        )
        got(WebhookDeliveries, list_webhook_deliveries.sync_detailed(client=self.partner))
        stranger = AuthenticatedClient(self.stage["api"], token="none", prefix="", auth_header_name="X-Api-Key")
        refused(
            submit_partner_declaration.sync_detailed(client=stranger, body=form, idempotency_key=str(uuid4())),
            403,
            ErrorCode.API_KEY_REFUSED,
        )
        return issued.passes[0].code

    def makes_mistakes(self) -> None:
        answer = submit_declaration.sync_detailed(
            client=self.traveller, body=self.form("12"), idempotency_key=str(uuid4()), accept_language="en"
        )
        problem = refused(answer, 422, ErrorCode.INVALID_INPUT)
        assert problem.errors
        (mistake,) = problem.errors
        assert (mistake.pointer, mistake.code) == ("/traveller/phone", ErrorCode.PHONE_IMPOSSIBLE)
        assert mistake.detail.startswith("Phone")
        # New codes may come: a client that does not know one must still read the rest.
        later = Problem.from_dict({**problem.to_dict(), "code": "a_code_of_next_year"})
        assert_type(later.code, ErrorCode | str)
        assert (later.code, later.detail) == ("a_code_of_next_year", problem.detail)


if __name__ == "__main__":
    known: Stage = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(Journey(known).play()), encoding="utf-8")
