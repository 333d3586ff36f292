"""What the first administrator of a province does through the API, for the system on this machine: post the staff, and
register message templates and webhook at Zalo."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import urllib3

from infra.errors import CannotGoOn
from infra.local.providers import Providers
from infra.local.staff import POSTINGS, StaffMember
from infra.local.template import has_route
from infra.packaging.package import Template

ANSWERS_WITHIN = 30.0
"""Seconds."""

_TEMPLATES, _WEBHOOK = "/v1/message-templates", "/v1/zalo/webhook"


class Administrator(NamedTuple):
    """Asks the API."""

    api_url: str
    """The API's address, without `/v1`."""
    token: str
    """A bearer token, valid for an hour."""

    def ask(
        self, method: str, path: str, content: object = None, headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        """The answer, which is a 200. Raises `CannotGoOn` for any other."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        with urllib3.PoolManager(timeout=ANSWERS_WITHIN, retries=False) as http:
            answer = http.request(method, self.api_url + path, json=content, headers=sent)
        if answer.status != HTTPStatus.OK:
            text = answer.data.decode(errors="replace")
            raise CannotGoOn(f"{method} {path} was answered with {answer.status}:\n{text}")
        return answer


def post_staff(administrator: Administrator, staff: Mapping[str, StaffMember]) -> None:
    """Post the members who work at a place. `staff` is by username. Raises `CannotGoOn`."""
    for username, place in POSTINGS.items():
        path = f"/v1/staff/{staff[username]['subject']}/posting"
        administrator.ask("PUT", path, {**place, "name": username})


def register(administrator: Administrator, template: Template, providers: Providers) -> None:
    """Have Zalo approve the message templates, put their ids in force, and give Zalo the address of the webhook.

    A release that has no such route is left as it is. Raises `CannotGoOn`.
    """
    if has_route(template, _TEMPLATES):
        answer = administrator.ask("GET", _TEMPLATES)
        templates = answer.json()
        for name, notice in templates["notices"].items():
            for language, at_zalo in notice["zalo"].items():
                if at_zalo is not None:
                    text, parameters = at_zalo["text"], at_zalo["parameters"]
                    at_zalo["template_id"] = providers.approve(f"{name} ({language})", text, parameters)
        templates["version"] += ".local"
        administrator.ask("PUT", _TEMPLATES, templates, {"If-Match": answer.headers["ETag"]})
    if has_route(template, _WEBHOOK):
        webhook = administrator.api_url + _WEBHOOK
        # A cold function may take longer than Zalo waits.
        with urllib3.PoolManager(timeout=ANSWERS_WITHIN, retries=False) as http:
            http.request("POST", webhook, json={})
        providers.register(webhook)
