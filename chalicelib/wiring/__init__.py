"""Builds the real collaborators, each at first use: one module for each capability, here what all of them need.

Nothing else imports storage and adapters.

Functions import what they build: a cold start loads what its one request needs, and nothing else.
"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.observability import follow, traced
from chalicelib.settings import needed, settings

if TYPE_CHECKING:
    from chalicelib.adapters.aws_json import Client, Service
    from chalicelib.adapters.keyed_hash import KeyedHash
    from chalicelib.storage.reference_rows import ReferenceTable
    from chalicelib.storage.tables import AnyRow, Dynamodb, Table


READS_OF_SECRETS = 8
"""Attempts, within some ten seconds. Many instances that start in one second ask for more than the parameter store
gives in a second: their first requests wait, and do not fail."""

PARTNER = "partner"
"""What a partner's key is hashed with. The operator's command hashes it with the same."""


def clock() -> datetime:
    """Now, on the province's clock: what people read in an answer is the time on their own wall."""
    return datetime.now(zone())


@cache
def offset() -> timezone:
    """The province's offset from UTC. The same for all times that people send, as no country has had its own time of
    1900 since."""
    return timezone(datetime.now(zone()).utcoffset() or timedelta())


@cache
def zone() -> ZoneInfo:
    """The province's time zone."""
    return ZoneInfo(province(settings().province).time_zone)


@cache
def keyed_hash() -> KeyedHash:
    from chalicelib.adapters.keyed_hash import KeyedHash

    return KeyedHash(bytes.fromhex(secret("hash_key_parameter")))


def partner_of(api_key: str) -> str:
    """How a partner is named in our records: the keyed hash of its key, which is stored nowhere here."""
    return keyed_hash().text(PARTNER, api_key)


def table(row: type[AnyRow], name: str) -> Table[AnyRow]:
    """The table that this setting names, with rows of a class."""
    from chalicelib.storage.tables import Table

    return Table(row, needed(name), _client_of_dynamodb(), writes=follow)


@cache
def reference_table() -> ReferenceTable:
    from chalicelib.storage.reference_rows import ReferenceTable

    return ReferenceTable(needed("reference_table"), _client_of_dynamodb())


@cache
def _client_of_dynamodb() -> Dynamodb:
    from chalicelib.adapters.aws_json import DYNAMODB

    return client(DYNAMODB)


def client(service: Service, **more: int) -> Client:
    from chalicelib.adapters.aws_json import Client, find_keys

    return Client(service, settings().aws_region, find_keys(), traced=traced, **more)


@cache
def _first_secrets() -> dict[str, str]:
    """All secrets this function has, in one call: what a cold start needs."""
    names = ("signing_keys_parameter", "hash_key_parameter", "webhook_key_parameter")
    return read_secrets([name for name in names if getattr(settings(), name)])


def secret(parameter: str) -> str:
    """The secret in the parameter that this setting names."""
    return _first_secrets()[needed(parameter)]


def read_secrets(parameters: list[str]) -> dict[str, str]:
    """The secrets in the parameters that these settings name, by the parameter's name."""
    from botocore.exceptions import BotoCoreError, ClientError

    from chalicelib.adapters.aws_json import PARAMETER_STORE
    from chalicelib.adapters.parameters import read

    try:
        return read([needed(parameter) for parameter in parameters], client(PARAMETER_STORE, attempts=READS_OF_SECRETS))
    except (BotoCoreError, ClientError) as error:
        raise ServiceUnavailable from error


def forget() -> None:
    """Clear the caches of wiring and its adapters: clients, secrets, reference data. They are rebuilt at first use."""
    rooms = ("chalicelib.wiring", "chalicelib.adapters")
    for name, module in list(sys.modules.items()):
        if name.startswith(rooms):
            for kept in vars(module).values():
                # Not what is imported from elsewhere: the province and its words are the same in every process.
                if hasattr(kept, "cache_clear") and kept.__module__ == name:
                    kept.cache_clear()
