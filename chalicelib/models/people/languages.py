"""The languages of travellers, and texts in them."""

from chalicelib.models.enums import StrEnum
from chalicelib.models.records import Record


class Language(StrEnum):
    """BCP 47: the language in which a person gets texts."""

    VI = "vi"
    """Vietnamese."""
    EN = "en"
    """English."""
    KM = "km"
    """Khmer."""
    ZH = "zh"
    """Chinese, in simplified characters."""


class Words(Record):
    """A text by language. Vietnamese and English are always there."""

    vi: str
    """In Vietnamese."""
    en: str
    """In English."""
    km: str | None = None
    """In Khmer."""
    zh: str | None = None
    """In Chinese, in simplified characters."""

    def in_language(self, language: str) -> str:
        """The text in this language, else in English."""
        text: str | None = getattr(self, language)
        return text or self.en

    def replaced(self, placeholder: str, value: str) -> dict[str, str]:
        """The text in each language that it has, with the placeholder filled."""
        return {
            each.value: text.replace(placeholder, value) for each in Language if (text := getattr(self, each.value))
        }
