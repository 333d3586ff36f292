"""What a person may ask: a copy of what is held about them, and that it is erased, restricted or amended.

See docs/privacy.md first.

    python -m infra persons export --stage prod --code XXXX-XXXX-XXXX-XXXX --to person.json
    python -m infra persons erase --stage prod --phone            # shows what would be erased
    python -m infra persons erase --stage prod --phone --yes      # erases it
    python -m infra persons restrict --stage prod --identity --yes            # unrestrict ends it
    python -m infra persons amend --stage prod --code XXXX-XXXX-XXXX-XXXX --field full_name --yes

A phone or identity number, and what is right instead, are asked for, or read from the standard input. They are no
arguments: the arguments of a process are in the shell's history, and other users of the machine can list them.

`erase` can be interrupted and run again, with the same arguments. The others of a declaration keep their records. A
person with a pass that has not ended is not erased: revoke it and wait, an hour at most. A person with a permit in
force is not erased either: revoke the permit first. Each use leaves an audit line.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from getpass import getpass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from chalicelib.models.entry.amendments import AmendedField
from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.errors import CodeMistyped
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.gate.searches import IdentitySought
from chalicelib.models.people.identities import plain_number
from chalicelib.models.people.phones import parse_phone
from chalicelib.services.rights.persons import Asked, AskedBy, SeveralPersons, shown
from infra.accounts import add_arguments, chosen
from infra.errors import CannotGoOn
from infra.operation.persons import archives
from infra.operation.persons.amend import amend_person
from infra.operation.persons.erase import erase_person
from infra.operation.persons.export import export_person
from infra.operation.persons.requests import Request, audit
from infra.operation.persons.restrict import restrict_person

_ACTIONS = {
    "export": export_person,
    "erase": erase_person,
    "restrict": restrict_person,
    "unrestrict": restrict_person,
    "amend": amend_person,
}


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    _add_actions(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if options.code:
        asked = _asked(AskedBy.CODE, options.code)
    else:
        by_what = AskedBy.PHONE if options.phone else AskedBy.IDENTITY
        asked = _asked(by_what, _number(by_what))
    archive = archives.archive_of(account, stage, all_declarations=options.all_declarations)
    request = Request(asked, options, archive, account, stage)
    try:
        _ACTIONS[options.action](request)
    except SeveralPersons as several:
        audit(request, "look up person", [str(each.code) for each in several.held])
        listed = "\n".join(f"  {shown(each)}" for each in several.held)
        raise CannotGoOn(f"Several persons gave this number. Name one by --code:\n{listed}") from None
    except ServiceUnavailable as error:
        raise CannotGoOn(f"DynamoDB did not do it: {error.__cause__}. Run this again.") from error


def _add_actions(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("export", "write what is held about a person into a file"),
        ("erase", "erase what is held about a person; without --yes, show it only"),
        ("restrict", "use what is held about a person no more than needed; without --yes, show it only"),
        ("unrestrict", "end a restriction; without --yes, show it only"),
        ("amend", "put what a person says is right beside one declaration; without --yes, show it only"),
    ):
        action = actions.add_parser(name, help=line, description=line)
        add_arguments(action)
        if name != "export":
            action.add_argument("--yes", action="store_true", help="do it")
        by = action.add_mutually_exclusive_group(required=True)
        by.add_argument("--code", help="of one of the person's passes")
        if name == "amend":  # other declarations of the person may be right
            action.add_argument("--field", type=AmendedField, required=True, choices=[*AmendedField])
            action.set_defaults(all_declarations=False)
            continue
        by.add_argument("--phone", action="store_true", help="by a phone number, which is asked for")
        by.add_argument("--identity", action="store_true", help="by the number of a document, which is asked for")
        action.add_argument(
            "--all-declarations",
            action="store_true",
            help="read the whole table, to find declarations that are older than the exposures, too; it takes long",
        )
    actions.choices["export"].add_argument("--to", type=Path, required=True, metavar="FILE", help="a new file")


def _asked(by: AskedBy, text: str) -> Asked:
    """Raises `CannotGoOn` if the text cannot be a code or number; it does not repeat the text."""
    try:
        if by is AskedBy.CODE:
            return Asked(by, str(Code.parse(text)))
        if by is AskedBy.PHONE:
            return Asked(by, parse_phone(text))
        return Asked(by, plain_number(text), IdentitySought(number=text).candidates)
    except (CodeMistyped, PydanticCustomError, ValidationError):
        kind = "code of a pass" if by is AskedBy.CODE else f"{by} number"
        raise CannotGoOn(f"This is not a possible {kind}.") from None


def _number(by: AskedBy) -> str:
    """From the terminal, where it is not shown, or from the standard input."""
    if sys.stdin.isatty():
        return getpass(f"The {by} number (it is not shown): ").strip()
    return sys.stdin.readline().strip()
