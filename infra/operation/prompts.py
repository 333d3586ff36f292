"""What an operator types: secrets, which parameters keep, and the stage's name before something is lost."""

from argparse import ArgumentParser
from getpass import getpass

from infra.accounts import Account
from infra.errors import CannotGoOn


def ask_secret(name: str) -> str:
    """A secret from the terminal, which does not show it. Raises `CannotGoOn` for one that no provider gives."""
    try:
        text = getpass(f"{name}: ").strip()
    except EOFError:
        text = ""
    if not (text and text.isascii() and text.isprintable() and " " not in text):
        raise CannotGoOn(f"{name}: that is empty, or has blanks or letters that no key has. Nothing was stored.")
    return text


def store(account: Account, parameter: str, value: str) -> None:
    """Store a secret, whatever is there."""
    account.client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)


def add_yes(parser: ArgumentParser) -> None:
    """Add the argument with which a command does not ask."""
    parser.add_argument("--yes", action="store_true", help="do not ask: for scripts")


def confirm(stage: str, what: str, *, yes: bool) -> None:
    """Say what is about to happen, and have the stage's name typed. `yes` is that of the command line.

    Raises `CannotGoOn` for another name, and where nobody can type.
    """
    if yes:
        return
    try:
        typed = input(f"{what}\nType the stage's name to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != stage:
        raise CannotGoOn("That is not the stage's name. Nothing was changed.")
