"""Read several records at once."""

from collections.abc import Iterable

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord
from chalicelib.services.entry.ports import Records
from chalicelib.services.parallel import in_parallel


def records_of(codes: Iterable[Code], records: Records) -> dict[str, DeclarationRecord]:
    """The records of the codes' declarations, by declaration: one query each, some at a time. Unknown ones are left
    out."""
    distinct = list({code.declaration: code for code in codes}.values())
    found = zip(distinct, in_parallel(records.find, distinct), strict=True)
    return {code.declaration: record for code, record in found if record is not None}
