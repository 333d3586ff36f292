"""Staff find passes without their code: by plate, phone or document; all of a vehicle or of a declaration."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, ValidationError, model_validator

from chalicelib import wiring
from chalicelib.handlers.gate import found_passes
from chalicelib.handlers.gate.answers import PolicyOf
from chalicelib.http.answers import Answer
from chalicelib.http.problems import refusal_of
from chalicelib.http.queries import Digits, PageQuery
from chalicelib.http.requests import AnyCall, Call
from chalicelib.http.routes import serve
from chalicelib.models import errors
from chalicelib.models.entry.errors import CodeMistyped, PassUnknown
from chalicelib.models.gate.errors import ExactlyOneNeeded, PersonalNumberInUrl
from chalicelib.models.gate.searches import MOST_PASSES, SearchForm
from chalicelib.models.partners.errors import ManifestUnknown
from chalicelib.models.partners.manifests import FoundBy, ManifestRecord
from chalicelib.models.people.plates import AS_SENT
from chalicelib.models.staff.roles import SEE_PERSONS
from chalicelib.observability import audit, note
from chalicelib.services.gate import searches
from chalicelib.services.partners.manifests import manifest_of_bus
from chalicelib.wiring.entry import entries
from chalicelib.wiring.gate import finder
from chalicelib.wiring.partners import manifests
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
    """A plate, a code, or the number of a bus service: exactly one of them."""

    # Exactly one: OpenAPI cannot say so.
    model_config = ConfigDict(json_schema_extra={"required": []})

    either = ("plate", "code", "service_number")

    # No examples: one of the three is sent, and the plate has one.
    code: str | None = None
    """The code of any pass of a declaration, or the 13 characters that all its codes begin with."""
    service_number: str | None = Field(None, max_length=20)
    """The number of a bus service whose company has sent its passengers: the same as its plate."""


@serve(
    "POST",
    "/v1/checkpoint/search",
    summary="Find passes by plate, phone or document",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
)
def search_passes(call: Call[SearchForm]) -> Answer[found_passes.FoundPasses]:
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
def search_passes_by_plate(call: Call[None, PlateQuery]) -> Answer[found_passes.FoundPasses]:
    """The same for a plate. Phone and identity numbers do not belong in a URL, and are refused here."""
    return _found(call, call.query.form())


@serve(
    "GET",
    "/v1/checkpoint/manifest",
    summary="Everyone of a vehicle or a declaration",
    tag="checkpoint",
    roles=SEE_PERSONS,
    looks=True,
    errors=(errors.InvalidInput, ExactlyOneNeeded, PersonalNumberInUrl, CodeMistyped, PassUnknown, ManifestUnknown),
)
def get_manifest(call: Call[None, ManifestQuery]) -> Answer[found_passes.Manifest]:
    """One call for a full bus, whether it is one declaration or one for each seat: all passes, expired ones included,
    by origin, declaration and person. By `plate` or `service_number`: declarations whose expected arrival is at most a
    pass's lifetime ago, and passes that still hold, page by page, as a search; by `code` there is one page. If the
    bus's company has sent its passengers, the first page has them in `bus`: which seats are confirmed, and who must be
    asked at the gate. Every page is audited, whatever it has."""
    query = call.query
    bus = None
    if query.code is not None:
        passes = searches.manifest_of_declaration(query.code, records=entries(), clock=wiring.clock)
    else:
        form, bus = _vehicle(query)
        passes = searches.manifest_of_vehicle(form, finder=finder())
    (by,) = (each for each in query.either if getattr(query, each) is not None)
    # The list of a bus names those who have no pass: its id leads to them.
    more = [bus.manifest.id, *(each.code for each in bus.confirmed.values())] if bus else []
    _audit(call, passes, action="look up manifest", why=f"manifest by {by}", more=more)
    return Answer(found_passes.manifest(passes, _policy_of(call, passes), call.language, bus), language=call.language)


def _vehicle(query: ManifestQuery) -> tuple[SearchForm, ManifestRecord | None]:
    """The question about a vehicle's passes, and what its company has sent; that only for the first page of a plate."""
    if query.service_number is None:
        form = query.form()
        known = _bus_of(FoundBy.PLATE, form.plate or "") if form.cursor is None else None
        return form, known
    bus = _bus_of(FoundBy.SERVICE, query.service_number)
    if bus is None:
        raise ManifestUnknown
    sent = bus.manifest.form
    form = SearchForm(plate=sent.plate, plate_country=sent.plate_country, limit=query.limit, cursor=query.cursor)
    return form, bus if form.cursor is None else None


def _bus_of(by: FoundBy, text: str) -> ManifestRecord | None:
    return manifest_of_bus(by, text, manifests=manifests(), keyed_hash=wiring.keyed_hash(), clock=wiring.clock)


def _found(call: AnyCall, form: SearchForm) -> Answer[found_passes.FoundPasses]:
    passes = searches.search(form, finder=finder())
    (by,) = (name for name in ("plate", *_PERSONAL) if getattr(form, name) is not None)
    _audit(call, passes, action="search passes", why=f"search by {by}")
    found = found_passes.found(passes, _policy_of(call, passes), call.language)
    shape = found_passes.FoundPasses(complete=passes.complete, cursor=passes.cursor, passes=found)
    return Answer(shape, language=call.language)


def _policy_of(call: AnyCall, found: searches.FoundPasses) -> PolicyOf | None:
    return in_force().policy if found.passes and sees_health(call.principal) else None


def _audit(call: AnyCall, found: searches.FoundPasses, *, action: str, why: str, more: Sequence[str] = ()) -> None:
    note(found=len(found.passes))
    codes = [str(each.code) for each in found.passes]
    audit(call.principal, action=action, codes=list(dict.fromkeys([*codes, *more])), why=why)
