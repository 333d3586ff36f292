"""Dependencies of conversations."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.models.people.province import province
from chalicelib.settings import settings

if TYPE_CHECKING:
    from chalicelib.services.conversations.replies import Responder


@cache
def responder() -> Responder:
    """Dependencies of replies."""
    from chalicelib.models.conversations.replies import reply_texts
    from chalicelib.services.conversations.replies import Responder
    from chalicelib.services.entry.passes import state_of
    from chalicelib.storage.conversations.replies import Replies, ReplyRow
    from chalicelib.wiring.entry import entries
    from chalicelib.wiring.providers import send_reply

    return Responder(
        replies=Replies(
            wiring.table(ReplyRow, "messages_table"), lease=timedelta(seconds=settings().message_lease_seconds)
        ),
        send_reply=send_reply,
        state_of=partial(state_of, records=entries(), clock=wiring.clock),
        texts=reply_texts(settings().province),
        province=province(settings().province),
        declare_url=settings().declare_url,
        keyed_hash=wiring.keyed_hash(),
        clock=wiring.clock,
    )
