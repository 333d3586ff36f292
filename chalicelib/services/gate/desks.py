"""The desk: who records at a gate, and what with."""

from typing import NamedTuple

from chalicelib.models.staff.roles import Principal
from chalicelib.services.gate.ports import Entries, ReadCertificate
from chalicelib.services.policy.ports import InForceSource
from chalicelib.services.ports import Clock
from chalicelib.services.staff.ports import Postings


class Desk(NamedTuple):
    """A member of staff at work, and their collaborators."""

    staff: Principal
    entries: Entries
    in_force: InForceSource
    postings: Postings
    read_certificate: ReadCertificate
    clock: Clock
