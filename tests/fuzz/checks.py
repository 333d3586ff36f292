"""Our own check, which Schemathesis loads: what the document allows is refused for its meaning alone.

Schemathesis' own one wants every such request to be accepted. No schema can say that a code has a pass, that a unit is
on a list or that an arrival is near; but length, form, choice and "exactly one of" it can say.
"""

from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

from chalicelib.models.fields import visible

SAID_BY_SCHEMAS = frozenset(
    {
        "birth_ambiguous",
        "checkpoint_id_malformed",
        "exactly_one_needed",
        "field_invalid",
        "field_missing",
        "list_too_long",
        "list_too_short",
        "number_too_high",
        "number_too_low",
        "picture_size_invalid",
        "place_ambiguous",
        "plate_missing",
        "policy_precondition_missing",
        "reason_missing",
        "temperature_out_of_range",
        "text_too_long",
        "text_too_short",
        "told_by_certificate",
        "too_many_companions",
        "trusted_key_ambiguous",
        "unknown_field",
        "unknown_list_version",
        "vaccination_date_does_not_fit",
        "value_not_listed",
        "wrong_type",
    }
)
"""Codes that a request which fits the document never gets. Two are none of them: no schema says how many different
characters a text has (`idempotency_key_malformed`), and patterns name characters of the first plane alone
(`text_not_printable`)."""

ONE_OF_SEVERAL_PARAMETERS = frozenset({("GET", "/v1/checkpoint/manifest", "exactly_one_needed")})
"""OpenAPI cannot say that exactly one of several parameters is needed."""


@schemathesis.check
def what_fits_the_document_is_refused_for_its_meaning_alone(
    ctx: CheckContext, response: Response, case: "Case[Any]"
) -> None:
    if case.meta is None or not case.meta.generation.mode.is_positive or not 400 <= response.status_code < 500:
        return
    problem = response.json()
    errors = [each for each in problem.get("errors", []) if not _is_blank(each, case.body)]
    codes = {problem["code"], *(each["code"] for each in errors)}
    allowed = {code for method, path, code in ONE_OF_SEVERAL_PARAMETERS if (method, path) == (case.method, case.path)}
    wrong = codes & SAID_BY_SCHEMAS - allowed
    assert not wrong, f"the document allows what is refused as {sorted(wrong)}"


def _is_blank(error: Any, body: Any) -> bool:
    """Whether a text is refused because nothing of it can be seen: no pattern names all blanks and invisible signs."""
    if error["code"] != "field_missing":
        return False
    for part in error["pointer"].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        body = body[int(name)] if isinstance(body, list) else body.get(name) if isinstance(body, dict) else None
    return isinstance(body, str) and body != "" and not visible(body).strip()
