"""Show a stage's settings, or change some without shipping code.

    python -m infra settings --stage prod
    python -m infra settings --stage prod Maintenance=true
    python -m infra settings --stage prod PublicRate=50 CorsOrigins=

It needs no package and no network but AWS: the code stays as it is deployed, whatever is checked out here. All settings
that are not named keep their values, ProtectData too. What each is for: docs/operations/settings.md.
"""

from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence

from infra import stacks
from infra.accounts import Account, add_arguments, chosen, stack_name
from infra.deployment import cloudformation, pages, parameters, sandboxes, tables
from infra.deployment.deploy import PROTECTION, sign_in
from infra.operation.prompts import add_yes, confirm
from infra.packaging.package import Template
from infra.steps import Printed

_ADDRESSES = {"Domain", "CertificateArn", "PublicUrl", "DeclareUrl", "StaffCallbackUrls"}
"""Settings after which others that name pages may have to change, too."""
_IN_PAGES = {"StaffIssuer", "StaffAudience", "Province"}
"""Settings that the pages read from `settings.json`."""
_KEPT_DAYS = ("LogRetentionDays", "AuditRetentionDays")
"""CloudWatch deletes older lines soon after they are lowered."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("setting", nargs="*", metavar="NAME=VALUE", help="a setting to change; none: show all")
    add_arguments(parser)
    add_yes(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if options.setting:
        change(account, stage, options.setting, yes=options.yes)
    else:
        show(account, stage)


def show(account: Account, stage: str) -> None:
    """Print the stage's settings, with a mark beside those that are not the default. Raises `StackMissing`."""
    name = stack_name(stage)
    values = stacks.parameters(account, name)
    defaults = stacks.defaults(stacks.template(account, name))
    for each in sorted(values, key=list(defaults).index):
        value, default = values[each], defaults[each]
        mark = "" if each == "Stage" or value == default else f"   (default: {default or 'none'})"
        print(f"{each:28} {value or '-'}{mark}")


def change(account: Account, stage: str, assignments: Sequence[str], *, yes: bool) -> None:
    """Change settings and wait until they hold. Raises `CannotGoOn` before anything has changed, for wrong ones."""
    name = stack_name(stage)
    current = stacks.parameters(account, name)
    template = cloudformation.deployed_template(account, name)
    resulting = parameters.resolved(template, stage, assignments, current)
    changed = {each: value for each, value in resulting.items() if value != current.get(each)}
    if not changed:
        print("Nothing to change: all of these are set so already.")
        return
    before = stacks.outputs(account, name)
    tables.require_gone(account, before, current, resulting)
    for each, value in changed.items():
        print(f"  {each}: {current.get(each) or '-'} -> {value or '-'}")
    if lost := list(_lost(current, changed)):
        confirm(stage, " ".join(lost), yes=yes)
    steps = Printed()
    with steps.step("Changing the stack"):
        follow = bool(changed.keys() & _ADDRESSES)
        url = f"https://{resulting['Domain']}" if resulting.get("Domain") else before["PagesUrl"]
        given = changed | (pages.addresses(url, resulting) if follow else {})
        outputs = _update(account, name, template, given, steps)
        # Without a domain the distribution has its own name again, which only the update finds out.
        if follow and (late := pages.addresses(outputs["PagesUrl"], stacks.parameters(account, name))):
            outputs = _update(account, name, template, late, steps)
    if changed.keys() & _IN_PAGES:
        with steps.step("Uploading the pages' settings"):
            content = pages.settings_of(resulting["Province"], sign_in(account, stage, outputs))
            pages.put_settings(account, outputs["PagesBucketName"], content)
    print(f"Done. Functions that run take a new setting within a minute.\n{sandboxes.banner(resulting)}", end="")


def _update(
    account: Account, name: str, template: Template, given: Mapping[str, str], steps: Printed
) -> dict[str, str]:
    return cloudformation.set_parameters(account, name=name, template=template, parameters=given, say=steps.say)


def _lost(current: Mapping[str, str], changed: Mapping[str, str]) -> Iterator[str]:
    """Sentences about what cannot be had back."""
    for name in _KEPT_DAYS:
        if name in changed and int(changed[name]) < int(current.get(name) or 0):
            yield f"{name}: log lines older than {changed[name]} days are deleted for good."
    if changed.get(PROTECTION) == "false":
        yield f"{PROTECTION}=false: the tables and the staff's user pool can be deleted from now on."
