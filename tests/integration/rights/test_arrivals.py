"""What is held about somebody who waited at a gate, and declared again."""

from chalicelib.models.entry.codes import Code
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.integration.queues import batch, submitted_event
from tests.integration.rights.persons import NUMBER, Run, everything


def test_arrivals_and_replacements_are_erased_with_the_person(api: Api, clock: Clock, run: Run) -> None:
    codes: list[str] = []
    for _ in range(2):
        issued = api("POST", "/v1/declarations", form(clock())).json_body
        codes.append(issued["passes"][0]["code"])
        api.client.lambda_.invoke("trace", batch(submitted_event(issued["declaration"])))
        clock.advance(seconds=1)
    arrival = {"checkpoint": "an-hoa", "arrivals": [{"code": codes[1]}]}
    assert api("POST", "/v1/checkpoint/arrivals", arrival, role="checkpoint").json_body["counts"]["recorded"] == 1
    held = everything("entries")
    assert ("ARRIVAL#0" in held, "REPLACED#0" in held) == (True, True)
    for code in codes:
        assert f"#{Code.parse(code)}#" in held
    clock.advance(hours=7)
    assert run("persons erase", "--identity", "--yes", typed=NUMBER) == 0
    left = everything("entries")
    assert [each for each in ("ARRIVAL#0", "REPLACED#0", "CHANGES#HOLDING") if each in left] == []
