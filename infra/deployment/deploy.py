"""Deploy the package to a real account, and say what is left to do by hand.

    python -m infra.deploy --stage prod --set SmsSender=TAYNINH --set AlarmEmail=ops@example.vn
    python -m infra.deploy --stage prod --check

`--check` needs no account: it looks at everything that can be looked at without one. `--release` writes down what the
stack is now, for later checks to compare with; it belongs into the commit of a release.
"""

import argparse
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.accounts import REGION, Account, account_id, add_arguments, chosen, stack_name
from infra.deployment import cloudformation as stacks
from infra.deployment import releases
from infra.deployment import rights as policies
from infra.errors import CannotGoOn, exit_code
from infra.operation.keys import make_missing, secret_names
from infra.operation.partners import partners, remove
from infra.operation.seed import is_empty, seed
from infra.packaging import package as packages
from infra.steps import Printed

LARGEST_UNPACKED = 262_144_000
"""Bytes of a function's code and layers, unpacked (Lambda's quota, 250 MB)."""

PROTECTION = "ProtectData"
"""The parameter that says whether what holds records may be deleted."""

_PLACEHOLDER = "000000000000"
"""The account of the placeholders in `app.py`, each of which the template must have replaced."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Deploy to an account of the cloud.")
    add_arguments(parser)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template; may be repeated"
    )
    parser.add_argument("--check", action="store_true", help="look at what can be looked at without an account")
    parser.add_argument("--delete", action="store_true", help="delete the stage's stack, once its name was typed")
    parser.add_argument("--release", action="store_true", help="write down what the stack is, for later checks")
    options = parser.parse_args()
    if options.release:
        releases.write(_fresh_template())
        print(f"Written: {releases.RELEASED.relative_to(packages.ROOT)}. It belongs into the release's commit.")
        return
    if options.check:
        check(options.stage or "prod", options.set, options.region or REGION)
        return
    account, stage = chosen(parser, options)
    if options.delete:
        delete(account, stage)
    else:
        deploy(account, stage, options.set)


def check(stage: str, given: list[str], region: str) -> None:
    """Look at the package and its parameters. Raises `CannotGoOn` with what is wrong."""
    steps = Printed()
    with steps.step("The package is there, and of what is there now"):
        template = _fresh_template()
    with steps.step("Every function goes through app.py"):
        _expect_all(_functions(template), lambda each: each["Handler"].startswith("app."), "has a handler of its own")
    with steps.step("No placeholder is left"):
        _expect_all(_resources(template), lambda each: _PLACEHOLDER not in str(each), "names a placeholder's account")
    with steps.step("The code is not too large"):
        _check_size(packages.PACKAGE)
    with steps.step("No right is wider than it must be"):
        if wide := policies.problems(template):
            raise CannotGoOn("\n".join(wide))
    with steps.step("cfn-lint"):
        _lint(packages.PACKAGE, region)
    with steps.step("Nothing that holds records is lost"):
        changed = _since_release(template, region, steps.say)
        if losses := [str(each) for each in changed if each.loss]:
            raise CannotGoOn("\n".join([*losses, "If that is meant: python -m infra.deploy --release"]))
    with steps.step("Parameters"):
        values = resolved(template, stage, given)
    for name, value in values.items():
        print(f"      {name:26}{value or '-'}")


def deploy(account: Account, stage: str, given: list[str]) -> None:
    """Everything from the package to the last step that can be done without a person."""
    number = account_id(account)
    steps = Printed()
    print(f"{stack_name(stage)}, in the account {number}, region {account.region}")
    with steps.step("Building the package, if it changed"):
        packages.build()
    template = stacks.read(packages.PACKAGE)
    resolved(template, stage, given)  # so that a slip costs no time
    # Not a setting that stays as it was: who wants records unprotected has to say so each time.
    wanted = {"Stage": stage, PROTECTION: "true", **dict(_split(each) for each in given)}
    with steps.step("Deploying by CloudFormation"):
        # A first deployment that fails is undone, which protected tables would not let happen: they are protected
        # once they stand.
        for parameters in [wanted] if _stands(account, stage) else [{**wanted, PROTECTION: "false"}, wanted]:
            outputs = stacks.deploy(
                account,
                name=stack_name(stage),
                package=packages.PACKAGE,
                template=template,
                parameters=parameters,
                tell=steps.say,
            )
    with steps.step("Making keys, if there are none"):
        made = make_missing(account, stage, datetime.now(UTC).replace(microsecond=0))
        for name in made:
            steps.say(f"made {name}")
    with steps.step("Storing reference data, if there is none"):
        table = outputs["ReferenceTableName"]
        if is_empty(table=table, region=account.region):
            province = stacks.parameters(account, stack_name(stage))["Province"]
            seeded = seed(table=table, region=account.region, province_name=province)
            steps.say(f"policy {seeded.policy}, {seeded.checkpoints} checkpoints")
    print(_left_to_do(account, stage, outputs))


def delete(account: Account, stage: str) -> None:
    """Delete the stack, if whoever asks types its name. What cannot be made again is kept."""
    name = stack_name(stage)
    api = stacks.outputs(account, name)["RestAPIId"]  # so that nobody types the name of one that is not there
    kept = _kept(account, name)
    try:
        typed = input(f"This ends {name} in {account.region}. Type its name to go on: ")
    except EOFError:
        typed = ""
    if typed.strip() != name:
        raise CannotGoOn("Nothing was deleted.")
    steps = Printed()
    with steps.step("Ending the partners' keys"):
        for partner in list(partners(account, name, api)):
            remove(account, name, api, partner.name)
            steps.say(partner.name)
    with steps.step(f"Deleting {name}"):
        stacks.delete(account, name=name, tell=steps.say)
    commands = [*_deletions(kept), f"ssm delete-parameters --names {' '.join(secret_names(stage))}"]
    print(
        """
The records, the staff, the audit log and the secrets are still there: records of people are found again with the hash
key alone. When they may go:
"""
        + "\n".join(f"    aws --region {account.region} {command}" for command in commands)
    )


def _kept(account: Account, name: str) -> list[tuple[str, str]]:
    """The kinds and physical names of what stays when the stack goes."""
    resources = stacks.read(packages.PACKAGE)["Resources"]
    physical = stacks.resources(account, name)
    return [
        (resource["Type"], physical[logical])
        for logical, resource in resources.items()
        if "DeletionPolicy" in resource and logical in physical
    ]


def _deletions(kept: list[tuple[str, str]]) -> list[str]:
    """The commands that delete what stayed. A protected one is first told to let itself be deleted."""
    commands = []
    for kind, name in kept:
        if kind == "AWS::DynamoDB::Table":
            commands.append(f"dynamodb update-table --table-name {name} --no-deletion-protection-enabled")
            commands.append(f"dynamodb delete-table --table-name {name}")
        elif kind == "AWS::Cognito::UserPool":
            commands.append(f"cognito-idp update-user-pool --user-pool-id {name} --deletion-protection INACTIVE")
            commands.append(f"cognito-idp delete-user-pool --user-pool-id {name}")
        elif kind == "AWS::Logs::LogGroup":
            commands.append(f"logs delete-log-group --log-group-name {name}")
    return commands


def resolved(template: stacks.Template, stage: str, given: list[str]) -> dict[str, str]:
    """The template's parameters as a new stack would get them. Raises `CannotGoOn` for one that it would refuse."""
    definitions: Mapping[str, Any] = template["Parameters"]
    values = {name: str(definition.get("Default", "")) for name, definition in definitions.items()}
    for name, value in [("Stage", stage), *(_split(each) for each in given)]:
        if name not in definitions:
            raise CannotGoOn(f"The template has no parameter {name}. It has: {', '.join(definitions)}.")
        if name == "Stage" and value != stage:
            raise CannotGoOn("The stage is set by --stage.")
        values[name] = value
    for name, value in values.items():
        if wrong := _wrong(definitions[name], value):
            raise CannotGoOn(f"{name}={value}: {wrong}. {definitions[name].get('Description', '')}")
    return values


def _wrong(definition: Mapping[str, Any], value: str) -> str | None:
    if definition["Type"] == "Number":
        if not re.fullmatch(r"-?\d+", value):
            return "not a whole number"
        if int(value) < definition.get("MinValue", int(value)):
            return f"at least {definition['MinValue']}"
        if int(value) > definition.get("MaxValue", int(value)):
            return f"at most {definition['MaxValue']}"
    if not re.fullmatch(definition.get("AllowedPattern", ".*"), value):
        return f"not of the form {definition['AllowedPattern']}"
    allowed = [str(each) for each in definition.get("AllowedValues", [value])]
    if value not in allowed:
        return f"none of {', '.join(allowed)}"
    return None


def _split(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not equals:
        raise CannotGoOn(f"--set {given}: write NAME=VALUE")
    return name, value


def _stands(account: Account, stage: str) -> bool:
    try:
        stacks.outputs(account, stack_name(stage))
    except stacks.StackMissing:
        return False
    return True


def _fresh_template() -> stacks.Template:
    template = stacks.read(packages.PACKAGE)
    if not packages.is_fresh():
        raise CannotGoOn("The package is older than what it is made of. Build it: python -m infra.package")
    return template


def _since_release(template: stacks.Template, region: str, tell: stacks.Tell) -> list[releases.Change]:
    released = releases.read()
    if released is None:
        tell("there was no release yet")
        return []
    changed = releases.changes(released, releases.summary(template), region)
    for each in changed:
        tell(str(each))
    return changed


def _resources(template: stacks.Template) -> dict[str, Any]:
    resources: dict[str, Any] = template["Resources"]
    return resources


def _functions(template: stacks.Template) -> dict[str, Any]:
    return {
        name: each["Properties"]
        for name, each in _resources(template).items()
        if each["Type"] == "AWS::Serverless::Function"
    }


def _expect_all(each: Mapping[str, Any], holds: Callable[[Any], bool], wrong: str) -> None:
    if found := [name for name, value in each.items() if not holds(value)]:
        raise CannotGoOn("\n".join(f"{name} {wrong}." for name in found))


def _check_size(package: Path) -> None:
    unpacked = 0
    for file in package.glob("*.zip"):
        with zipfile.ZipFile(file) as archive:
            unpacked += sum(each.file_size for each in archive.infolist())
    if unpacked > LARGEST_UNPACKED:
        raise CannotGoOn(f"The code is {unpacked / 1e6:.0f} MB unpacked; Lambda takes {LARGEST_UNPACKED / 1e6:.0f} MB.")


def _lint(package: Path, region: str) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", region, "--", packages.TEMPLATE]
    linted = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    if linted.returncode:
        raise CannotGoOn(f"cfn-lint:\n{linted.stdout}{linted.stderr}")


def _left_to_do(account: Account, stage: str, outputs: Mapping[str, str]) -> str:
    url = stacks.parameters(account, stack_name(stage))["PublicUrl"] or outputs["EndpointURL"].rstrip("/")
    pool = f"--region {account.region} --user-pool-id {outputs['StaffPoolId']}"
    sandbox = {
        True: "This account is in the SMS sandbox: only verified numbers get messages. Ask AWS to let it out.",
        False: "This account is out of the SMS sandbox.",
        None: "See in the console of SNS whether the account is still in the SMS sandbox.",
    }[_in_sandbox(account)]
    return f"""
Deployed.

  The API             {url}/v1
  Its documentation   {url}/docs

Left to do:

  SMS     {sandbox}
          In Vietnam a message needs a sender name that is registered with the operators. Once it is:
          python -m infra.deploy --stage {stage} --region {account.region} --set SmsSender=NAME
          Look at the account's monthly limit for SMS, too.

  Staff   The first one, who can then add the others in the console of Cognito:
          aws cognito-idp admin-create-user {pool} --username NAME
          aws cognito-idp admin-set-user-password {pool} --username NAME --permanent --password PASSWORD
          aws cognito-idp admin-add-user-to-group {pool} --username NAME --group-name administrator
{first_postings(url, pool, outputs["StaffClientId"])}
  Gates   The checkpoints and the policy are the ones that ship. Put the province's own in their place.
          An administrator changes a checkpoint, or adds one, by PUT {url}/v1/checkpoints/ID
"""


def first_postings(url: str, pool: str, client_id: str) -> str:
    """How those who work at a gate are posted there, without which they record nothing."""
    return f"""
          The others the same way, in their groups. Whoever works at a gate records nothing until an administrator or
          a supervisor has posted them there:
          TOKEN=$(aws cognito-idp admin-initiate-auth {pool} --client-id {client_id} \\
            --auth-flow ADMIN_USER_PASSWORD_AUTH --auth-parameters USERNAME=NAME,PASSWORD=PASSWORD \\
            --query AuthenticationResult.AccessToken --output text)
          SUBJECT=$(aws cognito-idp admin-get-user {pool} --username GUARD \\
            --query "UserAttributes[?Name=='sub'].Value" --output text)
          curl -X PUT {url}/v1/staff/$SUBJECT/posting -H "Authorization: Bearer $TOKEN" \\
            -H 'Content-Type: application/json' -d '{{"checkpoint": "ID", "name": "GUARD"}}'
          The ids of checkpoints: {url}/v1/checkpoints
"""


def _in_sandbox(account: Account) -> bool | None:
    """Whether SNS sends only to verified numbers; None if it does not tell us."""
    try:
        return bool(account.client("sns").get_sms_sandbox_account_status()["IsInSandbox"])
    except (BotoCoreError, ClientError):
        return None


if __name__ == "__main__":
    sys.exit(exit_code(main))
