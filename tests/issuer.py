"""A stand-in for an OpenID Connect issuer: it serves its keys over HTTP and signs tokens of members of staff.

It misbehaves on request: `down` closes the door to its keys, `token` takes claims that override the good ones.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

ISSUER = "https://issuer.example/tay-ninh"
AUDIENCE = "staff-client"


class Issuer:
    """The issuer's key and server."""

    def __init__(self) -> None:
        self.down = False
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        self._keys = json.dumps({"keys": [{**jwk, "kid": "k1", "alg": "RS256", "use": "sig"}]}).encode()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(503 if issuer.down else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                if not issuer.down:
                    self.wfile.write(issuer._keys)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.keys_url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"

    def token(self, *roles: str, subject: str = "staff-1", **claims: Any) -> str:
        """A token that is good for an hour, unless `claims` say otherwise."""
        now = int(time.time())
        good = {"iss": ISSUER, "sub": subject, "client_id": AUDIENCE, "iat": now, "exp": now + 3600}
        payload = {**good, "username": f"name of {subject}", "cognito:groups": list(roles), **claims}
        return jwt.encode(payload, self.private, algorithm="RS256", headers={"kid": "k1"})


@contextmanager
def serving() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = Thread(target=issuer.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()
        thread.join()
