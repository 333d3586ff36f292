"""The Python that functions run on, and their processor: `lambda_python` and `lambda_architecture` in
`.chalice/config.json`.

Chalice packages for the Python that it runs on itself. So the package for the cloud is built by the declared Python,
and nothing else is deployed. On this machine's engine functions run on the Python that the machine has.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

from infra import ROOT
from infra.errors import CannotGoOn

CONFIGURATION = ROOT / ".chalice" / "config.json"


def declared_python() -> str:
    """The Python of the functions, such as `3.13`."""
    configuration: Mapping[str, Any] = json.loads(CONFIGURATION.read_text(encoding="utf-8"))
    return str(configuration["lambda_python"])


def own_python() -> str:
    """The Python that runs this, and that a package would be built by."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def problem() -> str | None:
    """Why a package that is built here is not for the cloud, with what to do; None if it is."""
    declared, own = declared_python(), own_python()
    if own == declared:
        return None
    return (
        f"The functions run on Python {declared}, and this is Python {own}: a package that it builds fails there. "
        f"Install Python {declared}, delete .venv, and run this again with: make PYTHON=python{declared}"
    )


def require_declared() -> None:
    """Raises `CannotGoOn` if a package that is built here is not for the cloud."""
    if reason := problem():
        raise CannotGoOn(reason)
