"""Secrets that an operator types, and the parameters that keep them."""

from getpass import getpass

from infra.accounts import Account
from infra.errors import CannotGoOn


def ask_secret(name: str) -> str:
    """A secret from the terminal, which does not show it. Raises `CannotGoOn` for one that no provider gives."""
    text = getpass(f"{name}: ").strip()
    if not (text and text.isascii() and text.isprintable() and " " not in text):
        raise CannotGoOn(f"{name}: that is empty, or has blanks or letters that no key has. Nothing was stored.")
    return text


def store(account: Account, parameter: str, value: str) -> None:
    """Store a secret, whatever is there."""
    account.client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
