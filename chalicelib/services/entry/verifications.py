"""Verify a phone: send it a one-time code, and take the answer.

The one-time code is stored nowhere. It follows from the verification's own code, which has 65 random bits, under the
stage's secret: the worker that sends it and the function that compares it compute it.
"""

import hmac
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.entry.codes import DECLARATION_BITS, VERIFICATION, Code
from chalicelib.models.entry.errors import (
    CodeMistyped,
    OneTimeCodeWrong,
    TriesUsedUp,
    VerificationsUsedUp,
    VerificationTooSoon,
    VerificationUnknown,
)
from chalicelib.models.entry.events import EntryEventKind
from chalicelib.models.entry.verifications import (
    APART,
    DAY,
    MOST_OF_A_DAY,
    MOST_TRIES,
    ONE_TIME_CODE_LENGTH,
    Numbered,
    Verification,
    VerificationAnswerForm,
    VerificationForm,
    VerificationRecord,
)
from chalicelib.models.errors import FieldProblem, InvalidInput
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.people import hashed
from chalicelib.models.people.citizens import CitizenToken
from chalicelib.models.people.province import Province
from chalicelib.services.entry.ports import Verifications
from chalicelib.services.ports import Clock, KeyedHash

_SHARE = 5
"""At most a fifth of the stage's texts of a day are one-time codes: anyone can ask for them."""


class Verifier(NamedTuple):
    """What verifying phones needs."""

    province: Province
    verifications: Verifications
    keyed_hash: KeyedHash
    issue_token: Callable[[str], CitizenToken]
    """The token of the phone that has this keyed hash."""
    clock: Clock


def request_verification(form: VerificationForm, *, verifier: Verifier) -> VerificationRecord:
    """Store a verification: its event sends the text. It is the same whether or not anything is known of the phone.

    A phone has one a minute and five in 24 hours. The writer reads the last five rows and writes the next number, if it
    is free.

    Raises `InvalidInput`, `VerificationTooSoon` or `VerificationsUsedUp`.
    """
    if not verifier.province.texts(form.phone):
        raise InvalidInput([FieldProblem("/phone", "phone_not_texted")])
    phone_hash = verifier.keyed_hash.text(hashed.TEXTS_TO, form.phone)
    now = verifier.clock().replace(microsecond=0)
    latest = verifier.verifications.latest(phone_hash)
    _refuse_too_many(latest, now)
    number = latest[0].number + 1 if latest else 0
    code = Code.of(secrets.randbits(DECLARATION_BITS), VERIFICATION)
    verification = Verification(phone=form.phone, requested_at=now, language=form.language)
    if not verifier.verifications.append(phone_hash, number, code, verification):
        # Another request took the number, a moment ago.
        raise VerificationTooSoon(wait=APART)
    return VerificationRecord(code, verification, tries=0)


def answer_verification(text: str, form: VerificationAnswerForm, *, verifier: Verifier) -> CitizenToken:
    """Compare the one-time code for the verification that `text` names. If it is right: the token of the phone.

    Each answer uses up one of five tries, before it is compared. A right one can be repeated, if it was lost on its
    way, as long as tries are left.

    Raises `VerificationUnknown`, `TriesUsedUp` or `OneTimeCodeWrong`.
    """
    record = _find(text, verifier)
    number = _next_try(record, verifier)
    expected = one_time_code(record.code, verifier.keyed_hash)
    if not hmac.compare_digest(form.one_time_code, expected):
        raise OneTimeCodeWrong(MOST_TRIES - number)
    return verifier.issue_token(verifier.keyed_hash.text(hashed.PHONE, record.verification.phone))


def one_time_code(code: Code, keyed_hash: KeyedHash) -> str:
    number: int = keyed_hash.bits(128, "phone code", str(code)) % 10**ONE_TIME_CODE_LENGTH
    return f"{number:0{ONE_TIME_CODE_LENGTH}d}"


def notices_of_verification(code: Code, *, verifier: Verifier) -> Iterator[Notice]:
    """The text with the one-time code; none if the verification has left."""
    record = verifier.verifications.find(code)
    if record is None:
        return
    ends = record.verification.expires_at
    yield Notice(
        recipient=record.verification.phone,
        text_id="one_time_code",
        values={
            "code": one_time_code(code, verifier.keyed_hash),
            "ends": f"{ends.astimezone(ZoneInfo(verifier.province.time_zone)):%H:%M}",
        },
        about=str(code),
        event=EntryEventKind.VERIFICATION_REQUESTED,
        keep_until=record.verification.requested_at + DAY,
        useful_until=ends,
        share=_SHARE,
        language=record.verification.language,
    )


def _refuse_too_many(latest: list[Numbered], now: datetime) -> None:
    if latest and (left := latest[0].requested_at + APART - now) > timedelta():
        raise VerificationTooSoon(wait=left)
    if len(latest) == MOST_OF_A_DAY and (left := latest[-1].requested_at + DAY - now) > timedelta():
        raise VerificationsUsedUp(wait=left)


def _find(text: str, verifier: Verifier) -> VerificationRecord:
    try:
        code = Code.parse(text)
    except CodeMistyped:
        raise VerificationUnknown from None
    record = verifier.verifications.find(code) if code.person == VERIFICATION else None
    if record is None or record.verification.expires_at <= verifier.clock():
        raise VerificationUnknown
    return record


def _next_try(record: VerificationRecord, verifier: Verifier) -> int:
    """The number of this answer, which nobody else has. Answers at the same moment get other numbers."""
    for number in range(record.tries + 1, MOST_TRIES + 1):
        if verifier.verifications.append_try(record, number):
            return number
    raise TriesUsedUp
