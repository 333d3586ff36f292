"""What can go wrong, each with its stable `code`.

The words a person reads for a code, and its HTTP status, are data: `chalicelib/data/words`, a file for each capability.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

MOST_PROBLEMS = 100
"""Fields that one answer names: enough to correct by, and nonsense is not answered by a hundred times its size."""


class DomainError(Exception):
    """Something the caller can act on. `code` is stable; `params` fill the placeholders of its words.

    `members` are beside the words in the answer (RFC 9457, extension members). Errors and `FieldProblem`s among them
    are answered in words too. `member_schemas` is their JSON schema, each with a description, for the API's document.
    """

    code: ClassVar[str]
    member_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    members: Mapping[str, Any] = {}

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params


class Misconfigured(Exception):
    """Something an operator did or left undone. Its text says what to do, has no person's data, and is logged."""


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that cannot be accepted.

    `pointer` is a JSON pointer (RFC 6901) into the request's body; `code` is stable, like an error's.
    """

    pointer: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class InvalidInput(DomainError):
    """The body was understood and some fields cannot be accepted."""

    code = "invalid_input"
    member_schemas = {
        "errors": {
            "type": "array",
            "description": "every field that cannot be accepted. If all have the same code, `code` is that one.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) into the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        }
    }

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(count=len(problems))
        self.problems = tuple(problems)
        self.members = {"errors": self.problems[:MOST_PROBLEMS]}


class BodyTooLarge(DomainError):
    code = "body_too_large"


class BodyNotUtf8(DomainError):
    code = "body_not_utf8"


class BodyNotJson(DomainError):
    code = "body_not_json"


class UnsupportedContentType(DomainError):
    code = "unsupported_content_type"


class ServiceUnavailable(DomainError):
    """Something we depend on did not answer; nothing was done, the same request may be sent again."""

    code = "service_unavailable"


class Maintenance(DomainError):
    """Writes rest for a while; gates can still check passes."""

    code = "maintenance"

    def __init__(self) -> None:
        super().__init__(seconds=300)


class NotFound(DomainError):
    code = "not_found"


class Unexpected(DomainError):
    """A fault of ours."""

    code = "internal_error"
