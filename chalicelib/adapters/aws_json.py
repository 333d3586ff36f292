"""DynamoDB and the parameter store over their own protocol, AWS JSON: a signed POST of a JSON text.

    https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

A request of ours waits for these two services. botocore knows all protocols of all services: its import is half of a
cold start, and its share of a warm request is larger than all the rest. So this module replaces botocore's connection
in a request's path, and nothing else: requests and answers have the shape of botocore's `client._make_api_call`, and
failures are botocore's exceptions. `chalicelib.adapters.aws` makes botocore's clients for the other services. The tests
compare signatures, hosts, retries, errors and checksums with botocore's, and run storage through both.

Not supported: binary attributes, FIPS and dual-stack endpoints, proxies, endpoints with a path.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from random import uniform
from ssl import SSLError as TlsError
from time import gmtime, monotonic, sleep, strftime
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from zlib import crc32

from botocore.exceptions import (
    BotoCoreError,
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)
from pydantic_core import from_json, to_json

from chalicelib.adapters.http1 import Connection, Malformed
from chalicelib.adapters.keyed_hash import hmac_sha256

_CONNECT_TIMEOUT, _READ_TIMEOUT, _LONGEST = 2.0, 5.0, 10.0
"""Seconds: for a connection with its TLS handshake, between two pieces of an answer, and for all of it."""

_MOST = 32 * 1024 * 1024
"""Bytes of an answer: DynamoDB's have 16 MB at most."""

ATTEMPTS = 3
"""Of a request, as botocore's."""
LAST_ATTEMPT = 10.0
"""No retry starts later than this many seconds after the first attempt: a request may take 20 seconds at most."""

_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_PASSING = frozenset({"ReplicatedWriteConflictException", "RequestTimeout", "RequestTimeoutException"})
_BROKEN = frozenset({500, 502, 503, 504})
"""Codes and statuses after which botocore's standard mode tries again."""

_PAUSE, PAUSE_OF_THROTTLED = 0.05, 1.0
"""The longest first pause, in seconds; it doubles with every attempt, up to `LONGEST_PAUSE`. The
real one is random, up to that."""

LONGEST_PAUSE = 4.0

_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "eu-isoe-": "cloud.adc-e.uk",
    "us-isof-": "csp.hci.ic.gov",
    "eusc-": "amazonaws.eu",
}
"""Of the partitions of AWS other than `aws` and `aws-us-gov`, by the beginning of their regions' names."""


class Keys(NamedTuple):
    """The keys that sign requests."""

    access_key: str
    secret_key: str
    token: str | None


class Service(NamedTuple):
    """A service that speaks this protocol."""

    name: str
    """Its name in the host and in signatures."""
    target: str
    """The prefix of its operations in `X-Amz-Target`."""
    version: str
    """Of the protocol."""


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
PARAMETER_STORE = Service("ssm", "AmazonSSM", "1.1")

Traced = Callable[[str, str], AbstractContextManager[Any]]
"""Records a call, by its service and operation, while the context lasts."""


class Client:
    """Asks one service of a region: `client("GetItem", {"TableName": …})`.

    Threads may share it. Each exchange has a connection of its own, which is kept for the next one.
    """

    def __init__(
        self,
        service: Service,
        region: str,
        keys: Callable[[], Keys],
        *,
        traced: Traced = lambda _service, _operation: nullcontext(),
        attempts: int = ATTEMPTS,
    ) -> None:
        self._service, self._region, self._keys, self._traced = service, region, keys, traced
        self._attempts = attempts
        self._url = _url_of(service.name, region)
        address = urlsplit(self._url)
        self._secure, self._host = address.scheme == "https", str(address.hostname)
        self._port = address.port or (443 if self._secure else 80)
        self._netloc = address.netloc
        self._idle: list[Connection] = []

    def __call__(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """What the service answers.

        Raises botocore's `ClientError` if the service refuses, and a `BotoCoreError` if there is no answer. A request
        that may succeed a moment later is sent again, `attempts` times in all: the service may have done it already,
        as with botocore.
        """
        body = to_json(request)  # pydantic's, like `from_json`: twice as fast as the standard library's
        with self._traced(self._service.name, operation):
            end = monotonic() + LAST_ATTEMPT
            attempt = 1
            while True:
                try:
                    return self._ask(operation, body)
                except (BotoCoreError, ClientError) as error:
                    pause = _pause_after(error)
                    if pause is None or attempt == self._attempts or monotonic() > end:
                        raise
                sleep(uniform(0, min(pause * 2 ** (attempt - 1), LONGEST_PAUSE)))  # noqa: S311 - no secret
                attempt += 1

    def close(self) -> None:
        """Close the idle connections. Connections in use stay open."""
        while self._idle:
            self._idle.pop().close()

    def _ask(self, operation: str, body: bytes) -> dict[str, Any]:
        status, headers, raw = self._exchange(self._headers(operation, body), body)
        expected, actual = headers.get("x-amz-crc32"), str(crc32(raw))
        if expected not in (None, actual):
            raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)
        if status != HTTPStatus.OK:
            raise _refusal(status, headers, raw, operation)
        try:
            answer: dict[str, Any] = from_json(raw, cache_strings="keys")
        except ValueError as error:
            raise HTTPClientError(error=error) from error
        return answer

    def _exchange(self, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        """The status, headers (names in small letters) and body of the answer to a POST."""
        connection = self._idle_connection() or self._new_connection()
        try:
            answer = connection.exchange("POST", "/", headers, body, most=_MOST)
        except TimeoutError as error:
            connection.close()
            raise ReadTimeoutError(endpoint_url=self._url, error=error) from error
        except (OSError, Malformed) as error:
            connection.close()
            raise ConnectionClosedError(endpoint_url=self._url, error=error) from error
        except BaseException:
            connection.close()
            raise
        if connection.is_kept:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def _idle_connection(self) -> Connection | None:
        """A kept connection that is still open."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                return None
            if connection.is_open():
                return connection
            connection.close()
        return None

    def _new_connection(self) -> Connection:
        try:
            return Connection(
                self._host,
                self._port,
                secure=self._secure,
                connect_timeout=_CONNECT_TIMEOUT,
                read_timeout=_READ_TIMEOUT,
                longest=_LONGEST,
            )
        except TimeoutError as error:
            raise ConnectTimeoutError(endpoint_url=self._url, error=error) from error
        except TlsError as error:
            raise SSLError(endpoint_url=self._url, error=error) from error
        except OSError as error:
            raise EndpointConnectionError(endpoint_url=self._url, error=error) from error

    def _headers(self, operation: str, body: bytes) -> dict[str, str]:
        """The headers of a request, with its signature (Signature Version 4)."""
        keys = self._keys()
        moment = strftime("%Y%m%dT%H%M%SZ", gmtime())
        # Sorted by name, as Signature Version 4 requires.
        headers = {
            "content-type": f"application/x-amz-json-{self._service.version}",
            "host": self._netloc,
            "x-amz-date": moment,
        }
        if keys.token:
            headers["x-amz-security-token"] = keys.token
        headers["x-amz-target"] = f"{self._service.target}.{operation}"
        names = ";".join(headers)
        lines = "".join([f"{name}:{value}\n" for name, value in headers.items()])
        canonical = f"POST\n/\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/{self._service.name}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(canonical.encode()).hexdigest()}"
        signature = hmac_sha256(_signing_key(keys.secret_key, scope), text.encode()).hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        headers["user-agent"] = "tay-ninh-pass"
        return headers


@lru_cache(maxsize=4)
def _signing_key(secret: str, scope: str) -> bytes:
    """The key of a day, a region and a service."""
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def find_keys() -> Callable[[], Keys]:
    """The keys in the environment, where Lambda puts them. If there are none (where Lambda restores functions from
    snapshots), those that botocore finds, and renews before they expire. Raises `NoCredentialsError`."""
    if "AWS_ACCESS_KEY_ID" in os.environ:
        secret, token = os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
        keys = Keys(os.environ["AWS_ACCESS_KEY_ID"], secret, token)
        return lambda: keys
    from botocore.exceptions import NoCredentialsError
    from botocore.session import Session

    found = Session().get_credentials()
    if found is None:
        raise NoCredentialsError
    return lambda: Keys(*found.get_frozen_credentials()[:3])


def _url_of(service: str, region: str) -> str:
    suffix = next((suffix for begin, suffix in _DNS_SUFFIXES.items() if region.startswith(begin)), "amazonaws.com")
    return (
        os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}")
        or os.environ.get("AWS_ENDPOINT_URL")
        or f"https://{service}.{region}.{suffix}"
    )


def _pause_after(error: BotoCoreError | ClientError) -> float | None:
    """The longest first pause before a retry; None if a retry would not help."""
    if isinstance(error, BotoCoreError):
        return _PAUSE
    code = error.response["Error"]["Code"]
    if code in _THROTTLED:
        return PAUSE_OF_THROTTLED
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return _PAUSE if code in _PASSING or status in _BROKEN else None


def _refusal(status: int, headers: Mapping[str, str], raw: bytes, operation: str) -> ClientError:
    """The exception that botocore makes of an error's answer."""
    try:
        body = from_json(raw) if raw else {}
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    code = str(body.pop("__type", status)).partition(":")[0].rpartition("#")[2]
    error = {"Code": code, "Message": body.pop("message", body.pop("Message", ""))}
    metadata = {"HTTPStatusCode": status, "RequestId": headers.get("x-amzn-requestid", "")}
    return ClientError({**body, "Error": error, "ResponseMetadata": metadata}, operation)
