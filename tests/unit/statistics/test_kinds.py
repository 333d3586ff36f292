"""Every kind of event is counted, or its capability says why not. A new one without either fails here."""

import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module
from types import ModuleType

import chalicelib.models
from chalicelib.handlers.workers import notify
from chalicelib.models.cases.tellings import CONTACT_TOLD
from chalicelib.models.entry.announcements import ANNOUNCED
from chalicelib.models.entry.events import COUNTED
from chalicelib.models.entry.reminders import DRAFT_DUE
from chalicelib.models.events import Event
from chalicelib.models.messaging.waves import WAVE_STEP_DUE
from chalicelib.models.partners.events import MANIFEST_KEPT
from chalicelib.models.tracing.markers import SEARCH_DUE
from chalicelib.wiring.statistics import sources
from infra import ROOT

_CONSTANT = re.compile(r"\bkind(?:: str)? ?= ?([A-Z_]{2,})\b(?![.\w])")
"""A kind that is a constant: where an event, or the wave of its events, is made."""


def constants() -> set[str]:
    """The kinds that are constants and in no enumeration."""
    sources = [each.read_text(encoding="utf-8") for each in (ROOT / "chalicelib").rglob("*.py")]
    names = {name for text in sources for name in _CONSTANT.findall(text)}
    values = {getattr(module, name) for module in modules() for name in names if hasattr(module, name)}
    # Waves are made of kinds that the worker of messages knows.
    return {each for each in values if type(each) is str} | {str(each) for each in notify._WRITERS}


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(chalicelib.models.__path__, "chalicelib.models."):
        yield import_module(found.name)


def kinds() -> set[str]:
    """The kinds of all classes of events, and of all that has counting functions."""
    enums = {
        each
        for module in modules()
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, StrEnum) and each.__name__.endswith(("EventKind", "FactKind"))
    }
    for module in modules():
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Event):
                kind = each.model_fields["kind"].annotation
                assert kind is str or kind in enums, f"{each} has kinds that this test does not find"
    return {str(kind) for each in enums for kind in each} | constants()


def test_kinds_that_are_constants_are_found() -> None:
    assert constants() >= {CONTACT_TOLD, ANNOUNCED, SEARCH_DUE, DRAFT_DUE, MANIFEST_KEPT, WAVE_STEP_DUE}


def test_every_kind_of_event_is_counted_or_says_why_not() -> None:
    rooms = [module for module in modules() if hasattr(module, "COUNTERS")]
    counted = {str(kind) for each in rooms for kind in each.COUNTERS}
    reasons = {str(kind): reason for each in rooms for kind, reason in each.NOT_COUNTED.items()}
    assert kinds() - counted == reasons.keys()
    assert not counted & reasons.keys()
    assert all(reason.endswith(".") for reason in reasons.values())


def test_the_worker_knows_all_counting_functions() -> None:
    counted = {str(kind) for module in modules() if hasattr(module, "COUNTERS") for kind in module.COUNTERS}
    assert counted == sources().keys()


def test_what_is_counted_is_sent_to_the_queue() -> None:
    from chalicelib.models.cases import counting as cases
    from chalicelib.models.cases import events
    from chalicelib.models.entry import counting as entry

    assert entry.COUNTERS.keys() == COUNTED
    assert cases.COUNTERS.keys() == events.COUNTED
