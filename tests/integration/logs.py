"""What our loggers wrote."""

import json
from io import StringIO
from typing import Any


def audited(logged: StringIO) -> list[dict[str, Any]]:
    """The audit lines."""
    lines = [json.loads(line) for line in logged.getvalue().strip("\0").splitlines()]
    return [line for line in lines if line["message"] == "audit"]
