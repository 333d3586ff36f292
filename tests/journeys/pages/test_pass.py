"""The page of a pass, as a traveller has it on a phone."""

from infra.local.stack import Stack
from tests.journeys.actors import Traveller
from tests.journeys.pages.conftest import Somebody
from tests.pictures import qr_text


def test_the_link_shows_a_qr_that_another_reader_reads(stack: Stack, somebody: Somebody) -> None:
    own = Traveller(stack, 7501).declares()["passes"][0]
    traveller = somebody()
    traveller.page.goto(own["links"]["page"])
    traveller.page.locator("#picture").wait_for()
    traveller.page.wait_for_function("() => document.getElementById('picture').complete")
    assert qr_text(traveller.shoots("pass")) == own["token"]
    traveller.has_no_barriers()
