"""An OpenID Connect issuer for demonstration: on its page you choose one of the invented staff.

An app signs in here as it does at a real issuer: discovery, authorization code with PKCE (RFC 7636), refresh tokens.
The issuer stands before the engine's user pool as Cognito's login page does: the access tokens are the pool's, as
`infra.local.staff` gets them; ID tokens are the issuer's own. It asks for no password, so it never ships.
"""

import html
import json
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.engine import HOST
from infra.local.staff import MEMBERS, StaffMember

CODE_FOR, TOKEN_FOR, REFRESH_FOR = 60, 3600, 12 * 3600
"""Seconds that a code, an ID token and a session are good for. The last two are those of the template's user pool."""

_SCOPES = ("openid", "profile")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_VISIBLE = re.compile(r"[!-~]+")
_LONGEST = 64 * 1024
"""Bytes of a body."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_FOR_PAGES = {"Access-Control-Allow-Origin": "*"}
"""Pages of every origin may read what is not a page itself, as at Cognito."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Demonstration sign-in</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 2rem auto; padding: 0 1rem }}
button {{ display: block; width: 100%; margin: .5rem 0; padding: .7rem; font: inherit }}
</style>
<h1>Who are you?</h1>
<p>Invented staff, on this machine alone. You are sent back to <code>{where}</code>.</p>
<form method="post">
{hidden}
{buttons}
</form>
</html>
"""


class Refused(Exception):
    """An error of OAuth 2.0 (RFC 6749, 4.1.2.1 and 5.2)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Asked(NamedTuple):
    """What an app asks of the authorization endpoint."""

    redirect_uri: str
    challenge: str
    scope: str
    nonce: str | None
    state: str | None


class Grant(NamedTuple):
    """Someone has signed in."""

    asked: Asked
    username: str
    code: str
    signed_in_at: int


class Issuer:
    """The issuer's key, its codes and its refresh tokens."""

    def __init__(
        self,
        *,
        url: str,
        client_id: str,
        staff: Mapping[str, StaffMember],
        access_token: Callable[[StaffMember], str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.url, self.client_id = url, client_id
        self._staff, self._access_token, self._clock = staff, access_token, clock
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._lock = Lock()
        self._codes: dict[str, Grant] = {}
        self._sessions: dict[str, Grant] = {}
        """By refresh token."""

    def configuration(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0, 3."""
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "revocation_endpoint": f"{self.url}/revoke",
            "jwks_uri": f"{self.url}/keys",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": [*_SCOPES],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, Any]:
        """The JWK set."""
        jwk = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**jwk, "kid": "demonstration", "alg": "RS256", "use": "sig"}]}

    def page(self, query: Mapping[str, str]) -> str:
        """The page on which a member of staff is chosen. Raises `Refused`."""
        asked = self._asked(query)
        hidden = "\n".join(
            f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
            for name, value in query.items()
        )
        buttons = "\n".join(
            f'<button name="username" value="{html.escape(name)}">{html.escape(name)}</button>' for name in self._staff
        )
        return _PAGE.format(where=html.escape(asked.redirect_uri), hidden=hidden, buttons=buttons)

    def answered(self, form: Mapping[str, str]) -> str:
        """Where the browser is sent, with a code, after a member of staff was chosen. Raises `Refused`."""
        asked = self._asked(form)
        if form.get("username") not in self._staff:
            raise Refused("access_denied", "nobody was chosen")
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(asked, form["username"], code, int(self._clock()))
        return self._back(asked.redirect_uri, asked.state, code=code)

    def refused(self, query: Mapping[str, str], why: Refused) -> str | None:
        """Where the browser is sent with an error; None if that address cannot be trusted."""
        if not _may_be_sent_to(query.get("redirect_uri", "")) or query.get("client_id") != self.client_id:
            return None
        described = {"error": why.error, "error_description": why.description}
        return self._back(query["redirect_uri"], query.get("state"), **described)

    def tokens(self, form: Mapping[str, str]) -> dict[str, Any]:
        """The answer of the token endpoint. Raises `Refused`."""
        if form.get("client_id") != self.client_id:
            raise Refused("invalid_client", "no such client")
        kind = form.get("grant_type")
        if kind == "authorization_code":
            grant = self._redeemed(form)
        elif kind == "refresh_token":
            grant = self._continued(form.get("refresh_token", ""))
        else:
            raise Refused("unsupported_grant_type", "authorization_code and refresh_token are supported")
        now, refresh = int(self._clock()), secrets.token_urlsafe(32)
        member = self._staff[grant.username]
        answer = {
            "access_token": self._access_token(member),
            "token_type": "Bearer",
            "expires_in": TOKEN_FOR,
            "refresh_token": refresh,
            "scope": grant.asked.scope,
        }
        if "openid" in grant.asked.scope.split():
            answer["id_token"] = self._id_token(grant, member, now)
        with self._lock:
            self._sessions[refresh] = grant
        return answer

    def revoke(self, form: Mapping[str, str]) -> None:
        """End a session (RFC 7009). The access tokens that are out stay good until their time is over."""
        with self._lock:
            self._sessions.pop(form.get("token", ""), None)

    def _asked(self, query: Mapping[str, str]) -> Asked:
        if query.get("client_id") != self.client_id:
            raise Refused("unauthorized_client", f"the client is {self.client_id}")
        if not _may_be_sent_to(query.get("redirect_uri", "")):
            raise Refused("invalid_request", "redirect_uri is a page of this machine, or an app's own scheme")
        if query.get("response_type") != "code":
            raise Refused("unsupported_response_type", "response_type is code")
        if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
            raise Refused("invalid_request", "PKCE is needed: code_challenge, and code_challenge_method=S256")
        scopes = query.get("scope", " ".join(_SCOPES)).split()
        if not {*scopes} <= {*_SCOPES}:
            raise Refused("invalid_scope", f"scopes are {' '.join(_SCOPES)}")
        challenge, scope = query["code_challenge"], " ".join(scopes)
        return Asked(query["redirect_uri"], challenge, scope, query.get("nonce"), query.get("state"))

    def _back(self, redirect_uri: str, state: str | None, **answer: str) -> str:
        # `iss` by RFC 9207: an app that knows several issuers sees which one answered.
        query = urlencode({**answer, **({"state": state} if state is not None else {}), "iss": self.url})
        return f"{redirect_uri}{'&' if urlsplit(redirect_uri).query else '?'}{query}"

    def _redeemed(self, form: Mapping[str, str]) -> Grant:
        """The grant of a code. A code can be used once, whatever comes of it."""
        code, verifier = form.get("code", ""), form.get("code_verifier", "")
        with self._lock:
            grant = self._codes.pop(code, None)
            if grant is None:
                # Somebody else may have the code, too: what it gave ends (RFC 6749, 4.1.2).
                self._sessions = {token: each for token, each in self._sessions.items() if each.code != code}
        if grant is None or self._clock() >= grant.signed_in_at + CODE_FOR:
            raise Refused("invalid_grant", "the code is unknown, was used, or its time is over")
        if form.get("redirect_uri") != grant.asked.redirect_uri:
            raise Refused("invalid_grant", "redirect_uri is not the one that the code was sent to")
        hashed = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if not secrets.compare_digest(hashed, grant.asked.challenge):
            raise Refused("invalid_grant", "code_verifier is not that of the code_challenge")
        return grant

    def _continued(self, refresh_token: str) -> Grant:
        """The grant of a refresh token, which can be used once: the answer has the next."""
        with self._lock:
            grant = self._sessions.pop(refresh_token, None)
        if grant is None or self._clock() >= grant.signed_in_at + REFRESH_FOR:
            raise Refused("invalid_grant", "the refresh token is unknown, was used, or its time is over")
        return grant

    def _id_token(self, grant: Grant, member: StaffMember, now: int) -> str:
        claims = {
            "iss": self.url,
            "sub": member["subject"],
            "aud": self.client_id,
            "iat": now,
            "exp": now + TOKEN_FOR,
            "auth_time": grant.signed_in_at,
            "preferred_username": grant.username,
            "cognito:groups": [MEMBERS[grant.username].value],
            **({"nonce": grant.asked.nonce} if grant.asked.nonce is not None else {}),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": "demonstration"})


@contextmanager
def serving(issuer: Issuer, port: int) -> Iterator[None]:
    """Serve an issuer on a port of the loopback interface, for as long as the `with` lasts."""
    server = ThreadingHTTPServer((HOST, port), type("Handler", (_Handler,), {"issuer": issuer}))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _may_be_sent_to(redirect_uri: str) -> bool:
    """Whether a code may be sent there: any port of this machine, or a native app's own scheme (RFC 8252, 7)."""
    if not _VISIBLE.fullmatch(redirect_uri):
        return False
    try:
        url = urlsplit(redirect_uri)
    except ValueError:
        return False
    return not url.fragment and ("." in url.scheme or (url.scheme == "http" and url.hostname in _LOOPBACK))


class _Handler(BaseHTTPRequestHandler):
    issuer: Issuer

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/authorize":
            self._authorize(_pairs(url.query), self._show)
        elif url.path == "/.well-known/openid-configuration":
            self._json(HTTPStatus.OK, self.issuer.configuration())
        elif url.path == "/keys":
            self._json(HTTPStatus.OK, self.issuer.keys())
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "not_found"})

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST:
            self.close_connection = True
            self._json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "invalid_request"})
            return
        form = _pairs(self.rfile.read(int(length)).decode(errors="replace"))
        if self.path.partition("?")[0] == "/authorize":
            self._authorize(form, self._send_back)
        elif self.path == "/token":
            try:
                self._json(HTTPStatus.OK, self.issuer.tokens(form))
            except Refused as why:
                self._json(HTTPStatus.BAD_REQUEST, {"error": why.error, "error_description": why.description})
        elif self.path == "/revoke":
            self.issuer.revoke(form)
            self._json(HTTPStatus.OK, {})
        else:
            self._json(HTTPStatus.NOT_FOUND, {"error": "not_found"})

    def do_OPTIONS(self) -> None:
        allowed = {"Access-Control-Allow-Methods": "GET, POST", "Access-Control-Allow-Headers": "*"}
        self._answer(HTTPStatus.NO_CONTENT, b"", {**_FOR_PAGES, **allowed})

    def log_message(self, *_: Any) -> None:
        """Nothing: the terminal is the developer's."""

    def _authorize(self, query: dict[str, str], go_on: Callable[[dict[str, str]], None]) -> None:
        try:
            go_on(query)
        except Refused as why:
            to = self.issuer.refused(query, why)
            if to is None:
                page = f"<!DOCTYPE html><title>Refused</title><p>{html.escape(why.description)}"
                self._answer(HTTPStatus.BAD_REQUEST, page.encode(), {"Content-Type": "text/html; charset=utf-8"})
            else:
                self._answer(HTTPStatus.SEE_OTHER, b"", {"Location": to})

    def _show(self, query: dict[str, str]) -> None:
        page = self.issuer.page(query).encode()
        self._answer(HTTPStatus.OK, page, {"Content-Type": "text/html; charset=utf-8"})

    def _send_back(self, form: dict[str, str]) -> None:
        self._answer(HTTPStatus.SEE_OTHER, b"", {"Location": self.issuer.answered(form)})

    def _json(self, status: HTTPStatus, body: dict[str, Any]) -> None:
        self._answer(status, json.dumps(body).encode(), {"Content-Type": "application/json", **_FOR_PAGES})

    def _answer(self, status: HTTPStatus, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _pairs(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, keep_blank_values=True))
