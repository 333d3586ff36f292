"""What anyone may know about a pass, and what its link opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.declarations import Origin
from chalicelib.models.entry.links import LinkKind
from chalicelib.models.entry.passes import Verdict
from chalicelib.models.entry.records import HeldPass, pass_of
from chalicelib.services.entry.links import kind_of
from chalicelib.services.entry.ports import Proofs, Records
from chalicelib.services.ports import Clock, KeyedHash


@dataclass(frozen=True, slots=True)
class PassState:
    """What anyone may know about a pass."""

    code: Code
    verdict: Verdict
    issued_at: datetime
    expires_at: datetime
    arrived_at: datetime | None = None
    replaced_at: datetime | None = None


class OpenedPass(NamedTuple):
    """A pass, and the link that opened it."""

    held: HeldPass
    link: LinkKind


def state_of(text: str, *, records: Records, clock: Clock) -> PassState:
    """The state of the pass with this code.

    Raises
    ------
    CodeMistyped
        The text cannot be a code.
    PassUnknown
        No pass has this code.
    """
    code = Code.parse(text)
    held = pass_of(code, records.find(code))
    return PassState(
        code=code,
        verdict=held.verdict(clock()),
        issued_at=held.issued_at,
        expires_at=held.expires_at,
        arrived_at=held.arrived_at,
        replaced_at=held.replaced_at,
    )


def open_pass(text: str, secret: str, *, records: Records, keyed_hash: KeyedHash) -> OpenedPass:
    """The pass with this code, if the secret belongs to one of its links.

    Raises
    ------
    CodeMistyped
        The text cannot be a code.
    PassSecretWrong
        It is the secret of no link of this code. The record was not read: a guess costs no read, and its answer is the
        same whether or not there is such a pass.
    PassUnknown
        No pass has this code any more.
    """
    code = Code.parse(text)
    link = kind_of(secret, code, keyed_hash)
    return OpenedPass(pass_of(code, records.find(code)), link)


def prove_phone(opened: OpenedPass, *, proofs: Proofs, clock: Clock) -> HeldPass:
    """The current pass. If it was opened by the link in the text to the traveller's phone, and the phone was not proven
    before, the proof is appended in one write."""
    held = opened.held
    if opened.link is not LinkKind.TEXT or held.code.person != 0 or held.origin is not Origin.UNPROVEN:
        return held
    # Lazy import: most openings prove nothing.
    from chalicelib.models.entry.proofs import PhoneProof

    proof = PhoneProof(recorded_at=clock())
    proofs.append_proof(held, proof)
    return held.with_proof(proof)
