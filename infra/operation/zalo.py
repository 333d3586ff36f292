"""The province's app and Official Account at Zalo: their secrets and tokens.

    python -m infra zalo setup --stage prod
    python -m infra zalo tokens --stage prod
    python -m infra zalo check --stage prod

`setup` asks for the secrets of the app and of the Official Account, `tokens` for an access token and its refresh token,
as Zalo's console shows them. All of them are typed and not shown: they are in no history and no list of processes. They
become SecureString parameters, `zalo` and `zalo-tokens` under `/tay-ninh-pass/<stage>/`. From then on the stage renews
the tokens by itself; do not use the same refresh token anywhere else.

`check` asks Zalo whether it takes the access token that is stored. It renews nothing.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chalicelib.adapters.zalo import Hosts, Zalo
from chalicelib.adapters.zalo_tokens import StoredTokens
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.messaging.messages import TemporaryFailure
from chalicelib.models.messaging.tokens import TokenPair, TokenRefused, TokensMissing
from chalicelib.settings import settings
from infra.accounts import Account, add_arguments, calls, chosen
from infra.errors import CannotGoOn
from infra.operation.keys import parameter_of
from infra.operation.prompts import ask_secret, store

USED_FOR = timedelta(hours=1)
"""Zalo's console does not say when a token ends. The stage renews the pair within the hour, long before."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, line in (
        ("setup", "store the secrets of the app and of the Official Account"),
        ("tokens", "store a pair of tokens"),
        ("check", "ask Zalo whether it takes the token that is stored"),
    ):
        add_arguments(actions.add_parser(name, help=line, description=line))
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if options.action == "setup":
        secrets = {
            "app_secret": ask_secret("Secret key of the app"),
            "oa_secret": ask_secret("Secret key of the Official Account, for webhooks"),
        }
        store(account, parameter_of(stage, "zalo"), json.dumps(secrets))
        print(
            f"Stored. Next: python -m infra zalo tokens {account.where(stage)}, and then the app's id: "
            f"make deploy STAGE={stage} SET=ZaloAppId=…"
        )
    elif options.action == "tokens":
        store_tokens(
            account, stage, ask_secret("Access token"), ask_secret("Refresh token"), datetime.now(UTC) + USED_FOR
        )
        print(
            f"Stored. Functions use them within a minute. Try them: python -m infra zalo check {account.where(stage)}"
        )
    else:
        print(check(account, stage, datetime.now(UTC)))


def store_tokens(account: Account, stage: str, access_token: str, refresh_token: str, expires_at: datetime) -> None:
    """Store both tokens at once. Raises `CannotGoOn` if they are the same."""
    if access_token == refresh_token:
        raise CannotGoOn("The access token and the refresh token are two texts. Nothing was stored.")
    pair = TokenPair(
        access_token=access_token, refresh_token=refresh_token, expires_at=expires_at.replace(microsecond=0)
    )
    store(account, parameter_of(stage, "zalo-tokens"), pair.model_dump_json())


def check(account: Account, stage: str, now: datetime) -> str:
    """What Zalo says of the stored token, in a sentence. Raises `CannotGoOn` if it does not take it."""
    again = f"Get a new pair in Zalo's console and store it: python -m infra zalo tokens {account.where(stage)}"
    try:
        pair = StoredTokens(parameter_of(stage, "zalo-tokens"), calls(account.client("ssm"))).read()
    except TokensMissing:
        raise CannotGoOn(f"No tokens are stored. {again}") from None
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The parameter store does not answer: {error.__cause__}") from error
    try:
        name = _zalo().name_of_account(pair.access_token)
    except TokenRefused:
        if pair.expires_at > now:
            raise CannotGoOn(f"Zalo refuses the access token, which should be good. {again}") from None
        raise CannotGoOn(
            f"The access token ended at {pair.expires_at:%Y-%m-%d %H:%M} UTC and was not renewed. {again}"
        ) from None
    except TemporaryFailure as failure:
        raise CannotGoOn(f"Zalo gave no answer that can be read ({failure}). Try again in a minute.") from None
    return f"Zalo takes the token, as {name}. It is good until {pair.expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC."


def _zalo() -> Zalo:
    """With neither secret nor app: to try a token needs none. The hosts are those of this process's environment."""
    own = settings()
    hosts = Hosts(own.zalo_graph_url, own.zalo_openapi_url, own.zalo_business_url, own.zalo_oauth_url)
    return Zalo(hosts, app_id="", app_secret="", proxy=own.zalo_proxy_url, clock=lambda: datetime.now(UTC))
