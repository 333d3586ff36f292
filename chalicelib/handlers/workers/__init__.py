"""Workers: what runs behind the request, one module each. `app.py` gives them their triggers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def worker(module: str, name: str) -> Callable[..., Any]:
    """A function of a worker's module, imported when it first runs: every function's cold start loads this package."""

    def run(*arguments: Any) -> Any:
        return getattr(import_module(f"{__name__}.{module}"), name)(*arguments)

    # Chalice calls the Lambda function's handler by it.
    run.__name__ = name
    return run
