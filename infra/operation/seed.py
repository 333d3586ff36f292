"""Store the province's checkpoints and first policy, which ship as data, in the reference table.

A table that is not empty is left alone: by then the policy changes every day, and the shipped one is out of date.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter

from chalicelib.data import read_bytes
from chalicelib.models.errors import ServiceUnavailable
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import problems
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.policy.policies import store_shipped_policy
from chalicelib.storage.reference_rows import CURRENT, ReferenceTable
from chalicelib.storage.staff.checkpoints import store_shipped_checkpoint
from infra.accounts import Account, add_arguments, calls, chosen, stack_name
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
    reference = reference_table(account, table)
    if not options.replace and not is_empty(reference):
        raise CannotGoOn(
            f"{table} already has a policy and checkpoints; nothing was changed. To replace them with those of the "
            "package: --replace"
        )
    policy, checkpoints = seed(reference, options.province)
    print(f"Policy {policy} is in force, with {checkpoints} checkpoints.")


def seed(reference: ReferenceTable, province_name: str) -> tuple[str, int]:
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
    try:
        if not store_shipped_policy(policy, change, reference):
            raise CannotGoOn(
                f"{reference.name} has another policy {policy.version}: give the shipped one a new version."
            )
        for checkpoint in checkpoints:
            store_shipped_checkpoint(checkpoint, reference)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {reference.name} does not answer: {error.__cause__}") from error
    return policy.version, len(checkpoints)


def is_empty(reference: ReferenceTable) -> bool:
    """Whether it has neither policy nor checkpoints. Raises `CannotGoOn` if the table does not answer."""
    try:
        return next(reference.query(CURRENT, limit=1), None) is None
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {reference.name} does not answer: {error.__cause__}") from error


def reference_table(account: Account, name: str) -> ReferenceTable:
    return ReferenceTable(name, calls(account.client("dynamodb")))
