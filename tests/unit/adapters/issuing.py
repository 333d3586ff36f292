"""An issuer of tokens, right and wrong ones, and a server of its key set. Nothing here is PyJWT's."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import sleep
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from chalicelib.adapters.sign1 import signature_of

ISSUER, AUDIENCE, GROUPS = "https://issuer.example", "staff-client", "cognito:groups"
NOW = 1_790_000_000
JSON = bytes | str | dict[str, Any]
"""A JSON text, or an object that becomes one."""

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ec_key(number: int = 0) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def numbered(number: int, length: int | None = None) -> str:
    return encoded(number.to_bytes(length or (number.bit_length() + 7) // 8, "big"))


def jwk(key: Private, kid: str = "k1", **members: Any) -> dict[str, Any]:
    """The public key. A member that is None is left out."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_numbers()
        own = {"kty": "RSA", "n": numbered(public.n), "e": numbered(public.e)}
    else:
        point = key.public_key().public_numbers()
        own = {"kty": "EC", "crv": "P-256", "x": numbered(point.x, 32), "y": numbered(point.y, 32)}
    whole = {**own, "kid": kid, "use": "sig", **members}
    return {name: value for name, value in whole.items() if value is not None}


def jwk_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def rs256(signed: bytes, key: Private) -> bytes:
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(signed, padding.PKCS1v15(), SHA256())


def es256(signed: bytes, key: Private) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return signature_of(key.sign(signed, ec.ECDSA(SHA256())))


def algorithm(key: Private) -> str:
    return "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"


def text(content: JSON) -> bytes:
    content = json.dumps(content) if isinstance(content, dict) else content
    return content.encode() if isinstance(content, str) else content


def token(
    claims: JSON,
    header: JSON | None = None,
    key: Private | None = None,
    sign: Callable[[bytes, Private], bytes] | None = None,
) -> str:
    """A compact JWS of these texts, signed with the key's algorithm unless `sign` is given."""
    key = key or rsa_key()
    header = {"alg": algorithm(key), "kid": "k1"} if header is None else header
    sign = sign or (rs256 if isinstance(key, rsa.RSAPrivateKey) else es256)
    signed = f"{encoded(text(header))}.{encoded(text(claims))}"
    return f"{signed}.{encoded(sign(signed.encode(), key))}"


def good(**claims: Any) -> dict[str, Any]:
    """Claims of a member of staff. One that is `...` is left out."""
    own = {
        "iss": ISSUER,
        "sub": "staff-1",
        "client_id": AUDIENCE,
        "iat": NOW,
        "exp": NOW + 3600,
        GROUPS: ["checkpoint"],
    }
    return {name: value for name, value in {**own, **claims}.items() if value is not ...}


class Reply(NamedTuple):
    """What the server answers: the pieces of a body, with seconds before each."""

    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    piece: int = 1 << 20
    seconds: float = 0


class Clock:
    """Seconds since the epoch, from `NOW` on; a test moves them."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class KeyServer:
    """Serves `reply` at its URL, the first time `first` if there is one, and counts the requests.

    With `down`, a connection is closed without an answer.
    """

    def __init__(self) -> None:
        self.first: Reply | None = None
        self.reply, self.down, self.paths = Reply(jwk_set(jwk(rsa_key()))), False, list[str]()
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mine.paths.append(self.path)
                if mine.down:
                    return
                reply, mine.first = mine.first or mine.reply, None
                body = reply.body
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.end_headers()
                try:
                    for start in range(0, len(body), reply.piece):
                        sleep(reply.seconds)
                        self.wfile.write(body[start : start + reply.piece])
                        self.wfile.flush()
                except OSError:  # the client has gone
                    pass

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/jwks.json?version=1"

    @property
    def fetches(self) -> int:
        return len(self.paths)

    def serve(self, *keys: dict[str, Any]) -> None:
        self.reply = Reply(jwk_set(*keys))


@contextmanager
def key_server() -> Iterator[KeyServer]:
    served = KeyServer()
    thread = Thread(target=served.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.server.shutdown()
        served.server.server_close()
        thread.join()
