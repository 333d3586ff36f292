"""The link to a pass: the address of its page, with the pass's code and a secret.

A code is printed, read out and scanned, and the codes of all who ride along follow from it. So a code opens its state
and nothing else; the secret opens the pass. Both stand behind the `#` of the link: a browser sends that part to no
server, so no log, no Referer and no preview has it.
"""

from chalicelib.models.entry.codes import Code, characters_of
from chalicelib.models.enums import StrEnum

SECRET_LENGTH = 13
SECRET_BITS = 5 * SECRET_LENGTH
"""As many as name a declaration: nobody guesses them."""


class LinkKind(StrEnum):
    """The two links to a pass. Each has a secret of its own, and both open the pass."""

    PASS = "pass link"
    """In the answer to a declaration: its sender has it."""
    TEXT = "text link"
    """In the text to the holder's phone, and nowhere else. The traveller's proves that their phone answers."""


def secret_of(bits: int) -> str:
    """A secret as text: 13 characters of the codes' alphabet."""
    return characters_of(bits, SECRET_LENGTH)


def link_to(public_url: str, code: Code, secret: str) -> str:
    """The link. `public_url` is where the API answers, up to before `/v1`."""
    return f"{public_url}/p#{code}{secret}"
