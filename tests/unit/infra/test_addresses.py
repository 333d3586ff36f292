"""Parameters of the stack that name the pages."""

from infra.deployment.pages import addresses

URL, OWN = "https://d1example.cloudfront.net", "https://quachot.example"
SET_BY_US = {
    "PublicUrl": URL,
    "DeclareUrl": f"{URL}/",
    "StaffCallbackUrls": f"{URL}/gate,{URL}/desk,{URL}/portal",
}


def test_a_first_deployment_says_where_the_pages_are_and_a_second_one_changes_nothing() -> None:
    assert addresses(URL, {"PublicUrl": "", "DeclareUrl": "", "StaffCallbackUrls": ""}) == SET_BY_US
    assert addresses(URL, SET_BY_US) == {}


def test_a_domain_of_their_own_takes_the_place_of_the_distribution_s() -> None:
    assert addresses(OWN, SET_BY_US) == {
        "PublicUrl": OWN,
        "DeclareUrl": f"{OWN}/",
        "StaffCallbackUrls": f"{OWN}/gate,{OWN}/desk,{OWN}/portal",
    }


def test_what_the_operator_has_set_stays() -> None:
    app = "vn.gov.example.gate:/signed-in"
    values = {"PublicUrl": "https://api.example", "DeclareUrl": "https://zalo.me/s/1/", "StaffCallbackUrls": app}
    changed = addresses(URL, values)
    assert changed == {"StaffCallbackUrls": f"{app},{URL}/gate,{URL}/desk,{URL}/portal"}
    assert addresses(URL, {**values, **changed}) == {}
