"""Answer people who write to the Official Account, each once.

As with notices, a reply goes out twice if its worker dies between Zalo's answer and the write that settles. Order does
not matter: no reply depends on another one.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from chalicelib.models.conversations.events import Contribution, Kind
from chalicelib.models.conversations.questions import Question, Subject, read_question
from chalicelib.models.conversations.replies import USEFUL_FOR, ReplyOutcome
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.messaging.messages import PermanentRefusal
from chalicelib.models.messaging.tokens import TokenUnavailable
from chalicelib.models.people.languages import Language, Words
from chalicelib.models.people.province import Province
from chalicelib.services.conversations.ports import Replies, SendReply
from chalicelib.services.entry.passes import PassState
from chalicelib.services.ports import Clock, KeyedHash

_EVENT = "zalo event"
"""The label of the keyed hash of an event's id."""


class Responder(NamedTuple):
    """Dependencies of replies."""

    replies: Replies
    send_reply: SendReply
    state_of: Callable[[str], PassState]
    """The public state of the pass with this code. Raises `PassUnknown`."""
    texts: Mapping[str, Words]
    province: Province
    declare_url: str
    """The address where people declare; empty if the stage has none."""
    keyed_hash: KeyedHash
    clock: Clock


def answer(contribution: Contribution, *, responder: Responder) -> ReplyOutcome:
    """Answer an event, unless it was answered before. Raises `TemporaryFailure`: the event must be handled again."""
    now = responder.clock()
    if contribution.at + USEFUL_FOR < now:
        return ReplyOutcome.LATE
    event = responder.keyed_hash.text(_EVENT, contribution.id)
    if not responder.replies.claim(event, now=now):
        return ReplyOutcome.REPEATED
    outcome = ReplyOutcome.SENT
    try:
        responder.send_reply(contribution.user_id, reply_to(contribution, responder=responder))
    except Exception as error:
        # Without a token nobody gets an answer. When an operator has stored a new one, the event is handled again.
        if isinstance(error, TokenUnavailable) or not isinstance(error, PermanentRefusal):
            responder.replies.release(event)
            raise
        outcome = ReplyOutcome.REFUSED
    responder.replies.settle(event)
    return outcome


def reply_to(contribution: Contribution, *, responder: Responder) -> str:
    """The text that answers an event."""
    if contribution.kind is Kind.FOLLOWED:
        return _text("welcome", Language.VI, responder)
    if contribution.kind is not Kind.WROTE:
        return _text("hotline", Language.VI, responder)
    question = read_question(contribution.text)
    if question.code is not None:
        return _about_pass(question.code, question.language, responder)
    return _text(_about(question, responder), question.language, responder)


def _about(question: Question, responder: Responder) -> str:
    if question.subject is Subject.MISTYPED:
        return "code_mistyped"
    return "declare" if question.subject is Subject.DECLARING and responder.declare_url else "hotline"


def _about_pass(code: Code, language: Language, responder: Responder) -> str:
    try:
        state = responder.state_of(str(code))
    except PassUnknown:
        return _text("pass_unknown", language, responder, code=code.shown)
    return _text(
        f"pass_{state.verdict}", language, responder, code=code.shown, ends=_ends(state.expires_at, responder.province)
    )


def _ends(moment: datetime, province: Province) -> str:
    return f"{moment.astimezone(ZoneInfo(province.time_zone)):%H:%M %d/%m/%Y}"


def _text(name: str, language: Language, responder: Responder, **values: str) -> str:
    """A text in this language, or in English if the province does not have it."""
    hotline = responder.province.hotline
    text, hours = responder.texts[name].in_language(language), hotline.hours.in_language(language)
    return text.format(hotline=hotline.shown, hours=hours, link=responder.declare_url, **values)
