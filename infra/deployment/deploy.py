"""Deploy a stage, or update it, and print what is left to do by hand.

    python -m infra deploy --stage prod --set SmsSender=TAYNINH --set AlarmEmail=ops@example.vn

A parameter that was set once keeps its value until it is set again; ProtectData alone is true again at each deployment.
"""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from infra import stacks
from infra.accounts import Account, account_id, add_arguments, chosen, stack_name
from infra.deployment import cloudformation, pages, parameters, sandboxes
from infra.operation.keys import make_missing
from infra.operation.seed import is_empty, reference_table, seed, store_templates
from infra.packaging import pages as built_pages
from infra.packaging.package import PACKAGE, build, read_template
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
    name = stack_name(stage)
    steps = Printed()
    print(f"{name}, in the account {account_id(account)}, region {account.region}")
    with steps.step("Building the package, if it changed, and the pages"):
        build()
        built_pages.build()
    template = read_template()
    exists = _exists(account, name)
    current = stacks.parameters(account, name) if exists else {}
    # First, so that a wrong value changes nothing in the account.
    resulting = parameters.resolved(template, stage, assignments, current)
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
        sign_in = _sign_in(account, stage, outputs)
        province = stacks.parameters(account, name)["Province"]
        pages.put(account, outputs["PagesBucketName"], built_pages.PAGES, pages.settings_of(province, sign_in))
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
    print(_left_to_do(account, stage, outputs), end=sandboxes.banner(resulting))


def _sign_in(account: Account, stage: str, outputs: Mapping[str, str]) -> dict[str, str]:
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


def _left_to_do(account: Account, stage: str, outputs: Mapping[str, str]) -> str:
    parameters = stacks.parameters(account, stack_name(stage))
    url = parameters["PublicUrl"] or outputs["EndpointURL"].rstrip("/")
    pool = f"--region {account.region} --user-pool-id {outputs['StaffPoolId']}"
    sandbox = {
        True: "This account is in the SMS sandbox: only verified numbers get messages. Ask AWS to move it out.",
        False: "This account is out of the SMS sandbox.",
        None: "Look in the console of SNS whether the account is still in the SMS sandbox.",
    }[_in_sandbox(account)]
    return f"""
Deployed.

  Declaring           {url}/
  Pages for staff     {url}/gate, {url}/desk, {url}/portal
  Figures             {url}/figures
  The API             {url}/v1
  Its documentation   {url + "/docs" if parameters["Docs"] == "on" else "is switched off"}

Left to do:

  SMS     {sandbox}
          In Vietnam a message needs a sender name that is registered with the operators. Once it is:
          python -m infra deploy --stage {stage} --region {account.region} --set SmsSender=NAME
          Also look at the account's monthly limit for SMS.

  Staff   The first one, who can then add the others in the console of Cognito:
          aws cognito-idp admin-create-user {pool} --username NAME
          aws cognito-idp admin-set-user-password {pool} --username NAME --permanent --password PASSWORD
          aws cognito-idp admin-add-user-to-group {pool} --username NAME --group-name administrator
{first_postings(url, pool)}
  Apps    The developers of the staff's app need the issuer and the client: docs/signing-in.md
          {parameters["StaffIssuer"] or f"https://cognito-idp.{account.region}.amazonaws.com/{outputs['StaffPoolId']}"}
          {parameters["StaffAudience"] or outputs["StaffClientId"]}
  Gates   The checkpoints and the policy are the ones that ship. Replace them with the province's own.
          An administrator changes a checkpoint, or adds one, by PUT {url}/v1/checkpoints/ID
"""


def first_postings(url: str, pool: str) -> str:
    """The commands that post staff to a checkpoint."""
    return f"""
          The others the same way, in their groups. People at a gate cannot record anything until an administrator or
          a supervisor has posted them there:
          TOKEN=...   # how to get one, with password and authenticator app: docs/operations.md, "Staff"
          SUBJECT=$(aws cognito-idp admin-get-user {pool} --username GUARD \\
            --query "UserAttributes[?Name=='sub'].Value" --output text)
          curl -X PUT {url}/v1/staff/$SUBJECT/posting -H "Authorization: Bearer $TOKEN" \\
            -H 'Content-Type: application/json' -d '{{"checkpoint": "ID", "name": "GUARD"}}'
          The ids of checkpoints: {url}/v1/checkpoints
"""


def _in_sandbox(account: Account) -> bool | None:
    """Whether SNS sends to verified numbers only; None if SNS does not answer that."""
    try:
        return bool(account.client("sns").get_sms_sandbox_account_status()["IsInSandbox"])
    except (BotoCoreError, ClientError):
        return None
