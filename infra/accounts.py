"""The AWS that a command works on: an account of the cloud, or the engine on this machine.

The engine gets made-up credentials, and nothing of the user's own: no credentials, no profile, no proxy.
"""

import os
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infra.errors import CannotGoOn

if TYPE_CHECKING:
    import boto3  # at run time only when a client is made: `--help` needs none

APPLICATION = "tay-ninh-pass"
REGION = "ap-southeast-1"
"""The default: Singapore, the region nearest to the province."""
LOCAL_STAGE = "local"
LOCAL_KEY = "test"
"""Access key and secret for the engine, which accepts any."""

_STAGE = re.compile(r"[a-z][a-z0-9-]{0,15}")


@dataclass(frozen=True, slots=True)
class Account:
    """Makes clients for one account, in one region."""

    session: "boto3.Session"
    region: str
    endpoint: str | None = None
    """The engine's URL; None for the cloud."""

    def client(self, service: str) -> Any:
        from botocore.config import Config

        local = Config(proxies={}, retries={"total_max_attempts": 2}, connect_timeout=2, read_timeout=60)
        config = local if self.endpoint else None
        return self.session.client(service, region_name=self.region, endpoint_url=self.endpoint, config=config)

    def where(self, stage: str) -> str:
        """The arguments by which another command works on the same stage."""
        return f"--stage {stage} " + (f"--endpoint {self.endpoint}" if self.endpoint else f"--region {self.region}")

    @property
    def pause(self) -> float:
        """Seconds to wait between two polls."""
        return 0.03 if self.endpoint else 3.0


def cloud(region: str | None = None) -> Account:
    """The account of the credentials in the environment or the profile. Raises `CannotGoOn` if there are none."""
    import boto3

    session = boto3.Session(region_name=region)
    if session.get_credentials() is None:
        raise CannotGoOn(
            "There are no credentials for AWS. Log in first (aws sso login, aws configure), or set AWS_PROFILE or "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, then run this again."
        )
    return Account(session, session.region_name or REGION)


def engine(endpoint: str, region: str = REGION) -> Account:
    """The engine at a URL."""
    import boto3
    from botocore.session import Session

    core = Session(
        session_vars={
            "profile": (None, [], None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    session = boto3.Session(LOCAL_KEY, LOCAL_KEY, region_name=region, botocore_session=core)
    return Account(session, region, endpoint)


def engine_environment(present: Mapping[str, str], endpoint: str, region: str = REGION) -> dict[str, str]:
    """A copy of an environment in which every AWS client talks to the engine, without a proxy."""
    kept = {
        name: value
        for name, value in present.items()
        if not name.upper().startswith("AWS_") and not name.upper().endswith("_PROXY")
    }
    return kept | {
        "AWS_ACCESS_KEY_ID": LOCAL_KEY,
        "AWS_SECRET_ACCESS_KEY": LOCAL_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def calls(client: Any) -> Callable[[str, Mapping[str, Any]], dict[str, Any]]:
    """The operations of a client, called by their names, as storage calls DynamoDB's: `call("GetItem", {…})`."""
    from botocore import xform_name

    def call(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(client, xform_name(operation))(**request)
        return answer

    return call


def account_id(account: Account) -> str:
    """The account's number."""
    return str(account.client("sts").get_caller_identity()["Account"])


def stack_name(stage: str) -> str:
    return f"{APPLICATION}-{stage}"


def add_arguments(parser: ArgumentParser) -> None:
    """Add the arguments that name a stage and its account."""
    parser.add_argument("--stage", type=_stage, help=f"the stage's name ({LOCAL_STAGE!r} with --endpoint)")
    parser.add_argument("--region", help=f"the AWS region (your profile's, else {REGION})")
    parser.add_argument("--endpoint", metavar="URL", help="a local engine instead of the cloud")


def chosen(parser: ArgumentParser, options: Namespace) -> tuple[Account, str]:
    """The account and stage that the arguments name. Without a stage it ends the program, as argparse does.

    For an engine it also changes this process's environment, where clients made elsewhere find the endpoint.
    """
    if options.endpoint:
        environment = engine_environment(os.environ, options.endpoint, options.region or REGION)
        os.environ.clear()
        os.environ.update(environment)
        return engine(options.endpoint, options.region or REGION), options.stage or LOCAL_STAGE
    if not options.stage:
        parser.error("--stage is needed")
    return cloud(options.region), options.stage


def _stage(text: str) -> str:
    if not _STAGE.fullmatch(text):
        raise ArgumentTypeError("a stage's name is up to 16 lower-case letters, digits and hyphens, a letter first")
    return text
