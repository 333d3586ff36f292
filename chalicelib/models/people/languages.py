"""The languages of travellers."""

from enum import StrEnum


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
