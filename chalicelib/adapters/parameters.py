"""Secrets: SecureString parameters of the Systems Manager's parameter store."""

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.models.errors import Misconfigured

Store = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""The parameter store's answer to an operation: `store("GetParameters", {"Names": …})`. Raises botocore's exceptions.
"""


def read(names: list[str], store: Store) -> dict[str, str]:
    """The decrypted values of parameters, by name, in one call. Raises `ParameterMissing`."""
    answer = store("GetParameters", {"Names": names, "WithDecryption": True})
    if answer["InvalidParameters"]:
        raise ParameterMissing(answer["InvalidParameters"])
    return {parameter["Name"]: parameter["Value"] for parameter in answer["Parameters"]}


def put(name: str, value: str, store: Store) -> None:
    """Store a secret in a parameter; it replaces any other value."""
    store("PutParameter", {"Name": name, "Value": value, "Type": "SecureString", "Overwrite": True})


class ParameterMissing(Misconfigured):
    """A secret was not made yet."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"missing in the parameter store: {', '.join(names)}; make them with `python -m infra keys make`, or store "
            "those of a provider with `python -m infra zalo setup` or `esms setup`"
        )
