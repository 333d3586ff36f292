"""The public halves of the keys that sign passes."""

from chalicelib.models.records import Record


class PublicKey(Record):
    """A public key (RFC 7517): EC P-256, for ES256. `kid` is the base64url form of the token's key id."""

    kty: str = "EC"
    """The kind of key."""
    crv: str = "P-256"
    """The curve."""
    use: str = "sig"
    """What the key is for: signatures."""
    alg: str = "ES256"
    """The algorithm."""
    kid: str
    """The key's id."""
    x: str
    """The point's first coordinate, in base64url."""
    y: str
    """The point's second coordinate, in base64url."""
