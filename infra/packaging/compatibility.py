"""Whether clients of one OpenAPI document can use what another one describes: what may change within a version.

A request that the old document allows must be allowed by the new one; an answer that the new one allows must be one
that the old one describes. Both are one question: is each value of a narrow schema a value of a wide one? Of a request
the old schema is the narrow one, of an answer the new. Answers may have more members than before, as clients leave out
what they do not know, and codes of errors may be added; a member may not go.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

Document = Mapping[str, Any]
Schema = Mapping[str, Any]

GROWING = "ErrorCode"
"""The schema whose values may become more in answers: clients know a code's status."""

_LOWEST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_HIGHEST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_SAME = ("pattern", "format", "propertyNames", "uniqueItems", "multipleOf", "contentEncoding")
"""Constraints: the first ones by size; of the last a wide schema has none, or the narrow one's."""


class _Side(NamedTuple):
    """A schema, and the document whose references it uses."""

    schema: Any
    document: Document

    def within(self, schema: Any) -> "_Side":
        return self._replace(schema=schema)

    def resolved(self) -> "_Side":
        schema = self.schema
        while "$ref" in schema:
            schema = {**_at(self.document, schema["$ref"]), **{k: v for k, v in schema.items() if k != "$ref"}}
        return self.within(schema)

    def choices(self) -> list["_Side"]:
        """The alternatives, each with what holds for all of them."""
        schema = self.resolved().schema
        for kind in ("anyOf", "oneOf"):
            if kind in schema:
                rest = {name: each for name, each in schema.items() if name not in (kind, "discriminator")}
                return [each for one in schema[kind] for each in self.within({**rest, **_flat(one, self)}).choices()]
        if isinstance(schema.get("type"), list):
            return [self.within({**schema, "type": kind}) for kind in schema["type"]]
        return [self.within(schema)]


def breaking_changes(before: Document, after: Document, today: date) -> list[str]:
    """What a client of `before` cannot do any more, a line each. An operation whose announced end has come may go."""
    return [
        f"{method.upper()} {path}: {problem}"
        for path, methods in before["paths"].items()
        for method, old in methods.items()
        for problem in _operation(old, after["paths"].get(path, {}).get(method), before, after, today)
    ]


def unreadable(written: Schema, read: Schema, *, by_later: bool) -> list[str]:
    """Why a record that one release wrote, by its JSON schema, is not what another one reads, a line each.

    `by_later` is whether the reader is the later one. The earlier one leaves out members that it does not know; the
    later one must know all, and take a member that was left out for the same.
    """
    return _differences(_Side(written, written), _Side(read, read), "", answers=not by_later)


def _operation(old: Any, new: Any, before: Document, after: Document, today: date) -> Iterator[str]:
    if new is None:
        if not old.get("deprecated") or date.fromisoformat(old["x-sunset"]) > today:
            yield "it is gone"
        return
    if new["operationId"] != old["operationId"]:
        yield f"its operationId was {old['operationId']}: generated clients name their function by it"
    offered = [{}] if not new.get("security") else new["security"]
    for each in [{}] if not old.get("security") else old["security"]:
        if each not in offered:
            yield f"it could be called with {' and '.join(each) or 'no credentials'}"
    yield from _parameters(old, new, before, after)
    yield from _body(old, new, before, after)
    for status, answer in old["responses"].items():
        if status.startswith(("2", "3")) and status not in new["responses"]:
            yield f"{status} is gone"
            continue
        answered = new["responses"].get(status, {})
        yield from _answer(answer, answered, status, before, after) if answered else ()


def _parameters(old: Any, new: Any, before: Document, after: Document) -> Iterator[str]:
    was = {(each["in"], each["name"]): each for each in old.get("parameters", [])}
    now = {(each["in"], each["name"]): each for each in new.get("parameters", [])}
    for (within, name), each in was.items():
        if (within, name) not in now:
            yield f"{within} {name} is gone"
        else:
            narrow, wide = _Side(each["schema"], before), _Side(now[within, name]["schema"], after)
            yield from _differences(narrow, wide, f"{within} {name}", answers=False)
    for (within, name), each in now.items():
        if each.get("required") and not was.get((within, name), {}).get("required"):
            yield f"{within} {name} is required"


def _body(old: Any, new: Any, before: Document, after: Document) -> Iterator[str]:
    was, now = old.get("requestBody"), new.get("requestBody")
    if was is None:
        if now is not None and now.get("required"):
            yield "a body is required"
        return
    for kind, content in was["content"].items():
        if now is None or kind not in now["content"]:
            yield f"a body of {kind} is not taken any more"
        else:
            narrow, wide = _Side(content["schema"], before), _Side(now["content"][kind]["schema"], after)
            yield from _differences(narrow, wide, "body", answers=False)


def _answer(old: Any, new: Any, status: str, before: Document, after: Document) -> Iterator[str]:
    for name in old.get("headers", {}):
        if name not in new.get("headers", {}):
            yield f"{status} header {name} is gone"
    for kind, content in old.get("content", {}).items():
        if kind not in new.get("content", {}):
            yield f"{status} {kind} is gone"
        else:
            narrow, wide = _Side(new["content"][kind]["schema"], after), _Side(content["schema"], before)
            yield from _differences(narrow, wide, status, answers=True)


def _differences(narrow: _Side, wide: _Side, at: str, *, answers: bool, seen: Sequence[Any] = ()) -> list[str]:
    """Why a value of the narrow schema need not be one of the wide schema."""
    names = (narrow.schema.get("$ref"), wide.schema.get("$ref"))
    if all(names) and names in seen:
        return []  # a schema within itself: it is being compared
    if answers and names[0] == names[1] == f"#/components/schemas/{GROWING}":
        return []
    seen = (*seen, names)
    problems: list[str] = []
    choices = wide.choices()
    for one in narrow.choices():
        found: list[list[str]] = [[*_compared(one, other, at, answers, seen)] for other in choices]
        if [] not in found:
            # Of several: the one that is most like it.
            closest: list[str] = min(found, key=len)
            problems += closest
    return problems


def _compared(narrow: _Side, wide: _Side, at: str, answers: bool, seen: Sequence[Any]) -> Iterator[str]:
    """The same, of schemas without alternatives."""
    less, more = narrow.schema, wide.schema
    kind, allowed = less.get("type"), more.get("type")
    if allowed is not None and kind != allowed and (kind, allowed) != ("integer", "number"):
        yield f"{at} is {kind or 'anything'} where it is {allowed}"
        return
    values, listed = _values(less), _values(more)
    if listed is not None and (values is None or not {*values} <= {*listed}):
        others = sorted({*map(str, values or [])} - {*map(str, listed)})
        yield f"{at} may be {', '.join(others) or 'anything'} where it is one of {', '.join(map(str, listed))}"
    yield from _bounds(less, more, at)
    yield from _members(narrow, wide, at, answers, seen)
    for inner in ("items", "additionalProperties"):
        if isinstance(less.get(inner), dict) and isinstance(more.get(inner), dict):
            each, other = narrow.within(less[inner]), wide.within(more[inner])
            yield from _differences(each, other, f"{at}/*", answers=answers, seen=seen)
        elif isinstance(more.get(inner), dict):
            yield f"{at}/* is anything"


def _members(narrow: _Side, wide: _Side, at: str, answers: bool, seen: Sequence[Any]) -> Iterator[str]:
    """The same, of the members of objects."""
    less, more = narrow.schema, wide.schema
    was, now = (more, less) if answers else (less, more)
    for name in sorted({*more.get("required", [])} - {*less.get("required", [])}):
        yield f"{at}/{name} {'may be left out' if answers else 'is required'}"
    if not answers and was.get("default") != now.get("default"):
        yield f"{at}: left out it was {was.get('default')}, and is {now.get('default')}"
    for name in was.get("properties", {}):
        if name not in now.get("properties", {}):
            yield f"{at}/{name} is gone"
        else:
            each, other = narrow.within(less["properties"][name]), wide.within(more["properties"][name])
            yield from _differences(each, other, f"{at}/{name}", answers=answers, seen=seen)
    closed = more.get("additionalProperties", True) is False and less.get("additionalProperties", True) is not False
    if not answers and closed and less.get("type") == "object":
        yield f"{at} takes no other members"


def _bounds(less: Schema, more: Schema, at: str) -> Iterator[str]:
    for name in _LOWEST:
        if name in more and less.get(name, float("-inf")) < more[name]:
            yield f"{at}: {name} is {less.get(name, 'none')} where it is {more[name]}"
    for name in _HIGHEST:
        if name in more and less.get(name, float("inf")) > more[name]:
            yield f"{at}: {name} is {less.get(name, 'none')} where it is {more[name]}"
    for name in _SAME:
        if name in more and less.get(name) != more[name]:
            yield f"{at}: {name} is {less.get(name, 'none')} where it is {more[name]}"


def _values(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    listed: list[Any] | None = schema.get("enum")
    return listed


def _flat(schema: Schema, side: _Side) -> Schema:
    resolved: Schema = side.within(schema).resolved().schema
    return resolved


def _at(document: Document, reference: str) -> Schema:
    found: Any = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    schema: Schema = found
    return schema
