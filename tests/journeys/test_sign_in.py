"""An app signs a member of staff in, as its OpenID Connect library does, and calls the API from a page."""

import json
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
import urllib3

from infra.local.stack import Stack
from tests.journeys.actors import Browser, Traveller

ORIGIN = "http://localhost:5173"
PAGE = f"{ORIGIN}/signed-in"


class App:
    """A public client: it has no secret."""

    def __init__(self, stack: Stack) -> None:
        self._http = urllib3.PoolManager(retries=False, timeout=60)
        self.issuer, self.client = stack["issuer_url"], stack["outputs"]["StaffClientId"]
        found = self._http.request("GET", f"{self.issuer}/.well-known/openid-configuration")
        self.known = json.loads(found.data)
        assert self.known["issuer"] == self.issuer

    def signs_in(self, username: str) -> Any:
        verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": PAGE,
            "scope": "openid",
            "nonce": nonce,
            "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        chosen = urlencode({**asked, "username": username})
        back = self._http.request("POST", self.known["authorization_endpoint"], body=chosen, redirect=False)
        code = dict(parse_qsl(urlsplit(back.headers["Location"]).query))["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": PAGE, "code_verifier": verifier}
        tokens = self.asks_for_tokens(**form)
        key = jwt.PyJWK(json.loads(self._http.request("GET", self.known["jwks_uri"]).data)["keys"][0])
        claims = jwt.decode(tokens["id_token"], key, algorithms=["RS256"], audience=self.client, issuer=self.issuer)
        assert claims["nonce"] == nonce
        return tokens

    def asks_for_tokens(self, **form: str) -> Any:
        answer = self._http.request(
            "POST",
            self.known["token_endpoint"],
            body=urlencode({"client_id": self.client, **form}),
            headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN},
        )
        assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (200, "*"), answer.data
        return json.loads(answer.data)


def test_a_guard_signs_in_by_an_app_on_this_machine_and_checks_a_pass(stack: Stack) -> None:
    own = Traveller(stack, 7601).declares()["passes"][0]
    app = App(stack)
    tokens = app.signs_in("checkpoint")
    again = app.asks_for_tokens(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    for bearer in (tokens["access_token"], again["access_token"]):
        page = Browser(stack, bearer)
        checked = page.send("POST", "/v1/checkpoint/checks", {"qr": own["code"]}, Origin=ORIGIN)
        assert (checked.status, json.loads(checked.data)["verdict"]) == (200, "valid"), checked.data
        assert checked.headers["Access-Control-Allow-Origin"] == ORIGIN
    # An ID token says who signed in, and opens nothing.
    refused = Browser(stack, tokens["id_token"]).send("POST", "/v1/checkpoint/checks", {"qr": own["code"]})
    assert (refused.status, json.loads(refused.data)["code"]) == (401, "staff_token_refused")


def test_the_browser_lets_pages_of_this_machine_call_and_no_others(stack: Stack) -> None:
    asked = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization,content-type"}
    here, elsewhere = (
        Browser(stack).send("OPTIONS", "/v1/checkpoint/checks", Origin=origin, **asked)
        for origin in (ORIGIN, "https://evil.example")
    )
    assert here.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Authorization" in here.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Origin" not in elsewhere.headers
