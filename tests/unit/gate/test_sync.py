"""What a gate's device knows after any sequence of syncs."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.handlers.gate.sync import GateData, etag
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.corrections import CorrectedPass
from chalicelib.models.entry.declarations import Declaration
from chalicelib.models.entry.pass_keys import PublicKey
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.models.entry.revocations import Revocation, RevokedPass
from chalicelib.models.gate.cursors import Cursor
from chalicelib.services.gate.sync import OVERLAP, Synced, sync
from tests.forms import NOW
from tests.unit.fakes.clocks import Clock
from tests.unit.fakes.entry import Entries
from tests.unit.fakes.permits import Permits
from tests.unit.fakes.policy import InForceSource
from tests.unit.permits.made import granted, revoked

LIFETIME = timedelta(hours=1)
KEYS = [PublicKey(kid="a", x="b", y="c")]
SKEW, SLOWEST = 8, 20
"""Seconds: how far two servers' clocks may differ, and how long a write may take."""


@dataclass
class LateEntries(Entries):
    """A list of changes in which each can be read some time after it was decided."""

    clock: Clock = field(default_factory=Clock)
    there_from: dict[str, datetime] = field(default_factory=dict)

    def changes_since(self, moment: datetime) -> list[RevokedPass | CorrectedPass]:
        return [each for each in super().changes_since(moment) if self.there_from[each.code] <= self.clock.now]


@dataclass
class Device:
    """A gate's device, as the answer's description says."""

    cursor: str = ""
    etag: str = ""
    revoked: dict[str, RevokedPass] = field(default_factory=dict)
    transferred: int = 0

    def apply(self, synced: Synced) -> None:
        data = GateData.model_construct(
            cursor=str(synced.cursor),
            complete=synced.complete,
            server_time=synced.at,
            pass_lifetime_seconds=3600,
            keys=synced.keys,
            revocations=synced.revocations,
            corrections=synced.corrections,
            arrivals=synced.arrivals,
            replacements=synced.replacements,
            checkpoints=synced.checkpoints,
            policy=synced.policy,
        )
        if etag(data) == self.etag:
            return
        self.etag, self.cursor = etag(data), data.cursor
        if data.complete:
            self.revoked = {}
        self.revoked |= {each.code: each for each in data.revocations}
        self.transferred += 1


@dataclass
class Gate:
    """`clock` is the true time; a server's own may be off."""

    clock: Clock = field(default_factory=Clock)
    revocations: int = 0

    def __post_init__(self) -> None:
        self.entries = LateEntries(clock=self.clock)
        self.permits = Permits()

    def sync(self, since: str = "", *, skew: int = 0, keys: list[PublicKey] = KEYS) -> Synced:
        return sync(
            since,
            keys=keys,
            lifetime=LIFETIME,
            entries=self.entries,
            permits=self.permits,
            in_force=InForceSource(),
            clock=Clock(self.clock.now + timedelta(seconds=skew)),
        )

    def revoke(self, *, age: int = 0, skew: int = 0, took: int = 0) -> RevokedPass:
        """Revoke a pass that is `age` seconds old, by a server whose clock is off and whose write takes its time."""
        code = Code.of(self.revocations, 0)
        self.revocations += 1
        decided = self.clock.now + timedelta(seconds=skew)
        ends = self.clock.now - timedelta(seconds=age) + LIFETIME
        declaration = Declaration.model_construct(expires_at=ends)  # type: ignore[call-arg]  # all that is asked for
        held = HeldPass(code, DeclarationRecord(declaration))
        self.entries.append_revocation(held, Revocation(recorded_at=decided, recorded_by="x", reason="x"))
        self.entries.there_from[str(code)] = self.clock.now + timedelta(seconds=took)
        (revoked,) = [each for each in self.entries.changes if each.code == str(code)]
        assert isinstance(revoked, RevokedPass)
        return revoked


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_a_new_device_gets_everything(gate: Gate) -> None:
    revoked = gate.revoke()
    for unknown in ("", "nonsense", "1626937200", "1626937200.aaaaaaaaaaaa.bbbbbbbbbbbb.CCCCCCCCCCCC", "٣" * 10):
        synced = gate.sync(unknown)
        assert synced.complete
        assert (synced.revocations, synced.keys) == ([revoked], KEYS)
        assert synced.checkpoints
        assert synced.policy


def test_what_did_not_change_is_left_out(gate: Gate) -> None:
    first = gate.sync()
    gate.clock.advance(minutes=5)
    revoked = gate.revoke()
    second = gate.sync(str(first.cursor))
    assert not second.complete
    assert (second.revocations, second.keys, second.checkpoints, second.policy) == ([revoked], None, None, None)
    rotated = [*KEYS, PublicKey(kid="d", x="e", y="f")]
    third = gate.sync(str(second.cursor), keys=rotated)
    assert (third.keys, third.checkpoints, third.policy) == (rotated, None, None)
    assert gate.sync(str(third.cursor), keys=rotated).keys is None


def test_a_cursor_is_read_back_as_it_was_written(gate: Gate) -> None:
    cursor = gate.sync().cursor
    assert Cursor.parse(str(cursor)) == cursor
    assert cursor.read_until == NOW - OVERLAP


@pytest.mark.parametrize(("age", "complete"), [(0, False), (3600 - 30, False), (3600 - 29, True), (-31, True)])
def test_a_cursor_of_the_future_or_older_than_a_pass_lives_gets_everything(
    gate: Gate, age: int, complete: bool
) -> None:
    cursor = gate.sync().cursor
    gate.clock.advance(seconds=age)
    assert gate.sync(str(cursor)).complete == complete


def test_the_revocation_of_a_pass_that_has_ended_is_not_sent(gate: Gate) -> None:
    gate.revoke(age=3600)
    still = gate.revoke(age=3599)
    assert gate.sync().revocations == [still]


def test_the_revocation_of_a_permit_is_sent_until_the_permit_would_have_ended(gate: Gate) -> None:
    record = granted(gate.clock.now)
    before = gate.sync()
    gate.clock.advance(minutes=5)
    gate.permits.records[record.permit.code] = record.with_revocation(revoked(gate.clock.now))
    assert [each.code for each in gate.sync(str(before.cursor)).permit_revocations] == [record.permit.code]
    gate.clock.advance(minutes=5)
    assert gate.sync(str(gate.sync().cursor)).permit_revocations == []
    assert len(gate.sync().permit_revocations) == 1
    gate.clock.advance(days=30)
    assert gate.sync().permit_revocations == []


def test_a_revocation_that_was_written_slowly_by_a_slow_clock_is_in_the_next_delta(gate: Gate) -> None:
    revoked = gate.revoke(skew=-SKEW, took=SLOWEST)
    gate.clock.advance(seconds=SLOWEST - 1)
    first = gate.sync()
    assert first.revocations == []
    gate.clock.advance(seconds=1)
    assert gate.sync(str(first.cursor)).revocations == [revoked]


OFF = st.integers(-SKEW // 2, SKEW // 2)
STEPS = st.one_of(
    st.tuples(st.just("wait"), st.tuples(st.integers(0, 4000))),
    st.tuples(st.just("revoke"), st.tuples(st.integers(0, 3700), OFF, st.integers(0, SLOWEST))),
    st.tuples(st.just("sync"), st.tuples(OFF)),
)


@given(st.lists(STEPS, max_size=30))
@example([("revoke", (0, -4, 20)), ("wait", (19,)), ("sync", (4,)), ("wait", (1,)), ("sync", (-4,))])
def test_a_device_misses_no_revocation_whatever_the_order_of_things(steps: list[tuple[str, tuple[int, ...]]]) -> None:
    gate, device = Gate(), Device()
    for kind, numbers in [*steps, ("sync", (0,))]:
        if kind == "wait":
            gate.clock.advance(seconds=numbers[0])
        elif kind == "revoke":
            gate.revoke(age=numbers[0], skew=numbers[1], took=numbers[2])
        else:
            device.apply(gate.sync(device.cursor, skew=numbers[0]))
            still = gate.clock.now + timedelta(seconds=SKEW)
            must = {each.code for each in gate.entries.changes_since(NOW) if each.expires_at > still}
            assert must <= device.revoked.keys()
            assert all(gate.entries.there_from[code] <= gate.clock.now for code in device.revoked)


def test_a_device_that_knows_everything_gets_nothing(gate: Gate) -> None:
    device = Device()
    gate.revoke()
    for _ in range(40):
        device.apply(gate.sync(device.cursor))
        gate.clock.advance(seconds=60)
    # All of it; what the overlap repeats; nothing; and, the device's cursor being an hour old by then, all once more.
    assert device.transferred <= 4
