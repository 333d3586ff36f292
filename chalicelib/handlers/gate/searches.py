"""Staff find passes without a code: by plate, phone or document, a whole vehicle, a whole declaration."""

from pydantic import ValidationError

from chalicelib import wiring
from chalicelib.handlers.gate import answers as shapes
from chalicelib.http.answers import Answer
from chalicelib.http.auth import STAFF_ERRORS
from chalicelib.http.problems import refusal_of
from chalicelib.http.requests import Call
from chalicelib.http.routes import parameter, serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.gate.errors import ExactlyOneNeeded, PersonalNumberInUrl
from chalicelib.models.gate.searches import SearchForm
from chalicelib.models.staff.staff import SEE_HEALTH, SEE_PERSONS
from chalicelib.observability import audit, note
from chalicelib.services.gate import searches
from chalicelib.services.gate.checks import Found
from chalicelib.services.gate.searches import Passes
from chalicelib.settings import settings
from chalicelib.wiring.entry import entries
from chalicelib.wiring.policy import references
from chalicelib.wiring.tracing import exposures

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
    answer=shapes.FoundPasses,
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
    answer=shapes.FoundPasses,
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
    answer=shapes.Manifest,
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
        passes = searches.manifest_of_vehicle(
            _by_plate(call),
            lifetime=settings().pass_lifetime,
            entries=entries(),
            exposures=exposures(),
            keyed_hash=wiring.keyed_hash(),
            clock=wiring.clock,
        )
    else:
        passes = searches.manifest_of_declaration(call.query["code"], entries=entries(), clock=wiring.clock)
    by = "plate" if "plate" in call.query else "code"
    _audit(call, passes.found, action="look up manifest", why=f"manifest by {by}")
    return Answer(
        shapes.manifest(
            passes.found,
            references().policy,
            complete=passes.complete,
            with_health=call.principal.may(SEE_HEALTH),
            language=call.language,
        )
    )


def passes_by(call: Call, form: SearchForm, *, action: str) -> Passes:
    """Search, and leave the audit line."""
    passes = searches.search(
        form,
        lifetime=settings().pass_lifetime,
        entries=entries(),
        exposures=exposures(),
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )
    (by,) = (name for name in ("plate", *_PERSONAL) if getattr(form, name) is not None)
    _audit(call, passes.found, action=action, why=f"search by {by}")
    return passes


def _found(call: Call, form: SearchForm) -> Answer:
    passes = passes_by(call, form, action="search passes")
    found = shapes.found(
        passes.found,
        references().policy,
        with_health=call.principal.may(SEE_HEALTH),
        language=call.language,
    )
    return Answer(shapes.FoundPasses(complete=passes.complete, passes=found))


def _refuse_personal_numbers(call: Call) -> None:
    if any(name in call.query for name in _PERSONAL):
        raise PersonalNumberInUrl


def _by_plate(call: Call) -> SearchForm:
    try:
        return SearchForm.model_validate({name: call.query[name] for name in _BY_PLATE if name in call.query})
    except ValidationError as error:
        raise refusal_of(error) from None


def _audit(call: Call, found: list[Found], *, action: str, why: str) -> None:
    note(found=len(found))
    audit(call.principal, action=action, codes=[str(each.code) for each in found], why=why)
