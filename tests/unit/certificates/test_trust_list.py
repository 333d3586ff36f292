"""The trust list: what is accepted, what a new list changes, and what a failure halfway leaves."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from chalicelib.adapters.trusted_key_files import facts_of
from chalicelib.http.problems import detail_of
from chalicelib.models.certificates.trusted_keys import TrustList, TrustListChange
from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.staff.roles import Principal, Role
from chalicelib.services.certificates.trust_list import replace_trusted_keys
from tests.certificates import OLD_USES, USES, bare_entry, european_key, signer, spki, vietnamese_key
from tests.forms import NOW
from tests.unit.fakes.certificates import TrustedKeys
from tests.unit.fakes.clocks import Clock

ADMINISTRATOR = Principal("admin-1", frozenset({Role.ADMINISTRATOR}), "Quản trị viên")
EXPONENT = 65537


@dataclass
class Office:
    """The service with what it needs."""

    trusted_keys: TrustedKeys = field(default_factory=TrustedKeys)
    clock: Clock = field(default_factory=Clock)
    announced: list[TrustListChange] = field(default_factory=list)

    def put(self, country: str, *entries: dict[str, Any]) -> TrustListChange:
        return replace_trusted_keys(
            country,
            TrustList.model_validate_json(json.dumps({"keys": entries})),
            staff=ADMINISTRATOR,
            facts_of=facts_of,
            announce=self.announced.append,
            trusted_keys=self.trusted_keys,
            clock=self.clock,
        )

    def refused(self, *entries: dict[str, Any]) -> dict[str, str]:
        """Codes by pointer."""
        with pytest.raises(InvalidInput) as caught:
            self.put("VN", *entries)
        assert (self.trusted_keys.steps, self.announced) == (0, [])
        for each in caught.value.problems:
            assert all(detail_of(each, language) for language in ("vi", "en"))
        return {each.pointer: each.code for each in caught.value.problems}

    def listed(self) -> set[tuple[str, str]]:
        return {(key.country, key.kid) for key in self.trusted_keys.keys}


def bare(number: int, **changes: Any) -> dict[str, Any]:
    return {**bare_entry(european_key(), bytes([number]) * 8, NOW), **changes}


def kid(number: int) -> str:
    return b64encode(bytes([number]) * 8).decode()


def kids(keys: Sequence[Any]) -> list[str]:
    return [key.kid for key in keys]


def test_a_certificate_says_all_of_its_key_itself() -> None:
    key_id, entry = signer(european_key(), NOW, uses=(f"{USES}2", f"{OLD_USES}3"))
    office = Office()
    office.put("VN", entry)
    (key,) = office.trusted_keys.keys
    assert key.kid == b64encode(key_id).decode()
    assert (key.country, key.public_key) == ("VN", spki(european_key()))
    assert (key.valid_from, key.valid_until) == (NOW - timedelta(days=365), NOW + timedelta(days=365))
    assert set(key.uses) == {"vaccination", "recovery"}
    assert (key.put_by, key.put_by_name, key.put_at) == ("admin-1", "Quản trị viên", NOW)


def test_pem_and_base64_in_lines_are_the_same() -> None:
    from base64 import b64decode

    from cryptography.x509 import load_der_x509_certificate

    _, entry = signer(vietnamese_key(), NOW)
    der = b64decode(entry["certificate"])
    pem = load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()
    lines = "\n".join(entry["certificate"][at : at + 76] for at in range(0, len(entry["certificate"]), 76))
    for written in (pem, lines):
        office = Office()
        office.put("VN", entry)
        assert office.put("VN", {"certificate": written}).kept


def test_a_new_list_replaces_the_old_and_keeps_what_stays_as_it_is() -> None:
    office = Office()
    office.put("AT", bare(1))
    office.put("VN", bare(1), bare(2), bare(3))
    office.clock.advance(days=1)
    change = office.put("VN", bare(2), bare(3, uses=["test"]), bare(4))
    assert [kids(part) for part in (change.added, change.changed, change.kept, change.removed)] == [
        [kid(4)],
        [kid(3)],
        [kid(2)],
        [kid(1)],
    ]
    assert office.listed() == {("AT", kid(1)), ("VN", kid(2)), ("VN", kid(3)), ("VN", kid(4))}
    assert {key.kid: key.put_at for key in office.trusted_keys.keys}[kid(2)] == NOW
    assert office.announced[-1] == change


def test_an_empty_list_withdraws_a_country() -> None:
    office = Office()
    office.put("AT", bare(1))
    office.put("VN", bare(1), bare(2))
    assert kids(office.put("VN").removed) == [kid(1), kid(2)]
    assert office.listed() == {("AT", kid(1))}


@pytest.mark.parametrize("dies_at", [1, 2, 3, 4])
def test_what_dies_halfway_leaves_a_usable_list_and_the_same_request_completes_it(dies_at: int) -> None:
    office = Office()
    office.put("VN", bare(1), bare(2))
    office.trusted_keys.steps, office.trusted_keys.dies_at = 0, dies_at
    with pytest.raises(ServiceUnavailable):
        office.put("VN", bare(3), bare(4))
    old, new = {("VN", kid(1)), ("VN", kid(2))}, {("VN", kid(3)), ("VN", kid(4))}
    assert old <= office.listed() or new <= office.listed()
    office.put("VN", bare(3), bare(4))
    assert office.listed() == new


def test_every_problem_of_a_list_is_named_where_it_is_and_nothing_is_written() -> None:
    short = rsa.generate_private_key(public_exponent=EXPONENT, key_size=1024)  # noqa: S505 - that it is refused is what is tested
    other_curve = ec.generate_private_key(ec.SECP384R1())
    other_kind: Any = ed25519.Ed25519PrivateKey.generate()
    _, own = signer(european_key(), NOW)
    _, foreign = signer(european_key(), NOW, country="FR")
    assert Office().refused(
        own,
        foreign,
        {"certificate": "no base64!"},
        {"certificate": "AAAA"},
        {**own, "kid": kid(1)},
        {},
        {**own, **bare(1)},
        {"public_key": spki(european_key())},
        bare(2, public_key="AAAA"),
        bare(2, public_key=spki(short)),
        bare(2, public_key=spki(other_curve)),
        bare(2, public_key=spki(other_kind)),
        bare(2, kid="!"),
        bare(2, kid=""),
        bare(2, valid_until=(NOW - timedelta(days=365)).isoformat()),
        bare(3),
        bare(3, uses=["test"]),
        signer(other_curve, NOW)[1],
        own,
    ) == {
        "/keys/1/certificate": "key_of_another_country",
        "/keys/2/certificate": "certificate_not_x509",
        "/keys/3/certificate": "certificate_not_x509",
        "/keys/4/kid": "told_by_certificate",
        "/keys/5": "trusted_key_ambiguous",
        "/keys/6": "trusted_key_ambiguous",
        "/keys/7/kid": "field_missing",
        "/keys/7/valid_from": "field_missing",
        "/keys/7/valid_until": "field_missing",
        "/keys/7/uses": "field_missing",
        "/keys/8/public_key": "public_key_unreadable",
        "/keys/9/public_key": "key_too_short",
        "/keys/10/public_key": "key_kind_not_allowed",
        "/keys/11/public_key": "key_kind_not_allowed",
        "/keys/12/kid": "key_id_malformed",
        "/keys/13/kid": "key_id_malformed",
        "/keys/14/valid_until": "validity_reversed",
        "/keys/16": "key_listed_twice",
        "/keys/17/certificate": "key_kind_not_allowed",
        "/keys/18": "key_listed_twice",
    }


def test_a_certificate_without_a_country_is_of_the_country_that_lists_it() -> None:
    _, entry = signer(european_key(), NOW, country=None)
    assert Office().put("KH", entry).added[0].country == "KH"


def test_britain_may_call_itself_uk() -> None:
    _, entry = signer(european_key(), NOW, country="UK")
    assert Office().put("GB", entry).added[0].country == "GB"
