"""Store the province's checkpoints and first policy, which ship as data, in the reference table.

A table that is not empty is left alone: by then the policy changes every day, and the shipped one is out of date.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter
from pynamodb.exceptions import PynamoDBException

from chalicelib.data import read_bytes
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import problems
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.policy.policies import store_shipped_policy
from chalicelib.storage.reference_rows import ReferenceRow
from chalicelib.storage.staff.checkpoints import store_shipped_checkpoint
from infra.accounts import add_arguments, chosen, stack_name
from infra.errors import CannotGoOn
from infra.stacks import outputs

PROVINCE = "tay-ninh"
STORED_BY = "infra.seed"
"""On record as the author of the shipped policy, since no member of staff put it in force."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    parser.add_argument("--province", default=PROVINCE, help="a folder of chalicelib/data/provinces (%(default)s)")
    parser.add_argument("--replace", action="store_true", help="replace the policy and checkpoints that are there")
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    table = outputs(account, stack_name(stage))["ReferenceTableName"]
    if not options.replace and not is_empty(table=table, region=account.region):
        raise CannotGoOn(
            f"{table} already has a policy and checkpoints; nothing was changed. To replace them with those of the "
            "package: --replace"
        )
    policy, checkpoints = seed(table=table, region=account.region, province_name=options.province)
    print(f"Policy {policy} is in force, with {checkpoints} checkpoints.")


def seed(*, table: str, region: str, province_name: str) -> tuple[str, int]:
    """Store a province's checkpoints and policy, after the same checks as in the API.

    Returns the policy's version and the number of checkpoints. Raises pydantic's `ValidationError` for malformed data,
    and `CannotGoOn` if the policy has problems, if the table has another policy of that version, or does not answer.
    """
    policy = Policy.model_validate_json(read_bytes("provinces", province_name, "policy.json"))
    if wrong := problems(policy, province(province_name).units_list):
        listed = "; ".join(f"{each.code} at {each.pointer or '/'}" for each in wrong)
        raise CannotGoOn(f"The policy of {province_name} cannot be put in force: {listed}")
    checkpoints = TypeAdapter(list[Checkpoint]).validate_json(
        read_bytes("provinces", province_name, "checkpoints.json")
    )
    change = PolicyChange(version=policy.version, stored_at=datetime.now(UTC), stored_by=STORED_BY)
    _use(table, region)
    try:
        if not store_shipped_policy(policy, change):
            raise CannotGoOn(f"{table} has another policy {policy.version}: give the shipped one a new version.")
        for checkpoint in checkpoints:
            store_shipped_checkpoint(checkpoint)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {table} does not answer: {error.__cause__}") from error
    return policy.version, len(checkpoints)


def is_empty(*, table: str, region: str) -> bool:
    """Whether the table is empty. Raises `CannotGoOn` if it does not answer."""
    _use(table, region)
    try:
        return next(ReferenceRow.scan(limit=1), None) is None
    except PynamoDBException as error:
        raise CannotGoOn(f"The table {table} does not answer: {error}") from error


def _use(table: str, region: str) -> None:
    ReferenceRow.Meta.table_name = table
    ReferenceRow.Meta.region = region  # type: ignore[attr-defined]
