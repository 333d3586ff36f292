"""Why nothing of partners is counted."""

from collections.abc import Mapping

from chalicelib.models.partners.events import MANIFEST_KEPT
from chalicelib.models.partners.events import PartnerEventKind as Kind
from chalicelib.models.statistics.counting import Counter

COUNTERS: Mapping[str, Counter] = {}

NOT_COUNTED: Mapping[str, str] = {
    Kind.EXPIRY_DUE: "It asks for work; the declaration is counted.",
    Kind.ATTEMPT_DUE: "It asks for work; attempts are metrics of the system.",
    Kind.REPLAY_ASKED: "It asks for work; attempts are metrics of the system.",
    Kind.FATE_DUE: "It is of a sandbox.",
    MANIFEST_KEPT: "Its messages are counted; each passenger's declaration is, once it is made.",
}
"""By kind of event. What a partner's app declares is counted as any declaration."""
