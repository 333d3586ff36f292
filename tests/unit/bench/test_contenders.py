"""Each contender answers each of its requests, in a process of its own, as the bench lets them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.processes import Endpoint, Warm, prepare, run, serving
from bench.rows import BARE, ROWS, Row

_ROWS = [row for row in (BARE, *ROWS) if not row.packaged]
_ONCE = Warm(0, 0)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def server(prepared: Path) -> Iterator[Endpoint]:
    with serving(prepared) as endpoint:
        yield endpoint


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: row.name)
def test_a_contender_answers_with_the_expected_status(row: Row, prepared: Path) -> None:
    ran = run(row.contender, row.request, _ONCE, endpoint=Endpoint(prepared))  # raises if it does not
    assert ran.cold_ms > 0
    assert ran.warm_us is None
    assert ran.cold_calls


@pytest.mark.parametrize("row", [BARE, ROWS[0], ROWS[1]], ids=lambda row: row.name)
def test_over_tls_too(row: Row, server: Endpoint) -> None:
    assert run(row.contender, row.request, _ONCE, endpoint=server).cold_ms > 0


def test_what_is_warm_calls_less(prepared: Path) -> None:
    ran = run("ours", "declare", Warm(2, 3), endpoint=Endpoint(prepared))
    assert ran.warm_us
    assert ran.warm_calls == ["PutItem"]
    assert len(ran.cold_calls) > 1


def test_an_unexpected_answer_ends_the_bench(prepared: Path) -> None:
    file = prepared / "requests" / "wrong.json"
    file.write_text((prepared / "requests" / "check.json").read_text().replace('"status": 200', '"status": 418'))
    with pytest.raises(SystemExit, match="418 was expected"):
        run("ours", "wrong", _ONCE, endpoint=Endpoint(prepared))
