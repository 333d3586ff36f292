"""Signing keys as the functions read them."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.pass_keys import KeyRing, KeyStore, NoSigningKey
from chalicelib.models.errors import ServiceUnavailable
from infra.operation.keys import new_key

NOW = datetime(2021, 7, 22, 7, 0, tzinfo=UTC)
FIRST = KeyRing(keys=[new_key(NOW - timedelta(hours=1))])


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(NoSigningKey):
        KeyRing(keys=[]).signing(NOW)
    with pytest.raises(NoSigningKey):
        FIRST.signing(NOW - timedelta(hours=2))


def test_the_document_is_read_again_every_five_minutes() -> None:
    documents = [KeyRing(keys=[*FIRST.keys, new_key(NOW)]).model_dump_json(), FIRST.model_dump_json()]
    store = KeyStore(FIRST.model_dump_json(), documents.pop, NOW)
    listed = [len(store.ring(NOW + timedelta(minutes=minute)).keys) for minute in range(11)]
    assert listed == [1] * 10 + [2]
    assert documents == []


def test_known_keys_serve_on_while_the_document_cannot_be_read() -> None:
    tries = []

    def fail() -> str:
        tries.append(1)
        raise ServiceUnavailable

    store = KeyStore(FIRST.model_dump_json(), fail, NOW)
    for minute in range(9):
        assert store.ring(NOW + timedelta(minutes=minute)) == FIRST
    assert len(tries) == 1
