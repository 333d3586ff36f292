"""Staff find passes without their code: by plate, phone or document; all of a vehicle or of a declaration."""

from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, ValidationError, model_validator

from chalicelib import wiring
from chalicelib.handlers.gate import answers
from chalicelib.http.answers import Answer
from chalicelib.http.problems import refusal_of
from chalicelib.http.queries import Digits, PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.gate.errors import ExactlyOneNeeded, PersonalNumberInUrl
from chalicelib.models.gate.searches import MOST_PASSES, SearchForm
from chalicelib.models.people.plates import AS_SENT
from chalicelib.models.staff.roles import SEE_PERSONS
from chalicelib.observability import audit, note
from chalicelib.services.gate import searches
from chalicelib.wiring.entry import entries
from chalicelib.wiring.gate import finder
from chalicelib.wiring.policy import in_force
from chalicelib.wiring.staff import sees_health

_PERSONAL = ("phone", "identity")


class PlateQuery(PageQuery):
    """A plate, and no number of a person: logs and histories keep URLs."""

    model_config = ConfigDict(json_schema_extra={"required": ["plate"]})

    # Exactly one of these is needed.
    either: ClassVar[tuple[str, ...]] = ("plate",)

    plate: str | None = Field(None, examples=["70A-123.45"], json_schema_extra={"maxLength": 20, "pattern": AS_SENT})
    """A plate as people write it."""
    plate_country: str = Field("VN", json_schema_extra={"pattern": "^[A-Z]{2}$"})
    """ISO 3166-1 alpha-2: where the plate is from."""
    limit: Annotated[int, Field(ge=1, le=MOST_PASSES), Digits] = MOST_PASSES
    """The most passes that are wanted."""

    @model_validator(mode="before")
    @classmethod
    def _is_one_question(cls, given: dict[str, str]) -> dict[str, str]:
        if any(name in given for name in _PERSONAL):
            raise PersonalNumberInUrl
        if sum(name in given for name in cls.either) != 1:
            raise ExactlyOneNeeded(names=errors.Choices("fields", cls.either))
        return given

    def form(self) -> SearchForm:
        """The same question as the form of `POST /v1/checkpoint/search`, which reads plates."""
        try:
            return SearchForm(plate=self.plate, plate_country=self.plate_country, limit=self.limit, cursor=self.cursor)
        except ValidationError as error:
            raise refusal_of(error) from None


class ManifestQuery(PlateQuery):
    """A plate, or a code: exactly one of them."""

    # Exactly one: OpenAPI cannot say so.
    model_config = ConfigDict(json_schema_extra={"required": []})

    either = ("plate", "code")

    # No example: one of the plate and the code is sent, and the plate has one.
    code: str | None = None
    """The code of any pass of a declaration, or the 13 characters that all its codes begin with."""


@serve(
    "POST",
    "/v1/checkpoint/search",
    summary="Find passes by plate, phone or document",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
)
def search_passes(call: Call[SearchForm]) -> Answer[answers.FoundPasses]:
    """Passes that have not expired, by origin, then the newest first. If they are not `complete`, ask the same question
    with the `cursor` for the next ones; those whose origin is known are on the first pages. A new declaration is found
    after a moment. Every page is audited, whatever it has, but not what was searched for."""
    return _found(call, call.body)


@serve(
    "GET",
    "/v1/checkpoint/search",
    summary="Find passes by plate",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(errors.InvalidInput, ExactlyOneNeeded, PersonalNumberInUrl),
)
def search_passes_by_plate(call: Call[None, PlateQuery]) -> Answer[answers.FoundPasses]:
    """The same for a plate. Phone and identity numbers do not belong in a URL, and are refused here."""
    return _found(call, call.query.form())


@serve(
    "GET",
    "/v1/checkpoint/manifest",
    summary="Everyone of a vehicle or a declaration",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(errors.InvalidInput, ExactlyOneNeeded, PersonalNumberInUrl, CodeMistyped, PassUnknown),
)
def get_manifest(call: Call[None, ManifestQuery]) -> Answer[answers.Manifest]:
    """One call for a full bus, whether it is one declaration or one for each seat: all passes, expired ones included,
    by origin, declaration and person. By `plate`: declarations whose expected arrival is at most a pass's lifetime ago,
    and passes that still hold, page by page, as a search; by `code` there is one page. Every page is audited, whatever
    it has."""
    if call.query.code is not None:
        passes = searches.manifest_of_declaration(call.query.code, records=entries(), clock=wiring.clock)
    else:
        passes = searches.manifest_of_vehicle(call.query.form(), finder=finder())
    by = "plate" if call.query.code is None else "code"
    _audit(call, passes, action="look up manifest", why=f"manifest by {by}")
    return Answer(answers.manifest(passes, _policy_of(call, passes), call.language), language=call.language)


def _found(call: AnyCall, form: SearchForm) -> Answer[answers.FoundPasses]:
    passes = searches.search(form, finder=finder())
    (by,) = (name for name in ("plate", *_PERSONAL) if getattr(form, name) is not None)
    _audit(call, passes, action="search passes", why=f"search by {by}")
    found = answers.found(passes, _policy_of(call, passes), call.language)
    shape = answers.FoundPasses(complete=passes.complete, cursor=passes.cursor, passes=found)
    return Answer(shape, language=call.language)


def _policy_of(call: AnyCall, found: searches.FoundPasses) -> answers.PolicyOf | None:
    return in_force().policy if found.passes and sees_health(call.principal) else None


def _audit(call: AnyCall, found: searches.FoundPasses, *, action: str, why: str) -> None:
    note(found=len(found.passes))
    audit(call.principal, action=action, codes=[str(each.code) for each in found.passes], why=why)
