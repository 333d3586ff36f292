"""The public halves of the keys that sign passes."""

from chalicelib.models.records import Record


class PublicKey(Record):
    """A public key (RFC 7517): EC P-256, for ES256. `kid` is the base64url form of the token's key id."""

    kty: str = "EC"
    crv: str = "P-256"
    use: str = "sig"
    alg: str = "ES256"
    kid: str
    x: str
    y: str
