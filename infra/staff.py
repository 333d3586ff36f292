"""Demonstration staff: one for each role, with a password that everyone may know. Never made in the cloud."""

from typing import Any, TypedDict

from chalicelib.models.staff import Role
from infra.accounts import Account

PASSWORD = "for-demonstration-1"


class StaffMember(TypedDict):
    """Whom the local engine lets in."""

    username: str
    password: str


def make_demonstration_staff(account: Account, pool: str) -> dict[str, StaffMember]:
    """Make them in a user pool that is new; returns them by role, which is also their name."""
    client: Any = account.client("cognito-idp")
    staff: dict[str, StaffMember] = {}
    for role in Role:
        user = {"UserPoolId": pool, "Username": role.value}
        client.admin_create_user(**user, MessageAction="SUPPRESS")
        client.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
        client.admin_add_user_to_group(**user, GroupName=role.value)
        staff[role.value] = {"username": role.value, "password": PASSWORD}
    return staff


def sign_in(account: Account, *, pool: str, client_id: str, member: StaffMember) -> str:
    """An access token (a bearer token, good for an hour)."""
    answer = account.client("cognito-idp").admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": member["username"], "PASSWORD": member["password"]},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])
