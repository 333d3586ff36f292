"""What is one province's own, as shipped data: `data/provinces/<name>/`."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from pydantic_core import from_json

from chalicelib.data import read_bytes
from chalicelib.models.people.administrative_units import children, lineage, units
from chalicelib.models.people.languages import Words


class Hotline(NamedTuple):
    """The number that people call. It has its area code: `1022` alone rings in the province where the caller is."""

    shown: str
    """As people read it: `(0276) 1022`."""
    dialled: str
    """The same as a phone dials it, for texts without accents: `02761022`."""
    hours: Words
    """The hours in which somebody answers."""


class Province(NamedTuple):
    """`code` is the province's in `units_list`; `time_zone` an IANA name.

    No model: every function reads it at its first request, and a model takes 3 ms. `tests/unit/people/test_province.py`
    checks what is shipped.
    """

    code: str
    units_list: str
    hotline: Hotline
    pass_issuer: str
    """The issuer in a token: two letters, for every byte counts there."""
    time_zone: str
    texted_countries: Sequence[str]
    """The countries whose phone numbers get texts, as a number in E.164 begins with them: 84 is Vietnam, 855 Cambodia.
    The holder of another number has the code on the screen."""
    prices: Mapping[str, int]
    """The highest price in VND of one message by each channel, from the contracts with the providers: `zalo` a template
    message, `sms` a text of one part."""
    texts_to_a_phone: int = 3
    """The most texts a day to one phone that forms of unproven callers can cause."""
    seat_links_to_a_phone: int = 6
    """The most links to seats of buses that a phone gets a day, for a family whose phone it is."""
    partner_share: int = 10
    """The most that the links of one partner may cost: one in so many of the stage's spending of a day."""
    second_officer_above: int = 200
    """A wave with more messages must be released by another officer than its maker."""
    figures_licence: str = "https://creativecommons.org/licenses/by/4.0/"
    """The licence of public figures: a URL."""

    def texts(self, phone: str) -> bool:
        """Whether a phone number (E.164) gets texts. No calling code is a prefix of another one."""
        return phone.removeprefix("+").startswith(tuple(self.texted_countries))

    def contains(self, commune: str) -> bool:
        """Whether a code is that of a commune of the province, in its list."""
        return len(commune) == 5 and self.code in [unit.code for unit in lineage(self.units_list, commune)]

    def communes(self) -> list[str]:
        """The codes of all communes of the province, in its list."""
        above = {self.code, *(unit.code for unit in children(self.units_list, self.code))}
        return [code for code, unit in units(self.units_list).items() if len(code) == 5 and unit.parent in above]


@cache
def province(name: str) -> Province:
    given = from_json(read_bytes("provinces", name, "province.json"))
    hotline = given["hotline"]
    given["hotline"] = Hotline(**{**hotline, "hours": Words.model_construct(**hotline["hours"])})
    return Province(**given)
