"""The page about security names tests that exist."""

import re

import pytest

from infra import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", PAGE)))


@pytest.mark.parametrize(("file", "test"), NAMED)
def test_what_shows_a_point_exists(file: str, test: str) -> None:
    assert f"def {test}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")


def test_every_gap_that_is_named_is_listed() -> None:
    points, gaps = PAGE.split("## Gaps\n")
    assert set(re.findall(r"\[(G\d+)\]", points)) == set(re.findall(r"^\| (G\d+) \|", gaps, re.MULTILINE))
    assert len(NAMED) > 50
