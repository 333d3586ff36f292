"""Pages of slips."""

from chalicelib.models.entry.codes import Code
from chalicelib.models.entry.records import DeclarationRecord, HeldPass
from chalicelib.services.entry.slips import ON_A_PAGE, pages_of
from tests.records import declaration


def held(*instructions: list[str]) -> list[HeldPass]:
    """Passes of one declaration with these steps."""
    declared = declaration(companions=len(instructions) - 1)
    passes = [
        each.model_copy(update={"instructions": steps})
        for each, steps in zip(declared.passes, instructions, strict=True)
    ]
    record = DeclarationRecord(declared.model_copy(update={"passes": passes}))
    return record.passes(Code.of(1, 0).declaration)


def test_six_passes_are_on_a_page_in_their_order() -> None:
    passes = held(*[["wait"]] * 14)
    pages = pages_of(passes)
    assert [len(page.passes) for page in pages] == [ON_A_PAGE, ON_A_PAGE, 2]
    assert [each for page in pages for each in page.passes] == passes


def test_a_page_has_the_steps_that_all_on_it_share_in_the_order_of_the_first() -> None:
    (page,) = pages_of(held(["test", "wait", "report"], ["see-medical-staff", "report", "test"]))
    assert (page.instructions, page.some_have_more) == (["test", "report"], True)
    (page,) = pages_of(held(["test", "report"], ["report", "test"]))
    assert (page.instructions, page.some_have_more) == (["test", "report"], False)


def test_a_slip_of_one_has_all_steps() -> None:
    (page,) = pages_of(held(["test", "report"]))
    assert (page.instructions, page.some_have_more) == (["test", "report"], False)
