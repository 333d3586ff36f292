"""Audit lines on their way to where they are kept."""

import base64
import gzip
import json

import pytest

from chalicelib.handlers.workers.audit import keep_audit


def test_audit_lines_are_handed_over_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    events = [{"id": "1", "timestamp": 1, "message": '{"message": "audit", "staff": "a"}\n'}]
    packed = {"messageType": "DATA_MESSAGE", "logEvents": events}
    data = base64.b64encode(gzip.compress(json.dumps(packed).encode())).decode()
    keep_audit({"awslogs": {"data": data}}, None)
    keep_audit(
        {"awslogs": {"data": base64.b64encode(gzip.compress(b'{"messageType": "CONTROL_MESSAGE"}')).decode()}}, None
    )
    assert capsys.readouterr().out == '{"message": "audit", "staff": "a"}\n'
