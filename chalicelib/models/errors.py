"""What can go wrong, each with its stable `code`.

The words a person reads for a code, and its HTTP status, are data: `chalicelib/data/words`, a file for each capability.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

if TYPE_CHECKING:
    from pydantic import BaseModel

MOST_PROBLEMS = 100
"""Fields that one answer names: enough to correct by, and nonsense is not answered by a hundred times its size."""


class DomainError(Exception):
    """Something the caller can act on. `code` is stable; `params` fill the placeholders of its words.

    The edge writes parameters as people do: moments, durations, decimals, `Choices`, `ByLanguage`.

    `members` are beside the words in the answer (RFC 9457, extension members). Errors and `FieldProblem`s among them
    are answered in words too. `member_schemas` is their JSON schema, each with a description, for the API's document;
    a member of `member_models` has the schema of that model.
    """

    code: ClassVar[str]
    member_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    member_models: ClassVar[Mapping[str, "type[BaseModel]"]] = {}
    members: Mapping[str, Any] = {}

    def __init__(self, **params: object) -> None:
        super().__init__(self.code)
        self.params = params


class Misconfigured(Exception):
    """Something an operator did or left undone. Its text says what to do, has no person's data, and is logged."""


class Choices(NamedTuple):
    """Several ids of one kind, such as roles. People read their labels, joined with "or"."""

    kind: str
    """A kind of values in `data/labels.json`, or `fields`."""
    ids: Sequence[str]


class ByLanguage(NamedTuple):
    """A name that is data, such as a checkpoint's."""

    vi: str
    en: str
    km: str | None = None
    zh: str | None = None


class FieldProblem(NamedTuple):
    """One field that cannot be accepted.

    `pointer` is a JSON pointer (RFC 6901) into the request's body; `code` is stable, like an error's; `params` fill the
    placeholders of its words, beside `{field}`; `members` are for apps and their developers.
    """

    pointer: str
    code: str
    params: Mapping[str, object] = MappingProxyType({})
    members: Mapping[str, str] = MappingProxyType({})


class InvalidInput(DomainError):
    """The body, or the query, was understood and some fields cannot be accepted. The code is the same however many."""

    code = "invalid_input"
    member_schemas = {
        "errors": {
            "type": "array",
            "description": "every field that cannot be accepted, 100 at most.",
            "items": {"$ref": "#/components/schemas/FieldProblem"},
        }
    }

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__()
        self.problems = tuple(problems)
        self.members = {"errors": self.problems[:MOST_PROBLEMS]}


class BodyTooLarge(DomainError):
    code = "body_too_large"


class BodyNotUtf8(DomainError):
    code = "body_not_utf8"


class BodyNotJson(DomainError):
    code = "body_not_json"
    member_schemas = {"reason": {"type": "string", "description": "where and why it is not JSON, in English."}}

    def __init__(self, reason: str) -> None:
        super().__init__()
        self.members = {"reason": reason}


class MemberRepeated(DomainError):
    """An object of the body has a member twice: nobody can know which one is meant."""

    code = "member_repeated"


class UnsupportedContentType(DomainError):
    code = "unsupported_content_type"


class UnsupportedContentEncoding(DomainError):
    """The body is compressed."""

    code = "unsupported_content_encoding"


class ServiceUnavailable(DomainError):
    """Something we depend on did not answer; nothing was done, the same request may be sent again."""

    code = "service_unavailable"


class Maintenance(DomainError):
    """Writes rest for a while; gates can still check passes."""

    code = "maintenance"

    def __init__(self) -> None:
        super().__init__(wait=timedelta(minutes=5))


class NotFound(DomainError):
    code = "not_found"


class Unexpected(DomainError):
    """A fault of ours. `request_id` is in its words: nobody at a gate sees a header."""

    code = "internal_error"
