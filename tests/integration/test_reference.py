"""What apps look up."""

import base64
import re
from typing import Any

from chalicelib.models.people.health import Symptom
from chalicelib.models.people.languages import Language
from tests.forms import form
from tests.integration.conftest import Api, Clock
from tests.pictures import SVG, parsed


def test_the_lists_a_form_needs(api: Api) -> None:
    provinces = api("GET", "/v1/administrative-units").json_body
    assert (provinces["list_version"], len(provinces["units"])) == ("2021", 63)
    assert len(api("GET", "/v1/administrative-units?parent=72").json_body["units"]) == 9
    assert len(api("GET", "/v1/administrative-units?parent=80&list_version=2025").json_body["units"]) == 96
    everywhere = api("GET", "/v1/administrative-units?parent=72&levels=2").json_body["units"]
    assert [len(each["code"]) for each in everywhere] == [3] * 9 + [5] * 94
    assert {each["parent"] for each in everywhere[9:]} == {each["code"] for each in everywhere[:9]}
    assert api("GET", "/v1/administrative-units?parent=72&levels=3").json_body["code"] == "invalid_input"
    assert api("GET", "/v1/administrative-units?parent=xx").json_body["code"] == "unknown_administrative_unit"
    assert api("GET", "/v1/administrative-units?list_version=1").json_body["code"] == "unknown_list_version"
    checkpoints = api("GET", "/v1/checkpoints")
    assert len(checkpoints.json_body["checkpoints"]) == 13
    assert api("GET", "/v1/checkpoints", If_None_Match=checkpoints.headers["ETag"]).status_code == 304
    consent = api("GET", "/v1/consent-text").json_body
    assert (consent["version"], [*consent["may_be_declined"]]) == ("2026-12", ["messages"])


def test_each_symptom_has_a_name_in_four_languages_and_a_picture_that_loads_nothing(api: Api) -> None:
    answer = api("GET", "/v1/symptoms")
    symptoms = answer.json_body["symptoms"]
    assert [each["id"] for each in symptoms] == list(Symptom)
    assert all(each["label"].keys() == set(Language) and all(each["label"].values()) for each in symptoms)
    for each in symptoms:
        root = parsed(each["svg"])
        tags = {element.tag.removeprefix(SVG) for element in root.iter()}
        assert tags <= {"svg", "g", "path", "circle", "ellipse"}, each["id"]
        assert root.attrib["viewBox"] == "0 0 96 96"
        assert not re.search(r"href|url\(|style|#(?!000\b|fff\b)", each["svg"]), each["id"]
    assert len({each["svg"] for each in symptoms}) == len(symptoms)
    assert api("GET", "/v1/symptoms", If_None_Match=answer.headers["ETag"]).status_code == 304
    assert len(answer.body) < 10_000


def test_the_public_keys_verify_a_token(api: Api, clock: Clock) -> None:

    import cwt
    from base45 import b45decode

    token = api("POST", "/v1/declarations", form(clock())).json_body["passes"][0]["token"]
    (jwk,) = api("GET", "/v1/keys").json_body["keys"]
    assert jwk.keys() == {"kty", "crv", "use", "alg", "kid", "x", "y"}
    key = cwt.COSEKey.from_jwk({**jwk, "kid": base64.urlsafe_b64decode(jwk["kid"] + "==").decode("latin-1")})
    assert cwt.CWT(leeway=10**9).decode(b45decode(token.removeprefix("TNP1:")), _with_kid(key, jwk))


def _with_kid(key: Any, jwk: dict[str, str]) -> Any:

    key._kid = base64.urlsafe_b64decode(jwk["kid"] + "=" * (-len(jwk["kid"]) % 4))
    return key
