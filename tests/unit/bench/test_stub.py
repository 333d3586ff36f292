"""The stub answers in the process, so it is tried in one of its own."""

import sys
from subprocess import run

from bench.processes import ROOT

CODE = """
from bench import stub
stub.put_in_place(lambda target, body: b"", '{"keys":[]}')
from chalicelib.adapters import issuer_keys
print(issuer_keys._get("https://issuer.invalid/"))
"""


def test_the_issuers_keys_are_answered() -> None:
    done = run([sys.executable, "-c", CODE], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == """b'{"keys":[]}'\n"""
