"""A gate's device keeps the trust list."""

from base64 import b64encode
from datetime import timedelta

import pytest

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import KeyName, TrustedKey
from chalicelib.services.certificates.trust_sync import OVERLAP, SyncedKeys, sync_trusted_keys
from tests.forms import NOW
from tests.unit.fakes.certificates import TrustedKeys
from tests.unit.fakes.clocks import Clock


@pytest.fixture
def listed() -> TrustedKeys:
    return TrustedKeys([key(1), key(2, "AT")])


@pytest.fixture
def clock() -> Clock:
    return Clock()


def key(number: int, country: str = "VN", until: int = 365) -> TrustedKey:
    return TrustedKey(
        kid=b64encode(bytes([number] * 8)).decode(),
        country=country,
        public_key="AAAA",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=until),
        uses=[CertificateKind.TEST],
        put_by="admin-1",
        put_at=NOW,
    )


class Device:
    """What a device does with the answers."""

    def __init__(self, keys: TrustedKeys, clock: Clock) -> None:
        self._source, self._clock, self._cursor = keys, clock, ""
        self.keys: dict[KeyName, TrustedKey] = {}

    def syncs(self) -> SyncedKeys:
        synced = sync_trusted_keys(self._cursor, trusted_keys=self._source, clock=self._clock)
        if synced.complete:
            self.keys = {}
        self.keys |= {each.name: each for each in synced.keys}
        for name in synced.removed:
            self.keys.pop(name, None)
        self._cursor = synced.cursor
        return synced


def change(keys: TrustedKeys, clock: Clock, *put: TrustedKey, remove: tuple[TrustedKey, ...] = ()) -> None:
    keys.note_changes([each.name for each in (*put, *remove)], clock())
    keys.put(put)
    keys.remove(remove)


def test_all_keys_come_once_and_then_nobody_reads_them(listed: TrustedKeys, clock: Clock) -> None:
    device = Device(listed, clock)
    first = device.syncs()
    assert (first.complete, len(first.keys), listed.reads) == (True, 2, 1)
    for _ in range(3):
        clock.advance(hours=30)
        nothing = device.syncs()
        assert (nothing.complete, nothing.keys, nothing.removed) == (False, [], [])
    assert listed.reads == 1


def test_then_only_what_changed_comes(listed: TrustedKeys, clock: Clock) -> None:
    device = Device(listed, clock)
    device.syncs()
    clock.advance(days=40)
    change(listed, clock, key(3), key(1, until=700), remove=(key(2, "AT"),))
    clock.advance(minutes=2)
    synced = device.syncs()
    assert not synced.complete
    assert [each.name for each in synced.keys] == [key(1).name, key(3).name]
    assert synced.removed == [key(2, "AT").name]
    assert device.keys == {each.name: each for each in listed.keys}
    clock.advance(minutes=2)
    assert device.syncs().keys == []


def test_countries_that_share_an_id_are_two_keys(listed: TrustedKeys, clock: Clock) -> None:
    change(listed, clock, key(1, "DE"))
    device = Device(listed, clock)
    device.syncs()
    clock.advance(hours=1)
    change(listed, clock, remove=(key(1, "DE"),))
    device.syncs()
    assert key(1).name in device.keys
    assert key(1, "DE").name not in device.keys


def test_a_change_that_is_made_after_it_was_noted_is_not_missed(listed: TrustedKeys, clock: Clock) -> None:
    device = Device(listed, clock)
    device.syncs()
    clock.advance(hours=1)
    listed.note_changes([key(3).name], clock())
    clock.advance(seconds=10)
    assert device.syncs().removed == [key(3).name]  # it is not listed yet
    clock.advance(seconds=10)
    listed.put([key(3)])  # the slowest function has ended by now
    clock.advance(seconds=OVERLAP.total_seconds() - 25)
    device.syncs()
    assert key(3).name in device.keys


@pytest.mark.parametrize("cursor", ["", "yesterday", "99999999999", "12", "1626937200.abc", "-1626937200"])
def test_a_cursor_that_is_none_of_ours_gets_everything(listed: TrustedKeys, clock: Clock, cursor: str) -> None:
    assert sync_trusted_keys(cursor, trusted_keys=listed, clock=clock).complete
