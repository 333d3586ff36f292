"""Store the province's checkpoints, first policy and message templates, which ship as data, in the reference table.

What is there is left alone: by then the policy changes every day, and the shipped one is out of date.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import UTC, datetime

from pydantic import TypeAdapter

from chalicelib.data import read_bytes
from chalicelib.models.errors import FieldProblem, ServiceUnavailable
from chalicelib.models.messaging.template_problems import problems as template_problems
from chalicelib.models.messaging.templates import TemplatesChange, shipped_templates
from chalicelib.models.people.province import province
from chalicelib.models.policy.policies import Policy, PolicyChange
from chalicelib.models.policy.problems import problems
from chalicelib.models.staff.checkpoints import Checkpoint
from chalicelib.storage.messaging.templates import store_shipped_templates
from chalicelib.storage.policy.policies import store_shipped_policy
from chalicelib.storage.reference_rows import CURRENT, ReferenceTable
from chalicelib.storage.staff.checkpoints import store_shipped_checkpoint
from infra.accounts import Account, add_arguments, calls, chosen, stack_name
from infra.errors import CannotGoOn
from infra.operation.prompts import add_yes, confirm
from infra.stacks import outputs

PROVINCE = "tay-ninh"
STORED_BY = "infra.seed"
"""On record as the author of the shipped policy, since no member of staff put it in force."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    parser.add_argument("--province", default=PROVINCE, help="a folder of chalicelib/data/provinces (%(default)s)")
    parser.add_argument("--replace", action="store_true", help="replace those that are there")
    add_yes(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    table = outputs(account, stack_name(stage))["ReferenceTableName"]
    reference = reference_table(account, table)
    if not options.replace and not is_empty(reference):
        store_templates(reference, options.province, only_if_none=True)
        raise CannotGoOn(
            f"{table} already has a policy and checkpoints; they were not changed. To replace them, and the "
            "message templates, with those of the package: --replace"
        )
    if options.replace:
        what = (
            f"This puts the shipped policy, message templates and checkpoints in force in {stage}. Gates may open or "
            "close by it."
        )
        confirm(stage, what, yes=options.yes)
    policy, checkpoints = seed(reference, options.province)
    print(f"Policy {policy} is in force, with {checkpoints} checkpoints.")


def seed(reference: ReferenceTable, province_name: str) -> tuple[str, int]:
    """Store a province's checkpoints, policy and message templates, after the same checks as in the API.

    Returns the policy's version and the number of checkpoints. Raises pydantic's `ValidationError` for malformed data,
    and `CannotGoOn` if something has problems, if the table has another document of its version, or does not answer.
    """
    policy = Policy.model_validate_json(read_bytes("provinces", province_name, "policy.json"))
    _require_none(f"policy of {province_name}", problems(policy, province(province_name).units_list))
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
    store_templates(reference, province_name)
    return policy.version, len(checkpoints)


def store_templates(reference: ReferenceTable, province_name: str, *, only_if_none: bool = False) -> None:
    """Put a province's message templates in force, with `only_if_none` only if none are. Raises as `seed` does."""
    templates = shipped_templates(province_name)
    _require_none(f"message templates of {province_name}", template_problems(templates))
    change = TemplatesChange(version=templates.version, stored_at=datetime.now(UTC), stored_by=STORED_BY)
    try:
        is_stored = store_shipped_templates(templates, change, reference, only_if_none=only_if_none)
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {reference.name} does not answer: {error.__cause__}") from error
    if not (is_stored or only_if_none):
        raise CannotGoOn(
            f"{reference.name} has other message templates {templates.version}: give the shipped ones a new version."
        )


def _require_none(what: str, problems: Sequence[FieldProblem]) -> None:
    if problems:
        listed = "; ".join(f"{each.code} at {each.pointer or '/'}" for each in problems)
        raise CannotGoOn(f"The {what} cannot be put in force: {listed}")


def is_empty(reference: ReferenceTable) -> bool:
    """Whether it has neither policy nor checkpoints. Raises `CannotGoOn` if the table does not answer."""
    try:
        return next(reference.query(CURRENT, limit=1), None) is None
    except ServiceUnavailable as error:
        raise CannotGoOn(f"The table {reference.name} does not answer: {error.__cause__}") from error


def reference_table(account: Account, name: str) -> ReferenceTable:
    return ReferenceTable(name, calls(account.client("dynamodb")))
