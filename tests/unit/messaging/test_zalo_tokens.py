"""The tokens of the Official Account: used until they end, renewed once, and reported when they are lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.models.messaging.tokens import TokenPair, TokenRefused, TokenUnavailable
from chalicelib.services.messaging.zalo_tokens import ZaloTokens
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.tokens import Exchange, Lease, Leases, TokenStore


@dataclass
class Stage:
    """All that the functions of a stage share."""

    clock: Clock = field(default_factory=Clock)
    leases: Leases = field(default_factory=Leases)
    lost: int = 0
    slept: float = 0.0
    exchange: Exchange = field(init=False)
    store: TokenStore = field(init=False)

    def __post_init__(self) -> None:
        self.exchange = Exchange(self.clock)
        self.store = TokenStore(self.exchange.first())

    def process(self) -> ZaloTokens:
        def report() -> None:
            self.lost += 1

        def sleep(seconds: float) -> None:
            self.slept += seconds

        return ZaloTokens(
            store=self.store,
            lease=Lease(shared=self.leases),
            refresh=self.exchange,
            report_lost=report,
            clock=self.clock,
            sleep=sleep,
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def taken(*good: str) -> Callable[[str], str]:
    """A call for which only these tokens are good."""

    def call(token: str) -> str:
        if token not in good:
            raise TokenRefused
        return f"by {token}"

    return call


def test_a_process_reads_the_token_once_until_shortly_before_its_end(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = stage.process()
    assert process.current() == "access-1"
    stage.store.pair = None
    stage.clock.advance(hours=24, minutes=55)
    assert process.current() == "access-1"
    stage.clock.advance(seconds=1)
    with pytest.raises(TokenUnavailable):
        process.current()


def test_a_token_that_ends_is_renewed_by_who_needs_it(stage: Stage) -> None:
    stage.clock.advance(hours=25)
    assert [stage.process().current() for _ in range(3)] == ["access-2"] * 3
    assert stage.exchange.asked == ["refresh-1"]


def test_the_scheduled_function_renews_two_hours_before_the_end(stage: Stage) -> None:
    stage.clock.advance(hours=23)
    assert stage.process().renew_early() is False
    stage.clock.advance(seconds=1)
    assert stage.process().renew_early() is True
    assert stage.process().renew_early() is False
    assert stage.store.pair is not None
    assert stage.store.pair.access_token == "access-2"


def test_a_refresh_token_never_becomes_older_than_a_day(stage: Stage) -> None:
    oldest = timedelta(0)
    made, number = stage.clock(), 1
    for _ in range(24 * 100):
        stage.clock.advance(hours=1)
        oldest = max(oldest, stage.clock() - made)
        stage.process().renew_early()
        if stage.exchange.number != number:
            made, number = stage.clock(), stage.exchange.number
    assert oldest <= timedelta(days=1)
    assert stage.lost == 0


def test_a_token_that_zalo_refuses_is_looked_up_and_then_renewed_once(stage: Stage) -> None:
    process, other = stage.process(), stage.process()
    assert process.use(taken("access-1")) == "by access-1"
    assert other.use(taken("access-2")) == "by access-2"
    assert process.use(taken("access-2")) == "by access-2"  # the other one's
    assert stage.exchange.asked == ["refresh-1"]
    with pytest.raises(TokenUnavailable):
        process.use(taken())
    assert (stage.exchange.asked, stage.lost) == (["refresh-1", "refresh-2"], 1)


def test_a_stored_token_that_zalo_refuses_too_is_renewed(stage: Stage) -> None:
    process, other = stage.process(), stage.process()
    assert process.use(taken("access-1")) == "by access-1"
    assert other.use(taken("access-2")) == "by access-2"
    assert process.use(taken("access-3")) == "by access-3"
    assert (stage.exchange.asked, stage.lost) == (["refresh-1", "refresh-2"], 0)


def test_what_else_a_call_raises_is_no_business_of_the_tokens(stage: Stage) -> None:
    def call(token: str) -> str:
        raise TemporaryFailure("HTTP 500")

    with pytest.raises(TemporaryFailure, match="HTTP 500"):
        stage.process().use(call)
    assert stage.exchange.asked == []


def test_two_functions_at_once_use_a_refresh_token_once(stage: Stage) -> None:
    """The other one comes between the exchange and the write, when the old refresh token is worth nothing any more."""
    stage.clock.advance(hours=25)
    outcomes: list[str] = []

    def other_comes() -> None:
        with pytest.raises(TemporaryFailure, match="another function"):
            stage.process().current()
        outcomes.append("waited")

    stage.exchange.meanwhile = other_comes
    assert stage.process().current() == "access-2"
    stage.exchange.meanwhile = lambda: None
    assert stage.process().current() == "access-2"
    assert (outcomes, stage.exchange.asked, stage.lost) == (["waited"], ["refresh-1"], 0)


def test_a_function_that_waited_takes_what_the_other_one_stored(stage: Stage) -> None:
    stage.clock.advance(hours=25)
    first, second = Lease(shared=stage.leases), stage.process()
    assert first.take(now=stage.clock())

    def sleep(seconds: float) -> None:
        if seconds and not stage.exchange.asked:
            stage.store.put(stage.exchange("refresh-1"))

    second._sleep = sleep
    assert second.current() == "access-2"
    assert stage.exchange.asked == ["refresh-1"]


def test_a_function_that_waits_uses_the_old_token_while_it_lasts(stage: Stage) -> None:
    stage.clock.advance(hours=24, minutes=56)
    assert Lease(shared=stage.leases).take(now=stage.clock())
    process = stage.process()
    assert [process.current() for _ in range(10)] == ["access-1"] * 10
    assert stage.slept == pytest.approx(2.5)  # once, not for each message
    stage.clock.advance(minutes=5)
    assert process.current() == "access-2"


def test_a_function_that_dies_before_it_stored_takes_the_pair_with_it(stage: Stage) -> None:
    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    stage.clock.advance(hours=23, minutes=30)
    stage.exchange.meanwhile = die
    with pytest.raises(Killed):
        stage.process().renew_early()
    stage.exchange.meanwhile = lambda: None
    stage.clock.advance(seconds=61)
    with pytest.raises(TokenUnavailable):
        stage.process().renew_early()
    assert stage.lost == 1
    # Until the access token ends, messages go out with it.
    assert stage.process().current() == "access-1"
    stage.clock.advance(hours=2)
    with pytest.raises(TokenUnavailable):
        stage.process().current()
    # The operator stores a new pair.
    stage.exchange.number = 10
    stage.store.pair = stage.exchange.first()
    assert stage.process().current() == "access-10"


def test_a_process_without_a_token_does_not_ask_again_for_each_message(stage: Stage) -> None:
    stage.exchange.number = 9  # another pair is in use elsewhere
    stage.clock.advance(hours=25)
    process = stage.process()
    for _ in range(10):
        with pytest.raises(TokenUnavailable):
            process.current()
    assert (stage.exchange.asked, stage.lost) == (["refresh-1"], 1)
    stage.clock.advance(seconds=61)
    with pytest.raises(TokenUnavailable):
        process.current()
    assert (len(stage.exchange.asked), stage.lost) == (2, 2)


def test_a_write_that_fails_is_tried_again(stage: Stage) -> None:
    stage.clock.advance(hours=25)
    stage.store.failures = 2
    assert stage.process().current() == "access-2"
    assert stage.store.writes == 1


def test_a_pair_that_cannot_be_stored_is_not_used(stage: Stage) -> None:
    stage.clock.advance(hours=25)
    stage.store.failures = 3
    process = stage.process()
    with pytest.raises(TemporaryFailure):
        process.current()
    with pytest.raises(TokenUnavailable):
        stage.process().current()
    assert stage.lost == 1


def test_zalo_without_an_answer_may_pass(stage: Stage) -> None:
    def no_answer(_: str) -> TokenPair:
        raise TemporaryFailure("HTTP 502")

    stage.clock.advance(hours=24, minutes=56)
    process = stage.process()
    process._refresh = no_answer
    assert process.current() == "access-1"
    stage.clock.advance(minutes=5)
    with pytest.raises(TemporaryFailure):
        process.current()
    assert stage.lost == 0
    assert stage.process().current() == "access-2"  # the lease was given back


@pytest.mark.parametrize("broken", ["store", "lease"])
def test_aws_without_an_answer_may_pass(stage: Stage, broken: str) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Callable[..., None]:
            def fail(**_: object) -> None:
                raise ServiceUnavailable

            return fail

    stage.clock.advance(hours=25)
    process = stage.process()
    setattr(process, f"_{broken}", Broken())
    with pytest.raises(TemporaryFailure):
        process.current()
    assert stage.lost == 0


def test_no_tokens_at_all_are_for_the_operator(stage: Stage) -> None:
    stage.store.pair = None
    with pytest.raises(TokenUnavailable, match="no tokens are stored"):
        stage.process().use(taken("x"))
    assert stage.lost == 1
