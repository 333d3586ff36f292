"""Signing keys: listed before they sign, listed after, and their private halves gone in between."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.keys import KeyRing, KeyStore, NoSigningKey
from chalicelib.models.errors import ServiceUnavailable
from infra.operation.keys import LISTED_AFTER, LISTED_AHEAD, new_key, rotated

NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = KeyRing(keys=[new_key(NOW - HOUR)])


def rotate(ring: KeyRing, now: datetime) -> KeyRing:
    return rotated(ring, new_key(now + LISTED_AHEAD), now=now, pass_lifetime=HOUR)


def test_a_new_key_is_listed_before_it_signs() -> None:
    ring = rotate(FIRST, NOW)
    old, new = ring.published(NOW)
    assert ring.signing(NOW + LISTED_AHEAD - timedelta(seconds=1)).key_id == FIRST.signing(NOW).key_id
    assert ring.signing(NOW + LISTED_AHEAD).key_id != FIRST.signing(NOW).key_id
    assert old.kid != new.kid
    assert {old.d, new.d} == {None}


def test_an_old_key_is_listed_until_its_last_pass_is_a_day_old() -> None:
    ring = rotate(FIRST, NOW)
    end = NOW + LISTED_AHEAD + HOUR + LISTED_AFTER
    assert len(ring.verifying(end - timedelta(seconds=1))) == 2
    assert len(ring.verifying(end)) == 1


def test_what_signs_no_more_has_no_private_half_after_the_next_rotation() -> None:
    ring = rotate(rotate(FIRST, NOW), NOW + 2 * HOUR)
    assert [key.d is None for key in ring.keys] == [True, False, False]
    much_later = rotate(ring, NOW + timedelta(days=100))
    assert FIRST.keys[0].kid not in {key.kid for key in much_later.keys}


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(NoSigningKey):
        KeyRing(keys=[]).signing(NOW)
    with pytest.raises(NoSigningKey):
        FIRST.signing(NOW - 2 * HOUR)


def test_the_document_is_read_again_every_five_minutes_and_fits_a_parameter() -> None:
    documents = [rotate(FIRST, NOW).model_dump_json(), FIRST.model_dump_json()]
    store = KeyStore(FIRST.model_dump_json(), documents.pop, NOW)
    listed = [len(store.ring(NOW + timedelta(minutes=minute)).keys) for minute in range(11)]
    assert listed == [1] * 10 + [2]
    assert documents == []
    assert len(rotate(rotate(FIRST, NOW), NOW).model_dump_json()) < 4096


def test_known_keys_serve_on_while_the_document_cannot_be_read() -> None:
    tries = []

    def fail() -> str:
        tries.append(1)
        raise ServiceUnavailable

    store = KeyStore(FIRST.model_dump_json(), fail, NOW)
    for minute in range(9):
        assert store.ring(NOW + timedelta(minutes=minute)) == FIRST
    assert len(tries) == 1
