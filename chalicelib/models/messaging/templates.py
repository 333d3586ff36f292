"""Message templates: the texts of all notices, by channel and language. Data, not code; each version is kept.

Parsing checks only the form of templates; `template_problems` has the other checks.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, NamedTuple, Self
from unicodedata import combining, normalize

from pydantic import Field

from chalicelib.data import read_bytes
from chalicelib.models.fields import GSM_7, SMS_LENGTH, Whole
from chalicelib.models.messaging.messages import Outgoing
from chalicelib.models.messaging.notices import Notice
from chalicelib.models.people.languages import Language
from chalicelib.models.records import Record
from chalicelib.models.versions import VersionChange, Versioned

ZALO_LENGTH = 400
"""The most characters of a template at Zalo."""

INSTRUCTIONS = "instructions"
"""The parameter of a Zalo template that gets a notice's sentences."""

_LETTERS = str.maketrans("Đđ", "Dd")
"""The two letters that Unicode does not decompose."""


LONGEST_NAME = 50
"""The most characters of a place in a message. A longer name is cut."""

LONGEST_PLACE = 26
"""The most characters of a kind of place in a message to a contact."""


LONGEST_DECLARE_LINK = 88
"""The longest `DeclareUrl` (56 characters), and what stands behind its `#` for a seat: 32 characters."""

LONGEST_SERVICE = 12
"""The most characters of the number of a bus service in a message. A longer one is cut."""


class NoticeValues(NamedTuple):
    """The values with which a notice fills its templates."""

    longest: Mapping[str, int]
    """The values, and the most characters of each."""
    has_sentences: bool = False


NOTICES: Mapping[str, NoticeValues] = {
    # The link has the longest address that the stage's parameter `PublicUrl` may have.
    "declared": NoticeValues({"code": 19, "ends": 11, "link": 98}),
    "admitted": NoticeValues({}, has_sentences=True),
    "revoked": NoticeValues({"group": 4, "hotline": 15}),
    "one_time_code": NoticeValues({"code": 6, "ends": 5}),
    "gate_closed": NoticeValues({"checkpoint": LONGEST_NAME, "instead": LONGEST_NAME}),
    "contact_told": NoticeValues({"day": 5, "place": LONGEST_PLACE, "hotline": 15}),
    "message_taken_back": NoticeValues({"sent": 11, "hotline": 15}),
    "stay_changed": NoticeValues({"group": 4, "until": 10, "hotline": 15}),
    "draft_due": NoticeValues({"link": LONGEST_DECLARE_LINK}),
    "seat_link": NoticeValues({"bus": LONGEST_SERVICE, "link": LONGEST_DECLARE_LINK}),
    "permit_granted": NoticeValues({"until": 10, "link": 98}),
    "permit_revoked": NoticeValues({"group": 4, "hotline": 15}),
}
"""Every notice, by its `text_id`. The tests of the code that writes notices compare their values with it."""


class SmsTexts(Record):
    """The text of an SMS. Readers of Khmer and Chinese get the English text: their letters are not in the GSM 7-bit
    alphabet, and a single one turns a message of 160 characters into three parts."""

    vi: str = Field(max_length=2 * SMS_LENGTH)
    """In Vietnamese without accents. In SMS texts `{name}` is the placeholder of a value."""
    en: str = Field(max_length=2 * SMS_LENGTH)
    """In English."""

    def in_language(self, language: Language) -> str:
        return self.vi if language is Language.VI else self.en


class ZaloTemplate(Record):
    """A template as it is registered at Zalo, in one language."""

    template_id: str = Field(default="", pattern=r"^[0-9]{0,20}$", examples=["314159"])
    """Its id at Zalo. Empty: Zalo has not approved it yet, so it is not used."""
    text: str = Field(max_length=ZALO_LENGTH)
    """The text that Zalo approves. `<name>` is the placeholder of a parameter."""
    parameters: dict[str, Annotated[int, Whole(1, ZALO_LENGTH)]]
    """The most characters of each parameter, as in Zalo's console; also of parameters that only a button uses."""


class ZaloTemplates(Record):
    """The templates of a notice at Zalo, by language. Readers of other languages get an SMS."""

    vi: ZaloTemplate | None = None
    """In Vietnamese."""
    en: ZaloTemplate | None = None
    """In English."""
    km: ZaloTemplate | None = None
    """In Khmer."""
    zh: ZaloTemplate | None = None
    """In Chinese, in simplified characters."""

    def in_language(self, language: Language) -> ZaloTemplate | None:
        template: ZaloTemplate | None = getattr(self, language)
        return template


class NoticeTemplate(Record):
    """The templates of one notice."""

    sms: SmsTexts
    """The text of its SMS."""
    zalo: ZaloTemplates = ZaloTemplates()
    """Its templates at Zalo."""


class Templates(Versioned):
    """The templates of all notices."""

    notices: dict[str, NoticeTemplate]
    """By the notice's id: `declared`, `admitted`, `revoked`, `one_time_code`, `gate_closed`, `contact_told`,
    `message_taken_back`, `stay_changed`, `draft_due`, `seat_link`. All of them are given."""

    def compose(self, notice: Notice) -> Outgoing:
        """The message of a notice: its SMS, and its Zalo template if there is one for all of its values."""
        template = self.notices[notice.text_id]
        at_zalo = template.zalo.in_language(notice.language)
        data = _zalo_data(notice, at_zalo) if at_zalo is not None and at_zalo.template_id else None
        return Outgoing(
            phone=notice.recipient,
            text=_sms(notice, template.sms.in_language(notice.language)),
            tracking=notice.tracking,
            template_id="" if at_zalo is None or data is None else at_zalo.template_id,
            template_data=data or {},
        )

    def completed(self, shipped: Self) -> Self:
        """These templates, completed by shipped ones for missing notices: a newer release may write more notices."""
        return self.model_copy(update={"notices": {**shipped.notices, **self.notices}})


class TemplatesChange(VersionChange):
    """A change of the version in force: who did it, when, and which version it replaced."""


@cache
def shipped_templates(province: str) -> Templates:
    """The first templates of a province. Raises pydantic's `ValidationError` for malformed data."""
    return Templates.model_validate_json(read_bytes("provinces", province, "messages.json"))


def _sms(notice: Notice, template: str) -> str:
    """The text with as many whole sentences as fit into one part, in their order."""
    text = template.format_map({name: _unaccented(value) for name, value in notice.values.items()})
    for sentence in notice.sentences:
        if len(text) + 1 + len(sentence) > SMS_LENGTH or not re.fullmatch(f"[{GSM_7}]*", sentence):
            break
        text = f"{text} {sentence}"
    return text


def _unaccented(value: str) -> str:
    """A value for an SMS, without accents: names of places have accents, and one accent would make a second part."""
    if value.isascii():
        return value
    letters = normalize("NFD", value.translate(_LETTERS))
    return "".join(each for each in letters if not combining(each))


def _zalo_data(notice: Notice, template: ZaloTemplate) -> dict[str, Any] | None:
    """The parameters. None if one would be empty or too long: Zalo would refuse the message."""
    values = {**notice.values, **notice.full_values}
    if INSTRUCTIONS in template.parameters:
        most = template.parameters[INSTRUCTIONS]
        # Sentences with accents are easier to read. The short ones are used if more of them fit.
        full, short = _that_fit(notice.full_sentences, most), _that_fit(notice.sentences, most)
        values[INSTRUCTIONS] = " ".join(full if len(full) >= len(short) else short)
    data = {name: values.get(name, "") for name in template.parameters}
    return data if all(0 < len(data[name]) <= most for name, most in template.parameters.items()) else None


def _that_fit(sentences: Sequence[str], most: int) -> Sequence[str]:
    """The first sentences, as many as fit with blanks between them."""
    count = len(sentences)
    while len(" ".join(sentences[:count])) > most:
        count -= 1
    return sentences[:count]
