"""Records."""

import json
import sys
import threading

from chalicelib.models.entry.declarations import DeclarationForm
from chalicelib.models.records import Record
from tests.forms import form


def test_a_record_is_read_back_without_being_judged_again() -> None:
    stored = DeclarationForm.model_validate_json(json.dumps(form())).model_dump_json()
    tightened = stored.replace('"70E112345"', '"NOT A PLATE"').replace('"25480"', '"99999"')
    assert DeclarationForm.from_stored(tightened).trip.transport.plate == "NOT A PLATE"


def test_a_model_that_several_threads_need_for_the_first_time_is_not_mixed_up_with_its_parent() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        failed = [error for _ in range(300) for error in _built_by_eight_threads()]
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


def _built_by_eight_threads() -> list[str]:
    class Parent(Record):
        one: int

    class Child(Parent):
        other: int

    Parent(one=1)
    begin = threading.Barrier(8)
    errors: list[str] = []

    def need() -> None:
        begin.wait()
        for _ in range(5):
            try:
                Child(one=1, other=2)
            except ValueError as error:
                errors.append(str(error))

    threads = [threading.Thread(target=need) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors
