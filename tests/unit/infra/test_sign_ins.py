"""What Cognito asks for, answered at a terminal."""

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.errors import CannotGoOn
from infra.operation import sign_ins


class Cognito:
    """A pool that asks for each challenge in its order, and takes the right answers only."""

    exceptions = SimpleNamespace(
        NotAuthorizedException=ClientError,
        CodeMismatchException=ClientError,
        EnableSoftwareTokenMFAException=ClientError,
        InvalidPasswordException=ClientError,
        UserNotFoundException=ClientError,
    )

    def __init__(self, *challenges: str) -> None:
        self._left = list(challenges)

    def admin_initiate_auth(self, **asked: Any) -> dict[str, Any]:
        return self._next(asked["AuthParameters"] == {"USERNAME": "guard-1", "PASSWORD": "secret-1"})

    def admin_respond_to_auth_challenge(self, **asked: Any) -> dict[str, Any]:
        session, responses = {
            "NEW_PASSWORD_REQUIRED": ("session", {"NEW_PASSWORD": "secret-2"}),
            "SOFTWARE_TOKEN_MFA": ("session", {"SOFTWARE_TOKEN_MFA_CODE": "123456"}),
            "MFA_SETUP": ("verified", {}),
        }[asked["ChallengeName"]]
        expected = (session, {"USERNAME": "guard-1", **responses})
        return self._next((asked["Session"], asked["ChallengeResponses"]) == expected)

    def associate_software_token(self, **asked: str) -> dict[str, str]:
        return {"SecretCode": "ABCDEF", "Session": f"{asked['Session']} of the app"}

    def verify_software_token(self, **asked: str) -> dict[str, str]:
        is_right = asked == {"Session": "session of the app", "UserCode": "123456"}
        return {"Session": "verified" if is_right else "wrong"}

    def _next(self, is_right: bool) -> dict[str, Any]:
        if not is_right:
            raise ClientError({"Error": {"Code": "NotAuthorizedException", "Message": "Incorrect."}}, "")
        if self._left:
            return {"ChallengeName": self._left.pop(0), "Session": "session"}
        return {"AuthenticationResult": {"AccessToken": "a token"}}


def signed_in(monkeypatch: pytest.MonkeyPatch, cognito: Cognito, *secrets: str) -> str:
    typed = list(secrets)
    monkeypatch.setattr(sign_ins, "ask_secret", lambda _: typed.pop(0))
    monkeypatch.setattr("sys.stdin", SimpleNamespace(readline=lambda: "123456\n"))
    return sign_ins.sign_in(cognito, pool="pool", client_id="client", name="guard-1")


@pytest.mark.parametrize(
    "challenges", [[], ["SOFTWARE_TOKEN_MFA"], ["NEW_PASSWORD_REQUIRED", "MFA_SETUP"], ["MFA_SETUP"]], ids=str
)
def test_each_challenge_is_answered_and_nothing_but_the_token_is_for_the_shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], challenges: list[str]
) -> None:
    assert signed_in(monkeypatch, Cognito(*challenges), "secret-1", "secret-2") == "a token"
    printed = capsys.readouterr()
    assert printed.out == ""
    assert ("ABCDEF" in printed.err) is ("MFA_SETUP" in challenges)


def test_a_wrong_password_and_an_unknown_challenge_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotGoOn, match=r"guard-1 was not signed in: Incorrect\."):
        signed_in(monkeypatch, Cognito(), "another")
    with pytest.raises(CannotGoOn, match="SMS_MFA"):
        signed_in(monkeypatch, Cognito("SMS_MFA"), "secret-1")
