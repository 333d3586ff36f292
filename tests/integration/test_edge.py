"""What the distribution sends to the API with the firewall on: the template's distribution on the local engine, and an
origin of ours behind it. How the firewall counts what arrives: `tests/unit/infra/test_firewall.py`."""

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from infra.accounts import engine
from infra.local.engine import free_port, running
from infra.local.template import _serve_pages
from tests.endpoint import Received, serving
from tests.tools import program
from tests.unit.infra.template import TEMPLATE
from tests.unit.infra.test_firewall import FORGED

NEEDED = (
    *("PagesBucket", "PagesBucketPolicy", "PagesAccess", "PagesHeaders", "PublicFigures", "PagesDistribution"),
    *("EdgeSecret", "ViewerAddress", "ViewerAddressAlone"),
)
VIEWER = "127.0.0.1"


class Edge:
    """The distribution, and what its origin got."""

    def __init__(self, endpoint: str, secret: str, received: list[Received]) -> None:
        self.endpoint, self.secret, self._received = endpoint, secret, received

    def post(self, path: str) -> Received:
        """Send a request with forged headers. Returns what the origin got."""
        # A browser's request to the engine's address is for its only distribution: infra/local/one_origin.py.
        with closing(HTTPConnection(urlsplit(self.endpoint).netloc, timeout=30)) as connection:
            connection.request("POST", path, b"{}", {"Content-Type": "application/json", **FORGED})
            assert connection.getresponse().status == 204
        return self._received[-1]


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    program("node")  # the engine runs the code at the edge by it
    with running(free_port(), tmp_path_factory.mktemp("engine")) as started, serving() as origin:
        resources = {name: json.loads(json.dumps(TEMPLATE["Resources"][name])) for name in NEEDED}
        _serve_pages(resources, urlsplit(origin.url))
        stack = {**{kind: TEMPLATE[kind] for kind in ("Parameters", "Conditions")}, "Resources": resources}
        account = engine(started.endpoint)
        with closing(account.client("cloudformation")) as cloudformation:
            cloudformation.create_stack(
                StackName="edge",
                TemplateBody=json.dumps(stack),
                Parameters=[{"ParameterKey": "Waf", "ParameterValue": "count"}],
            )
            made = cloudformation.get_waiter("stack_create_complete")
            made.wait(StackName="edge", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
        with closing(account.client("secretsmanager")) as secrets:
            (kept,) = secrets.list_secrets()["SecretList"]
            secret = secrets.get_secret_value(SecretId=kept["ARN"])["SecretString"]
        yield Edge(started.endpoint, secret, origin.received)


@pytest.mark.parametrize("path", ["/v1/declarations", "/v1/public/statistics", "/docs"])
def test_the_origin_learns_the_viewers_address_and_no_other(edge: Edge, path: str) -> None:
    got = edge.post(path)
    assert got.path == f"/api{path}"
    assert got.headers["true-client-ip"] == VIEWER


def test_the_origin_gets_the_secret_and_not_what_the_viewer_guessed(edge: Edge) -> None:
    assert edge.post("/v1/declarations").headers["x-origin-verify"] == edge.secret
    assert len(edge.secret) == 48


def test_the_header_that_is_usually_read_begins_with_what_the_viewer_wrote(edge: Edge) -> None:
    """So the firewall does not read it."""
    assert edge.post("/v1/declarations").headers["x-forwarded-for"].startswith(FORGED["x-forwarded-for"])
