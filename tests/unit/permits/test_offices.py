"""What an office may grant, and what a crossing by permit needs."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.passes import PassClaims
from chalicelib.models.errors import InvalidInput
from chalicelib.models.people.province import province
from chalicelib.models.permits.conditions import PermitConditions
from chalicelib.models.permits.errors import PermitAlreadyDecided, PermitUnknown
from chalicelib.models.permits.forms import PermitDecisionForm, PermitForm, PermitOutcome
from chalicelib.models.policy.policies import PermitRules
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.permits.decisions import decide, find_permit, within
from chalicelib.services.permits.offices import PermitOffice, problems_of
from chalicelib.services.permits.requests import Asker, ask
from tests.unit.fakes.permits import Permits
from tests.unit.fakes.policy import POLICY, InForceSource, seeded
from tests.unit.permits.made import NOW, ZONE, conditions, permit_form

OFFICER, OTHER = (Principal(each, frozenset({Role.HEALTH})) for each in ("health-1", "health-2"))
ASKER = Asker("partner k", partner="k")


def office(rules: PermitRules | None = None, signed: list[PassClaims] | None = None) -> PermitOffice:
    def sign(claims: PassClaims) -> str:
        if signed is not None:
            signed.append(claims)
        return f"TNP1:{claims.code}"

    kept = seeded()
    policy = POLICY.model_copy(update={"permits": rules})
    source = InForceSource({POLICY.version: kept[POLICY.version]._replace(document=policy)})
    return PermitOffice(
        province=province("tay-ninh"),
        permits=Permits(),
        in_force=source,
        keyed_hash=KeyedHash(b"k" * 32),
        sign=sign,
        announce=lambda _: None,
        zone=ZONE,
        clock=lambda: NOW,
    )


def form(number: int = 0, **changes: Any) -> PermitForm:
    return PermitForm.model_validate(permit_form(number, **changes), strict=False)


def asked(place: PermitOffice) -> str:
    (line,) = ask([form()], asker=ASKER, idempotency_key="k", office=place)
    assert line.permit is not None
    return line.permit.code


def problems(place: PermitOffice, **changes: Any) -> list[str]:
    wanted = PermitConditions.model_validate(conditions(**changes), strict=False)
    return [f"{each.pointer} {each.code}" for each in problems_of(wanted, "", place)]


def test_a_permit_lasts_as_long_as_the_policy_allows() -> None:
    usual, short = office(), office(PermitRules(longest_days=7, decide_within_hours=1))
    assert problems(usual, until="2021-10-19") == []
    assert problems(usual, until="2021-10-20") == ["/until permit_too_long"]
    assert problems(short, until="2021-07-28") == []
    assert problems(short, until="2021-07-29") == ["/until permit_too_long"]
    assert problems(usual, **{"from": "2021-07-01"}, until="2021-07-21") == ["/until permit_ends_in_past"]
    assert problems(short, **{"from": "2021-07-30"}, until="2021-08-01") == ["/from permit_too_far_ahead"]
    assert (within(usual), within(short)) == (timedelta(hours=24), timedelta(hours=1))


def test_what_is_granted_is_signed_with_its_end_and_hours() -> None:
    signed: list[PassClaims] = []
    place = office(signed=signed)
    wanted = conditions(hours={"from": "05:00", "until": "21:00"}, until="2021-07-31")
    sent = PermitDecisionForm.model_validate({"decision": "grant", "conditions": wanted}, strict=False)
    done = decide(asked(place), sent, staff=OFFICER, office=place)
    (claims,) = signed
    assert claims.expires_at == datetime(2021, 8, 1, tzinfo=ZONE)
    assert claims.times is not None
    assert (claims.masked_name, claims.plate, claims.times.from_minute) == ("TV MAU", "70C10000", 300)
    assert done.record.conditions == sent.conditions


def test_of_two_officers_the_other_one_gets_the_decision() -> None:
    place = office()
    code = asked(place)
    grant = PermitDecisionForm(decision=PermitOutcome.GRANT)
    assert not decide(code, grant, staff=OFFICER, office=place).repeated
    assert decide(code, grant, staff=OFFICER, office=place).repeated
    with pytest.raises(PermitAlreadyDecided) as refused:
        decide(code, grant, staff=OTHER, office=place)
    assert "token" not in str(refused.value.members)


def test_a_pass_and_the_permit_of_another_partner_are_unknown() -> None:
    place = office()
    code = asked(place)
    assert find_permit(code, office=place, partner="k").permit.code == code
    for text, partner in ((code, "other"), (str(Code(code[:13], 0)), None)):
        with pytest.raises(PermitUnknown):
            find_permit(text, office=place, partner=partner)


def test_each_line_is_answered_for_itself() -> None:
    place, bad = office(), InvalidInput([])
    lines = ask([form(), bad, form(1, commune="00001"), form()], asker=ASKER, idempotency_key="k", office=place)
    assert [type(each.error).__name__ for each in lines] == ["NoneType", "InvalidInput", "InvalidInput", "PermitOpen"]
