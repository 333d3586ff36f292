"""An officer announces that a gate is closed, another one releases it, and they take it back."""

from infra.local.stack import Stack
from tests.journeys.actors import HealthOfficer, Supervisor, Traveller, Witness


def test_holders_are_told_that_their_gate_is_closed_and_then_that_it_was_wrong(stack: Stack) -> None:
    witness, supervisor, officer = Witness(stack), Supervisor(stack), HealthOfficer(stack)
    travellers = [Traveller(stack, 8800 + number) for number in range(3)]
    codes = [each.declares()["passes"][0]["code"] for each in travellers]
    # Each has the text with the code.
    witness.waits_until(lambda: _texts(witness, travellers) == [1, 1, 1], "the codes")

    wave = supervisor.announces(codes)
    officer.releases(wave)
    witness.waits_until(lambda: _texts(witness, travellers) == [2, 2, 2], "the announcement")
    seen = officer.asks("GET", f"/v1/waves/{wave}")
    assert (seen["state"], seen["counts"]["sent"], seen["counts"]["open"]) == ("handed_over", 3, 0)

    officer.releases(officer.takes_back(wave))
    witness.waits_until(lambda: _texts(witness, travellers) == [3, 3, 3], "that it was wrong")
    assert all("gui nham" in witness.texts()[each.phone][-1] for each in travellers)


def _texts(witness: Witness, travellers: list[Traveller]) -> list[int]:
    texts = witness.texts()
    return [len(texts.get(each.phone, [])) for each in travellers]
