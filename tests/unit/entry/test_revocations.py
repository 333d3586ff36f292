"""Revocations as they are kept."""

from chalicelib.models.entry.revocations import Revocation


def test_a_revocation_of_before_names_were_kept_is_read() -> None:
    kept = '{"recorded_at":"2021-07-22T07:00:00Z","recorded_by":"supervisor","reason":"x"}'
    assert Revocation.from_stored(kept).recorded_by_name is None
