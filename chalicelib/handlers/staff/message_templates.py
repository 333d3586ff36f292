"""Administrators change the message templates, and all staff read them.

It is here and not in `messaging`, which does not import staff.
"""

from chalicelib import wiring
from chalicelib.http.answers import Answer
from chalicelib.http.queries import PageQuery
from chalicelib.http.requests import Call
from chalicelib.http.routes import serve
from chalicelib.http.shapes import ListPage
from chalicelib.http.versions import VersionQuery, if_match, version_in
from chalicelib.models.messaging.errors import (
    TemplatesChanged,
    TemplatesPreconditionMissing,
    TemplatesVersionUnknown,
)
from chalicelib.models.messaging.templates import Templates, TemplatesChange
from chalicelib.models.staff.roles import CHANGE_TEMPLATES, SEE_TEMPLATES
from chalicelib.observability import audit, count
from chalicelib.services.messaging import templates
from chalicelib.services.versions import list_changes
from chalicelib.wiring.messaging import template_versions


class TemplatesChanges(ListPage):
    """The newest first."""

    changes: list[TemplatesChange]
    """The newest first."""


@serve(
    "GET",
    "/v1/message-templates",
    summary="The message templates",
    tag="administration",
    roles=SEE_TEMPLATES,
    etag=True,
    errors=(TemplatesVersionUnknown,),
)
def get_message_templates(call: Call[None, VersionQuery]) -> Answer[Templates]:
    """The texts of all messages, by channel and language; the ETag is their version in quotes. Every version is kept
    for ever."""
    found = templates.version_of(call.query.version, templates=template_versions())
    return Answer(found, {"ETag": f'"{found.version}"', "Cache-Control": "private, no-cache"})


@serve(
    "GET",
    "/v1/message-templates/versions",
    summary="Who changed the message templates, and when",
    tag="administration",
    roles=SEE_TEMPLATES,
)
def list_message_template_versions(call: Call[None, PageQuery]) -> Answer[TemplatesChanges]:
    """Each time a version was put in force: who did it, when, and which version it replaced. The newest first."""
    page = list_changes(cursor=call.query.cursor, limit=call.query.limit, versions=template_versions())
    shown = [each.with_offset(wiring.offset()) for each in page.items]
    return Answer(TemplatesChanges(changes=shown, **page.ending))


@serve(
    "PUT",
    "/v1/message-templates",
    summary="Put message templates in force",
    tag="administration",
    roles=CHANGE_TEMPLATES,
    writes=True,
    headers=("ETag",),
    errors=(TemplatesPreconditionMissing, TemplatesChanged),
    parameters=(if_match("GET /v1/message-templates", "2026-12-05.2"),),
)
def put_message_templates(call: Call[Templates]) -> Answer[TemplatesChange]:
    """All templates under a new version. They are stored and in force at once or not at all, and every message uses
    them within a minute. If somebody else changed them since they were loaded, nothing is stored. Sent again, it gets
    the first answer."""
    change = templates.put_in_force(
        call.body,
        instead_of=version_in(call.headers),
        subject=call.principal.subject,
        name=call.principal.name,
        now=wiring.clock(),
        templates=template_versions(),
    )
    audit(call.principal, action="change message templates", codes=[], why=f"{change.instead_of} -> {change.version}")
    count("TemplateChanges")
    return Answer(change.with_offset(wiring.offset()), {"ETag": f'"{change.version}"'})
