"""Staff find passes without a code: by plate, phone or document, a whole vehicle, a whole declaration."""

from pydantic import ValidationError

from chalicelib import wiring
from chalicelib.handlers.gate import answers
from chalicelib.http.auth import STAFF_ERRORS
from chalicelib.http.routes import Answer, Call, parameter, refusal_of, serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.gate.errors import ExactlyOneNeeded, PersonalNumberInUrl
from chalicelib.models.gate.searches import SearchForm
from chalicelib.models.staff.staff import SEE_HEALTH, SEE_PERSONS
from chalicelib.observability import audit, note
from chalicelib.services.gate import searches
from chalicelib.wiring.entry import entries
from chalicelib.wiring.gate import finder
from chalicelib.wiring.policy import in_force

_PERSONAL = ("phone", "identity")
_BY_PLATE = ("plate_country", "plate")

_PLATE = parameter("query", "plate", "A plate as people write it.", "70A-123.45", maxLength=20)
_PLATE_COUNTRY = parameter("query", "plate_country", "ISO 3166-1 alpha-2: where the plate is from.", default="VN")
_CODE = parameter(
    "query",
    "code",
    "The code of any pass of a declaration, or the 13 characters that all its codes begin with.",
    "0000-0000-0000-0000",
)


@serve(
    "POST",
    "/v1/checkpoint/search",
    summary="Find passes by plate, phone or document",
    tag="checkpoint",
    body=SearchForm,
    answer=answers.FoundPasses,
    roles=SEE_PERSONS,
    errors=STAFF_ERRORS,
)
def search_passes(call: Call) -> Answer:
    """Passes that have not expired, the newest first; `complete` says whether these are all. A declaration is found a
    moment after it was answered. Every search is audited, whatever it finds, without what was asked for."""
    return _found(call, call.body)


@serve(
    "GET",
    "/v1/checkpoint/search",
    summary="Find passes by plate",
    tag="checkpoint",
    answer=answers.FoundPasses,
    roles=SEE_PERSONS,
    errors=(*STAFF_ERRORS, errors.InvalidInput, ExactlyOneNeeded, PersonalNumberInUrl),
    parameters=(_PLATE, _PLATE_COUNTRY),
)
def search_passes_by_plate(call: Call) -> Answer:
    """The same for a plate. Phone and identity numbers do not belong in a URL, and are refused here."""
    _refuse_personal_numbers(call)
    if "plate" not in call.query:
        raise ExactlyOneNeeded(names="plate")
    return _found(call, _by_plate(call))


@serve(
    "GET",
    "/v1/checkpoint/manifest",
    summary="Everyone of a vehicle or a declaration",
    tag="checkpoint",
    answer=answers.Manifest,
    roles=SEE_PERSONS,
    errors=(
        *STAFF_ERRORS,
        errors.InvalidInput,
        ExactlyOneNeeded,
        PersonalNumberInUrl,
        CodeMistyped,
        PassUnknown,
    ),
    parameters=(_PLATE, _PLATE_COUNTRY, _CODE),
)
def get_manifest(call: Call) -> Answer:
    """One call for a full bus, whether it is one declaration or one for each seat: all passes, expired ones included,
    by declaration and person. By `plate`, those declarations whose expected arrival is not over by more than a pass's
    lifetime. Every look is audited, whatever it finds."""
    _refuse_personal_numbers(call)
    if ("plate" in call.query) == ("code" in call.query):
        raise ExactlyOneNeeded(names="plate, code")
    if "plate" in call.query:
        passes = searches.manifest_of_vehicle(_by_plate(call), finder=finder())
    else:
        passes = searches.manifest_of_declaration(call.query["code"], records=entries(), clock=wiring.clock)
    by = "plate" if "plate" in call.query else "code"
    _audit(call, passes, action="look up manifest", why=f"manifest by {by}")
    return Answer(answers.manifest(passes, _policy_of(call), call.language))


def _found(call: Call, form: SearchForm) -> Answer:
    passes = searches.search(form, finder=finder())
    (by,) = (name for name in ("plate", *_PERSONAL) if getattr(form, name) is not None)
    _audit(call, passes, action="search passes", why=f"search by {by}")
    found = answers.found(passes, _policy_of(call), call.language)
    return Answer(answers.FoundPasses(complete=passes.complete, passes=found))


def _policy_of(call: Call) -> answers.PolicyOf | None:
    return in_force().policy if call.principal.may(SEE_HEALTH) else None


def _refuse_personal_numbers(call: Call) -> None:
    if any(name in call.query for name in _PERSONAL):
        raise PersonalNumberInUrl


def _by_plate(call: Call) -> SearchForm:
    try:
        return SearchForm.model_validate({name: call.query[name] for name in _BY_PLATE if name in call.query})
    except ValidationError as error:
        raise refusal_of(error) from None


def _audit(call: Call, found: searches.FoundPasses, *, action: str, why: str) -> None:
    note(found=len(found.passes))
    audit(call.principal, action=action, codes=[str(each.code) for each in found.passes], why=why)
