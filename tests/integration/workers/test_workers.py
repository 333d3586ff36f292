"""What all workers share."""

import gzip
import json
import sys
from base64 import b64encode

import pytest
from chalice.test import Client

from chalicelib.handlers import workers
from chalicelib.models.entry.codes import Code
from tests.integration.conftest import Api, Submit
from tests.integration.queues import batch, event
from tests.tables import rows


def test_a_workers_module_is_imported_when_it_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    module = "chalicelib.handlers.workers.audit"
    monkeypatch.delitem(sys.modules, module, raising=False)
    run = workers.worker("audit", "keep_audit")
    assert (run.__name__, module in sys.modules) == ("keep_audit", False)
    handed_over = b64encode(gzip.compress(b'{"messageType": "CONTROL_MESSAGE"}')).decode()
    run({"awslogs": {"data": handed_over}}, None)
    assert module in sys.modules
    assert capsys.readouterr().out == ""


def test_messages_of_the_former_release_are_worked_off(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    former = json.dumps({"kind": "declaration_submitted", "declaration": submitted()["declaration"], "person": 0})
    for worker in ("trace", "notify"):
        assert lambdas.lambda_.invoke(worker, batch(former)).payload == {"batchItemFailures": []}
    assert len(sent) == 1
    assert rows("tracing") != []
    assert [each["event"]["S"] for each in rows("messages") if "outcome" in each] == ["declaration_submitted"]


def test_workers_pass_over_what_they_have_nothing_to_do_for(
    api: Api, lambdas: Client, submitted: Submit, sent: list[tuple[str, str]]
) -> None:
    code = Code(submitted()["declaration"], 0)
    others = [json.dumps(event(kind, code)) for kind in ("crossing_corrected", "crossing_conflicted", "pass_revoked")]
    for worker in ("trace", "notify"):
        assert lambdas.lambda_.invoke(worker, batch(*others)).payload == {"batchItemFailures": []}
    assert (sent, rows("tracing")) == ([], [])
