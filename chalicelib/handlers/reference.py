"""Lists for forms, keys to verify passes without network, and whether the service is well."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from chalicelib import wiring
from chalicelib.data import read_text
from chalicelib.http.answers import Answer, cached
from chalicelib.http.queries import Digits, Query
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import Shape
from chalicelib.http.wording import labels_of
from chalicelib.models import errors
from chalicelib.models.entry.pass_keys import PublicKey
from chalicelib.models.people.administrative_units import LIST_VERSION_AS_SENT, LIST_VERSIONS, children, exists, units
from chalicelib.models.people.consents import ConsentText, consent_texts
from chalicelib.models.people.errors import UnknownListVersion, UnknownUnit
from chalicelib.models.people.health import Symptom
from chalicelib.models.people.languages import Words
from chalicelib.models.people.province import province
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.settings import settings
from chalicelib.wiring.entry import published_keys
from chalicelib.wiring.policy import in_force

_KEYS_FRESH_FOR = 300
_LISTS_FRESH_FOR = 86_400
_CHECKPOINTS_FRESH_FOR = 60
"""Seconds."""


class PublicKeys(Shape):
    """A JWK set (RFC 7517)."""

    keys: list[PublicKey]
    """All keys that a token in force may be signed with, and the next one."""


class UnitsQuery(Query):
    """A unit in a version of the official list."""

    list_version: str | None = Field(None, examples=["2021"], json_schema_extra={"pattern": LIST_VERSION_AS_SENT})
    """A version of the official list; the province's by default."""
    parent: str = Field("", examples=["72"])
    """The unit whose parts are wanted; the provinces without it."""
    levels: Annotated[int, Field(ge=1, le=2), Digits] = 1
    """How far down: with 2 also the parts of its parts, as all districts and communes of a province."""


class AdministrativeUnit(Shape):
    """A province (2 digits), district (3) or commune (5)."""

    code: str
    """Its code: 2 digits for a province, 3 for a district, 5 for a commune."""
    name: str
    """Its name in Vietnamese."""
    parent: str | None = None
    """The code of the unit that it lies in; a province has none."""


class AdministrativeUnits(Shape):
    """The units in `parent`, or the provinces."""

    list_version: str
    """The version of the list."""
    parent: str | None = None
    """The unit that they lie in; left out for the provinces."""
    units: list[AdministrativeUnit]
    """In the order of their codes; with two levels the parts of each follow all units of the first."""


class Checkpoints(Shape):
    """All checkpoints of the province, closed ones too, by id."""

    checkpoints: list[Checkpoint]
    """By id."""


class ShownSymptom(Shape):
    """A symptom that the form asks for."""

    id: Symptom
    """The symptom, as the form has it."""
    label: Words
    """Its name for people."""
    svg: str = Field(examples=['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96"/>'])
    """A picture, for people who do not read: SVG, black on white, 96 by 96, without words. It loads nothing."""


class Symptoms(Shape):
    """All symptoms that the form asks for."""

    symptoms: list[ShownSymptom]
    """In the form's order."""


class ServiceHealth(Shape):
    """The function runs, and for which stage."""

    status: str
    """`ok`: the function runs."""
    stage: str
    """The stage's name."""
    sandbox: bool
    """Whether this is a sandbox: no text is sent, and no pass opens a gate."""
    time: datetime
    """The server's clock."""


@serve(
    "GET",
    "/v1/keys",
    summary="Public keys",
    tag="reference",
    etag=True,
    errors=(errors.ServiceUnavailable,),
)
def get_keys(_: Call) -> Answer[PublicKeys]:
    """A JWK set to verify tokens without network. A key is listed before it signs, and until the last pass
    it signed has ended."""
    return cached(Answer(PublicKeys(keys=published_keys())), _KEYS_FRESH_FOR)


@serve(
    "GET",
    "/v1/administrative-units",
    summary="Administrative units",
    tag="reference",
    etag=True,
    errors=(UnknownListVersion, UnknownUnit),
)
def list_administrative_units(call: Call[None, UnitsQuery]) -> Answer[AdministrativeUnits]:
    """The parts of one unit, so that a form loads only the lists that it shows. With `levels=2` one request has all
    communes of a province: enough for a form that searches them itself."""
    version, parent = call.query.list_version, call.query.parent
    if version is None:
        version = province(settings().province).units_list
    if version not in LIST_VERSIONS:
        raise UnknownListVersion(known=", ".join(LIST_VERSIONS))
    if parent and not exists(version, parent):
        raise UnknownUnit(unit=parent[:20], list_version=version)
    parts = children(version, parent)
    if call.query.levels == 2:
        above = {unit.code for unit in parts}
        parts += [unit for unit in units(version).values() if unit.parent in above]
    found = [AdministrativeUnit(code=unit.code, name=unit.name, parent=unit.parent or None) for unit in parts]
    return cached(
        Answer(AdministrativeUnits(list_version=version, parent=parent or None, units=found)),
        _LISTS_FRESH_FOR,
    )


@serve(
    "GET",
    "/v1/checkpoints",
    summary="Checkpoints",
    tag="reference",
    etag=True,
    errors=(errors.ServiceUnavailable,),
)
def list_checkpoints(_: Call) -> Answer[Checkpoints]:
    """All checkpoints of the province."""
    checkpoints = sorted(in_force().current().checkpoints.values(), key=lambda checkpoint: checkpoint.id)
    return cached(Answer(Checkpoints(checkpoints=checkpoints)), _CHECKPOINTS_FRESH_FOR)


@serve("GET", "/v1/symptoms", summary="Symptoms in words and pictures", tag="reference", etag=True)
def list_symptoms(_: Call) -> Answer[Symptoms]:
    """What a form shows for each symptom: its name in all languages, and a picture for those who do not read."""
    labels = labels_of("symptoms")
    symptoms = [
        ShownSymptom(id=each, label=Words(**labels[each]), svg=read_text("symptoms", f"{each}.svg").strip())
        for each in Symptom
    ]
    return cached(Answer(Symptoms(symptoms=symptoms)), _LISTS_FRESH_FOR)


@serve(
    "GET",
    "/v1/consent-text",
    summary="The text a traveller consents to",
    tag="reference",
    etag=True,
)
def get_consent_text(_: Call) -> Answer[ConsentText]:
    """The text in force, by language; its `version` goes into the declaration. Show a box, not ticked, for each
    purpose in `may_be_declined`: what the person chose is a member of the form's `consent`."""
    return cached(Answer(consent_texts(settings().province)[-1]), _LISTS_FRESH_FOR)


@serve("GET", "/v1/health", summary="Does the service run?", tag="reference")
def get_health(_: Call) -> Answer[ServiceHealth]:
    """Answers if the function runs with usable settings; asks no other system."""
    return Answer(ServiceHealth(status="ok", stage=settings().stage, sandbox=settings().sandbox, time=wiring.clock()))
