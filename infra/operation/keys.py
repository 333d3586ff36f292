"""The secrets of a stage: made once, listed, and the signing keys rotated.

    python -m infra.keys --stage prod make | rotate | replace | list

Two SecureString parameters under `/tay-ninh-pass/<stage>/`: `signing-keys`, the document that
`chalicelib.adapters.keys` describes, and `hash-key`, the secret of keyed hashes. CloudFormation can make neither.

Rotation needs no outage and no second step: the new key is listed now and signs ten minutes later, when every function
and every gate that keeps the list for five minutes has it. Its predecessor stays listed for as long as a pass that it
signed can still be shown. No private half is ever printed.

`replace` is for a key that somebody may have stolen: one new key signs from now on, and no other is listed. Passes that
the others signed read `forged` from then on, and are checked by their code.
"""

import argparse
import base64
import json
import secrets
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters.keys import KeyRing, ListedKey
from infra.accounts import Account, add_arguments, chosen
from infra.errors import CannotGoOn, exit_code

LISTED_AHEAD = timedelta(minutes=10)
"""How long a key is listed before it signs: twice as long as the list is kept by whoever reads it."""
LISTED_AFTER = timedelta(days=1)
"""How long a key stays listed after the last pass that it signed has ended: at the gate yesterday's pass is expired,
and nobody should be told that it is forged."""
PASS_LIFETIME = timedelta(seconds=3600)
LARGEST_DOCUMENT = 4096
"""Bytes of a parameter of the standard tier."""

_COORDINATE = 32
_KEY_ID = 4
"""Bytes."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.keys", description="Make, rotate or list a stage's secrets.")
    add_arguments(parser)
    parser.add_argument("action", nargs="?", default="list", choices=("make", "rotate", "replace", "list"))
    parser.add_argument(
        "--pass-lifetime",
        type=int,
        default=int(PASS_LIFETIME.total_seconds()),
        metavar="SECONDS",
        help="how long the stage's passes are good for (%(default)s)",
    )
    options = parser.parse_args()
    account, stage = chosen(parser, options)
    now = datetime.now(UTC).replace(microsecond=0)
    if options.action == "make":
        made = make_missing(account, stage, now)
        print(f"Made: {', '.join(made)}." if made else "Nothing to make: both secrets are there.")
    elif options.action == "rotate":
        rotate_stored(account, stage, now, timedelta(seconds=options.pass_lifetime))
    elif options.action == "replace":
        _stored(account, stage)
        _store(account, stage, KeyRing(keys=[new_key(now)]))
    _print(_stored(account, stage), now)


def new_key(use_from: datetime) -> ListedKey:
    """A fresh key that signs from a time on. Its id is the first four bytes of its thumbprint (RFC 7638)."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()
    x, y = _text(numbers.public_numbers.x), _text(numbers.public_numbers.y)
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    kid = _base64url(sha256(members.encode()).digest()[:_KEY_ID])
    return ListedKey(kid=kid, x=x, y=y, d=_text(numbers.private_value), use_from=use_from)


def rotated(ring: KeyRing, key: ListedKey, *, now: datetime, pass_lifetime: timedelta) -> KeyRing:
    """The document with a new key in it, which signs from its `use_from` on.

    The key that signs until then stays listed until the last pass it signs has ended. Private halves that sign no more,
    because a later key signs already, are dropped, and so are keys whose time on the list is over.
    """
    signing = max((each.use_from for each in ring.keys if each.use_from <= now), default=now)
    kept = []
    for each in ring.keys:
        if each.listed_until is not None and each.listed_until <= now:
            continue
        changes: dict[str, object] = {}
        if each.listed_until is None:
            changes["listed_until"] = key.use_from + pass_lifetime + LISTED_AFTER
        if each.use_from < signing:
            changes["d"] = None
        kept.append(each.model_copy(update=changes))
    return KeyRing(keys=[*kept, key])


def make_missing(account: Account, stage: str, now: datetime) -> list[str]:
    """Make the secrets that a stage does not have. Returns the names of those made; nothing is ever overwritten."""
    made = []
    for name, value in (
        ("signing-keys", _document(KeyRing(keys=[new_key(now)]))),
        ("hash-key", secrets.token_hex(32)),
    ):
        client = account.client("ssm")
        try:
            client.put_parameter(Name=_parameter(stage, name), Value=value, Type="SecureString", Tier="Standard")
        except client.exceptions.ParameterAlreadyExists:
            continue
        made.append(_parameter(stage, name))
    return made


def rotate_stored(account: Account, stage: str, now: datetime, pass_lifetime: timedelta) -> KeyRing:
    """Rotate the stage's signing keys; returns the new document. Raises `CannotGoOn` if there are none."""
    ring = rotated(_stored(account, stage), new_key(now + LISTED_AHEAD), now=now, pass_lifetime=pass_lifetime)
    _store(account, stage, ring)
    return ring


def _store(account: Account, stage: str, ring: KeyRing) -> None:
    account.client("ssm").put_parameter(
        Name=_parameter(stage, "signing-keys"), Value=_document(ring), Type="SecureString", Overwrite=True
    )


def secret_names(stage: str) -> list[str]:
    """The parameters that hold a stage's secrets."""
    return [_parameter(stage, "signing-keys"), _parameter(stage, "hash-key")]


def _stored(account: Account, stage: str) -> KeyRing:
    name = _parameter(stage, "signing-keys")
    client: Any = account.client("ssm")
    try:
        answer = client.get_parameter(Name=name, WithDecryption=True)
    except client.exceptions.ParameterNotFound:
        raise CannotGoOn(
            f"{name} is not there in {account.region}. Make it: python -m infra.keys --stage {stage} make"
        ) from None
    return KeyRing.model_validate_json(answer["Parameter"]["Value"])


def _document(ring: KeyRing) -> str:
    document = ring.model_dump_json(exclude_none=True)
    if len(document) > LARGEST_DOCUMENT:
        raise CannotGoOn(
            f"{len(ring.keys)} keys are more than one parameter holds. Older ones leave the list by themselves a day "
            "or so after a rotation: rotate again then."
        )
    return document


def _print(ring: KeyRing, now: datetime) -> None:
    signing = max((key.use_from for key in ring.keys if key.d and key.use_from <= now), default=None)
    print(f"{'key':8} {'signs from':26} {'listed until':26} now")
    for key in sorted(ring.keys, key=lambda each: each.use_from):
        if key.use_from > now:
            state = "listed, signs later"
        elif key.use_from == signing:
            state = "signs"
        else:
            state = "listed" if key.listed_until is None or key.listed_until > now else "off the list"
        until = key.listed_until.isoformat() if key.listed_until else "-"
        print(f"{key.kid:8} {key.use_from.isoformat():26} {until:26} {state}")


def _parameter(stage: str, name: str) -> str:
    return f"/tay-ninh-pass/{stage}/{name}"


def _text(number: int) -> str:
    return _base64url(number.to_bytes(_COORDINATE, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


if __name__ == "__main__":
    sys.exit(exit_code(main))
