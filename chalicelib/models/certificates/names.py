"""Comparing the names of a certificate with those that were declared."""

import re
from typing import Any
from unicodedata import normalize

from chalicelib.models.certificates.contents import Holder
from chalicelib.models.certificates.terms import CertificateDoubt
from chalicelib.models.people.names import without_accents

_SILENT = str.maketrans("", "", "'’‘`´ʼ.")
_LETTERS = {"Ł": "L", "Æ": "AE", "Œ": "OE", "Ø": "O", "Þ": "TH", "Ħ": "H", "Ŧ": "T"}
_PLAIN = str.maketrans(_LETTERS)
_EXPANDED = str.maketrans({**_LETTERS, "Ä": "AE", "Ö": "OE", "Ü": "UE", "Ø": "OE", "Å": "AA", "Ñ": "N"})
"""ICAO 9303, part 3, section 6: some letters become two."""


def _doubts_of_name(holder: Holder, full_name: str) -> list[CertificateDoubt]:
    partly = False
    for family, given in (
        (holder.family_name_transliterated, holder.given_name_transliterated),
        (holder.family_name, holder.given_name),
    ):
        for table in (_PLAIN, _EXPANDED):
            families, givens = _words(family, table), _words(given, table)
            for declared in (_words(full_name, _PLAIN), _words(full_name, _EXPANDED)):
                held = [*families, *givens]
                if not held:
                    continue
                # The order, and where the family's name ends, differ from country to country.
                if sorted(declared) == sorted(held):
                    return []
                if "".join(declared) in ("".join(held), "".join([*givens, *families])):
                    return []
                shared = {*declared} & {*held}
                partly |= len(shared) > 1 and shared in ({*declared}, {*held})
    return [CertificateDoubt.NAME_PARTLY_DIFFERS if partly else CertificateDoubt.NAME_DIFFERS]


def _words(name: str, table: Any) -> list[str]:
    return re.findall("[A-Z]+", without_accents(normalize("NFC", name).upper().translate(_SILENT).translate(table)))
