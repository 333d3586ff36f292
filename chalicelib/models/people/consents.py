"""What people consent to, as shipped data: `data/provinces/<name>/consent.json`."""

from functools import cache

from pydantic_core import from_json

from chalicelib.data import read_bytes
from chalicelib.models.enums import StrEnum
from chalicelib.models.people.languages import Words
from chalicelib.models.records import Record


class ConsentPurpose(StrEnum):
    """A purpose that a person may decline. Its name is that of the member in a form's `consent`."""

    MESSAGES = "messages"


class ConsentText(Record):
    """What a person consents to. `version` goes into the declaration."""

    version: str
    """To be sent as `consent.text_version`."""
    in_force_from: str
    """The day from which it is the current one."""
    text: Words
    """What the person agrees to."""
    may_be_declined: dict[ConsentPurpose, Words] = {}
    """The purposes with a box of their own, and the words beside it. The form must have their members in `consent`.
    Texts that asked for everything at once have none."""


@cache
def consent_texts(name: str) -> list[ConsentText]:
    """All versions of a province's text that were ever in force, the current one last. They are not validated here, as
    each cold start of a declaration reads them; `tests/unit/people/test_province.py` validates what is shipped."""
    return [
        ConsentText.model_construct(
            **{
                **given,
                "text": Words.model_construct(**given["text"]),
                "may_be_declined": {
                    ConsentPurpose(purpose): Words.model_construct(**words)
                    for purpose, words in given.get("may_be_declined", {}).items()
                },
            }
        )
        for given in from_json(read_bytes("provinces", name, "consent.json"))
    ]
