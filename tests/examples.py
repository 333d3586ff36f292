"""The examples of the page for partners, as a partner would paste them."""

import re
from typing import Any

from infra import ROOT

PAGE = (ROOT / "docs" / "partners.md").read_text(encoding="utf-8")


def _pasted() -> dict[str, Any]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    return names


is_genuine = _pasted()["is_genuine"]
"""Whether a request is one of ours: `is_genuine(headers, body, secrets)`."""
