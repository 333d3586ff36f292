"""The secrets of links: computed, and known to who was given them alone."""

import pytest

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.models.entry.codes import ALPHABET, Code
from chalicelib.models.entry.errors import PassSecretWrong
from chalicelib.models.entry.links import SECRET_LENGTH, LinkKind, link_to
from chalicelib.services.entry.links import kind_of, secret_for

KEYED_HASH = KeyedHash(b"k" * 32)
CODES = [Code.of(number, person) for number in (0, 1, 2**65 - 1) for person in (0, 1, 50, 1023)]


def test_no_two_links_have_the_same_secret_and_none_follows_from_the_code() -> None:
    secrets = {secret_for(kind, code, keyed_hash) for kind in LinkKind for code in CODES for keyed_hash in _stages()}
    assert len(secrets) == len(LinkKind) * len(CODES) * 2
    assert all(len(secret) == SECRET_LENGTH and set(secret) <= set(ALPHABET) for secret in secrets)


def _stages() -> tuple[KeyedHash, KeyedHash]:
    return KEYED_HASH, KeyedHash(b"x" * 32)


@pytest.mark.parametrize("kind", LinkKind)
def test_a_secret_is_known_again_as_people_type_it(kind: LinkKind) -> None:
    for code in CODES:
        secret = secret_for(kind, code, KEYED_HASH)
        for written in (secret, secret.lower(), f"{secret[:4]}-{secret[4:]}", secret.replace("0", "o")):
            assert kind_of(written, code, KEYED_HASH) is kind


@pytest.mark.parametrize("wrong", ["", "0" * 13, "0" * 12, "0" * 14, "é" * 13, "\0", "0" * 5000])
def test_what_is_no_secret_of_this_code_opens_nothing(wrong: str) -> None:
    for code in CODES:
        with pytest.raises(PassSecretWrong):
            kind_of(wrong, code, KEYED_HASH)


def test_the_secret_of_a_companion_opens_no_other_pass_of_the_declaration() -> None:
    passes = [Code(CODES[0].declaration, person) for person in range(51)]
    for kind in LinkKind:
        secret = secret_for(kind, passes[7], KEYED_HASH)
        for other in (*passes[:7], *passes[8:]):
            with pytest.raises(PassSecretWrong):
                kind_of(secret, other, KEYED_HASH)


def test_the_code_and_the_secret_stand_where_a_browser_sends_nothing_of_them() -> None:
    link = link_to("https://pass.example/api", CODES[0], "0123456789ABC")
    before, _, fragment = link.partition("#")
    assert (before, fragment) == ("https://pass.example/api/p", f"{CODES[0]}0123456789ABC")
