"""Make the import of pydantic quicker. Of a cold start it is the largest part."""

import dataclasses
import sys
import typing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any

import typing_extensions


def speed_up() -> None:
    """To be called before anything imports pydantic. `tests/unit/test_imports.py` checks that it works."""
    _without_plugins()
    with _without_typed_dicts():
        import pydantic_core  # noqa: F401
    with methods_made_late():
        import pydantic.main  # noqa: F401
        from pydantic import Field  # noqa: F401


def _without_plugins() -> None:
    """At import, pydantic searches all installed packages for plugins. That search takes longer than importing Chalice,
    and we have no plugins: a stub replaces the module that searches."""
    stub = ModuleType("pydantic.plugin._loader")
    vars(stub)["get_plugins"] = lambda: ()
    sys.modules.setdefault(stub.__name__, stub)


class _PlainDict(dict[str, object]):
    def __init_subclass__(cls, **_arguments_of_a_typed_dict: object) -> None: ...


@contextmanager
def _without_typed_dicts() -> Iterator[None]:
    """For type checkers, pydantic_core has a `TypedDict` for each kind of schema. `typing` compiles each of their 700
    annotations, and nothing reads them: these classes are made as plain dictionaries."""
    usual = {module: module.TypedDict for module in (typing, typing_extensions)}
    for module in usual:
        vars(module)["TypedDict"] = _PlainDict
    try:
        yield
    finally:
        for module, typed_dict in usual.items():
            vars(module)["TypedDict"] = typed_dict


@contextmanager
def methods_made_late() -> Iterator[None]:
    """Pydantic and annotated_types have 54 dataclasses. `dataclasses` writes the 228 methods of these as text and
    compiles it, and few of them are called: each is compiled at its first call."""
    vars(dataclasses)["exec"] = _compile_late
    try:
        yield
    finally:
        del vars(dataclasses)["exec"]


def _compile_late(text: str, names: dict[str, Any], made: dict[str, Any]) -> None:
    """Replaces the `exec` that `dataclasses` calls. Its text makes a function `__create_fn__`. The last line of that
    returns a method (Python 3.11, 3.12) or a tuple of methods (from 3.13 on)."""
    returned = text.rpartition(" return ")[2]

    def create(**values: object) -> object:
        @cache
        def compiled() -> tuple[Callable[..., object], ...]:
            text_made: dict[str, Any] = {}
            exec(text, names, text_made)  # noqa: S102 - the text is that of `dataclasses`
            methods = text_made["__create_fn__"](**values)
            return methods if isinstance(methods, tuple) else (methods,)

        def late(place: int, name: str) -> Callable[..., object]:
            def method(*arguments: object, **named: object) -> object:
                return compiled()[place](*arguments, **named)

            method.__name__ = name
            return method

        methods = tuple(late(*each) for each in enumerate(returned.strip("(,)").split(",")))
        return methods if returned.startswith("(") else methods[0]

    made["__create_fn__"] = create
