"""Records."""

import json

from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.records import STORED
from tests.forms import form


def test_a_record_is_read_back_without_being_judged_again() -> None:
    stored = DeclarationForm.model_validate_json(json.dumps(form())).model_dump_json()
    tightened = stored.replace('"70E112345"', '"NOT A PLATE"').replace('"25480"', '"99999"')
    assert DeclarationForm.model_validate_json(tightened, context=STORED).trip.transport.plate == "NOT A PLATE"
