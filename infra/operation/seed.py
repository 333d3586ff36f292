"""Put the province's checkpoints and first policy, which ship as data, into the reference table.

    python -m infra.seed --stage prod

A table that holds anything is left alone: by then the policy changes every day, and what shipped is out of date.
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter
from pynamodb.exceptions import PynamoDBException

from chalicelib.data import read_bytes
from chalicelib.models.checkpoints import Checkpoint
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.policies import Policy, PolicyChange, problems
from chalicelib.models.province import province
from chalicelib.storage.references import ReferenceRow, store_shipped_checkpoint, store_shipped_policy
from infra.accounts import add_arguments, chosen, stack_name
from infra.deployment import cloudformation as stack
from infra.errors import CannotGoOn, exit_code

PROVINCE = "tay-ninh"
STORED_BY = "infra.seed"
"""Who is on record for the policy that ships, as no member of staff put it in force."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """What was put in: the policy's version, and how many checkpoints."""

    policy: str
    checkpoints: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.seed", description="Fill a new stage's reference table.")
    add_arguments(parser)
    parser.add_argument("--table", help="the table itself, instead of a stage's")
    parser.add_argument("--province", default=PROVINCE, help="a folder of chalicelib/data/provinces (%(default)s)")
    parser.add_argument("--replace", action="store_true", help="even if the table is filled")
    options = parser.parse_args()
    if options.table and not options.stage:  # nothing is asked of the stage then
        options.stage = "unnamed"
    account, stage = chosen(parser, options)
    table = options.table or stack.outputs(account, stack_name(stage))["ReferenceTableName"]
    if not options.replace and not is_empty(table=table, region=account.region):
        raise CannotGoOn(f"{table} is filled already: nothing was changed. To put what ships in force again: --replace")
    seeded = seed(table=table, region=account.region, province_name=options.province)
    print(f"Policy {seeded.policy} is in force, with {seeded.checkpoints} checkpoints.")


def seed(*, table: str, region: str, province_name: str) -> Seeded:
    """Store a province's checkpoints and policy, as valid as if they came in through the API.

    Raises pydantic's `ValidationError` for data that is not well-formed, and `CannotGoOn` for a policy that is not
    whole, if the table has another policy of that name, or does not answer.
    """
    policy = Policy.model_validate_json(read_bytes("provinces", province_name, "policy.json"))
    if wrong := problems(policy, province(province_name).units_list):
        listed = "; ".join(f"{each.code} at {each.pointer or '/'}" for each in wrong)
        raise CannotGoOn(f"The policy of {province_name} cannot be put in force: {listed}")
    checkpoints = TypeAdapter(list[Checkpoint]).validate_json(
        read_bytes("provinces", province_name, "checkpoints.json")
    )
    change = PolicyChange(version=policy.version, stored_at=datetime.now(UTC), stored_by=STORED_BY)
    _place(table, region)
    try:
        if not store_shipped_policy(policy, change):
            raise CannotGoOn(f"{table} has another policy {policy.version}: give the one that ships a new version")
        for checkpoint in checkpoints:
            store_shipped_checkpoint(checkpoint)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {table} does not answer: {error.__cause__}") from error
    return Seeded(policy.version, len(checkpoints))


def is_empty(*, table: str, region: str) -> bool:
    """Whether nothing was ever put into the table. Raises `CannotGoOn` if it does not answer."""
    _place(table, region)
    try:
        return next(ReferenceRow.scan(limit=1), None) is None
    except PynamoDBException as error:
        raise CannotGoOn(f"The table {table} does not answer: {error}") from error


def _place(table: str, region: str) -> None:
    ReferenceRow.Meta.table_name = table
    ReferenceRow.Meta.region = region  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(exit_code(main))
