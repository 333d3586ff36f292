"""An issuer's keys, from a server on the loopback that answers well, badly, late or not at all."""

import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import pytest

from chalicelib.adapters import issuer_keys, tls
from chalicelib.adapters.issuer_keys import IssuerKeys
from chalicelib.adapters.jws import Key
from chalicelib.models.errors import Misconfigured
from chalicelib.models.staff.errors import IssuerUnreachable
from tests.unit.adapters.issuing import NOW, Clock, KeyServer, Reply, jwk, jwk_set, key_server, rsa_key
from tests.unit.certified import certified

GOOD = jwk_set(jwk(rsa_key()))


@pytest.fixture
def keys(server: KeyServer, clock: Clock) -> IssuerKeys:
    return IssuerKeys(server.url, clock)


def unreachable(keys: IssuerKeys, key_id: str = "k1") -> bool:
    try:
        keys.find(key_id)
    except IssuerUnreachable:
        return True
    return False


def test_keys_are_fetched_when_first_needed_and_kept_five_minutes(
    keys: IssuerKeys, server: KeyServer, clock: Clock
) -> None:
    assert server.fetches == 0
    for later, fetches in ((0, 1), (1, 1), (299.9, 1), (300, 2), (599, 2), (600, 3)):
        clock.now = NOW + later
        assert isinstance(keys.find("k1"), Key)
        assert server.fetches == fetches
    assert set(server.paths) == {"/jwks.json?version=1"}


def test_unknown_keys_cost_one_fetch_in_half_a_minute(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    for later, fetches in ((0, 1), (29.9, 1), (30, 2), (59.9, 2), (60, 3)):
        clock.now = NOW + later
        assert {keys.find(f"unknown-{number}") for number in range(50)} == {None}
        assert server.fetches == fetches
    assert keys.find("k1")


def test_a_new_key_is_found_after_half_a_minute_at_most(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    assert keys.find("k1")
    server.serve(jwk(rsa_key()), jwk(rsa_key(1), "k2"))
    clock.now += 29
    assert keys.find("k2") is None
    clock.now += 1
    assert keys.find("k2")
    assert keys.find("k1")


def test_a_withdrawn_key_is_not_believed_after_five_minutes(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    assert keys.find("k1")
    server.serve(jwk(rsa_key(1), "k2"))
    clock.now += 299
    assert keys.find("k1")
    clock.now += 1
    assert keys.find("k1") is None
    assert keys.find("k2")


def test_a_withdrawn_key_is_not_believed_once_the_set_was_fetched_for_another(
    keys: IssuerKeys, server: KeyServer, clock: Clock
) -> None:
    assert keys.find("k1")
    server.serve(jwk(rsa_key(1), "k2"))
    clock.now += 30
    assert keys.find("k2")
    assert keys.find("k1") is None


def test_the_same_id_may_get_another_key(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    before = keys.find("k1")
    server.serve(jwk(rsa_key(1)))
    clock.now += 300
    assert keys.find("k1") not in (before, None)


def test_keys_are_not_believed_longer_while_the_issuer_is_down(
    keys: IssuerKeys, server: KeyServer, clock: Clock
) -> None:
    assert keys.find("k1")
    server.down = True
    clock.now += 299
    assert keys.find("k1")
    clock.now += 1
    assert unreachable(keys)
    clock.now += 3600
    assert unreachable(keys)


def test_a_clock_that_is_set_back_does_not_make_keys_younger(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    assert keys.find("k1")
    clock.now -= 1
    assert keys.find("k1")
    assert server.fetches == 2


def test_an_issuer_that_comes_back_is_asked_again(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    server.down = True
    assert unreachable(keys)
    server.down = False
    clock.now += 1
    assert keys.find("k1")


def test_an_answer_that_does_not_come_is_asked_for_once_more(
    keys: IssuerKeys, server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuer_keys, "_TIMEOUT", 0.2)
    server.first = Reply(GOOD, seconds=1)
    assert keys.find("k1")
    assert server.fetches == 2


def test_an_issuer_that_is_down_is_asked_once_a_second(keys: IssuerKeys, server: KeyServer, clock: Clock) -> None:
    server.down = True
    assert all(unreachable(keys, f"k{number}") for number in range(50))
    assert server.fetches == 1
    clock.now += 1
    assert all(unreachable(keys, f"k{number}") for number in range(50))
    assert server.fetches == 2


def test_a_known_key_is_found_while_unknown_ones_cannot_be_judged(
    keys: IssuerKeys, server: KeyServer, clock: Clock
) -> None:
    assert keys.find("k1")
    server.down = True
    clock.now += 30
    assert unreachable(keys, "k2")
    assert keys.find("k1")


def test_nobody_listens(clock: Clock) -> None:
    with key_server() as gone:
        keys = IssuerKeys(gone.url, clock)
    assert unreachable(keys)


def test_no_host_has_the_name(clock: Clock) -> None:
    assert unreachable(IssuerKeys("https://issuer.invalid/jwks", clock))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(b"<!doctype html><title>Sign in</title>"), id="a page"),
        pytest.param(Reply(b""), id="nothing"),
        pytest.param(Reply(GOOD[:-10]), id="a broken set"),
        pytest.param(Reply(GOOD, headers=(("Content-Length", str(len(GOOD) - 10)),)), id="a part of it"),
        pytest.param(Reply(b'{"keys":[]}'), id="no keys"),
        pytest.param(Reply(GOOD + b" " * 65_536), id="more than 64 KiB"),
        pytest.param(Reply(b" " * 10_000_000 + GOOD), id="ten megabytes"),
        pytest.param(Reply(GOOD, status=404), id="404"),
        pytest.param(Reply(GOOD, status=500), id="500"),
        pytest.param(Reply(GOOD, status=204), id="204"),
        pytest.param(Reply(GOOD, status=304), id="304"),
        pytest.param(Reply(GOOD, headers=(("Transfer-Encoding", "chunked"),)), id="no chunks"),
        pytest.param(Reply(GOOD, headers=(("X", "x" * 70_000),)), id="a long header"),
        pytest.param(Reply(GOOD, headers=tuple((f"X{number}", "x" * 20) for number in range(1000))), id="many headers"),
    ],
)
def test_an_answer_that_is_no_key_set(keys: IssuerKeys, server: KeyServer, clock: Clock, reply: Reply) -> None:
    server.reply = reply
    assert unreachable(keys)
    server.reply = Reply(GOOD)
    clock.now += 1
    assert keys.find("k1")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(keys: IssuerKeys, server: KeyServer, status: int) -> None:
    with key_server() as other:
        server.reply = Reply(GOOD, status, (("Location", other.url),))
        assert unreachable(keys)
        assert (server.fetches, other.fetches) == (1, 0)


def test_a_set_of_64_kib_is_read_in_pieces(keys: IssuerKeys, server: KeyServer) -> None:
    server.reply = Reply(GOOD + b" " * (65_536 - len(GOOD)), piece=1000)
    assert keys.find("k1")


def test_a_slow_issuer_is_not_waited_for(keys: IssuerKeys, server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    assert issuer_keys._TIMEOUT == 3
    monkeypatch.setattr(issuer_keys, "_TIMEOUT", 0.2)
    # Silent; and never silent for long, but slow in all.
    for slow in (Reply(GOOD, seconds=1), Reply(GOOD, piece=10, seconds=0.05)):
        server.reply = slow
        started = monotonic()
        assert unreachable(IssuerKeys(server.url, Clock()))
        assert monotonic() - started < 0.8


def test_threads_that_start_together_fetch_once(keys: IssuerKeys, server: KeyServer) -> None:
    server.reply = Reply(GOOD, seconds=0.1)
    together = threading.Barrier(16)

    def find(_: int) -> Key | None:
        together.wait()
        return keys.find("k1")

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(find, range(16)))
    assert server.fetches == 1


def test_threads_that_wait_for_an_issuer_that_is_down_do_not_ask_it_again(keys: IssuerKeys, server: KeyServer) -> None:
    server.reply = Reply(b"<html>", seconds=0.1)
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(unreachable, [keys] * 16))
    assert server.fetches == 1


@pytest.mark.parametrize(
    "url", ["http://issuer.example/jwks", "http://127.0.0.1.evil.example/", "ftp://issuer.example/"]
)
def test_keys_come_over_tls_unless_they_are_on_this_machine(url: str, clock: Clock) -> None:
    with pytest.raises(Misconfigured, match="STAFF_KEYS_URL"):
        IssuerKeys(url, clock)


def test_the_servers_certificate_is_verified(
    server: KeyServer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate = certified("127.0.0.1", tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.server.socket = context.wrap_socket(server.server.socket, server_side=True)
    server.server.handle_error = lambda *_: None  # type: ignore[method-assign] # those that hang up
    url = server.url.replace("http:", "https:")
    try:
        tls.context.cache_clear()
        assert unreachable(IssuerKeys(url, clock))
        monkeypatch.setenv("AWS_CA_BUNDLE", str(authority))
        tls.context.cache_clear()
        assert IssuerKeys(url, clock).find("k1")
        assert unreachable(IssuerKeys(url.replace("127.0.0.1", "localhost"), clock))
    finally:
        tls.context.cache_clear()
