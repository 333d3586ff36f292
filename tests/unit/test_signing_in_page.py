"""What the page about signing in says is true of the code, the stack and the demonstration sign-in."""

import re

from chalicelib.adapters.oidc import _LEEWAY
from chalicelib.http.problems import error_words
from infra import ROOT
from infra.local.commands import PORT
from infra.local.issuer import CODE_FOR, REFRESH_FOR, TOKEN_FOR
from tests.unit.infra.template import TEMPLATE

PAGE = (ROOT / "docs" / "signing-in.md").read_text(encoding="utf-8")
CLIENT = TEMPLATE["Resources"]["StaffClient"]["Properties"]


def test_the_page_names_every_refusal_of_a_token_and_no_other() -> None:
    named = re.findall(r"^\| `(staff_\w+)` \|", PAGE, re.MULTILINE)
    refusals = {code for code, each in error_words().items() if each["status"] == 401 and code.startswith("staff_")}
    assert {*named} == refusals
    for code in refusals - {"staff_token_missing"}:
        assert error_words()[code]["bearer_error"] == "invalid_token"


def test_tokens_last_as_long_as_the_page_says() -> None:
    units = CLIENT["TokenValidityUnits"]
    assert (CLIENT["AccessTokenValidity"], units["AccessToken"]) == (60, "minutes")
    assert (CLIENT["RefreshTokenValidity"], units["RefreshToken"]) == (12, "hours")
    assert (TOKEN_FOR, REFRESH_FOR) == (60 * 60, 12 * 3600)
    assert f"allows {_LEEWAY} seconds more" in PAGE
    assert f"is good for {CODE_FOR} seconds" in PAGE


def test_the_demonstration_has_the_port_after_the_api() -> None:
    assert f"`http://127.0.0.1:{PORT + 1}`" in PAGE
