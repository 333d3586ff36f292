"""Expand: the cases queue's events become contacts."""

import json
from functools import cache, partial
from typing import Any

from chalice.app import SQSEvent

from chalicelib.handlers.workers.batches import handle_each
from chalicelib.models.cases.events import CaseEvent
from chalicelib.models.tracing.markers import SEARCH_DUE, SearchEvent
from chalicelib.observability import count
from chalicelib.services.cases import searches
from chalicelib.services.cases.ports import FindCase
from chalicelib.wiring.cases import searcher


def expand(batch: SQSEvent) -> dict[str, Any]:
    """Do one step of a search for each event."""
    # Most events of a batch are of one case: it is read once.
    return handle_each(batch, "expand", partial(_expand, cache(searcher().cases.find)))


def _expand(find: FindCase, body: str) -> None:
    model = SearchEvent if json.loads(body).get("kind") == SEARCH_DUE else CaseEvent
    new = searches.expand(model.from_stored(body), find=find, searcher=searcher())
    if new:
        count("Contact_reasons", new)
