"""The languages of the people who travel."""

from enum import StrEnum


class Language(StrEnum):
    """BCP 47: the language in which a person wants to read."""

    VI = "vi"
    """Vietnamese."""
    EN = "en"
    """English."""
    KM = "km"
    """Khmer."""
    ZH = "zh"
    """Chinese, in simplified characters."""
