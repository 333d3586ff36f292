"""Deploy a stage, or update it, and print what is left to do by hand.

    python -m infra deploy --stage prod --set SmsSender=TAYNINH --set AlarmEmail=ops@example.vn

A parameter that was set once keeps its value until it is set again; ProtectData alone is true again at each deployment.

With --endpoint it deploys on a local engine, with the changes that the engine needs. Its API is then at a path of the
engine, and its pages are not shown: these are of the stage `local`, which `make run` starts.
"""

from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import rmtree

from infra.accounts import LOCAL_STAGE, add_arguments, chosen, stack_name
from infra.deployment import parameters
from infra.deployment.deploy import deploy
from infra.local.stack import expire_records, taken_apart
from infra.local.template import adapted
from infra.locks import lock_when_free
from infra.operation.partners import GATEWAY_STAGE
from infra.packaging.package import CODE, PACKAGE, Template, read_template
from infra.stacks import outputs

UNPACKED = PACKAGE.with_name("unpacked")
"""Packages with their libraries beside the code, as functions of the engine read them."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    parameters.add_argument(parser)
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    if account.endpoint is None:
        deploy(account, stage, options.set)
        return
    name = stack_name(stage)
    deploy(account, stage, options.set, partial(_for_engine, account.endpoint, stage))
    expire_records(account, name, read_template())
    api = f"{outputs(account, name)['RestAPIId']}/{GATEWAY_STAGE}"
    print(f"On this engine the API is at {account.endpoint}/_aws/execute-api/{api}/v1")


def _for_engine(endpoint: str, stage: str, template: Template, package: Path) -> tuple[Template, Path]:
    """Functions read their libraries while the engine runs, so these stay. Their folder is named by its content."""
    folder = UNPACKED / sha256((package / CODE).read_bytes()).hexdigest()[:16]
    with lock_when_free(UNPACKED / "lock"):
        if not folder.exists():
            new = UNPACKED / "new"
            rmtree(new, ignore_errors=True)
            new.mkdir()
            taken_apart(package, new)
            new.rename(folder)
    code, libraries = folder / "package", folder / "libraries"
    return adapted(template, endpoint, libraries, is_first=stage == LOCAL_STAGE), code
