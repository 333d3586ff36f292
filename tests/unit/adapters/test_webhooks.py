"""Requests to partners' endpoints: what is sent, what comes of it, and that none reaches what is not public."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.adapters import webhooks
from chalicelib.adapters.webhooks import is_public, post
from chalicelib.models.partners.deliveries import Answered, AttemptOutcome
from tests import endpoint as partner
from tests.endpoint import Behaviour, PartnerEndpoint

HEADERS = {"content-type": "application/json", "webhook-id": "evt_1"}


@pytest.fixture
def endpoint() -> Iterator[PartnerEndpoint]:
    with partner.serving() as serving:
        yield serving


def sent(url: str) -> Answered:
    return post(url, HEADERS, b"{}", on_this_machine=True)


def test_a_request_has_its_body_its_headers_and_the_whole_path(endpoint: PartnerEndpoint) -> None:
    assert sent(endpoint.url)[:1] == (AttemptOutcome.DELIVERED,)
    (received,) = endpoint.received
    assert (received.path, received.body) == ("/webhooks?app=one", b"{}")
    assert received.headers.items() >= HEADERS.items()
    assert received.headers["host"] == endpoint.url.split("/")[2]


@pytest.mark.parametrize(
    ("behaviour", "outcome", "status"),
    [
        (partner.answers(204), AttemptOutcome.DELIVERED, 204),
        (partner.answers(200, b'{"ok": true}'), AttemptOutcome.DELIVERED, 200),
        (partner.answers(500, b"oops"), AttemptOutcome.REFUSED, 500),
        (partner.answers(410), AttemptOutcome.REFUSED, 410),
        (partner.redirects("http://127.0.0.1:1/"), AttemptOutcome.REFUSED, 307),
        (partner.closes, AttemptOutcome.UNREADABLE, None),
        (partner.talks_nonsense, AttemptOutcome.UNREADABLE, None),
        (partner.never_ends, AttemptOutcome.UNREADABLE, None),
        (partner.waits(1.0), AttemptOutcome.TIMED_OUT, None),
    ],
)
def test_whatever_an_endpoint_does_is_an_outcome(
    endpoint: PartnerEndpoint,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    outcome: AttemptOutcome,
    status: int | None,
) -> None:
    monkeypatch.setattr(webhooks, "_LONGEST", 0.5)
    endpoint.behaviour = behaviour
    answered = sent(endpoint.url)
    assert (answered.outcome, answered.status) == (outcome, status)
    assert len(endpoint.received) == 1


def test_a_redirect_is_not_followed(endpoint: PartnerEndpoint) -> None:
    with partner.serving() as another:
        endpoint.behaviour = partner.redirects(another.url)
        sent(endpoint.url)
        assert another.received == []


@pytest.mark.parametrize(("header", "seconds"), [("30", 30), ("99999", 900), ("soon", 0), ("-1", 0), ("9" * 400, 0)])
def test_an_endpoint_may_ask_to_be_left_alone_for_a_while(endpoint: PartnerEndpoint, header: str, seconds: int) -> None:
    endpoint.behaviour = partner.answers(429, Retry_After=header)
    assert sent(endpoint.url).retry_after == seconds


def test_an_endpoint_that_is_gone_is_unreachable() -> None:
    with partner.serving() as gone:
        url = gone.url
    assert sent(url).outcome is AttemptOutcome.UNREACHABLE
    assert sent("http://nowhere.invalid/").outcome is AttemptOutcome.UNREACHABLE
    assert sent(f"http://{'x' * 70}.example/").outcome is AttemptOutcome.UNREACHABLE


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # metadata of AWS
        "169.254.170.2",  # credentials of containers
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",  # metadata of AWS
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a9fe:a9fe",
        "2002:7f00:1::",
        "2001:0:53aa:64c:0:fbff:56fe:5601",
        "2001:db8::1",
    ],
)
def test_no_address_that_is_not_public_is_let_through(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "113.160.0.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_let_through(address: str) -> None:
    assert is_public(address)


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Let every name lead to these addresses, in turn at each look-up. Gives the addresses that are connected to."""

    def resolve(*lookups: list[str]) -> list[str]:
        answers, connected = iter(lookups), list[str]()

        def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in next(answers)]

        def connect(address: tuple[str, int], *_: Any) -> Any:
            connected.append(address[0])
            raise ConnectionRefusedError

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket, "create_connection", connect)
        return connected

    return resolve


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["169.254.169.254"], ["8.8.8.8", "10.0.0.1"], []])
def test_a_name_that_leads_to_one_private_address_is_connected_to_by_none(
    resolved: Callable[..., list[str]], addresses: list[str]
) -> None:
    connected = resolved(addresses)
    assert post("https://app.example/", HEADERS, b"{}").outcome is AttemptOutcome.FORBIDDEN
    assert connected == []


def test_a_name_that_changes_between_check_and_connection_changes_nothing(
    resolved: Callable[..., list[str]],
) -> None:
    """DNS rebinding: the second look-up would lead to this machine."""
    connected = resolved(["8.8.8.8"], ["127.0.0.1"])
    assert post("https://app.example/", HEADERS, b"{}").outcome is AttemptOutcome.UNREACHABLE
    assert connected == ["8.8.8.8"]


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/",
        "https://app.example:8443/",
        "https://user@app.example/",
        "https://2130706433/",
        "https://0x7f.1/",
        "ftp://app.example/",
        "https:///path",
        "https://app.example:0x50/",
        "https://app.example/\r\nHost: evil.example",
    ],
)
def test_in_the_cloud_no_url_leads_to_this_machine_or_another_port(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it connects"))
    assert post(url, HEADERS, b"{}").outcome in (AttemptOutcome.FORBIDDEN, AttemptOutcome.UNREACHABLE)
