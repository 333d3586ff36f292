"""The places that figures are about: the gates, the districts and communes of the province."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Places(NamedTuple):
    """The gates and units that public figures have a cell for, whether anything was counted there or not."""

    gates: Mapping[str, str]
    """Names by id."""
    list_version: str
    """The list that the units are of."""
    districts: Mapping[str, Sequence[str]]
    """The communes of each district, by codes."""
    names: Mapping[str, str]
    """Of districts and communes, by code."""
