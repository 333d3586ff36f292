"""Demonstration staff: one member for each role, a second guard, health officer and member of the committee. Their
password is public: never in the cloud."""

from collections.abc import Mapping
from typing import Any, TypedDict

from chalicelib.models.staff.roles import Role
from infra.accounts import Account

PASSWORD = "for-demonstration-1"

MEMBERS: Mapping[str, Role] = {
    **{role.value: role for role in Role},
    "checkpoint-2": Role.CHECKPOINT,
    "health-2": Role.HEALTH,
    "committee-2": Role.COMMITTEE,
}
"""The role of each, by username."""

POSTINGS = {
    "checkpoint": {"checkpoint": "an-hoa"},
    "supervisor": {"checkpoint": "an-hoa"},
    "checkpoint-2": {"checkpoint": "an-tinh"},
    "commune": {"commune": "25480"},
}
"""The place of each member who acts for one, by username."""


class StaffMember(TypedDict):
    """A user of the local engine's pool."""

    username: str
    password: str
    subject: str
    """The subject of their tokens."""


def make_demonstration_staff(account: Account, pool: str) -> dict[str, StaffMember]:
    """Create the staff in a new user pool. Returns them by username. They are not posted yet."""
    client: Any = account.client("cognito-idp")
    staff: dict[str, StaffMember] = {}
    for name, role in MEMBERS.items():
        user = {"UserPoolId": pool, "Username": name}
        created = client.admin_create_user(**user, MessageAction="SUPPRESS")["User"]
        client.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
        client.admin_add_user_to_group(**user, GroupName=role.value)
        subject = next(each["Value"] for each in created["Attributes"] if each["Name"] == "sub")
        staff[name] = {"username": name, "password": PASSWORD, "subject": subject}
    return staff


def sign_in(account: Account, *, pool: str, client_id: str, member: StaffMember) -> str:
    """An access token (a bearer token, valid for an hour)."""
    answer = account.client("cognito-idp").admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": member["username"], "PASSWORD": member["password"]},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])
