"""Requests to the endpoints of partners. Their URLs come from outside, so no request may reach what is not public.

A name is looked up once, all its addresses must be public, and the connection goes to an address that was judged: a
second look-up could give another one (DNS rebinding). Redirects are not followed, no proxy is used, and of an answer
little is read. https://cheatsheetseries.owasp.org/cheatsheets/Server_Side_Request_Forgery_Prevention_Cheat_Sheet.html
"""

import socket
from collections.abc import Mapping
from contextlib import closing
from ipaddress import IPv6Address, IPv6Network, ip_address
from time import monotonic
from urllib.parse import urlsplit

from chalicelib.adapters.http1 import Connection, Malformed
from chalicelib.models.events import LONGEST_DELAY
from chalicelib.models.partners.deliveries import Answered, AttemptOutcome
from chalicelib.models.partners.endpoints import problem_of

_CONNECT_TIMEOUT, _LONGEST = 3.0, 5.0
"""Seconds: for a connection with its TLS handshake; for the request and its answer."""
_LARGEST = 16 * 1024
"""Bytes of an answer."""
_UNICAST = IPv6Network("2000::/3")
"""The only global unicast addresses that are assigned (RFC 4291). NAT64 and the like are outside."""
_HIDDEN_IPV4 = [IPv6Network(each) for each in ("2002::/16", "2001::/32")]
"""Networks in it whose addresses lead to IPv4 addresses: 6to4, Teredo."""


class _Forbidden(Exception):
    """The URL, or an address that its name leads to, is not for webhooks."""


def post(url: str, headers: Mapping[str, str], body: bytes, *, on_this_machine: bool = False) -> Answered:
    """Send a body to an endpoint. `on_this_machine` also allows http and addresses of this machine; it is only for
    the local engine.

    It never raises: every failure is an outcome.
    """
    started = monotonic()

    def answered(outcome: AttemptOutcome, status: int | None = None, retry_after: int = 0) -> Answered:
        return Answered(outcome, monotonic() - started, status, retry_after)

    try:
        if problem_of(url, on_this_machine=on_this_machine):
            return answered(AttemptOutcome.FORBIDDEN)
        status, retry_after = _exchange(url, headers, body, on_this_machine=on_this_machine)
    except _Forbidden:
        return answered(AttemptOutcome.FORBIDDEN)
    except TimeoutError:
        return answered(AttemptOutcome.TIMED_OUT)
    except (OSError, UnicodeError):  # a name that IDNA cannot encode is a UnicodeError
        return answered(AttemptOutcome.UNREACHABLE)
    except Malformed:
        return answered(AttemptOutcome.UNREADABLE)
    outcome = AttemptOutcome.DELIVERED if 200 <= status < 300 else AttemptOutcome.REFUSED
    return answered(outcome, status, retry_after)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, and leads to no other network.

    Not public are loopback, private and link-local addresses, among them those of AWS's metadata (169.254.0.0/16,
    fd00:ec2::/32), and shared, reserved and multicast ones.
    """
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped:
            parsed = parsed.ipv4_mapped
        elif parsed not in _UNICAST or any(parsed in network for network in _HIDDEN_IPV4):
            return False
    return parsed.is_global and not parsed.is_multicast and not parsed.is_reserved


def _exchange(url: str, headers: Mapping[str, str], body: bytes, *, on_this_machine: bool) -> tuple[int, int]:
    """Status, and seconds of Retry-After."""
    address = urlsplit(url)
    host, secure = address.hostname or "", address.scheme == "https"
    port = address.port or (443 if secure else 80)
    found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    # All of them: a name with a public and a private address would let chance decide.
    if not found or not all(is_public(each) or (on_this_machine and ip_address(each).is_loopback) for each in found):
        raise _Forbidden
    with closing(
        Connection(
            host,
            port,
            secure=secure,
            connect_timeout=_CONNECT_TIMEOUT,
            read_timeout=_LONGEST,
            longest=_LONGEST,
            address=found[0],
        )
    ) as connection:
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        named = {"host": address.netloc, **headers, "user-agent": "tay-ninh-pass-webhooks", "connection": "close"}
        answer = connection.exchange("POST", target, named, body, most=_LARGEST)
    wait = answer.headers.get("retry-after", "")
    # A date is left out: the pause between attempts holds then.
    seconds = int(wait) if wait.isascii() and wait.isdecimal() and len(wait) < 10 else 0
    return answer.status, min(seconds, LONGEST_DELAY)
