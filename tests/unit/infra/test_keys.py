"""Rotation of signing keys: a key is listed before it signs and after, and its private half is dropped in between."""

from datetime import UTC, datetime, timedelta

from chalicelib.adapters.pass_keys import KeyRing
from chalicelib.models.policy.policies import PermitRules
from infra.operation.keys import LARGEST_DOCUMENT, LISTED_AFTER, LISTED_AHEAD, LONGEST_PERMIT, new_key, rotated

NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = KeyRing(keys=[new_key(NOW - HOUR)])


def rotate(ring: KeyRing, now: datetime) -> KeyRing:
    return rotated(ring, new_key(now + LISTED_AHEAD), now=now)


def test_a_new_key_is_listed_before_it_signs() -> None:
    ring = rotate(FIRST, NOW)
    old, new = ring.published(NOW)
    assert ring.signing(NOW + LISTED_AHEAD - timedelta(seconds=1)).key_id == FIRST.signing(NOW).key_id
    assert ring.signing(NOW + LISTED_AHEAD).key_id != FIRST.signing(NOW).key_id
    assert old.kid != new.kid
    assert {old.d, new.d} == {None}


def test_an_old_key_is_listed_until_its_last_permit_has_ended_since_a_day() -> None:
    ring = rotate(FIRST, NOW)
    most = PermitRules.model_json_schema()["properties"]["longest_days"]["maximum"]
    assert timedelta(days=most) == LONGEST_PERMIT
    end = NOW + LISTED_AHEAD + LONGEST_PERMIT + LISTED_AFTER
    assert len(ring.verifying(end - timedelta(seconds=1))) == 2
    assert len(ring.verifying(end)) == 1


def test_a_key_that_no_longer_signs_loses_its_private_half_at_the_next_rotation() -> None:
    ring = rotate(rotate(FIRST, NOW), NOW + 2 * HOUR)
    assert [key.d is None for key in ring.keys] == [True, False, False]
    much_later = rotate(ring, NOW + timedelta(days=400))
    assert FIRST.keys[0].kid not in {key.kid for key in much_later.keys}


def test_the_document_fits_a_parameter_if_keys_are_rotated_every_two_months() -> None:
    ring = FIRST
    for months in range(0, 48, 2):
        ring = rotate(ring, NOW + timedelta(days=30 * months))
        assert len(ring.model_dump_json()) < LARGEST_DOCUMENT
