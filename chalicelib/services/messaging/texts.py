"""Texts: a notice becomes a message that is ready to be sent."""

from collections.abc import Mapping

from chalicelib.models.fields import SMS_LENGTH
from chalicelib.models.messaging.messages import Outgoing
from chalicelib.models.messaging.notices import Notice


def compose(notice: Notice, *, texts: Mapping[str, str]) -> Outgoing:
    """The message in the province's text, by the ids of `texts`. It has no template: it goes by SMS."""
    return Outgoing(notice.recipient, _text(notice, texts), notice.tracking)


def _text(notice: Notice, texts: Mapping[str, str]) -> str:
    """The text with as many whole sentences as one part of an SMS holds."""
    text = texts[notice.text_id].format_map(notice.values)
    for sentence in notice.sentences:
        if len(text) + 1 + len(sentence) > SMS_LENGTH:
            break
        text = f"{text} {sentence}"
    return text
