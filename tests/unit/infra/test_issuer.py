"""The demonstration sign-in, over HTTP, as an app's library uses it."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import pytest
import urllib3

from infra.local.engine import free_port
from infra.local.issuer import CODE_FOR, REFRESH_FOR, Issuer, serving
from infra.local.staff import StaffMember

CLIENT, PAGE = "staff-client", "http://localhost:5173/signed-in"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
NOW = 1_626_940_800.0
GOOD = {
    "response_type": "code",
    "client_id": CLIENT,
    "redirect_uri": PAGE,
    "scope": "openid profile",
    "state": "s 1",
    "nonce": "n-1",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


class App:
    """An app that signs its user in, and the clock of the issuer."""

    def __init__(self) -> None:
        self.now = NOW
        self.http = urllib3.PoolManager(retries=False, timeout=10)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        member = StaffMember(username="checkpoint", password="", subject="subject-1")
        self.issuer = Issuer(
            url=self.url,
            client_id=CLIENT,
            staff={"checkpoint": member},
            access_token=lambda each: f"token of {each['username']}",
            clock=lambda: self.now,
        )
        self.serving = serving(self.issuer, port)

    def asks(self, method: str = "GET", **changes: str | None) -> urllib3.BaseHTTPResponse:
        """The page, or its answer."""
        query = urlencode({name: value for name, value in {**GOOD, **changes}.items() if value is not None})
        if method == "GET":
            return self.http.request("GET", f"{self.url}/authorize?{query}", redirect=False)
        return self._posted("/authorize", query)

    def code(self, **changes: str | None) -> str:
        return self.sent_back(self.asks("POST", username="checkpoint", **changes))["code"]

    def sent_back(self, answer: urllib3.BaseHTTPResponse) -> dict[str, str]:
        assert answer.status == 303, answer.data
        assert answer.headers["Location"].startswith(f"{PAGE}?")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    def redeems(self, code: str, **changes: str) -> tuple[int, Any]:
        form = {"grant_type": "authorization_code", "client_id": CLIENT, "code": code, "redirect_uri": PAGE}
        return self.posts("/token", {**form, "code_verifier": VERIFIER, **changes})

    def refreshes(self, token: str, **changes: str) -> tuple[int, Any]:
        form = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": token, **changes}
        return self.posts("/token", form)

    def posts(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        answer = self._posted(path, urlencode(form))
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status, json.loads(answer.data)

    def _posted(self, path: str, body: str) -> urllib3.BaseHTTPResponse:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.http.request("POST", self.url + path, body=body, headers=form, redirect=False)


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    with app.serving:
        yield app


def refused(answer: tuple[int, Any], error: str = "invalid_grant") -> bool:
    status, body = answer
    return (status, body["error"]) == (400, error) and "access_token" not in body


def test_an_app_signs_its_user_in(app: App) -> None:
    known = json.loads(app.http.request("GET", f"{app.url}/.well-known/openid-configuration").data)
    assert known["issuer"] == app.url
    assert known["authorization_endpoint"] == f"{app.url}/authorize"
    page = app.asks()
    assert re.findall(r'<button name="username" value="([^"]+)">', page.data.decode()) == ["checkpoint"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', page.data.decode()))
    assert hidden == GOOD
    back = app.sent_back(app.asks("POST", username="checkpoint"))
    assert (back["state"], back["iss"]) == ("s 1", app.url)
    status, tokens = app.redeems(back["code"])
    assert (status, tokens["access_token"], tokens["token_type"]) == (200, "token of checkpoint", "Bearer")
    key = jwt.PyJWK(json.loads(app.http.request("GET", known["jwks_uri"]).data)["keys"][0])
    claims = jwt.decode(
        tokens["id_token"], key, algorithms=["RS256"], audience=CLIENT, issuer=app.url, options={"verify_exp": False}
    )
    assert (claims["sub"], claims["nonce"], claims["exp"] - claims["iat"]) == ("subject-1", "n-1", 3600)


@pytest.mark.parametrize("verifier", ["", "w" * 43, CHALLENGE, VERIFIER + "v"])
def test_a_stolen_code_is_worth_nothing_without_the_verifier(app: App, verifier: str) -> None:
    code = app.code()
    assert refused(app.redeems(code, code_verifier=verifier))
    # And the attempt has used it up.
    assert refused(app.redeems(code))


def test_a_code_is_used_once_and_its_second_use_ends_what_the_first_one_gave(app: App) -> None:
    code = app.code()
    _, tokens = app.redeems(code)
    assert refused(app.redeems(code))
    assert refused(app.refreshes(tokens["refresh_token"]))


def test_a_code_is_good_for_a_minute(app: App) -> None:
    early, late = app.code(), app.code()
    app.now += CODE_FOR - 1
    assert app.redeems(early)[0] == 200
    app.now += 1
    assert refused(app.redeems(late))


def test_a_code_of_something_else_is_refused(app: App) -> None:
    assert refused(app.redeems("guessed"))
    assert refused(app.redeems(app.code(), redirect_uri="http://localhost:5173/other"))
    assert refused(app.redeems(app.code(), client_id="another"), "invalid_client")
    assert refused(app.redeems(app.code(), grant_type="password"), "unsupported_grant_type")


def test_a_session_goes_on_until_it_is_revoked_or_its_time_is_over(app: App) -> None:
    _, first = app.redeems(app.code())
    status, second = app.refreshes(first["refresh_token"])
    assert (status, second["access_token"]) == (200, "token of checkpoint")
    assert refused(app.refreshes(first["refresh_token"]))
    assert app.posts("/revoke", {"token": second["refresh_token"], "client_id": CLIENT}) == (200, {})
    assert refused(app.refreshes(second["refresh_token"]))
    _, later = app.redeems(app.code())
    app.now += REFRESH_FOR
    assert refused(app.refreshes(later["refresh_token"]))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid admin"}, "invalid_scope"),
        ({"username": "nobody"}, "access_denied"),
    ],
)
def test_an_app_learns_what_it_asked_wrongly(app: App, changes: dict[str, str | None], error: str) -> None:
    back = app.sent_back(app.asks("POST", **changes))
    assert (back["error"], back["state"]) == (error, "s 1")
    assert "code" not in back


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://localhost.evil.example/"},
        {"redirect_uri": "http://localhost@evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "http://localhost/\r\nSet-Cookie: a=b"},
        {"redirect_uri": "http://localhost/#fragment"},
        {"redirect_uri": "http://[localhost/"},
        {"redirect_uri": None},
        {"client_id": "another"},
    ],
)
def test_nobody_is_sent_to_a_page_that_is_not_on_this_machine(app: App, changes: dict[str, str | None]) -> None:
    for method in ("GET", "POST"):
        answer = app.asks(method, **{"username": "checkpoint", **changes})
        assert (answer.status, "Location" in answer.headers, "Set-Cookie" in answer.headers) == (400, False, False)


@pytest.mark.parametrize("back", ["http://127.0.0.1:1/x?y=1", "http://[::1]/", "vn.gov.tayninh.gate:/signed-in"])
def test_an_app_of_this_machine_or_with_a_scheme_of_its_own_is_sent_the_code(app: App, back: str) -> None:
    answer = app.asks("POST", username="checkpoint", redirect_uri=back)
    assert answer.headers["Location"].startswith(f"{back}{'&' if '?' in back else '?'}code=")


def test_what_an_app_sends_is_shown_as_text(app: App) -> None:
    page = app.asks(state='"><script>alert(1)</script>').data.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
