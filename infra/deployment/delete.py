"""Delete a stage's stack, after the stage's name was typed. Records, staff, audit log and secrets stay.

It prints the commands that delete those, for when they may go.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Sequence

from infra import stacks
from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.deployment import cloudformation, pages
from infra.operation.keys import secret_names
from infra.operation.partners import partners, remove
from infra.operation.prompts import add_yes, confirm
from infra.packaging.package import read_template
from infra.steps import Printed


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    add_yes(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    name = stack_name(stage)
    outputs = stacks.outputs(account, name)  # before the question: the stack may be missing
    api = outputs["RestAPIId"]
    kept = list(_kept(account, name))
    confirm(stage, f"This deletes {name} in {account.region}.", yes=options.yes)
    steps = Printed()
    with steps.step("Removing the partners' keys"):
        for partner in list(partners(account, name, api)):
            remove(account, name, api, partner.name)
            steps.say(partner.name)
    with steps.step("Deleting the pages"):
        pages.empty(account, outputs["PagesBucketName"])
    with steps.step(f"Deleting {name}"):
        cloudformation.delete(account, name=name, say=steps.say)
    print(
        """
The records, the staff, the audit log and the secrets are still there: without the hash key, nobody's records can be
found again. To delete them, when they may go:
"""
    )
    for command in (*kept, f"ssm delete-parameters --names {' '.join(secret_names(stage))}"):
        print(f"    aws --region {account.region} {command}")


def _kept(account: Account, name: str) -> Iterator[str]:
    """The commands that delete what stays when the stack goes. What is protected must lose its protection first."""
    physical = stacks.resources(account, name)
    for logical, resource in read_template()["Resources"].items():
        if "DeletionPolicy" not in resource or logical not in physical:
            continue
        kind, kept = resource["Type"], physical[logical]
        if kind == "AWS::DynamoDB::Table":
            yield f"dynamodb update-table --table-name {kept} --no-deletion-protection-enabled"
            yield f"dynamodb delete-table --table-name {kept}"
        elif kind == "AWS::Cognito::UserPool":
            yield f"cognito-idp update-user-pool --user-pool-id {kept} --deletion-protection INACTIVE"
            yield f"cognito-idp delete-user-pool --user-pool-id {kept}"
        elif kind == "AWS::Logs::LogGroup":
            yield f"logs delete-log-group --log-group-name {kept}"
