"""Message templates: what ships, what a notice becomes, and what keeps templates from being put in force."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from chalicelib.data import read_bytes
from chalicelib.models.errors import InvalidInput, ServiceUnavailable
from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.messaging.errors import (
    TemplatesChanged,
    TemplatesPreconditionMissing,
    TemplatesVersionUnknown,
)
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.messaging.template_problems import problems
from chalicelib.models.messaging.templates import (
    NOTICES,
    ZALO_LENGTH,
    Templates,
    TemplatesChange,
    shipped_templates,
)
from chalicelib.models.people.languages import Language
from chalicelib.services.messaging.templates import put_in_force, version_of
from tests.forms import NOW
from tests.unit.fakes.messaging import TemplateVersions
from tests.unit.gsm import GSM_7

SHIPPED: dict[str, Any] = json.loads(read_bytes("provinces", "tay-ninh", "messages.json"))
OWN = shipped_templates("tay-ninh")

Change = Callable[[dict[str, Any]], object]


def changed(*changes: Change, version: str = "next") -> Templates:
    """The shipped templates, with changes of their `notices`."""
    body = {**deepcopy(SHIPPED), "version": version}
    for change in changes:
        change(body["notices"])
    return Templates.model_validate_json(json.dumps(body))


def put(at: str, value: Any) -> Change:
    """A change of what a path, as `declared/sms/vi`, leads to."""
    *path, last = at.split("/")

    def change(notices: dict[str, Any]) -> None:
        for name in path:
            notices = notices[name]
        notices[last] = value

    return change


def found_in(*changes: Change, **of: Any) -> list[tuple[str, str]]:
    return [(each.pointer, each.code) for each in problems(changed(*changes, **of))]


def notice(text_id: str, language: Language = Language.VI, **more: Any) -> Notice:
    values = {name: "x" * most for name, most in NOTICES[text_id].longest.items()}
    return Notice("+84912345678", text_id, more.pop("values", values), "A", "b", NOW, language=language, **more)


def test_what_ships_may_be_put_in_force_and_has_every_notice_in_every_language() -> None:
    assert problems(OWN) == []
    assert OWN.notices.keys() == NOTICES.keys()
    for template in OWN.notices.values():
        assert all(template.zalo.in_language(language) for language in Language)


def test_zalo_gets_the_values_in_the_reader_s_letters_and_an_sms_does_not() -> None:
    templates = changed(put("gate_closed/zalo/km/template_id", "7"))
    values = {"checkpoint": "An Hoa", "instead": "Loc Giang"}
    composed = templates.compose(notice("gate_closed", Language.KM, values=values, full_values={"checkpoint": "ប៉ុស្តិ៍"}))
    assert composed.template_data == {"checkpoint": "ប៉ុស្តិ៍", "instead": "Loc Giang"}
    assert composed.text == "Tay Ninh: An Hoa is closed. Please go to Loc Giang."


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("text_id", NOTICES)
def test_an_sms_with_its_longest_values_is_one_part(text_id: str, language: Language) -> None:
    text = OWN.compose(notice(text_id, language)).text
    assert len(text) <= SMS_LENGTH
    assert set(text) <= GSM_7


def test_texts_are_in_the_letters_of_their_languages() -> None:
    letters = {Language.VI: "[àáảãạăâđêôơưề]", Language.KM: "[\u1780-\u17ff]", Language.ZH: "[\u4e00-\u9fff]"}
    for text_id, template in OWN.notices.items():
        for language in Language:
            at_zalo = template.zalo.in_language(language)
            assert at_zalo is not None
            own = {each for each in letters if re.search(letters[each], at_zalo.text.replace("Tây Ninh", ""))}
            assert own == {language} & letters.keys(), (text_id, language)
            assert not re.search(r"\bbạn\b|\bgates?\b", at_zalo.text)


def test_nothing_ships_as_approved_at_zalo() -> None:
    """Each Official Account has templates of its own."""
    ids = {at.template_id for each in OWN.notices.values() for _, at in each.zalo if at is not None}
    assert ids == {""}


@pytest.mark.parametrize("language", [Language.EN, Language.KM, Language.ZH])
def test_an_sms_is_in_vietnamese_or_english(language: Language) -> None:
    assert OWN.compose(notice("revoked")).text.startswith("Tay Ninh: ma QR qua chot co 4 ky tu cuoi xxxx da bi")
    assert OWN.compose(notice("revoked", language)).text.startswith("Tay Ninh: the pass that ends in xxxx was")


def test_whole_sentences_follow_an_sms_as_far_as_it_has_room() -> None:
    sentences = ["a" * 100 + ".", "b" * 40 + ".", "c."]
    text = OWN.compose(notice("admitted", sentences=sentences)).text
    assert text == f"Tay Ninh: da qua chot. {sentences[0]}"
    assert OWN.compose(notice("admitted", sentences=["Không.", "c."])).text == "Tay Ninh: da qua chot."


def test_accents_of_values_are_left_out_in_an_sms_alone() -> None:
    templates = changed(put("gate_closed/zalo/vi/template_id", "7"))
    values = {"checkpoint": "Chốt Đồng Khởi", "instead": "Chốt Thái Mỹ"}
    composed = templates.compose(notice("gate_closed", values=values))
    assert composed.text == "Tay Ninh: Chot Dong Khoi da dong cua. Xin di qua Chot Thai My."
    assert (composed.template_id, composed.template_data) == ("7", values)


def test_a_template_at_zalo_is_used_once_it_has_an_id_and_in_its_language_alone() -> None:
    templates = changed(put("revoked/zalo/km/template_id", "314159"))
    assert OWN.compose(notice("revoked", Language.KM)).template_id == ""
    composed = templates.compose(notice("revoked", Language.KM))
    assert (composed.template_id, composed.template_data) == ("314159", {"group": "xxxx", "hotline": "x" * 15})
    assert (composed.phone, composed.tracking) == ("+84912345678", "A.b")
    assert templates.compose(notice("revoked", Language.ZH)).template_id == ""
    without = changed(put("revoked/zalo", {}))
    assert without.compose(notice("revoked", Language.KM)).template_data == {}


def test_a_notices_sentences_are_a_parameter_at_zalo() -> None:
    templates = changed(put("admitted/zalo/vi/template_id", "7"))
    short, full = ["a." * 20, "b." * 20], ["á." * 30, "b́." * 30]

    def instructions(**sentences: Any) -> str | None:
        return templates.compose(notice("admitted", **sentences)).template_data.get("instructions")

    assert instructions(sentences=short, full_sentences=full) == " ".join(full)
    # More of the short ones fit.
    assert instructions(sentences=short, full_sentences=["á" * 150, "é" * 150]) == " ".join(short)
    assert instructions(sentences=["a" * 120, "b" * 120], full_sentences=["á" * 150, "é" * 150]) == "á" * 150


def test_a_message_that_zalo_would_refuse_goes_by_sms() -> None:
    templates = changed(put("admitted/zalo/vi/template_id", "7"), put("revoked/zalo/vi/template_id", "8"))
    assert templates.compose(notice("admitted")).template_id == ""
    assert templates.compose(notice("admitted", full_sentences=["x" * 201])).template_id == ""
    long = notice("revoked", values={"group": "ZZZZ", "hotline": "0" * 51})
    assert templates.compose(long).template_id == ""


def test_templates_of_a_former_release_get_those_of_new_notices() -> None:
    former = changed(lambda notices: notices.pop("gate_closed"), put("admitted/sms/vi", "Xin chao."))
    whole = former.completed(OWN)
    assert whole.version == former.version
    assert whole.compose(notice("admitted")).text == "Xin chao."
    assert whole.compose(notice("gate_closed")).text == OWN.compose(notice("gate_closed")).text


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        (lambda notices: notices.pop("revoked"), "/notices", "template_missing"),
        (
            put("a~b", SHIPPED["notices"]["admitted"]),
            "/notices/a~0b",
            "template_unknown",
        ),
        (put("revoked/sms/vi", "Goi {hotline}."), "/notices/revoked/sms/vi", "template_value_missing"),
        (put("admitted/sms/en", "Go {on}."), "/notices/admitted/sms/en", "template_value_unknown"),
        (put("admitted/sms/vi", "Đã qua."), "/notices/admitted/sms/vi", "template_not_gsm_7"),
        (put("admitted/sms/vi", "Da qua {."), "/notices/admitted/sms/vi", "template_not_gsm_7"),
        (put("admitted/sms/vi", "Da qua {a.b}."), "/notices/admitted/sms/vi", "template_not_gsm_7"),
        (
            put("revoked/sms/vi", "evil.example/{hotline} {group}"),
            "/notices/revoked/sms/vi",
            "template_value_not_apart",
        ),
        (
            put("revoked/sms/vi", "{hotline}.evil.example {group}"),
            "/notices/revoked/sms/vi",
            "template_value_not_apart",
        ),
        (put("revoked/sms/vi", "Goi {hotline}{group}"), "/notices/revoked/sms/vi", "template_value_not_apart"),
        (put("admitted/sms/vi", "x" * 161), "/notices/admitted/sms/vi", "template_too_long"),
        (
            put("revoked/sms/en", "x" * 140 + " {group} {hotline}"),
            "/notices/revoked/sms/en",
            "template_too_long",
        ),
        (put("admitted/sms/vi", ""), "/notices/admitted/sms/vi", "field_missing"),
        (
            put("revoked/zalo/km/parameters", {"group": 4}),
            "/notices/revoked/zalo/km/parameters",
            "template_value_missing",
        ),
        (
            put("admitted/zalo/vi/parameters", {"instructions": 200, "name": 30}),
            "/notices/admitted/zalo/vi/parameters",
            "template_value_unknown",
        ),
        (
            put("admitted/zalo/vi/text", "<instructions> <name>"),
            "/notices/admitted/zalo/vi/text",
            "template_parameter_missing",
        ),
        (
            put("admitted/zalo/vi/text", "<instructions"),
            "/notices/admitted/zalo/vi/text",
            "template_bracket_unmatched",
        ),
        (put("admitted/zalo/vi/text", " "), "/notices/admitted/zalo/vi/text", "field_missing"),
        (
            put("revoked/zalo/vi/parameters/hotline", 14),
            "/notices/revoked/zalo/vi/parameters/hotline",
            "template_parameter_too_short",
        ),
        (
            put("admitted/zalo/vi/parameters/instructions", 159),
            "/notices/admitted/zalo/vi/parameters/instructions",
            "template_parameter_too_short",
        ),
    ],
)
def test_each_problem_names_where_it_is(change: Change, pointer: str, code: str) -> None:
    assert (pointer, code) in found_in(change)
    assert len(found_in(change)) <= 2


def test_a_parameter_may_be_of_a_button() -> None:
    assert found_in(put("declared/zalo/vi/text", "<code> <ends>")) == []


def test_all_problems_come_at_once() -> None:
    changes = (put("admitted/sms/vi", "Đã"), put("revoked/sms/vi", ""), put("x", SHIPPED["notices"]["admitted"]))
    assert {pointer for pointer, _ in found_in(*changes, version="a b")} == {
        "/version",
        "/notices/x",
        "/notices/admitted/sms/vi",
        "/notices/revoked/sms/vi",
    }


@pytest.mark.parametrize(
    "change",
    [
        put("admitted/zalo/vi/text", "x" * (ZALO_LENGTH + 1)),
        put("admitted/zalo/vi/template_id", "abc"),
        put("admitted/zalo/vi/parameters/instructions", 0),
        put("admitted/zalo/fr", SHIPPED["notices"]["admitted"]["zalo"]["vi"]),
        lambda notices: notices["admitted"]["sms"].pop("en"),
    ],
)
def test_the_form_is_checked_while_templates_are_parsed(change: Change) -> None:
    with pytest.raises(ValidationError):
        changed(change)


def store(
    versions: TemplateVersions,
    templates: Templates,
    instead_of: str | None,
    subject: str = "admin-1",
    now: datetime = NOW,
) -> TemplatesChange:
    return put_in_force(templates, instead_of=instead_of, subject=subject, name=None, now=now, templates=versions)


def test_new_templates_replace_those_that_the_sender_has_seen() -> None:
    versions = TemplateVersions(OWN)
    first = store(versions, changed(), OWN.version)
    assert first == TemplatesChange(version="next", instead_of=OWN.version, stored_at=NOW, stored_by="admin-1")
    assert version_of(None, templates=versions).version == "next"
    assert version_of(OWN.version, templates=versions) == OWN
    # Sent again, it is the same answer.
    assert store(versions, changed(), OWN.version, now=NOW + timedelta(minutes=1)) == first
    with pytest.raises(TemplatesChanged) as raised:
        store(versions, changed(version="later"), OWN.version)
    assert raised.value.members == {"in_force": "next"}
    with pytest.raises(InvalidInput) as taken:
        store(versions, changed(put("admitted/sms/en", "Welcome.")), "next")
    assert [(each.pointer, each.code) for each in taken.value.problems] == [("/version", "templates_version_taken")]


def test_a_change_that_failed_under_another_one_that_failed_may_be_sent_again() -> None:
    versions = TemplateVersions(OWN, refuses=True)
    with pytest.raises(ServiceUnavailable):
        store(versions, changed(), OWN.version)


def test_a_change_names_a_version_and_has_no_problems() -> None:
    versions = TemplateVersions(OWN)
    with pytest.raises(TemplatesPreconditionMissing):
        store(versions, changed(), None)
    with pytest.raises(InvalidInput):
        store(versions, changed(put("admitted/sms/vi", "")), OWN.version)
    assert versions.in_force() == OWN
    for version in ("none", "a b"):
        with pytest.raises(TemplatesVersionUnknown):
            version_of(version, templates=versions)
