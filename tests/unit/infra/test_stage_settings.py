"""What pages learn of the stage that they run on."""

from infra.deployment.pages import settings_of


def test_pages_know_the_sign_in_and_the_province() -> None:
    assert settings_of("tay-ninh", {"issuer": "https://issuer.example"}) == {
        "sign_in": {"issuer": "https://issuer.example"},
        "province": {
            "name": "Tỉnh Tây Ninh",
            "code": "72",
            "units_list": "2021",
            "pass_issuer": "TN",
            "hotline": "(0276) 1022",
        },
    }
