"""From the admission to the list of the commune, and what becomes of a stay."""

from tests.integration.conftest import Api, Clock
from tests.integration.stays.conftest import Admit, Commune


def test_someone_who_is_admitted_is_expected_by_their_commune(
    api: Api, clock: Clock, admitted: Admit, commune: Commune
) -> None:
    own = admitted()
    listed = commune.lists()
    assert listed["complete"] is True
    (stay,) = listed["stays"]
    assert stay["code"] == own["code"]
    assert (stay["day"], stay["days"], stay["place"], stay["arrival"]) == (1, 14, "facility", "expected")
    assert stay["person"]["full_name"] == "Nguyễn Văn Thử"
    assert stay["begins_on"] == f"{clock().date()}"
