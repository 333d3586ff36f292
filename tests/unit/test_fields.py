"""Texts of all records."""

import pytest
from pydantic import ValidationError

from chalicelib.models.entry.corrections import CorrectionForm
from chalicelib.models.entry.crossings import CrossingForm
from chalicelib.models.entry.revocations import RevocationForm
from chalicelib.models.gate.batches import BatchForm, OfflineCrossingForm
from chalicelib.models.people.places import Place
from chalicelib.models.people.trips import Destination, Transport
from chalicelib.models.policy.policies import Policy
from chalicelib.models.records import Record
from chalicelib.models.staff.checkpoints import CheckpointForm
from chalicelib.models.staff.staff import PostingForm


@pytest.mark.parametrize(
    ("kind", "name", "longest"),
    [
        (Place, "address", 200),
        (Destination, "address", 200),
        (Destination, "host", 100),
        (Transport, "service_number", 20),
        (Transport, "seat", 10),
        (RevocationForm, "reason", 500),
        (CorrectionForm, "reason", 500),
        (CrossingForm, "reason", 500),
        (OfflineCrossingForm, "id", 64),
        (BatchForm, "device", 64),
        (Policy, "version", 40),
        (Policy, "basis", 200),
        (CheckpointForm, "name", 200),
        (PostingForm, "name", 200),
    ],
)
def test_a_text_may_be_as_long_as_its_schema_says_and_no_longer(kind: type[Record], name: str, longest: int) -> None:
    assert f"'maxLength': {longest}," in str(kind.model_json_schema()["properties"][name])
    for length, refused in ((longest, False), (longest + 1, True)):
        with pytest.raises(ValidationError) as raised:  # the other fields are missing
            kind.model_validate({name: "x" * length, "none": None})
        assert ((name,) in [each["loc"] for each in raised.value.errors()]) == refused
