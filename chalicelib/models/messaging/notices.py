"""Notices: requests to send a message. Capabilities write them, messaging delivers them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.models.people.languages import Language


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to one person, sent once under the key `about` and `event`.

    Parameters
    ----------
    recipient
        A phone number in E.164.
    text_id
        The id of a message template (`models/messaging/templates.py`); `values` fill its placeholders.
    about, event
        What the message is about, as the code of a pass, and what happened to it.
    keep_until
        Until then it is on record that the message was sent.
    useful_until
        It is not sent from this time on. None: it is useful at any time.
    is_essential
        Whether it is sent however many texts the phone has had that day, and from the last part of the stage's budget.
        False for messages that an unproven caller can cause.
    share
        For notices whose capability has limits of its own for a phone, and which are not counted among the phone's
        texts: all notices of this `event` together get one in so many of the stage's texts of a day (5: a fifth).
    most_to_phone
        The most notices of this `text_id` that a phone gets a day. Left out: they have no limit of their own.
    language
        The recipient's language, if the province has the text in it.
    sentences
        Sentences after the text, the most important first, as many whole ones as fit into the message. In SMS letters.
    is_stopped
        An officer stopped it: it is recorded, but not sent.
    full_values
        Values in the recipient's language, for a channel with other letters. Those left out are the same as in
        `values`.
    full_sentences
        The same sentences in the same order, for a channel with other letters and more room.
    """

    recipient: str = field(repr=False)
    text_id: str
    values: Mapping[str, str]
    about: str
    event: str
    keep_until: datetime
    useful_until: datetime | None = None
    is_essential: bool = False
    share: int | None = None
    most_to_phone: int | None = None
    language: Language = Language.VI
    is_stopped: bool = False
    full_values: Mapping[str, str] = field(default_factory=dict)
    sentences: Sequence[str] = ()
    full_sentences: Sequence[str] = ()

    @property
    def tracking(self) -> str:
        """Identifies the message to providers: at most 48 characters, no person's data."""
        return f"{self.about}.{self.event}"
