"""A name of the pages' own and its certificate are given together, or the deployment is refused before it begins."""

import pytest

from infra.deployment.parameters import resolved
from infra.errors import CannotGoOn
from tests.unit.infra.template import TEMPLATE

NAME = "Domain=quachot.example.vn"
CERTIFICATE = "CertificateArn=arn:aws:acm:us-east-1:123456789012:certificate/0123-4567"


@pytest.mark.parametrize("settings", [[], [NAME, CERTIFICATE]])
def test_a_stage_has_a_name_with_its_certificate_or_none(settings: list[str]) -> None:
    values = resolved(TEMPLATE, "prod", settings)
    assert bool(values["Domain"]) == bool(values["CertificateArn"]) == bool(settings)


@pytest.mark.parametrize(("given", "asked_for"), [(NAME, "give its CertificateArn"), (CERTIFICATE, "give its Domain")])
def test_one_of_both_alone_is_refused(given: str, asked_for: str) -> None:
    with pytest.raises(CannotGoOn, match=asked_for):
        resolved(TEMPLATE, "prod", [given])
