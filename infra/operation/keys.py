"""The secrets of a stage: made once; the signing keys are rotated.

    python -m infra keys list --stage prod

They are three SecureString parameters under `/tay-ninh-pass/<stage>/`: `signing-keys`, the document that
`chalicelib.adapters.pass_keys` describes, `hash-key`, the secret of keyed hashes, and `webhook-key`, with which the
secrets of partners' endpoints are made. CloudFormation can make none of them. Those of providers come from their
consoles: `python -m infra zalo --help` and `esms --help`.

`rotate` needs no outage and no second step: the new key is listed now and signs ten minutes later, when every function
and every gate, which keep the list for five minutes, has it. The old key stays listed as long as a pass or permit that
it signed can still be shown. Private keys are never printed.

`replace` is for a key that may have been stolen: one new key signs from now on, and no other is listed. Passes that
other keys signed read `forged` from then on, and are checked by their code.
"""

import base64
import json
import secrets
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters.keyed_hash import KeyedHash
from chalicelib.adapters.pass_keys import KeyRing, ListedKey
from infra.accounts import Account, add_arguments, chosen
from infra.errors import CannotGoOn
from infra.operation.prompts import add_yes, confirm

LISTED_AHEAD = timedelta(minutes=10)
"""How long a key is listed before it signs: twice as long as functions and gates keep the list."""
LONGEST_PERMIT = timedelta(days=366)
"""The most that a policy can allow, and more than any pass lasts. A permit's QR is on paper: without its key a gate
without network admits nobody by it."""
LISTED_AFTER = timedelta(days=1)
"""How long a key stays listed after the last pass or permit that it signed has ended. Without its key, yesterday's pass
would not read `expired` at the gate."""
PROVIDERS = ("zalo", "zalo-tokens", "esms")
"""Secrets that nobody here can make. They are stored by `python -m infra zalo` and `esms`."""
LARGEST_DOCUMENT = 4096
"""Bytes of a parameter of the standard tier."""

_COORDINATE = 32
_KEY_ID = 4
"""Bytes."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("list", "ids and times, never secrets"),
        ("make", "make the secrets that are missing"),
        ("rotate", "list a new key now; it signs in ten minutes"),
        ("replace", "a key may have been stolen: list a new key only; it signs now"),
    ):
        add_arguments(actions.add_parser(name, help=line, description=line))
    add_yes(actions.choices["replace"])
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    now = datetime.now(UTC).replace(microsecond=0)
    if options.action == "make":
        made = make_missing(account, stage, now)
        print(f"Made: {', '.join(made)}." if made else "Nothing to make: all secrets are there.")
    elif options.action == "rotate":
        _store(account, stage, rotated(_stored(account, stage), new_key(now + LISTED_AHEAD), now=now))
    elif options.action == "replace":
        _stored(account, stage)
        what = (
            f"This makes {stage} forget all its signing keys. Gates without network read the passes of now as forged."
        )
        confirm(stage, what, yes=options.yes)
        _store(account, stage, KeyRing(keys=[new_key(now)]))
    _print(_stored(account, stage), now)


def new_key(use_from: datetime) -> ListedKey:
    """A new key that signs from a time on. Its id is the first four bytes of its thumbprint (RFC 7638)."""
    private = ec.generate_private_key(ec.SECP256R1())
    numbers = private.private_numbers()
    x, y = _text(numbers.public_numbers.x), _text(numbers.public_numbers.y)
    members = json.dumps({"crv": "P-256", "kty": "EC", "x": x, "y": y}, separators=(",", ":"))
    kid = _base64url(sha256(members.encode()).digest()[:_KEY_ID])
    return ListedKey(kid=kid, x=x, y=y, d=_text(numbers.private_value), use_from=use_from)


def rotated(ring: KeyRing, key: ListedKey, *, now: datetime) -> KeyRing:
    """The document with a new key added, which signs from its `use_from` on.

    The key that signs until then stays listed until `LISTED_AFTER` the last pass or permit it signed. Private keys are
    dropped once a later key signs, and keys are dropped once their time on the list is over.
    """
    signing = max((each.use_from for each in ring.keys if each.use_from <= now), default=now)
    kept = []
    for each in ring.keys:
        if each.listed_until is not None and each.listed_until <= now:
            continue
        changes: dict[str, object] = {}
        if each.listed_until is None:
            changes["listed_until"] = key.use_from + LONGEST_PERMIT + LISTED_AFTER
        if each.use_from < signing:
            changes["d"] = None
        kept.append(each.model_copy(update=changes))
    return KeyRing(keys=[*kept, key])


def make_missing(account: Account, stage: str, now: datetime) -> list[str]:
    """Make the secrets that a stage does not have. Returns their names. Nothing is ever overwritten."""
    made = []
    for name, value in (
        ("signing-keys", _document(KeyRing(keys=[new_key(now)]))),
        ("hash-key", secrets.token_hex(32)),
        ("webhook-key", secrets.token_hex(32)),
    ):
        client = account.client("ssm")
        try:
            client.put_parameter(Name=parameter_of(stage, name), Value=value, Type="SecureString", Tier="Standard")
        except client.exceptions.ParameterAlreadyExists:
            continue
        made.append(parameter_of(stage, name))
    return made


def _store(account: Account, stage: str, ring: KeyRing) -> None:
    account.client("ssm").put_parameter(
        Name=parameter_of(stage, "signing-keys"), Value=_document(ring), Type="SecureString", Overwrite=True
    )


def secret_names(stage: str) -> list[str]:
    """The parameters that hold a stage's secrets."""
    return [parameter_of(stage, name) for name in ("signing-keys", "hash-key", "webhook-key", *PROVIDERS)]


def keyed_hash(account: Account, stage: str) -> KeyedHash:
    """The keyed hashes of a stage. Raises `CannotGoOn` if it has no key for them."""
    return KeyedHash(bytes.fromhex(_read(account, stage, "hash-key")))


def webhook_hash(account: Account, stage: str) -> KeyedHash:
    """What makes the secrets of partners' endpoints. Raises `CannotGoOn` if the stage has no key for them."""
    return KeyedHash(bytes.fromhex(_read(account, stage, "webhook-key")))


def _stored(account: Account, stage: str) -> KeyRing:
    return KeyRing.from_stored(_read(account, stage, "signing-keys"))


def _read(account: Account, stage: str, secret: str) -> str:
    name = parameter_of(stage, secret)
    client: Any = account.client("ssm")
    try:
        answer = client.get_parameter(Name=name, WithDecryption=True)
    except client.exceptions.ParameterNotFound:
        raise CannotGoOn(
            f"There is no {name} in {account.region}. Make it: python -m infra keys make {account.where(stage)}"
        ) from None
    return str(answer["Parameter"]["Value"])


def _document(ring: KeyRing) -> str:
    document = ring.model_dump_json(exclude_none=True)
    if len(document) > LARGEST_DOCUMENT:
        raise CannotGoOn(
            f"One parameter cannot hold {len(ring.keys)} keys. Old keys leave the list a year after they signed "
            "last; rotate again after that."
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


def parameter_of(stage: str, name: str) -> str:
    """The parameter that keeps a secret of a stage."""
    return f"/tay-ninh-pass/{stage}/{name}"


def _text(number: int) -> str:
    return _base64url(number.to_bytes(_COORDINATE, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")
