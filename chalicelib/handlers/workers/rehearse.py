"""Rehearse: every few minutes the system declares through its own public address, and counts whether that works."""

from collections.abc import Callable

from chalice.app import CloudWatchEvent

from chalicelib import wiring
from chalicelib.models.entry.rehearsals import AskApi, RehearsalFailed
from chalicelib.models.people.consents import consent_texts
from chalicelib.models.people.province import province
from chalicelib.observability import count, note
from chalicelib.services.entry.rehearsals import rehearse_journey, rehearse_refusal
from chalicelib.settings import needed, settings
from chalicelib.wiring.entry import api_at


def rehearse(_: CloudWatchEvent) -> None:
    """Send this stage a declaration that it must refuse, and make the whole journey in the sandbox, if one is set. A
    failure of one does not stop the other."""
    problems = _problems("here", rehearse_refusal, api_at(needed("public_url")))
    if settings().rehearsal_sandbox_url:
        problems |= _problems("sandbox", rehearse_journey, api_at(settings().rehearsal_sandbox_url))
    note(function="rehearse", problems=problems)
    count("Rehearsal_failed", len(problems))


def _problems(place: str, journey: Callable[..., None], ask: AskApi) -> dict[str, str]:
    name = settings().province
    try:
        journey(ask, province=province(name), consent=consent_texts(name)[-1], clock=wiring.clock)
    except RehearsalFailed as failed:
        return {place: str(failed)}
    return {}
