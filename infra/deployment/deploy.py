"""Deploy a stage, or update it, and print what is left to do by hand.

    python -m infra deploy --stage prod --set SmsSender=TAYNINH --set AlarmEmail=ops@example.vn

A parameter that was set once keeps its value until it is set again; ProtectData alone is true again at each deployment.
"""

import subprocess
import tomllib
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from infra import ROOT, stacks
from infra.accounts import Account, account_id, add_arguments, chosen, stack_name
from infra.deployment import cloudformation, pages, parameters, quotas, sandboxes, tables
from infra.deployment.engine_templates import for_engine
from infra.operation.keys import make_missing
from infra.operation.seed import is_empty, reference_table, seed, store_templates
from infra.packaging import pages as built_pages
from infra.packaging import runtimes
from infra.packaging.package import PACKAGE, build, read_template
from infra.stacks import RELEASE
from infra.steps import Printed

PROTECTION = "ProtectData"
"""The parameter that protects resources with records from deletion."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    parameters.add_argument(parser)
    options = parser.parse_args(arguments)
    deploy(*chosen(parser, options), options.set)


def deploy(account: Account, stage: str, assignments: Sequence[str]) -> None:
    """Do every step that needs no person, from the package to the reference data."""
    if account.endpoint is None:
        runtimes.require_declared()
    name = stack_name(stage)
    steps = Printed()
    print(f"{name}, in the account {account_id(account)}, region {account.region}")
    if lacking := quotas.missing(account):
        print("\nBefore real people use it:\n", *(f"  {line}\n" for line in lacking))
    with steps.step("Building the package, if it changed, and the pages"):
        build()
        built_pages.build()
    packaged = read_template()
    if account.endpoint:
        packaged = for_engine(packaged, account.endpoint)
    exists = _exists(account, name)
    deployed = stacks.release_of(stacks.template(account, name)) if exists else {}
    template = {**packaged, "Metadata": {RELEASE: after(deployed, release())}}
    current = stacks.parameters(account, name) if exists else {}
    # First, so that a wrong value changes nothing in the account.
    resulting = parameters.resolved(template, stage, assignments, current)
    if exists:
        tables.require_gone(account, stacks.outputs(account, name), current, resulting)
    print(sandboxes.banner(resulting), end="")
    # ProtectData alone keeps no value: a deployment without protection must ask for that itself.
    given = {"Stage": stage, PROTECTION: "true", **parameters.named(assignments)}
    with steps.step("Deploying by CloudFormation"):
        update = partial(cloudformation.deploy, account, name=name, package=PACKAGE, template=template, say=steps.say)
        # A first deployment that fails is undone, and CloudFormation cannot delete protected tables. So the tables are
        # protected by a second update, once they exist. It also says where the pages are: the first one found that out.
        outputs = update(parameters=given if exists else {**given, PROTECTION: "false"})
        addresses = pages.addresses(outputs["PagesUrl"], resulting)
        if addresses or not exists:
            outputs = update(parameters={**given, **addresses})
    with steps.step("Uploading the pages"):
        signing_in = sign_in(account, stage, outputs)
        province = stacks.parameters(account, name)["Province"]
        pages.put(account, outputs["PagesBucketName"], built_pages.PAGES, pages.settings_of(province, signing_in))
    with steps.step("Making keys, if there are none"):
        for made in make_missing(account, stage, datetime.now(UTC).replace(microsecond=0)):
            steps.say(f"made {made}")
    with steps.step("Storing reference data, if there is none"):
        reference = reference_table(account, outputs["ReferenceTableName"])
        if is_empty(reference):
            policy, checkpoints = seed(reference, province)
            steps.say(f"policy {policy}, {checkpoints} checkpoints")
        else:
            # A stage of a former release has a policy and no message templates.
            store_templates(reference, province, only_if_none=True)
    print(_left_to_do(account, stage, outputs, lacking), end=sandboxes.banner(resulting))


def release() -> dict[str, str]:
    """What this checkout is, for `python -m infra status`: its version, and its commit where git knows one."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
        described = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:
        return {"version": version}
    return {"version": version, **({"commit": described.stdout.strip()} if described.returncode == 0 else {})}


def after(deployed: Mapping[str, str], release: Mapping[str, str]) -> dict[str, str]:
    """A release, with the one before it: that which it replaces, or the one before that if it is the same."""
    if deployed.get("commit") == release.get("commit") and deployed.get("version") == release["version"]:
        before = deployed.get("before")
    else:
        before = stacks.named(deployed) if deployed else None
    return {**release, **({"before": before} if before else {})}


def sign_in(account: Account, stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
    """What the pages for staff must know of the sign-in: some members of its discovery document."""
    values = stacks.parameters(account, stack_name(stage))
    issuer = values["StaffIssuer"]
    login = f"https://tay-ninh-pass-{stage}-{account_id(account)}.auth.{account.region}.amazoncognito.com"
    return {
        "issuer": issuer or f"https://cognito-idp.{account.region}.amazonaws.com/{outputs['StaffPoolId']}",
        "client_id": values["StaffAudience"] or outputs["StaffClientId"],
        **(
            {}
            if issuer
            else {
                "authorization_endpoint": f"{login}/oauth2/authorize",
                "token_endpoint": f"{login}/oauth2/token",
                "revocation_endpoint": f"{login}/oauth2/revoke",
            }
        ),
    }


def _exists(account: Account, name: str) -> bool:
    try:
        stacks.outputs(account, name)
    except stacks.StackMissing:
        return False
    return True


def _left_to_do(account: Account, stage: str, outputs: Mapping[str, str], lacking: Sequence[str]) -> str:
    parameters = stacks.parameters(account, stack_name(stage))
    url = parameters["PublicUrl"] or outputs["EndpointURL"].rstrip("/")
    in_account = "\n          ".join(lacking) or "The account has what it needs."
    return f"""
Deployed.

  Declaring           {url}/
  Pages for staff     {url}/gate, {url}/desk, {url}/portal
  Figures             {url}/figures
  The API             {url}/v1
  Its documentation   {url + "/docs" if parameters["Docs"] == "on" else "is switched off"}
{_on_engine(account, outputs)}
Left to do:

  Account {in_account}
  SMS     In Vietnam a message needs a sender name that is registered with the operators. Once it is:
          python -m infra settings {account.where(stage)} SmsSender=NAME

  Staff   {_staff(account, stage, parameters["StaffIssuer"])}
  Apps    The developers of the staff's app need the issuer and the client: docs/signing-in.md
          {parameters["StaffIssuer"] or f"https://cognito-idp.{account.region}.amazonaws.com/{outputs['StaffPoolId']}"}
          {parameters["StaffAudience"] or outputs["StaffClientId"]}
  Gates   The checkpoints and the policy are the ones that ship. Replace them with the province's own.
          An administrator changes a checkpoint, or adds one, by PUT {url}/v1/checkpoints/ID
"""


def _on_engine(account: Account, outputs: Mapping[str, str]) -> str:
    """The engine answers at none of the addresses above."""
    if account.endpoint is None:
        return ""
    return f"  On this engine      {account.endpoint}/_aws/execute-api/{outputs['RestAPIId']}/api/v1, and no pages\n"


def _staff(account: Account, stage: str, issuer: str) -> str:
    if issuer:
        return f"They are at {issuer}. Post those at gates: docs/operations/staff.md."
    return first_members(account.where(stage))


def first_members(where: str) -> str:
    """The commands that add the first members of staff."""
    return f"""The first one, and others the same way, in their roles:
          python -m infra staff add NAME {where} --role administrator --email ADDRESS
          People at a gate cannot record anything until they are posted there:
          python -m infra staff add GUARD {where} --role checkpoint --checkpoint ID"""
