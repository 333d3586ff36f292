"""Requests to look at passes."""

from collections.abc import Callable
from typing import Any

CHECKS, SEARCH, MANIFEST = "/v1/checkpoint/checks", "/v1/checkpoint/search", "/v1/checkpoint/manifest"
CARD = "072090000000|290000123|Nguyễn Văn Thử|17051990|Nam|Tổ 3, Tây Ninh|01032021"
BUS = {"kind": "bus", "plate": "70B-012.34"}
Declare = Callable[..., dict[str, Any]]
