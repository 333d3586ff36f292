"""The account at eSMS, which sends SMS under the province's brand name.

    python -m infra esms setup --stage prod

It asks for the account's two keys, as eSMS's page shows them. They are typed and not shown, and become a SecureString
parameter, `esms` under `/tay-ninh-pass/<stage>/`.
"""

import json
from argparse import ArgumentParser
from collections.abc import Sequence

from infra.accounts import add_arguments, chosen
from infra.operation.keys import parameter_of
from infra.operation.prompts import ask_secret, store


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    line = "store the keys of the account"
    add_arguments(actions.add_parser("setup", help=line, description=line))
    account, stage = chosen(parser, parser.parse_args(arguments))
    keys = {"api_key": ask_secret("API key"), "secret_key": ask_secret("Secret key")}
    store(account, parameter_of(stage, "esms"), json.dumps(keys))
    print(f"Stored. To send by eSMS: make deploy STAGE={stage} SET='SmsProvider=esms EsmsBrandname=…'")
