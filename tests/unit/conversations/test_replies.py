"""Replies of the Official Account: the right text, once."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import get_args

import pytest

from chalicelib.handlers.entry.pass_answers import State
from chalicelib.models.conversations.events import Contribution, Kind
from chalicelib.models.conversations.replies import USEFUL_FOR, ReplyOutcome, reply_texts
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import PassUnknown
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.messaging.messages import PermanentRefusal, TemporaryFailure
from chalicelib.models.messaging.tokens import TokenUnavailable
from chalicelib.models.people.province import province
from chalicelib.services.conversations.replies import Responder, answer, reply_to
from chalicelib.services.entry.passes import PassState
from tests.forms import NOW
from tests.unit.fakes.conversations import Replies
from tests.unit.world import World

CODE = Code.of(0x1_2345_6789_ABCD_EF01, 0)
LONGEST = 2000
"""Characters of a text of the account."""


@dataclass
class Account:
    """The account, one pass, and what was sent."""

    world: World
    verdict: Verdict | None = Verdict.VALID
    declare_url: str = "https://declare.example"
    refuses: Exception | None = None
    sent: list[tuple[str, str]] = field(default_factory=list)
    replies: Replies = field(default_factory=Replies)

    def responder(self) -> Responder:
        return Responder(
            replies=self.replies,
            send_reply=self._send,
            state_of=self._state_of,
            texts=reply_texts("tay-ninh"),
            province=province("tay-ninh"),
            declare_url=self.declare_url,
            keyed_hash=self.world.keyed_hash,
            clock=lambda: NOW,
        )

    def _send(self, user_id: str, text: str) -> str:
        if self.refuses:
            raise self.refuses
        self.sent.append((user_id, text))
        return "id"

    def _state_of(self, text: str) -> PassState:
        if self.verdict is None:
            raise PassUnknown
        return PassState(Code.parse(text), self.verdict, NOW, NOW + timedelta(hours=1))

    def reply(self, text: str, kind: Kind = Kind.WROTE) -> str:
        return reply_to(contribution(text, kind), responder=self.responder())

    def answers(self, event: str = "m1", at: datetime = NOW) -> ReplyOutcome:
        return answer(contribution("khai báo")._replace(id=event, at=at), responder=self.responder())


def contribution(text: str, kind: Kind = Kind.WROTE) -> Contribution:
    return Contribution("m1", kind, "user", text, NOW)


@pytest.fixture
def account(world: World) -> Account:
    return Account(world)


def test_the_state_of_a_pass_is_what_its_public_view_tells(account: Account) -> None:
    ends = "15:00 22/07/2021"
    for verdict in get_args(State):
        account.verdict = Verdict(verdict)
        for text in (account.reply(f"mã {CODE.shown}"), account.reply(f"my pass {CODE.shown}")):
            assert CODE.shown in text
            assert (ends in text) is (verdict != "revoked")
    account.verdict = None
    assert account.reply(CODE.shown).startswith(f"Không có mã {CODE.shown}")


def test_every_state_has_a_text_and_no_text_is_left_over() -> None:
    states = {f"pass_{each}" for each in (*get_args(State), "unknown")}
    assert reply_texts("tay-ninh").keys() == {*states, "welcome", "declare", "code_mistyped", "hotline"}


def test_every_text_fits_into_a_message_and_has_no_placeholder_left(account: Account) -> None:
    account.declare_url = "https://" + "x" * 240
    texts = [account.reply("", kind) for kind in Kind]
    for verdict in (*map(Verdict, get_args(State)), None):
        account.verdict = verdict
        texts += [account.reply(f"{word} {CODE.shown}") for word in ("pass", "mã")]
    texts += [account.reply(text) for text in ("declare", "khai báo", "hello", "chào", CODE.shown[:-1])]
    for text in texts:
        assert len(text) <= LONGEST
        assert not set("{}") & set(text)


def test_without_a_link_who_wants_to_declare_is_given_the_hotline(account: Account) -> None:
    account.declare_url = ""
    assert "(0276) 1022" in account.reply("khai báo")


def test_what_is_not_understood_is_given_a_person_s_number_and_hours(account: Account) -> None:
    for text in (account.reply("😀"), account.reply("", Kind.SENT_OTHER), account.reply("", Kind.FOLLOWED)):
        assert "(0276) 1022 (24 giờ mỗi ngày)" in text
    assert "(0276) 1022 (24 hours a day)" in account.reply("please help")


@pytest.mark.parametrize(("language", "before"), [("km", "លេខកូដ"), ("zh", "通行码")])
def test_a_text_in_khmer_or_chinese_is_answered_in_its_language(language: str, before: str, account: Account) -> None:
    texts = reply_texts("tay-ninh")
    for verdict in (*get_args(State), None):
        account.verdict = None if verdict is None else Verdict(verdict)
        reply = account.reply(f"{before} {CODE.shown}")
        own = getattr(texts[f"pass_{verdict or 'unknown'}"], language)
        assert reply.startswith(own.split("{")[0])
        assert CODE.shown in reply
        assert not set("{}") & set(reply)
    assert account.declare_url in account.reply("申报" if language == "zh" else "ប្រកាស")


def test_a_reply_that_the_province_lacks_in_a_language_is_in_english(account: Account) -> None:
    texts = {name: each.model_copy(update={"zh": None}) for name, each in reply_texts("tay-ninh").items()}
    contributed = contribution(f"通行码 {CODE.shown}")
    assert reply_to(contributed, responder=account.responder()._replace(texts=texts)).startswith("The pass")


def test_an_event_is_answered_once(account: Account) -> None:
    outcomes = [account.answers() for _ in range(3)]
    assert outcomes == [ReplyOutcome.SENT, ReplyOutcome.REPEATED, ReplyOutcome.REPEATED]
    assert account.answers("m2") is ReplyOutcome.SENT
    assert len(account.sent) == 2


@pytest.mark.parametrize("failure", [TemporaryFailure("-32"), TokenUnavailable(), RuntimeError()])
def test_an_event_that_could_not_be_answered_is_answered_later(account: Account, failure: Exception) -> None:
    account.refuses = failure
    with pytest.raises(type(failure)):
        account.answers()
    account.refuses = None
    assert account.answers() is ReplyOutcome.SENT


def test_who_may_not_be_answered_is_not_tried_again(account: Account) -> None:
    account.refuses = PermanentRefusal("-213")
    assert [account.answers(), account.answers()] == [ReplyOutcome.REFUSED, ReplyOutcome.REPEATED]


def test_two_workers_do_not_answer_at_once(account: Account) -> None:
    account.replies.claim(account.world.keyed_hash.text("zalo event", "m1"), now=NOW)
    with pytest.raises(TemporaryFailure):
        account.answers()
    assert account.sent == []


def test_an_old_event_is_not_answered(account: Account) -> None:
    assert account.answers(at=NOW - USEFUL_FOR) is ReplyOutcome.SENT
    assert account.answers("m2", at=NOW - USEFUL_FOR - timedelta(seconds=1)) is ReplyOutcome.LATE
