"""Policies that are made from the one that ships."""

import json
from copy import deepcopy
from typing import Any

from chalicelib.data import read_bytes

SHIPPED: dict[str, Any] = json.loads(read_bytes("provinces", "tay-ninh", "policy.json"))
IN_FORCE = f'"{SHIPPED["version"]}"'


def policy(version: str = "next", **changes: Any) -> dict[str, Any]:
    return {**deepcopy(SHIPPED), "version": version, **changes}
