"""Zalo proves a phone: it gives us the number of the person who is logged in."""

from collections.abc import Callable
from typing import NamedTuple

from chalicelib.models.entry.zalo_sessions import ZaloSessionForm
from chalicelib.models.people.citizens import CitizenToken
from chalicelib.models.people.hashed import PHONE
from chalicelib.services.ports import KeyedHash


class ZaloVerifier(NamedTuple):
    """Dependencies of this service."""

    phone_of: Callable[[str, str], str]
    """The phone number (E.164) for an access token and a phone token. Raises the errors of
    `models.messaging.errors`."""
    keyed_hash: KeyedHash
    issue_token: Callable[[str], CitizenToken]
    """A citizen token for the phone with this keyed hash."""


def open_session(form: ZaloSessionForm, *, verifier: ZaloVerifier) -> CitizenToken:
    """The citizen token of the person's phone, the same as a one-time code gets. Nothing is stored.

    Raises what `phone_of` raises.
    """
    phone = verifier.phone_of(form.access_token, form.phone_token)
    return verifier.issue_token(verifier.keyed_hash.text(PHONE, phone))
