"""The trust list: keys by their ids, which countries may share."""

from base64 import b64encode
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest

from chalicelib.models.certificates.terms import CertificateKind
from chalicelib.models.certificates.trusted_keys import KeyName, TrustedKey
from chalicelib.services.certificates.ports import TrustedKeys
from chalicelib.storage.certificates import trusted_keys as storage
from tests.forms import NOW
from tests.tables import Database
from tests.unit.fakes.certificates import TrustedKeys as FakeTrustedKeys
from tests.unit.fakes.clocks import Clock

KID = b"\x01\x02\x03\x04\x05\x06\x07\x08"


@pytest.fixture
def process(database: Database | None, clock: Clock) -> Callable[[], TrustedKeys]:
    """The trust list as one more process sees it."""
    fake = FakeTrustedKeys()
    return lambda: fake if database is None else storage.TrustedKeys(database.reference, clock=clock)


@pytest.fixture
def trusted_keys(process: Callable[[], TrustedKeys]) -> TrustedKeys:
    return process()


def key(kid: bytes = KID, country: str = "VN", *, put_by: str = "admin-1") -> TrustedKey:
    return TrustedKey(
        kid=b64encode(kid).decode(),
        country=country,
        public_key="AAAA",
        valid_from=NOW,
        valid_until=NOW + timedelta(days=365),
        uses=[CertificateKind.TEST],
        put_by=put_by,
        put_at=NOW,
    )


def by_name(keys: Iterable[TrustedKey]) -> list[TrustedKey]:
    return sorted(keys, key=lambda each: (each.kid, each.country))


def test_keys_are_found_by_their_id_as_they_were_put(trusted_keys: TrustedKeys) -> None:
    own, other = key(), key(b"\x09" * 8)
    assert list(trusted_keys.find(KID)) == list(trusted_keys.all()) == []
    trusted_keys.put([own, other])
    assert list(trusted_keys.find(KID)) == [own]
    assert by_name(trusted_keys.all()) == by_name([own, other])


def test_countries_may_share_an_id(trusted_keys: TrustedKeys) -> None:
    both = [key(country="AT"), key(country="VN")]
    trusted_keys.put(both)
    assert by_name(trusted_keys.find(KID)) == by_name(trusted_keys.all()) == both


@pytest.mark.parametrize("kid", [KID[:6], KID[:7], KID + b"\x01", b"", b"\x00"])
def test_an_id_that_begins_like_another_is_another(trusted_keys: TrustedKeys, kid: bytes) -> None:
    trusted_keys.put([key()])
    assert list(trusted_keys.find(kid)) == []


def test_a_key_replaces_the_one_of_the_same_id_and_country(trusted_keys: TrustedKeys) -> None:
    trusted_keys.put([key(), key(country="AT")])
    trusted_keys.put([key(put_by="admin-2")])
    assert by_name(trusted_keys.find(KID)) == [key(country="AT"), key(put_by="admin-2")]


def test_a_key_that_is_removed_is_gone_and_no_other(trusted_keys: TrustedKeys) -> None:
    trusted_keys.put([key(), key(country="AT"), key(b"\x09" * 8)])
    for _ in range(2):  # that it is gone already is no failure
        trusted_keys.remove([key()])
        assert list(trusted_keys.find(KID)) == [key(country="AT")]
        assert len(trusted_keys.all()) == 2


def test_sixty_keys_are_put_and_removed_at_once(trusted_keys: TrustedKeys) -> None:
    keys = [key(number.to_bytes(8, "big")) for number in range(60)]
    trusted_keys.put([])
    trusted_keys.put(keys)
    assert by_name(trusted_keys.all()) == by_name(keys)
    trusted_keys.remove(keys[:59])
    assert list(trusted_keys.all()) == keys[59:]


def test_changes_are_read_from_a_moment_on(trusted_keys: TrustedKeys) -> None:
    first, second, other = KeyName("AAAA", "VN"), KeyName("BBBB", "VN"), KeyName("AAAA", "AT")
    assert trusted_keys.changed_since(NOW) == set()
    trusted_keys.note_changes([first], NOW)
    trusted_keys.note_changes([second], NOW)  # of one country, at the same moment
    trusted_keys.note_changes([other, first], NOW + timedelta(hours=1))
    assert trusted_keys.changed_since(NOW) == {first, second, other}
    assert trusted_keys.changed_since(NOW + timedelta(microseconds=1)) == {first, other}
    assert trusted_keys.changed_since(NOW + timedelta(hours=2)) == set()
    assert list(trusted_keys.all()) == []  # they are no keys


def test_a_change_of_a_thousand_keys_with_the_longest_names_is_noted(trusted_keys: TrustedKeys) -> None:
    names = [KeyName(f"{number:0128}", "VN") for number in range(2_000)]
    trusted_keys.note_changes(names, NOW)
    assert trusted_keys.changed_since(NOW) == set(names)


def test_what_another_process_changed_is_found_after_a_minute_at_the_latest(
    process: Callable[[], TrustedKeys], clock: Clock
) -> None:
    here, elsewhere = process(), process()
    assert list(here.find(KID)) == []
    elsewhere.put([key()])
    assert list(here.all()) == [key()]
    clock.advance(seconds=60)
    assert list(here.find(KID)) == [key()]
    elsewhere.remove([key()])
    clock.advance(seconds=60)
    assert list(here.find(KID)) == []
