"""Queries: read by a model, and described by it."""

import pytest
from pydantic import Field

from chalicelib.handlers.entry.pictures import PictureQuery
from chalicelib.handlers.gate.searches import ManifestQuery, PlateQuery
from chalicelib.handlers.reference import UnitsQuery
from chalicelib.http.queries import Query
from chalicelib.http.routes import operations
from chalicelib.http.schemas import parameters_of
from chalicelib.models.entry.errors import PictureSizeInvalid
from chalicelib.models.errors import DomainError
from chalicelib.models.gate.errors import ExactlyOneNeeded, PersonalNumberInUrl
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.refused import fields_refused


class SeatsQuery(Query):
    seats: int = Field(ge=1, description="How many.")


def test_a_parameter_without_a_default_is_required() -> None:
    (seats,) = parameters_of(SeatsQuery)
    assert (seats["required"], seats["schema"]) == (True, {"type": "integer", "minimum": 1})


def test_a_parameter_is_described_by_its_field() -> None:
    version, parent, levels = parameters_of(UnitsQuery)
    assert version == {
        "name": "list_version",
        "in": "query",
        "required": False,
        "description": "A version of the official list; the province's by default.",
        "schema": {"type": "string", "pattern": "^(?:2021|2025)$"},
        "example": "2021",
    }
    assert parent["schema"] == {"type": "string", "default": ""}
    assert levels["schema"] == {"type": "integer", "minimum": 1, "maximum": 2, "default": 1}
    (size,) = parameters_of(PictureQuery)
    assert size["schema"] == {"type": "integer", "minimum": 80, "maximum": 1000, "default": 360}


@pytest.mark.parametrize("size", ["79", "1001", "00360", "360.0", "+360", " 360", "3_60", "٣٦٠", "", "big"])
def test_a_size_that_no_picture_has_is_refused(size: str) -> None:
    with pytest.raises(PictureSizeInvalid):
        PictureQuery.model_validate({"size": size})


def test_a_picture_has_a_usual_size() -> None:
    assert PictureQuery.model_validate({}).size == 360
    assert PictureQuery.model_validate({"size": "0080"}).size == 80


@pytest.mark.parametrize(
    ("query", "given", "error"),
    [
        (PlateQuery, {}, ExactlyOneNeeded),
        (PlateQuery, {"plate": "70A12345", "phone": "0912345678"}, PersonalNumberInUrl),
        (PlateQuery, {"identity": ""}, PersonalNumberInUrl),
        (ManifestQuery, {}, ExactlyOneNeeded),
        (ManifestQuery, {"plate": "70A12345", "code": "0000"}, ExactlyOneNeeded),
        (ManifestQuery, {"code": "0000", "phone": "0912345678"}, PersonalNumberInUrl),
    ],
)
def test_a_query_is_one_question_and_names_no_person(
    query: type[Query], given: dict[str, str], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        query.model_validate(given)


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        ("/v1/administrative-units?Parent=72", [("/Parent", "unknown_field")]),
        ("/v1/administrative-units?parent=72&parent=79", [("/parent", "parameter_repeated")]),
        ("/v1/administrative-units?parent=72&parent=72&extra=", [("/parent", "parameter_repeated")]),
        ("/v1/checkpoints?page=2", [("/page", "unknown_field")]),
        ("/v1/passes/0000-0000-0000-0000?lang=vi", [("/lang", "unknown_field")]),
    ],
)
def test_a_misspelt_or_repeated_parameter_is_refused_by_its_name(
    api: Api, path: str, refused: list[tuple[str, str]]
) -> None:
    assert fields_refused(api("GET", path)) == refused


def test_a_parameter_of_a_post_is_refused_too(api: Api, clock: Clock) -> None:
    answer = api("POST", "/v1/declarations?dry_run=true", form(clock()))
    assert fields_refused(answer) == [("/dry_run", "unknown_field")]


def test_a_page_for_people_opens_with_what_a_messenger_adds_to_its_link(api: Api) -> None:
    for path in ("/docs", "/docs/errors"):
        assert api("GET", f"{path}?utm_source=zalo").status_code == 200


def test_a_route_takes_what_its_view_s_signature_says(api: Api) -> None:
    (one,) = [each for each in operations() if each.view.__name__ == "get_pass_png"]
    assert (one.body, one.query, one.answer) == (None, PictureQuery, None)
    for each in operations():
        without_body = ("block_staff", "open_pass", "release_bulletin", "replay_webhook_delivery")
        takes = each.method in ("POST", "PUT") and each.view.__name__ not in without_body
        assert (each.body is not None) == takes, each.path
        of_a_file = any(part in each.path for part in ("qr.", "chain.", "plot.", "slip.", "openapi", ".csv"))
        assert each.answer is not None or of_a_file or not each.path.startswith("/v1/")
