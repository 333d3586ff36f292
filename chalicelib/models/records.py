"""The base of everything that is read from outside or stored: no unknown field, no silent conversion, frozen.

What a value must be beyond its type, length and form is checked once, at the edge. What was accepted and stored is
read back without those checks: a rule that is tightened later must not make yesterday's records unreadable. Lengths and
forms are checked on records too, so they may only ever be widened within a record's retention. Fields of what is stored
that this release does not know were written by a later one, before the stage went back: they are left out. What a
record may become: docs/versioning.md.
"""

from collections.abc import Callable
from threading import RLock
from typing import Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

STORED: dict[str, Any] = {"stored": True}
"""The validation context in which records from storage are read."""

# A body is read with the province's offset as its context: `Moment`s of any offset are kept with that one.

SHOWN: dict[str, Any] = {"shown": True}
"""The serialization context in which answers are written. Without it a record is written as it is stored."""


_BUILDING = RLock()


class Record(BaseModel):
    """Refuses unknown fields and conversions; blanks around text are dropped; an instance never changes."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        str_strip_whitespace=True,
        # A model is built when it is first needed: a process needs few of those it imports.
        defer_build=True,
    )

    @classmethod
    def from_stored(cls, text: str | bytes) -> Self:
        """Parse a record, or an event of a queue, from its stored JSON text. Checks that belong to the edge are not
        repeated, and unknown fields are left out."""
        return cls.model_validate_json(text, context=STORED, extra="ignore")

    @classmethod
    def model_rebuild(cls, **how: Any) -> bool | None:
        """Built by one thread at a time. Where several need a model for the first time at once, a second one to build
        it would take away what the first has built, and a third would validate by the parent's fields meanwhile."""
        with _BUILDING:
            # Names are looked up where the caller is, one frame further away from here.
            depth = how.pop("_parent_namespace_depth", 2) + 1
            return super().model_rebuild(**how, _parent_namespace_depth=depth)


def any_of(*schemas: dict[str, Any]) -> dict[str, Any]:
    """The rule that a form fits one of these schemas, for its JSON schema.

    It is within `allOf`, as generators of clients take a bare `anyOf` for the whole schema.
    """
    return {"allOf": [{"anyOf": [*schemas]}]}


def exactly_one(**types: str) -> dict[str, Any]:
    """The rule that exactly one of several fields is given: names and JSON types. The others may be null."""
    return any_of(
        *(
            {
                "required": [name],
                "properties": {
                    **{other: {"type": "null"} for other in types if other != name},
                    name: {"type": kind},
                },
            }
            for name, kind in types.items()
        )
    )


def needed_unless(name: str, **unless: Any) -> dict[str, Any]:
    """The rule that a text is given unless another field has a value that this schema describes."""
    return any_of({"properties": unless}, {"required": [name], "properties": {name: {"type": "string"}}})


def at_edge(check: Callable[[Any, ValidationInfo], Any]) -> AfterValidator:
    """A validator that is not run on records from storage."""

    def validate(value: Any, info: ValidationInfo) -> Any:
        return value if info.context is STORED else check(value, info)

    return AfterValidator(validate)
