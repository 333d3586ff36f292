"""What views answer, and the responses made from it."""

import base64
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, TypeVar

from chalice.app import Response
from pydantic import BaseModel

from chalicelib.models.records import SHOWN

JSON = "application/json"

Headers = dict[str, str | list[str]]


Body_co = TypeVar("Body_co", bound=BaseModel | str | bytes, covariant=True)


class Answer(NamedTuple, Generic[Body_co]):
    """What a view answers: a model, text, or bytes."""

    body: Body_co
    headers: Mapping[str, str] = MappingProxyType({})
    content_type: str = JSON
    content: str | bytes | None = None
    """The body as it is sent, if it has been written already."""
    language: str | None = None
    """That of its words, which the request chose. None for an answer that is the same in all languages."""


class Text(Response):
    """A response whose headers have one value each. Chalice's own looks for a second value in each header, at each
    request."""

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:  # noqa: ARG002 - as inherited
        return {
            "headers": self.headers,
            "multiValueHeaders": {},
            "statusCode": self.status_code,
            "body": self.body,
        }


class Bytes(Text):
    """A response whose body is bytes, whatever the request's Accept header says.

    Chalice refuses a binary answer to a request that does not name its type, and browsers do not name image types
    first (https://github.com/aws/chalice/issues/1096); the gateway is set to pass everything through.
    """

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        encoded = base64.b64encode(self.body).decode("ascii")
        return {**super().to_dict(binary_types), "body": encoded, "isBase64Encoded": True}


def replayed(repeated: bool) -> dict[str, str]:
    """The header of an answer to a request that was sent again: what it asks for was done before, and is not done
    twice."""
    return {"Idempotent-Replayed": "true"} if repeated else {}


def cached(answer: Answer[Body_co], seconds: int, *, by: str = "public", varies: Sequence[str] = ()) -> Answer[Body_co]:
    """The answer with an ETag and a lifetime, for shared caches or (`by="private"`) for the client's own.

    `varies` are headers of the request that the answer depends on, beside the language.
    """
    content = _content(answer)
    headers = {"ETag": etag_of(content), "Cache-Control": f"{by}, max-age={seconds}"}
    if varies:
        headers["Vary"] = ", ".join(varies)
    return answer._replace(headers={**answer.headers, **headers}, content=content)


def etag_of(content: str | bytes) -> str:
    """A strong ETag (RFC 9110, 8.8.3) of the content."""
    raw = content.encode() if isinstance(content, str) else content
    return f'"{sha256(raw).hexdigest()[:32]}"'


def response_of(answer: Answer[Any], status: int, known_etags: str | None) -> Response:
    """The response; 304 if the answer's ETag is among those that the client has, as If-None-Match lists them.

    `known_etags` is None where the answer is never a 304.
    """
    headers: Headers = {"Content-Type": answer.content_type, **answer.headers}
    if answer.language is not None:
        varies = ["Accept-Language", *filter(None, [answer.headers.get("Vary")])]
        headers |= {"Content-Language": answer.language, "Vary": ", ".join(varies)}
    etag = answer.headers.get("ETag")
    if known_etags and etag:
        known = [each.strip() for each in known_etags.split(",")]
        match = next((each for each in known if each in (etag, f"W/{etag}", "*")), None)
        if match:
            # As the client wrote it, so that a cache finds what it holds.
            headers["ETag"] = match.replace("*", etag)
            return Response("", headers, HTTPStatus.NOT_MODIFIED)
    content = _content(answer)
    return Bytes(content, headers, status) if isinstance(content, bytes) else Text(content, headers, status)


def _content(answer: Answer[BaseModel | str | bytes]) -> str | bytes:
    if answer.content is not None:
        return answer.content
    return (
        answer.body.model_dump_json(exclude_none=True, context=SHOWN)
        if isinstance(answer.body, BaseModel)
        else answer.body
    )
