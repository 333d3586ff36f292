"""Make the import of pydantic quicker. Of a cold start it is the largest part."""

import sys
import typing
from types import ModuleType

import typing_extensions


def speed_up() -> None:
    """To be called before anything imports pydantic. `tests/unit/test_imports.py` checks that it works."""
    _without_plugins()
    _without_typed_dicts()


def _without_plugins() -> None:
    """At import, pydantic searches all installed packages for plugins. That search takes longer than importing Chalice,
    and we have no plugins: a stub replaces the module that searches."""
    stub = ModuleType("pydantic.plugin._loader")
    vars(stub)["get_plugins"] = lambda: ()
    sys.modules.setdefault(stub.__name__, stub)


class _PlainDict(dict[str, object]):
    def __init_subclass__(cls, **_arguments_of_a_typed_dict: object) -> None: ...


def _without_typed_dicts() -> None:
    """For type checkers, pydantic_core has a `TypedDict` for each kind of schema. `typing` compiles each of their 700
    annotations, and nothing reads them: these classes are made as plain dictionaries."""
    usual = {module: module.TypedDict for module in (typing, typing_extensions)}
    for module in usual:
        vars(module)["TypedDict"] = _PlainDict
    try:
        import pydantic_core  # noqa: F401
    finally:
        for module, typed_dict in usual.items():
            vars(module)["TypedDict"] = typed_dict
