"""Staff find people without their code, on the packaged functions."""

from concurrent.futures import ThreadPoolExecutor

from infra.local.stack import Stack
from tests.journeys.actors import Guard, Traveller, Witness

BUS = {"kind": "bus", "plate": "70B-555.55"}


def test_a_flood_of_forms_with_a_bus_s_plate_hides_nobody_whom_staff_declared(stack: Stack) -> None:
    guard, witness = Guard(stack), Witness(stack)
    issued = guard.declares_for(Traveller(stack, 501).form(transport=BUS))
    strangers = [Traveller(stack, number) for number in range(510, 575)]
    with ThreadPoolExecutor(8) as threads:
        flood = list(threads.map(lambda each: each.declares(transport=BUS), strangers))
    codes = {each["code"].replace("-", "") for declared in (issued, *flood) for each in declared["passes"]}
    witness.waits_until(lambda: codes <= witness.codes_exposed().keys(), "all exposures")

    for path in ("/v1/checkpoint/search?plate=70B55555", "/v1/checkpoint/manifest?plate=70B55555"):
        page = guard.get(path)
        first = page["passes"][0]
        assert (first["code"], first["origin"]) == (issued["passes"][0]["code"], "staff")
        assert (len(page["passes"]), page["complete"]) == (60, False)
        # Someone else declares while staff turn the page.
        Traveller(stack, 600).declares(transport=BUS)
        rest = guard.get(f"{path}&cursor={page['cursor']}")
        assert rest["complete"] is True
        seen = [each["code"].replace("-", "") for each in (*page["passes"], *rest["passes"])]
        assert len(seen) == len(set(seen))
        assert codes <= set(seen)


def test_an_older_number_that_is_typed_finds_the_citizen_card_s_pass_once_the_card_was_scanned(stack: Stack) -> None:
    guard, witness = Guard(stack), Witness(stack)
    (own,) = Traveller(stack, 502).declares()["passes"]
    older = "291000502"
    card = f"072090000502|{older}|Trần Thị Mẫu|17051990|Nam|Tổ 3, Tây Ninh|01032021"
    witness.waits_until(lambda: guard.finds(identity={"number": "072090000502"}) == [own["code"]], "the exposure")
    assert guard.finds(identity={"number": older}) == []
    for _ in range(2):
        (found,) = guard.scans(card)["found"]
        assert found["code"] == own["code"]
    witness.waits_until(lambda: guard.finds(identity={"number": older}) == [own["code"]], "the alias")
    name = own["code"].replace("-", "")[:13]
    rows = [row["row"]["S"] for row in witness.rows("Entries") if row["declaration"]["S"] == name]
    assert sorted(rows) == ["ALIAS#0", "DECLARATION"]
