"""The Python and the processor of the functions are declared, and nothing else is deployed."""

import json

import pytest

from infra import accounts
from infra.deployment import deploy
from infra.errors import CannotGoOn
from infra.packaging import lock, runtimes


def test_every_library_that_ships_comes_for_the_declared_python() -> None:
    """`python -m infra lock` fails where one does not, for each of these and for both processors."""
    assert runtimes.declared_python() in lock._PYTHONS
    configuration = json.loads(runtimes.CONFIGURATION.read_text(encoding="utf-8"))
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[configuration["lambda_architecture"]]
    assert machine in lock._PLATFORMS


def test_a_package_of_the_declared_python_is_for_the_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtimes, "own_python", runtimes.declared_python)
    assert runtimes.problem() is None


def test_a_deployment_by_another_python_ends_before_it_begins_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtimes, "own_python", lambda: "3.11")
    monkeypatch.setattr(deploy, "build", lambda: pytest.fail("it has begun"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    declared = runtimes.declared_python()
    with pytest.raises(CannotGoOn, match=rf"this is Python 3\.11.*make PYTHON=python{declared}$"):
        deploy.deploy(accounts.cloud("ap-southeast-1"), "prod", [])
