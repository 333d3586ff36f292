"""The command line: what it lists, what it imports, and how it ends."""

import os
import re
import subprocess
import sys
from unittest.mock import Mock

import pytest
from botocore.exceptions import EndpointConnectionError

from infra import ROOT
from infra.__main__ import VERBS, main
from infra.errors import CannotGoOn
from infra.operation import keys

ALL_VERBS = [verb for group in VERBS.values() for verb in group]


def test_without_a_verb_all_verbs_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--help"]) == 0
    listed = re.findall(r"^  ([a-z-]+) {2,}\S", capsys.readouterr().out, re.MULTILINE)
    assert listed == ALL_VERBS * 2


@pytest.mark.parametrize("verb", ALL_VERBS)
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m infra {verb} [-h]")


@pytest.mark.parametrize("arguments", [[], ["keys", "rotate", "--help"], ["local", "up", "--port", "x"]])
def test_help_and_wrong_usage_do_not_load_boto3(arguments: list[str]) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "infra", *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    assert "infra.errors" in ran.stderr
    assert not re.search(r"\| +boto3$", ran.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["nonsense"], "There is no verb nonsense. To list them: python -m infra\n"),
        (["keys"], "The following arguments are required: ACTION. See: python -m infra keys --help\n"),
        (["keys", "list"], "--stage is needed. See: python -m infra keys --help\n"),
        (["redrive", "--stage", "prod"], "The following arguments are required: queue. See: python -m infra redrive"),
        (["local", "token"], "The following arguments are required: --role. See: python -m infra local token --help\n"),
        (["local", "up", "--port", "70000"], "Argument --port: must be a number from 0 to 65532. See: python -m infra"),
        (["local", "up", "--cors", "dev.example"], "Argument --cors: must be an origin, for instance https://dev"),
        (["partners", "add", "an-app", "--rate", "0"], "Argument --rate: must be a whole number, 1 or more. See: "),
        (["seed", "--stage", "Prod"], "Argument --stage: a stage's name is up to 16 lower-case letters"),
        (["package", "again"], "Unrecognized arguments: again. See: python -m infra package --help\n"),
    ],
)
def test_wrong_usage_is_answered_by_one_sentence(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    written = capsys.readouterr()
    assert written.err.startswith(problem)
    assert (written.out, written.err.count("\n")) == ("", 1)


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (CannotGoOn("Log in first."), 1, "Log in first.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (EndpointConnectionError(endpoint_url="http://x"), 1, "AWS cannot be used: Could not connect to the endpoint"),
    ],
)
def test_a_verb_that_fails_says_why_without_a_traceback(
    error: BaseException, code: int, text: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(keys, "main", Mock(side_effect=error))
    assert main(["keys"]) == code
    assert capsys.readouterr().err.startswith(text)


def test_who_reads_only_the_beginning_of_the_output_sees_no_traceback() -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    with os.fdopen(write_end, "wb") as closed:
        ran = subprocess.run(
            [sys.executable, "-m", "infra"], cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ran.returncode, ran.stderr) == (1, "")


def test_every_command_in_documents_and_messages_exists() -> None:
    files = [ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile")]
    for folder in ("docs", "infra", "chalicelib", "tests"):
        files += [file for file in (ROOT / folder).rglob("*") if file.suffix in (".md", ".py", ".yaml")]
    named = {command for file in files for command in re.findall(r"-m infra[. ]([a-z][a-z_.-]*)", file.read_text())}
    assert named - set(ALL_VERBS) == set()
