"""The part of botocore's data that ships: in step with the installed botocore, and enough for what we ask."""

import pytest

from chalicelib.adapters import aws
from infra.packaging.service_models import FOLDER, OPERATIONS, files


def test_the_shipped_data_fits_the_installed_botocore() -> None:
    shipped = {path.relative_to(FOLDER).as_posix(): path.read_text() for path in FOLDER.rglob("*.json")}
    assert shipped == files(), "run `python -m infra service-models`"


@pytest.mark.parametrize("service", OPERATIONS)
def test_a_client_made_from_it_has_its_operations_and_address(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = aws.client.__wrapped__(service, "ap-southeast-1")
    assert set(client.meta.method_to_api_mapping.values()) == set(OPERATIONS[service])
    assert client.meta.endpoint_url == f"https://{service}.ap-southeast-1.amazonaws.com"
