"""What the page for partners says is true: its examples verify our signatures, and its tables fit the code."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.models.entry.sandboxes import PLATES
from chalicelib.models.partners.deliveries import _PAUSES, KEPT_FOR, TRIED_FOR, AttemptOutcome, WebhookType
from chalicelib.models.partners.endpoints import secret_text, signed_headers
from infra import ROOT
from tests.examples import PAGE, is_genuine
from tests.tools import program

Verify = Callable[[dict[str, str], bytes, list[str]], bool]
SECRET, OTHER = b"s" * 32, b"o" * 32
BODY = '{"type":"pass.used","data":{"code":"ứng dụng"}}'.encode()


def by_node(headers: dict[str, str], body: bytes, secrets: list[str]) -> bool:
    node = program("node")
    (code,) = re.findall(r"```javascript\n(.*?)```", PAGE, re.DOTALL)
    arguments = ", ".join(json.dumps(each) for each in (headers, body.decode(), secrets))
    script = f"{code}\n((h, b, s) => console.log(isGenuine(h, Buffer.from(b), s)))({arguments})"
    ran = subprocess.run([node, "-e", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return {"true": True, "false": False}[ran.stdout.strip()]


@pytest.mark.parametrize("verify", [is_genuine, by_node], ids=["python", "javascript"])
def test_the_documented_examples_verify_what_we_sign_and_nothing_else(verify: Verify) -> None:
    now = datetime.now(UTC)
    ours, both = (signed_headers("evt_1", now, BODY, secrets) for secrets in ([SECRET], [OTHER, SECRET]))
    secret, other = secret_text(SECRET), secret_text(OTHER)
    assert verify(ours, BODY, [secret])
    assert verify(ours, BODY, [other, secret])
    assert verify(both, BODY, [secret])
    assert verify(both, BODY, [other])
    assert not verify(ours, BODY, [other])
    assert not verify(ours, BODY + b" ", [secret])
    assert not verify({**ours, "webhook-id": "evt_2"}, BODY, [secret])
    assert not verify({**ours, "webhook-timestamp": str(int(time.time()) + 1)}, BODY, [secret])
    assert not verify({**ours, "webhook-signature": "v1, v2,x"}, BODY, [secret])
    old = signed_headers("evt_1", now - timedelta(minutes=6), BODY, [SECRET])
    assert not verify(old, BODY, [secret])


def test_the_page_names_every_type_outcome_and_plate() -> None:
    plates = {plate.replace("-", "").replace(".", "") for plate in re.findall(r"`(70A-[\d.]+)`", PAGE)}
    assert plates == PLATES.keys()
    for kind in (*WebhookType, *AttemptOutcome):
        assert f"| `{kind}` |" in PAGE


def test_the_page_says_how_often_and_how_long_it_is_tried() -> None:
    assert "after 5 s, 30 s, 2, 5 and 10 minutes, then every 15 minutes, until twelve hours" in PAGE
    assert [*_PAUSES] == [5, 30, 2 * 60, 5 * 60, 10 * 60]
    assert (timedelta(hours=12), timedelta(days=7)) == (TRIED_FOR, KEPT_FOR)


def test_the_page_names_routes_that_are_served() -> None:
    app = (ROOT / "app.py").read_text()
    for route in ("GET /v1/partner/webhook-deliveries", "POST /v1/partner/webhook-deliveries/{id}/replay"):
        assert f"`{route}`" in PAGE
        assert f'"{route}"' in app
