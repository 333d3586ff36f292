"""Revocations as they are kept."""

from chalicelib.models.entry.revocations import Revocation
from chalicelib.models.records import STORED


def test_a_revocation_of_before_names_were_kept_is_read() -> None:
    kept = '{"recorded_at":"2021-07-22T07:00:00Z","recorded_by":"supervisor","reason":"x"}'
    assert Revocation.model_validate_json(kept, context=STORED).recorded_by_name is None
