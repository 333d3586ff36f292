"""Parameters are checked before a deployment does anything."""

import pytest

from infra.deployment.parameters import resolved
from infra.errors import CannotGoOn
from tests.unit.infra.template import TEMPLATE


@pytest.mark.parametrize(
    ("assignment", "problem"),
    [
        ("CorsOrigins=example.vn", "CorsOrigins=example.vn: must match "),
        ("CorsOrigins=http://localhost:*", "CorsOrigins=http://localhost:*: must match "),
        ("PublicRate=0", "PublicRate=0: must be at least 1. Declarations a second"),
        ("PublicRate=many", "PublicRate=many: must be a whole number. Declarations a second"),
        ("Maintenance=yes", "Maintenance=yes: must be one of true, false. Whether requests"),
        ("LogRetentionDays=2", "LogRetentionDays=2: must be one of 1, 3, 5"),
        ("SmsSender=84912345678", "SmsSender=84912345678: must match "),  # operators register names, with a letter
        ("SmsSender=TAYNINHPASS1", "SmsSender=TAYNINHPASS1: must match "),
        ("AlarmEmail=oncall", "AlarmEmail=oncall: must match "),
        ("Nonsense=1", "There is no setting Nonsense. There are: Stage, "),
        ("PublicRates=50", "There is no setting PublicRates. Did you mean PublicRate"),
        ("publicrate=50", "There is no setting publicrate. Did you mean PublicRate"),
        ("Maintenance", "Maintenance: write NAME=VALUE."),
        ("Stage=test", "The stage is set by --stage."),
    ],
)
def test_a_wrong_parameter_is_refused(assignment: str, problem: str) -> None:
    with pytest.raises(CannotGoOn) as refused:
        resolved(TEMPLATE, "prod", [assignment])
    assert str(refused.value).startswith(problem)


@pytest.mark.parametrize("origins", ["", "*", "https://a.example", "https://a.example,http://localhost:8080"])
def test_origins_are_separated_by_commas(origins: str) -> None:
    assert resolved(TEMPLATE, "prod", [f"CorsOrigins={origins}"])["CorsOrigins"] == origins


@pytest.mark.parametrize("pages", ["", "https://a.example/in,http://localhost:5173/in", "vn.gov.tayninh.gate:/in"])
def test_the_login_page_sends_staff_back_to_pages_that_are_named(pages: str) -> None:
    assert resolved(TEMPLATE, "prod", [f"StaffCallbackUrls={pages}"])["StaffCallbackUrls"] == pages
    with pytest.raises(CannotGoOn):
        resolved(TEMPLATE, "prod", ["StaffCallbackUrls=a.example/in"])


def test_a_parameter_that_is_not_set_has_its_default() -> None:
    values = resolved(TEMPLATE, "test", ["Maintenance=true"])
    assert (values["Stage"], values["Maintenance"], values["ProtectData"]) == ("test", "true", "true")
