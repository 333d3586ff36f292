"""A text has as much of a notice as one part of an SMS holds."""

from dataclasses import replace

import pytest

from chalicelib.services.messaging.texts import compose
from tests.unit.messaging.test_deliveries import NOTICE

TEXTS = {"ready": "{name} is ready."}


@pytest.mark.parametrize(
    ("sentences", "text"),
    [
        (["Go home.", "Call 1022."], "A is ready. Go home. Call 1022."),
        (["x" * 148, "Call."], "A is ready. " + "x" * 148),
        # The first that does not fit ends the text: what follows is less important.
        (["Go home.", "x" * 148, "Call 1022."], "A is ready. Go home."),
        (["x" * 149, "Call 1022."], "A is ready."),
    ],
)
def test_a_text_has_as_many_whole_sentences_as_one_part_holds(sentences: list[str], text: str) -> None:
    outgoing = compose(replace(NOTICE, sentences=sentences), texts=TEXTS)
    assert (outgoing.phone, outgoing.text, outgoing.tracking) == ("+84912345678", text, "thing.ready")
