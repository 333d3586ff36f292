"""Members of staff: add one up to the sign-in, post one, take one's access away.

    python -m infra staff add guard-1 --stage prod --role checkpoint --email guard-1@example.org --checkpoint an-hoa
    python -m infra staff add admin-1 --stage prod --role administrator
    python -m infra staff post guard-1 --stage prod --checkpoint loc-giang
    python -m infra staff remove guard-1 --stage prod
    python -m infra staff list --stage prod
    TOKEN=$(python -m infra staff token admin-1 --stage prod)

`add` invites by e-mail, or without one prints a password for the first sign-in. Run again for somebody who has not
signed in yet, it makes a new one. Everything that it does may be interrupted and run again.

`remove` disables the account, signs it out, blocks the tokens that are out, and deletes the posting. The name of the
user stays taken: records name its subject.

`token` signs in as somebody, asks for what is needed, and prints an access token, which is good for an hour.

It is for a stage whose staff are in the stack's own user pool. Each change leaves a line in the audit log.
"""

import re
import secrets
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from chalicelib.models.errors import DomainError, ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.models.staff.staff import PostingForm, StaffRecord
from chalicelib.services.staff import blocks, postings
from chalicelib.storage.staff.checkpoints import Checkpoints
from chalicelib.storage.staff.postings import Postings
from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.audit_lines import write_line
from infra.operation.prompts import add_yes, confirm
from infra.operation.seed import reference_table
from infra.operation.sign_ins import sign_in
from infra.stacks import outputs, parameters

OPERATOR = Principal(subject="infra.staff", roles=frozenset({Role.ADMINISTRATOR}))
"""On record as the one who posted or blocked somebody here. Who that was is in the audit log."""
NEEDS_POSTING = {Role.CHECKPOINT: "--checkpoint", Role.SUPERVISOR: "--checkpoint", Role.COMMUNE: "--commune"}

_INVITED = "FORCE_CHANGE_PASSWORD"
"""Cognito's state of a user who has not signed in yet."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz"
_DIGITS = "23456789"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,39}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Member(NamedTuple):
    """A user of the pool. `state` is Cognito's."""

    name: str
    subject: str
    state: str
    is_enabled: bool


class Stage:
    """What the actions ask of a stage. Raises `CannotGoOn` if its staff are at another issuer."""

    def __init__(self, account: Account, stage: str) -> None:
        name = stack_name(stage)
        self.account, self.stage = account, stage
        self.outputs, self.settings = outputs(account, name), parameters(account, name)
        if issuer := self.settings["StaffIssuer"]:
            raise CannotGoOn(
                f"The staff of {stage} are at {issuer}: add and remove them there, and post them by the API."
            )
        self.pool = self.outputs["StaffPoolId"]
        self.cognito: Any = account.client("cognito-idp")
        reference = reference_table(account, self.outputs["ReferenceTableName"])
        self.postings = Postings(reference, clock=_now)
        self.checkpoints = Checkpoints(reference, changed=lambda: None)
        self.subjects = re.compile(self.settings["StaffSubjectPattern"])

    @property
    def url(self) -> str:
        return self.settings["PublicUrl"] or self.outputs["EndpointURL"].rstrip("/")

    def user(self, name: str) -> dict[str, str]:
        """The arguments that name a user."""
        return {"UserPoolId": self.pool, "Username": name}

    def find(self, name: str) -> Member | None:
        try:
            answer = self.cognito.admin_get_user(**self.user(name))
        except self.cognito.exceptions.UserNotFoundException:
            return None
        return Member(
            answer["Username"], _subject(answer["UserAttributes"]), answer["UserStatus"], bool(answer["Enabled"])
        )

    def known(self, name: str) -> Member:
        """Raises `CannotGoOn` if there is no such user."""
        member = self.find(name)
        if member is None:
            raise CannotGoOn(
                f"There is no user {name}. See: python -m infra staff list {self.account.where(self.stage)}"
            )
        return member

    def audit(self, action: str, why: str) -> None:
        write_line(self.account, self.stage, stream="staff", action=action, codes=[], why=why)


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("list", "users, roles, places, blocks"),
        ("add", "create a user, and make a first sign-in possible"),
        ("post", "post a user to a checkpoint or a commune, or to nothing"),
        ("remove", "take a user's access away, at once"),
        ("token", "sign in, and print an access token for requests by hand"),
    ):
        action = actions.add_parser(name, help=line, description=line)
        add_arguments(action)
        if name != "list":
            action.add_argument("name", type=_name, help="the user's name, as it is typed at the sign-in")
    add, post = actions.choices["add"], actions.choices["post"]
    add.add_argument("--role", type=_role, choices=[*Role], action="append", required=True, help="may be repeated")
    add.add_argument("--email", type=_email, help="where the invitation goes; without it a password is printed")
    for action in (add, post):
        place = action.add_mutually_exclusive_group(required=action is post)
        place.add_argument("--checkpoint", metavar="ID")
        place.add_argument("--commune", metavar="CODE")
        if action is post:
            place.add_argument("--nowhere", action="store_true", help="end a posting")
        action.add_argument("--shown-as", metavar="NAME", help="the name that colleagues see (add: the user's name)")
    add_yes(actions.choices["remove"])
    options = parser.parse_args(arguments)
    stage = Stage(*chosen(parser, options))
    try:
        {"list": _list, "add": _add, "post": _post, "remove": _remove, "token": _token}[options.action](stage, options)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"DynamoDB did not do it: {error.__cause__}. Run this again.") from error


def _add(stage: Stage, options: Namespace) -> None:
    form = _form(options, options.shown_as or options.name)
    _check_place(stage, form)
    member = stage.find(options.name)
    if member is not None and not member.is_enabled:
        raise CannotGoOn(f"{options.name} was removed. Add the person under another name: records keep this one.")
    password = None if options.email else temporary_password()
    if member is None:
        member = _create(stage, options, password)
    elif member.state == _INVITED:
        _invite_again(stage, member.name, options.email, password)
    else:
        password = None
    for role in options.role:
        stage.cognito.admin_add_user_to_group(**stage.user(member.name), GroupName=role.value)
    stage.audit("add staff", f"{member.subject} as {', '.join(sorted(options.role))}")
    if form.place is not None or stage.postings.of(member.subject, fresh=True) is None:
        _record(stage, member, form)
    print(_how_to_sign_in(stage, options, member, password))


def _create(stage: Stage, options: Namespace, password: str | None) -> Member:
    """Create the user: with an e-mail, or with a password that somebody hands over."""
    if options.email:
        # Without DesiredDeliveryMediums Cognito would send a text message.
        how: dict[str, Any] = {"DesiredDeliveryMediums": ["EMAIL"], "UserAttributes": _email_attributes(options.email)}
    else:
        how = {"MessageAction": "SUPPRESS", "TemporaryPassword": password}
    user = stage.cognito.admin_create_user(**stage.user(options.name), **how)["User"]
    return Member(user["Username"], _subject(user["Attributes"]), user["UserStatus"], is_enabled=True)


def _invite_again(stage: Stage, name: str, email: str | None, password: str | None) -> None:
    if email:
        stage.cognito.admin_update_user_attributes(**stage.user(name), UserAttributes=_email_attributes(email))
        stage.cognito.admin_create_user(**stage.user(name), MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])
    else:
        stage.cognito.admin_set_user_password(**stage.user(name), Password=password, Permanent=False)


def _post(stage: Stage, options: Namespace) -> None:
    form = _form(options, options.shown_as)
    _check_place(stage, form)
    member = stage.known(options.name)
    record = _record(stage, member, form)
    place = f"at {record.place.id}" if record.place else "posted nowhere"
    print(f"{member.name} is {place}. It counts at once; where they were before they may go on for a minute.")


def _remove(stage: Stage, options: Namespace) -> None:
    member = stage.known(options.name)
    what = (
        f"This takes the access of {member.name} to {stage.stage} away. Afterwards, what their device keeps without "
        "network cannot be sent any more."
    )
    confirm(stage.stage, what, yes=options.yes)
    # The issuer first, so that no token is issued after the block.
    stage.cognito.admin_disable_user(**stage.user(member.name))
    stage.cognito.admin_user_global_sign_out(**stage.user(member.name))
    blocks.block(member.subject, by=OPERATOR, subjects=stage.subjects, postings=stage.postings, clock=_now)
    stage.audit("block staff", member.subject)
    postings.remove(member.subject, by=OPERATOR, postings=stage.postings)
    stage.audit("remove posting", member.subject)
    print(f"{member.name} is disabled and signed out. Within a minute every route refuses their tokens.")


def _token(stage: Stage, options: Namespace) -> None:
    client_id = stage.outputs["StaffClientId"]
    print(sign_in(stage.cognito, pool=stage.pool, client_id=client_id, name=options.name))


def _list(stage: Stage, _: Namespace) -> None:
    roles: dict[str, list[str]] = {}
    for role in Role:
        pages = stage.cognito.get_paginator("list_users_in_group").paginate(UserPoolId=stage.pool, GroupName=role.value)
        for page in pages:
            for user in page["Users"]:
                roles.setdefault(user["Username"], []).append(role.value)
    records = {each.subject: each for each in stage.postings.everyone()}
    print(f"{'user':24} {'roles':28} {'place':16} state")
    for page in stage.cognito.get_paginator("list_users").paginate(UserPoolId=stage.pool):
        for user in page["Users"]:
            name = user["Username"]
            record = records.pop(_subject(user["Attributes"]), None)
            state = "disabled" if not user["Enabled"] else "invited" if user["UserStatus"] == _INVITED else "active"
            _print_row(name, ", ".join(roles.get(name, [])) or "-", record, state)
    for subject, record in sorted(records.items()):
        _print_row(record.name or subject, "-", record, "not in the pool")


def _print_row(name: str, roles: str, record: StaffRecord | None, state: str) -> None:
    place = record.place.id if record and record.place else "-"
    if record and record.blocked_since:
        state += f", blocked since {record.blocked_since.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    print(f"{name:24} {roles:28} {place:16} {state}")


def temporary_password() -> str:
    """A password for the first sign-in that can be read out, as the pool's policy wants it: 56 bits and more."""
    groups = ["".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(4)) for _ in range(3)]
    return "-".join([*groups, secrets.choice(_LETTERS) + secrets.choice(_DIGITS)])


def _form(options: Namespace, shown_as: str | None) -> PostingForm:
    try:
        return PostingForm(checkpoint=options.checkpoint, commune=options.commune, name=shown_as)
    except ValidationError:
        raise CannotGoOn(
            "--checkpoint, --commune or --shown-as is too long, or has letters that no name has."
        ) from None


def _check_place(stage: Stage, form: PostingForm) -> None:
    """Before anything is done: raises `CannotGoOn` for a place that does not exist."""
    if form.checkpoint is not None and stage.checkpoints.find(form.checkpoint) is None:
        raise CannotGoOn(f"There is no checkpoint {form.checkpoint}. Their ids: {stage.url}/v1/checkpoints")
    if form.commune is not None and not province(stage.settings["Province"]).contains(form.commune):
        raise CannotGoOn(f"{form.commune} is no commune of the province {stage.settings['Province']}.")


def _record(stage: Stage, member: Member, form: PostingForm) -> StaffRecord:
    try:
        record = postings.post(
            member.subject,
            form,
            by=OPERATOR,
            subjects=stage.subjects,
            province=province(stage.settings["Province"]),
            postings=stage.postings,
            checkpoints=stage.checkpoints,
            clock=_now,
        )
    except DomainError as error:
        raise CannotGoOn(f"{member.name} could not be posted: {error.code}.") from error
    where = f"{record.place.kind} {record.place.id}" if record.place else "nothing"
    stage.audit("post staff", f"{member.subject} to {where}")
    return record


def _how_to_sign_in(stage: Stage, options: Namespace, member: Member, password: str | None) -> str:
    lines = [f"{member.name} has the roles: {', '.join(sorted(options.role))}."]
    if password:
        lines += [f"The password for the first sign-in, good for one day; it cannot be read again:\n\n    {password}\n"]
    elif member.state == _INVITED:
        lines += [f"An invitation goes to {options.email}; its password is good for one day."]
    else:
        lines += ["They have signed in before and keep their password."]
    lines += [f"They sign in at {stage.url}/{_page(options.role)}"]
    if member.state == _INVITED and stage.settings["StaffMfa"] == "on":
        lines += ["and set up an authenticator app there, once."]
    place = stage.postings.of(member.subject, fresh=True)
    for role in options.role:
        if role in NEEDS_POSTING and not (place and place.place):
            command = (
                f"python -m infra staff post {member.name} {stage.account.where(stage.stage)} {NEEDS_POSTING[role]} …"
            )
            lines += [f"They can record nothing until they are posted: {command}"]
            break
    return "\n".join(lines)


def _page(roles: Sequence[Role]) -> str:
    return "gate" if Role.CHECKPOINT in roles or Role.SUPERVISOR in roles else "portal"


def _subject(attributes: Sequence[dict[str, str]]) -> str:
    return next(each["Value"] for each in attributes if each["Name"] == "sub")


def _email_attributes(email: str) -> list[dict[str, str]]:
    return [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]


def _now() -> datetime:
    return datetime.now(UTC)


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ArgumentTypeError("a user's name is 2 to 40 letters, digits, dots, hyphens and underscores")
    return text


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise ArgumentTypeError(f"there is no role {text}. There are: {', '.join(Role)}") from None


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise ArgumentTypeError("this is no e-mail address")
    return text
