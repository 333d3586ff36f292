"""Sign in as a member of staff at a terminal, up to the access token.

Cognito answers a password with challenges: another password, the code of an authenticator app, or the setting-up of
one. Each is asked for here, until there is a token. Prompts go to the standard error, so that a shell can keep
the token in a variable.

https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flows-public-server-side.html
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

from infra.errors import CannotGoOn
from infra.operation.prompts import ask_secret


def sign_in(cognito: Any, *, pool: str, client_id: str, name: str) -> str:
    """An access token. Raises `CannotGoOn` if Cognito refuses an answer."""
    at = {"UserPoolId": pool, "ClientId": client_id}
    refused = cognito.exceptions
    try:
        answer = cognito.admin_initiate_auth(
            **at,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": ask_secret(f"Password of {name}")},
        )
        while challenge := answer.get("ChallengeName"):
            if challenge not in _ANSWERS:
                raise CannotGoOn(f"Cognito asks for {challenge}, which cannot be answered here.")
            session, responses = _ANSWERS[challenge](cognito, answer["Session"])
            answer = cognito.admin_respond_to_auth_challenge(
                **at, ChallengeName=challenge, Session=session, ChallengeResponses={"USERNAME": name, **responses}
            )
    except (
        refused.NotAuthorizedException,
        refused.CodeMismatchException,
        refused.EnableSoftwareTokenMFAException,
        refused.InvalidPasswordException,
        refused.UserNotFoundException,
    ) as error:
        raise CannotGoOn(f"{name} was not signed in: {error.response['Error']['Message']}") from None
    return str(answer["AuthenticationResult"]["AccessToken"])


def _new_password(_: Any, session: str) -> tuple[str, Mapping[str, str]]:
    return session, {"NEW_PASSWORD": ask_secret("New password, 12 characters or more")}


def _code(_: Any, session: str) -> tuple[str, Mapping[str, str]]:
    return session, {"SOFTWARE_TOKEN_MFA_CODE": _ask("Code of the authenticator app")}


def _set_up(cognito: Any, session: str) -> tuple[str, Mapping[str, str]]:
    secret = cognito.associate_software_token(Session=session)
    print(f"Add this key to an authenticator app, by hand: {secret['SecretCode']}", file=sys.stderr)
    code = _ask("Code that the app shows")
    return str(cognito.verify_software_token(Session=secret["Session"], UserCode=code)["Session"]), {}


def _ask(what: str) -> str:
    print(f"{what}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


_ANSWERS: Mapping[str, Callable[[Any, str], tuple[str, Mapping[str, str]]]] = {
    "NEW_PASSWORD_REQUIRED": _new_password,
    "SOFTWARE_TOKEN_MFA": _code,
    "MFA_SETUP": _set_up,
}
