"""Partner apps: each has an API key, and limits of its own that no other caller uses up.

    python -m infra partners add zalo-mini-app --stage prod --rate 50 --burst 100 --quota 200000
    python -m infra partners list --stage prod
    python -m infra partners webhook zalo-mini-app --stage prod --url https://app.example/webhooks
    python -m infra partners webhook zalo-mini-app --stage prod --rotate
    python -m infra partners remove zalo-mini-app --stage prod

Each partner has a usage plan, which holds its limits. A key opens the routes under `/v1/partner` and nothing else: it
identifies the caller and protects no person's record. It is printed once, when it is made.

Webhooks go to the partner's endpoint, signed with a secret that is printed when the endpoint is registered and at each
rotation. After a rotation requests are signed with both secrets for a day.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.partners.endpoints import Endpoint, problem_of, secret_text
from chalicelib.services.partners.deliveries import endpoint_secret
from chalicelib.storage.partners.endpoints import Endpoints
from chalicelib.wiring import PARTNER
from infra.accounts import APPLICATION, Account, add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.keys import keyed_hash, webhook_hash
from infra.operation.prompts import add_yes, confirm
from infra.operation.seed import reference_table
from infra.stacks import outputs

GATEWAY_STAGE = "api"
"""API Gateway's stage, from `.chalice/config.json`. Each of our stages is a stack of its own."""

BOTH_SECRETS_FOR = timedelta(days=1)
"""How long the secret before a rotation goes on signing."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a second, requests at once, requests a day (of UTC)."""

    rate: float
    burst: int
    quota: int


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner on record. `plan` and `key` are API Gateway's ids; the gateway's log has the key's id."""

    name: str
    plan: str
    key: str
    limits: Limits
    used_today: int | None
    """None if the gateway does not say."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("list", "names, limits, today's requests and endpoints; never keys"),
        ("add", "make a key and print it, this once"),
        ("webhook", "register the partner's endpoint, or make it a new secret"),
        ("remove", "delete a key and its endpoint, at once"),
    ):
        action = actions.add_parser(name, help=line, description=line)
        add_arguments(action)
        if name != "list":
            action.add_argument("name", type=_name, help="the partner's name")
    adding = actions.choices["add"]
    adding.add_argument("--rate", type=_positive, default=20, help="requests a second (%(default)s)")
    adding.add_argument("--burst", type=_positive, default=40, help="requests at once (%(default)s)")
    adding.add_argument("--quota", type=_positive, default=20_000, help="requests a day (%(default)s)")
    adding.add_argument("--webhook-url", metavar="URL", help="where webhooks go; none without it")
    what = actions.choices["webhook"].add_mutually_exclusive_group(required=True)
    what.add_argument("--url", help="where webhooks go from now on; the secret stays if there is one")
    what.add_argument("--rotate", action="store_true", help="a new secret; the one before signs for a day, too")
    what.add_argument("--replace", action="store_true", help="a new secret, and the one before is not used any more")
    what.add_argument("--off", action="store_true", help="no more webhooks")
    for name in ("webhook", "remove"):
        add_yes(actions.choices[name])
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    stack = stack_name(stage)
    api = outputs(account, stack)["RestAPIId"]
    if options.action == "add":
        if options.webhook_url is not None:
            _check(options.webhook_url, account)
        key = add(account, stack, api, options.name, Limits(options.rate, options.burst, options.quota))
        print(f"The key of {options.name}. It cannot be read here again:\n\n    {key}\n")
        if options.webhook_url is not None:
            _webhook(account, stage, options.name, key, partial(registered, options.name, options.webhook_url))
    elif options.action == "webhook":
        _change_webhooks(options, account, stage, _key_of(account, stack, api, options.name))
    elif options.action == "remove":
        key = _key_of(account, stack, api, options.name)
        confirm(stage, f"The key of {options.name} in {stage} is deleted, and its webhooks end.", yes=options.yes)
        # The endpoint first: afterwards nobody knows the key that names it.
        _unregister(account, stage, key)
        remove(account, stack, api, options.name)
        print(f"The key of {options.name} no longer works.")
    else:
        _print(list(partners(account, stack, api)), endpoints_of(account, stack))


def _change_webhooks(options: Namespace, account: Account, stage: str, key: str) -> None:
    if options.off or options.replace:
        lost = "gets no more webhooks" if options.off else "cannot verify webhooks until it has the new secret"
        confirm(stage, f"{options.name} in {stage} {lost}, from now on.", yes=options.yes)
    if options.off:
        _unregister(account, stage, key)
        print(f"{options.name} gets no more webhooks.")
        return
    if options.url is not None:
        _check(options.url, account)
        make = partial(registered, options.name, options.url)
    else:
        now = datetime.now(UTC).replace(microsecond=0)
        make = partial(rotated, options.name, now + BOTH_SECRETS_FOR if options.rotate else None)
    _webhook(account, stage, options.name, key, make)


def registered(name: str, url: str, endpoint: Endpoint | None) -> Endpoint:
    """The endpoint with another URL; a first one has a first secret."""
    return Endpoint(name=name, url=url) if endpoint is None else endpoint.model_copy(update={"url": url})


def rotated(name: str, former_until: datetime | None, endpoint: Endpoint | None) -> Endpoint:
    """The endpoint with a new secret. Raises `CannotGoOn` if there is no endpoint."""
    if endpoint is None:
        raise CannotGoOn(f"{name} has no endpoint yet. Register one: use --url URL instead.")
    return endpoint.model_copy(update={"version": endpoint.version + 1, "former_until": former_until})


def add(account: Account, stack: str, api: str, name: str, limits: Limits) -> str:
    """Make a partner's key and plan. Returns the key. Raises `CannotGoOn` if the name is taken."""
    if any(each.name == name for each in partners(account, stack, api)):
        raise CannotGoOn(f"A partner named {name} already exists. Remove it first, or choose another name.")
    client = account.client("apigateway")
    made = client.create_api_key(name=_full(stack, name), enabled=True, tags={"application": APPLICATION})
    plan = None
    try:
        plan = client.create_usage_plan(
            name=_full(stack, name),
            apiStages=[{"apiId": api, "stage": GATEWAY_STAGE}],
            throttle={"rateLimit": limits.rate, "burstLimit": limits.burst},
            quota={"limit": limits.quota, "period": "DAY"},
            tags={"application": APPLICATION},
        )
        client.create_usage_plan_key(usagePlanId=plan["id"], keyId=made["id"], keyType="API_KEY")
    except ClientError:
        _delete(client, api, plan["id"] if plan else None, made["id"])
        raise
    return str(made["value"])


def remove(account: Account, stack: str, api: str, name: str) -> None:
    """Delete a partner's key and plan. Raises `CannotGoOn` if there is no partner of that name."""
    partner = _named(name, partners(account, stack, api))
    _delete(account.client("apigateway"), api, partner.plan, partner.key or None)


def partners(account: Account, stack: str, api: str) -> Iterator[Partner]:
    """All partners of a stack, by name."""
    client = account.client("apigateway")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    plans = [
        plan
        for page in client.get_paginator("get_usage_plans").paginate()
        for plan in page["items"]
        if any(each["apiId"] == api for each in plan.get("apiStages", [])) and plan["name"].startswith(_full(stack, ""))
    ]
    for plan in sorted(plans, key=lambda each: str(each["name"])):
        keys = client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
        throttle, quota = plan.get("throttle", {}), plan.get("quota", {})
        yield Partner(
            name=plan["name"].removeprefix(_full(stack, "")),
            plan=plan["id"],
            key=keys[0]["id"] if keys else "",
            limits=Limits(throttle.get("rateLimit", 0), throttle.get("burstLimit", 0), quota.get("limit", 0)),
            used_today=_used(client, plan["id"], today),
        )


def endpoints_of(account: Account, stack: str) -> dict[str, str]:
    """The URLs of the endpoints that are registered, by the partner's name."""
    return {each.name: each.url for each in _endpoints(account, stack).all()}


def _webhook(account: Account, stage: str, name: str, key: str, make: Callable[[Endpoint | None], Endpoint]) -> None:
    """Change a partner's endpoint, and print its secret."""
    partner = keyed_hash(account, stage).text(PARTNER, key)
    secrets = webhook_hash(account, stage)
    try:
        endpoint = _endpoints(account, stack_name(stage)).change(partner, make)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The reference table does not answer: {error.__cause__}") from error
    secret = secret_text(endpoint_secret(partner, endpoint.version, secrets))
    print(f"Webhooks of {name} go to {endpoint.url}\nand are signed with this secret:\n\n    {secret}\n")
    if endpoint.former_until is not None:
        print(f"Until {endpoint.former_until:%Y-%m-%d %H:%M} UTC they are signed with the one before, too.")


def _unregister(account: Account, stage: str, key: str) -> None:
    partner = keyed_hash(account, stage).text(PARTNER, key)
    _endpoints(account, stack_name(stage)).remove(partner)


def _endpoints(account: Account, stack: str) -> Endpoints:
    return Endpoints(reference_table(account, outputs(account, stack)["ReferenceTableName"]))


def _check(url: str, account: Account) -> None:
    """Raise `CannotGoOn` if a URL cannot be an endpoint. On the local engine it may be on this machine."""
    if problem := problem_of(url, on_this_machine=account.endpoint is not None):
        raise CannotGoOn(f"{url} cannot be an endpoint: {problem}.")


def _key_of(account: Account, stack: str, api: str, name: str) -> str:
    """A partner's key, as API Gateway holds it. Raises `CannotGoOn` if there is no partner of that name."""
    partner = _named(name, (each for each in partners(account, stack, api) if each.key))
    return str(account.client("apigateway").get_api_key(apiKey=partner.key, includeValue=True)["value"])


def _named(name: str, known: Iterable[Partner]) -> Partner:
    names = {each.name: each for each in known}
    if name not in names:
        raise CannotGoOn(f"There is no partner {name}. Partners: {', '.join(names) or 'none yet'}.")
    return names[name]


def _used(client: Any, plan: str, day: str) -> int | None:
    try:
        days = client.get_usage(usagePlanId=plan, startDate=day, endDate=day).get("items")
    except ClientError:
        return None
    return None if days is None else sum(used for each in days.values() for used, _left in each)


def _delete(client: Any, api: str, plan: str | None, key: str | None) -> None:
    """Delete the key first: it stops working, even if the rest fails."""
    if key:
        client.delete_api_key(apiKey=key)
    if plan:
        # A plan cannot be deleted while a gateway's stage belongs to it.
        stage = {"op": "remove", "path": "/apiStages", "value": f"{api}:{GATEWAY_STAGE}"}
        client.update_usage_plan(usagePlanId=plan, patchOperations=[stage])
        client.delete_usage_plan(usagePlanId=plan)


def _print(listed: list[Partner], endpoints: Mapping[str, str]) -> None:
    print(f"{'partner':40} {'key id':12} {'a second':>9} {'at once':>8} {'a day':>10} {'today':>10}  webhooks")
    for each in listed:
        limits = f"{each.limits.rate:9g} {each.limits.burst:8} {each.limits.quota:10}"
        used = "?" if each.used_today is None else each.used_today
        print(f"{each.name:40} {each.key:12} {limits} {used:>10}  {endpoints.get(each.name, '-')}")


def _full(stack: str, name: str) -> str:
    return f"{stack}.{name}"


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ArgumentTypeError("a partner's name is 2 to 40 lower-case letters, digits and hyphens")
    return text


def _positive(text: str) -> int:
    if not re.fullmatch("0*[1-9][0-9]*", text):
        raise ArgumentTypeError("must be a whole number, 1 or more")
    return int(text)
