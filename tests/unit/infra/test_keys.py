"""Rotation of signing keys: a key is listed before it signs and after, and its private half is dropped in between."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.pass_keys import KeyRing
from infra.operation import keys
from infra.operation.keys import LARGEST_DOCUMENT, LISTED_AFTER, LISTED_AHEAD, new_key, rotated

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


def test_a_key_that_no_longer_signs_loses_its_private_half_at_the_next_rotation() -> None:
    ring = rotate(rotate(FIRST, NOW), NOW + 2 * HOUR)
    assert [key.d is None for key in ring.keys] == [True, False, False]
    much_later = rotate(ring, NOW + timedelta(days=100))
    assert FIRST.keys[0].kid not in {key.kid for key in much_later.keys}


def test_the_document_fits_a_parameter_after_two_rotations() -> None:
    assert len(rotate(rotate(FIRST, NOW), NOW).model_dump_json()) < LARGEST_DOCUMENT


def test_a_rotation_knows_how_long_the_stage_s_passes_are_good_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = [FIRST]
    monkeypatch.setattr(keys, "chosen", lambda *_: (None, "prod"))
    monkeypatch.setattr(keys, "parameters", lambda *_: {"PassLifetimeSeconds": str(48 * 3600)})
    monkeypatch.setattr(keys, "_stored", lambda *_: stored[-1])
    monkeypatch.setattr(keys, "_store", lambda _, __, ring: stored.append(ring))
    keys.main(ArgumentParser(), ["rotate"])
    old, new = stored[-1].keys
    assert old.listed_until == new.use_from + timedelta(hours=48) + LISTED_AFTER
    assert new.kid in capsys.readouterr().out
