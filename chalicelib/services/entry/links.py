"""The secrets of a pass's links. They are computed from its code, so nothing is stored, and nothing can be read."""

from hmac import compare_digest

from chalicelib.models.entry.codes import Code, plain_characters
from chalicelib.models.entry.errors import PassSecretWrong
from chalicelib.models.entry.links import SECRET_BITS, LinkKind, secret_of
from chalicelib.services.ports import KeyedHash


def secret_for(kind: LinkKind, code: Code, keyed_hash: KeyedHash) -> str:
    """The secret of a pass's link: 13 characters."""
    return secret_of(keyed_hash.bits(SECRET_BITS, kind, str(code)))


def kind_of(secret: str, code: Code, keyed_hash: KeyedHash) -> LinkKind:
    """The link that has this secret, which is read as codes are. Raises `PassSecretWrong`."""
    given = plain_characters(secret).encode()
    # In constant time: the time of an answer must not lead to the secret, character by character.
    fitting = [kind for kind in LinkKind if compare_digest(secret_for(kind, code, keyed_hash).encode(), given)]
    if not fitting:
        raise PassSecretWrong
    return fitting[0]
