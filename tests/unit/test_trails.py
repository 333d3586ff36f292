"""What leads from a request's line in the log to those of its workers."""

import pytest

from chalicelib.models.trails import trail_of


def test_all_that_names_one_declaration_has_one_trail() -> None:
    keys = ("0123456789ABC", "0123456789ABC00Z", "0123456789ABC01Y", "CROSSINGS#0123456789ABC")
    (trail,) = {trail_of(each) for each in keys}
    assert trail is not None
    assert len(trail) == 12
    assert trail_of("0123456789ABD") not in (None, trail)


@pytest.mark.parametrize(
    "key", ["", "CHANGES", "CHECKPOINT#an-hoa#2021-07-22T07", "0912345678", "079123456789", "f" * 16]
)
def test_what_names_no_code_has_no_trail(key: str) -> None:
    assert trail_of(key) is None
