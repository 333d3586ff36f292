"""The JSON schemas of the OpenAPI document: of models, of query parameters, and of problems."""

import ast
import inspect
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import (
    DataclassField,
    ModelField,
    ModelSchema,
    NullableSchema,
    TypedDictField,
    WithDefaultSchema,
)

from chalicelib.http.problems import ERRORS_PAGE, error_words
from chalicelib.models.errors import DomainError

REFERENCE = "#/components/schemas/{model}"
"""Where the document has a model's schema."""

ERROR_CODE = "ErrorCode"
"""The schema of all codes."""

_CODE = {"$ref": REFERENCE.format(model=ERROR_CODE), "description": "What is wrong, for programs."}

_PROBLEM: dict[str, Any] = {
    "type": {
        "type": "string",
        "format": "uri-reference",
        "description": f"What explains the code: a URL that ends in `{ERRORS_PAGE}#<code>`, or the path of one.",
    },
    "title": {"type": "string", "description": "What is wrong, in a few words. Not for programs."},
    "status": {"type": "integer", "description": "`gateway_refusal` and `gateway_failure` leave it out."},
    "code": _CODE,
    "detail": {"type": "string", "description": "What is wrong, and what to do now: to be shown."},
    "instance": {"type": "string", "description": "`urn:request:` and the id of the header X-Request-Id."},
}
"""The members that every problem has."""

_OF_THE_WHOLE = frozenset({"type", "instance"})
"""Members that only the problem of a whole request has."""


def error_schemas(raised: Iterable[type[DomainError]], models: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas of problems, by name: all codes, problems with the members of the errors that are raised, and the
    problems of fields. `models` has the schema of each member that is a model."""
    members = {
        name: {**schema, **models.get(name, {}), "description": f"With `{error.code}`: {schema['description']}"}
        for error in sorted(raised, key=lambda error: error.code)
        for name, schema in error.member_schemas.items()
    }
    codes = sorted(error_words())
    return {
        ERROR_CODE: {
            "type": "string",
            "description": "What is wrong. Stable: program against it. New codes may come, so have a way for others.",
            "enum": codes,
            "x-titles": {code: error_words()[code]["title"]["en"] for code in codes},
        },
        "Problem": {
            "type": "object",
            "description": "RFC 9457. Program against `code`, show `detail`; the words are in the language of "
            "Accept-Language, the gateway's in both.",
            "required": [name for name in _PROBLEM if name != "status"],
            "properties": {**_PROBLEM, **members, "reason": _REASON},
        },
        "LineProblem": {
            "type": "object",
            "description": "Why one of several is refused, and what to do: a problem without `type` and `instance`.",
            "required": [name for name in _PROBLEM if name not in _OF_THE_WHOLE],
            "properties": {
                name: each
                for name, each in {**_PROBLEM, **members, "reason": _REASON}.items()
                if name not in _OF_THE_WHOLE
            },
        },
        "FieldProblem": {
            "type": "object",
            "description": "One field that cannot be accepted.",
            "required": ["pointer", "code", "detail"],
            "properties": {
                "pointer": {
                    "type": "string",
                    "description": "A JSON pointer (RFC 6901) into the body, or `/` and the query's parameter.",
                    "examples": ["/traveller/phone"],
                },
                "code": _CODE,
                "detail": {"type": "string", "description": "What to do, with the field's name: to be shown."},
                "reason": {"type": "string", "description": "For developers, in English."},
                "earliest": {
                    "type": "string",
                    "format": "date-time",
                    "description": "With `arrival_too_far_ahead`: from then on this arrival can be declared.",
                },
            },
        },
    }


_REASON = {
    "type": "string",
    "description": "For developers, in English. With `body_not_json`: where and why it is not JSON. With "
    "`gateway_refusal`: the gateway's own text.",
}


def parameters_of(query: type[BaseModel]) -> list[dict[str, Any]]:
    """The parameters of a query, whose fields are plain values, for the OpenAPI document."""
    schema = query.model_json_schema(schema_generator=Schemas)
    required = schema.get("required", ())
    return [_parameter(name, each, required=name in required) for name, each in schema["properties"].items()]


def _parameter(name: str, field: dict[str, Any], *, required: bool) -> dict[str, Any]:
    # A URL has no null: such a parameter is left out.
    kind: dict[str, Any] = next((each for each in field.get("anyOf", ()) if each != {"type": "null"}), {})
    about = {"anyOf", "description", "examples", "title"} | ({"default"} if field.get("default", "") is None else set())
    schema = {**kind, **{key: value for key, value in field.items() if key not in about}}
    described = {"name": name, "in": "query", "required": required, "description": field["description"]}
    example = {"example": field["examples"][0]} if "examples" in field else {}
    return {**described, "schema": schema, **example}


class Schemas(GenerateJsonSchema):
    """The schemas of forms say what the server accepts, those of answers what it sends.

    An answer leaves out what it does not have: there such a field is optional and never null, and every other field is
    required. In a form a field that may be left out may be null, too. The rules in a model's `json_schema_extra` are
    for forms: an answer may show a record that is older than the rule.

    The docstrings under a model's fields, and its bases', are the fields' descriptions. Pydantic can do so itself when
    a class is made, but reads its source for that: 50 ms of every cold start, for a document that is needed once a day.
    They go into the schemas, not into the models: a model that was built with another one inside would not see a change
    of that one.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        """The schema of a model, with what stands under its fields."""
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        properties = described.get("properties", {})
        for name, text in field_docs(model).items():
            properties[model.model_fields[name].alias or name]["description"] = text
        if self.mode == "serialization":
            described.pop("allOf", None)
        else:
            described["properties"] = {name: _narrowed(each) for name, each in properties.items()}
        return described

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """An answer never has a null."""
        if self.mode == "serialization":
            return self.generate_inner(schema["schema"])
        return super().nullable_schema(schema)

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """In a form, null is no default: the field is left out. An answer has no defaults at all."""
        described = super().default_schema(schema)
        if self.mode == "serialization" or described.get("default", "") is None:
            described.pop("default", None)
        return described

    def field_is_required(
        self, field: ModelField | DataclassField | TypedDictField, total: bool
    ) -> bool:  # as inherited
        """Of an answer everything but what may be None, which is left out."""
        if self.mode == "serialization":
            return not _may_be_none(field["schema"])
        return super().field_is_required(field, total)

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - as inherited
        """A title would repeat the field's name."""
        return False


def _may_be_none(schema: Any) -> bool:
    while schema["type"] != "nullable":
        if "schema" not in schema or schema["type"] in ("model", "list", "dict"):
            return False
        schema = schema["schema"]
    return True


_ABOUT = frozenset({"anyOf", "default", "description", "examples"})


def _narrowed(field: JsonSchemaValue) -> JsonSchemaValue:
    """With what limits a field's value in the branch of the value, not beside that of null."""
    match field:
        case {"anyOf": [{"type": str()} as value, {"type": "null"}]}:
            limits = {name: each for name, each in field.items() if name not in _ABOUT}
            about = {name: each for name, each in field.items() if name in _ABOUT - {"anyOf"}}
            return {"anyOf": [{**value, **limits}, {"type": "null"}], **about}
    return field


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings under a model's fields, those of its bases included."""
    docs: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__.startswith("chalicelib."):
            docs |= _docs_in(each.__module__).get(each.__name__, {})
    return docs


@cache
def _docs_in(module: str) -> dict[str, dict[str, str]]:
    """The docstrings under the fields of a module's classes, by class and field."""
    docs: dict[str, dict[str, str]] = {}
    source = ast.parse(inspect.getsource(import_module(module)))
    for each in (each for each in source.body if isinstance(each, ast.ClassDef)):
        for field, text in pairwise(each.body):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                docs.setdefault(each.name, {})[field.target.id] = inspect.cleandoc(str(text.value.value))
    return docs
