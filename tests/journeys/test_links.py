"""A traveller follows the link in the text, in a browser, on the packaged functions."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from infra.local.stack import Stack
from tests.journeys.actors import Guard, HealthOfficer, Traveller, Witness
from tests.journeys.checker import Declared, check
from tests.pictures import has_qr, qr_text
from tests.tools import program


def texted(witness: Witness, traveller: Traveller) -> str:
    """The link in the first text to the traveller's phone."""
    witness.waits_until(lambda: traveller.phone in witness.texts(), "the text")
    return witness.texts()[traveller.phone][0].rpartition(" ")[2]


_LOOKS = 5


def shown_qrs(chromium: str, link: str, folder: Path) -> Iterator[str]:
    """What the QR of a page says, in a light and in a dark theme.

    Chromium takes its picture after a time of its own clock. On a busy machine the API may not have answered by then.
    """
    for name, theme in (("light", "--blink-settings=preferredColorScheme=1"), ("dark", "--force-dark-mode")):
        picture = folder / f"{name}.png"
        headless = ["--headless", "--no-sandbox", f"--user-data-dir={folder / name}", "--window-size=500,844"]
        command = [chromium, *headless, theme, "--virtual-time-budget=20000", f"--screenshot={picture}", link]
        for look in range(1, _LOOKS + 1):
            subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own page
            if look == _LOOKS or has_qr(picture.read_bytes()):
                break
        yield qr_text(picture.read_bytes())


def test_the_link_in_the_text_opens_the_pass_and_proves_the_phone_once(stack: Stack) -> None:
    traveller, guard, witness = Traveller(stack, 7401), Guard(stack), Witness(stack)
    form = traveller.form(companions=1)
    issued = traveller.asks("POST", "/v1/declarations", form, expects=201)
    own, companion = issued["passes"]
    assert guard.looks_up(own["code"])["origin"] == "unproven"
    for _ in range(2):
        opened = traveller.follows(texted(witness, traveller))
        assert (opened["token"], opened["origin"]) == (own["token"], "proven")
    assert guard.looks_up(companion["code"])["origin"] == "proven"
    check(witness, Declared(form, issued, proven=True))


def test_the_page_shows_a_qr_that_another_reader_reads(stack: Stack, tmp_path: Path) -> None:
    """In a dark theme, too: readers need black on white."""
    chromium = program("chromium", "chromium-browser", "google-chrome")
    traveller, guard, witness = Traveller(stack, 7402), Guard(stack), Witness(stack)
    own = traveller.declares()["passes"][0]
    link = texted(witness, traveller)
    assert set(shown_qrs(chromium, link, tmp_path)) == {own["token"]}
    assert guard.looks_up(own["code"])["origin"] == "proven"


def test_the_text_about_a_permit_leads_to_its_qr(stack: Stack, tmp_path: Path) -> None:
    chromium = program("chromium", "chromium-browser", "google-chrome")
    holder, officer, witness = Traveller(stack, 7403), HealthOfficer(stack), Witness(stack)
    person = holder.form()["traveller"]
    today = f"{datetime.now(UTC) + timedelta(hours=7):%Y-%m-%d}"
    asked = {
        "person": {name: person[name] for name in ("full_name", "birth_year", "identity", "phone")},
        "employer": "Công ty Thử Nghiệm",
        "purpose": "Chở rau mỗi ngày",
        "commune": "25480",
        "conditions": {"from": today, "until": today},
    }
    answer = officer.send("POST", "/v1/permits", {"permits": [asked]}, Idempotency_Key=str(uuid4()))
    code = json.loads(answer.data)["lines"][0]["code"]
    granted = officer.asks("POST", f"/v1/permits/{code}/decision", {"decision": "grant"}, expects=201)
    assert set(shown_qrs(chromium, texted(witness, holder), tmp_path)) == {granted["holder"]["token"]}
