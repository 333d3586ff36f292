"""Names without accents."""

import pytest

from chalicelib.models.people.names import without_accents


@pytest.mark.parametrize(
    ("name", "plain"),
    [("Đỗ Thị Đào", "Do Thi Dao"), ("nguyễn đức", "nguyen duc"), ("Ðo Thi Dao", "Do Thi Dao"), ("Søren", "Søren")],
)
def test_accents_are_taken_off_letters_and_the_struck_d_is_a_d(name: str, plain: str) -> None:
    assert without_accents(name) == plain
