"""The JSON schemas of the OpenAPI document: of models, described by what stands under their fields, and of problems."""

import ast
import inspect
from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from chalicelib.http.problems import error_words

REFERENCE = "#/components/schemas/{model}"
"""Where the document has a model's schema."""

_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. `code` is stable (`x-codes` lists all); words are in the language of Accept-Language.",
    "required": ["type", "title", "status", "code", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string", "description": "What is wrong, and what to do now."},
        "instance": {"type": "string", "description": "`urn:request:` and the id of the header X-Request-Id."},
        "errors": {
            "type": "array",
            "description": "With `invalid_input` and the codes of fields: every field that cannot be accepted.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
        "crossing": {"description": "With `crossing_already_recorded`: what stands on record."},
        "revocation": {"description": "With `pass_already_revoked`: what stands on record."},
        "settlement": {"description": "With `conflict_settled`: what stands on record."},
        "lines": {
            "type": "array",
            "description": "With `group_refused`: everyone who stands in the way.",
            "items": {
                "type": "object",
                "required": ["code", "problem"],
                "properties": {
                    "code": {"type": "string", "description": "The pass's, as people see it."},
                    "problem": {"type": "object", "description": "Why: `title`, `status`, `code`, `detail` and so on."},
                },
            },
        },
        "in_force": {"type": "string", "description": "With `policy_changed`: the version of the policy in force."},
    },
}


def problem_schema() -> dict[str, Any]:
    """Of every error: with all codes there are, those of fields included, and their titles."""
    titles = {code: each["title"]["en"] for code, each in sorted(error_words().items())}
    return _PROBLEM_SCHEMA | {"x-codes": titles}


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
    """The docstrings under a model's fields, and its bases', are the fields' descriptions.

    Pydantic can do so itself when a class is made, but reads its source for that: 50 ms of every cold start, for a
    document that is asked for once a day. They are put into the schemas, not into the models: a model that was built
    with another one inside would keep that one as it was.
    """

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        for name, text in field_docs(model).items():
            described["properties"][model.model_fields[name].alias or name]["description"] = text
        return described


def field_docs(model: type[BaseModel]) -> dict[str, str]:
    """What stands under a model's fields; what stands under a base's where the model says nothing else."""
    docs: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if each.__module__.startswith("chalicelib."):
            docs |= _docs_in(each.__module__).get(each.__name__, {})
    return docs


@cache
def _docs_in(module: str) -> dict[str, dict[str, str]]:
    """What stands under the fields of a module's classes, by class and field."""
    docs: dict[str, dict[str, str]] = {}
    source = ast.parse(inspect.getsource(import_module(module)))
    for each in (each for each in source.body if isinstance(each, ast.ClassDef)):
        for field, text in pairwise(each.body):
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            if isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                docs.setdefault(each.name, {})[field.target.id] = inspect.cleandoc(str(text.value.value))
    return docs
