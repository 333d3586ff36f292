"""The whole system on this machine: the package for the cloud, deployed on the local engine.

The differences from the cloud are in `infra.local.template` and in `_expire_records`. All else is the package's: the
functions and their rights, which the engine enforces, the tables, queues, routes and the user pool.
"""

import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from shutil import copy
from typing import TypedDict, cast
from zipfile import ZIP_DEFLATED, ZipFile

import urllib3

from chalicelib.models.staff.roles import Role
from infra import ROOT, stacks
from infra.accounts import LOCAL_STAGE, Account, engine, stack_name
from infra.deployment import cloudformation
from infra.deployment import pages as deployed_pages
from infra.deployment.deploy import release
from infra.errors import CannotGoOn
from infra.local import engine as engines
from infra.local.administrators import ANSWERS_WITHIN, Administrator, post_staff, register
from infra.local.issuer import Issuer, serving
from infra.local.pages import BASE_PATH
from infra.local.providers import Providers, store_secrets
from infra.local.staff import StaffMember, make_demonstration_staff, sign_in
from infra.local.template import PAGES, adapted
from infra.locks import Held, is_held, lock_now
from infra.operation.keys import make_missing
from infra.operation.seed import PROVINCE, reference_table, seed
from infra.packaging import pages as built_pages
from infra.packaging.package import CODE, OURS, PACKAGE, TEMPLATE, Template, build, read_template
from infra.steps import Steps

WORKDIR = ROOT / ".local"
FILE = "stack.json"

_STAFFED = ("OfficeName", "GateName", "HealthName")
"""The functions of routes for staff, by their outputs."""
_ALIAS = "live"
"""What the gateway invokes of a function of routes."""
_WORKERS = (
    "FanOutName",
    "FanOutCasesName",
    "ExpandName",
    "TraceName",
    "NotifyName",
    "NotifyDeclaredName",
    "DeliverWebhooksName",
    "ConverseName",
    "SendWavesName",
    "WatchName",
    "FanOutFactsName",
    "CountName",
)


class Deployed(TypedDict):
    """The deployed package, without a sign-in."""

    api_url: str
    """The API's address, without `/v1`."""
    endpoint_url: str
    """The engine's URL, for AWS clients."""
    region: str
    pid: int
    """The process that runs the system."""
    engine_pid: int
    stack_name: str
    outputs: dict[str, str]
    staff: dict[str, StaffMember]
    """By username."""


class Stack(Deployed):
    """A running system. Also the contents of `.local/stack.json`."""

    issuer_url: str
    """The demonstration sign-in."""
    pages: dict[str, str]
    """The URLs of the pages, by their names."""
    zalo_url: str
    """The page that shows what arrives at phones by Zalo. Empty: messages go by SMS alone."""


class RunsAlready(CannotGoOn):
    """Another process runs the system in this working directory."""

    def __init__(self, stack: Stack | None) -> None:
        super().__init__(
            f"The system runs already at {stack['api_url']} (process {stack['pid']}).\n"
            "To stop it: .venv/bin/python -m infra local down"
            if stack
            else "Another process is starting or stopping the system. Wait until it has, or press Ctrl-C there."
        )


class NotRunning(CannotGoOn):
    """No system runs on this machine."""

    def __init__(self) -> None:
        super().__init__("The system does not run on this machine, or is still starting. Start it: make run")


@contextmanager
def running(
    steps: Steps,
    *,
    port: int = 0,
    package: Path = PACKAGE,
    workdir: Path = WORKDIR,
    cors: Sequence[str] = (),
    providers: AbstractContextManager[Providers] | None = None,
) -> Iterator[tuple[Stack, engines.Engine]]:
    """The system, for as long as the `with` lasts. Afterwards only the engine's log is left.

    The demonstration sign-in has the port after `port`; 0 are any free ones. `package` is the package's folder; the
    package is built if it is not fresh. `workdir` is for all other files. `cors` are origins whose pages may call the
    API, beside those of this machine. `providers` carry messages; without them, all go by SMS, to the engine. Raises
    `CannotGoOn`.
    """
    with ExitStack() as opened:
        try:
            opened.enter_context(lock_now(workdir / "lock"))
        except Held:
            raise RunsAlready(_read(workdir)) from None
        # A process that was killed leaves its file.
        (workdir / FILE).unlink(missing_ok=True)
        if port:
            for each in (port, port + 1):
                engines.check_port(each)
        carriers = opened.enter_context(providers) if providers is not None else None
        with steps.step("Building the package, if it changed"):
            build(package)
        with steps.step("Starting the engine"):
            started = opened.enter_context(engines.running(port or engines.free_port(), workdir))
        issuer_port = port + 1 if port else engines.free_port()
        issuer_url = f"http://{engines.HOST}:{issuer_port}"
        deployed = _deployed(
            steps, started, package, workdir / engines.TEMPORARY, [*PAGES, *cors], carriers, issuer_url
        )
        stack: Stack = {
            **deployed,
            "issuer_url": opened.enter_context(_signing_in(deployed, issuer_url)),
            "pages": _put_pages(deployed, issuer_url),
            "zalo_url": carriers.page if carriers is not None else "",
        }
        file = workdir / FILE
        _write(file, stack)
        try:
            yield stack, started
        finally:
            file.unlink(missing_ok=True)


def current(workdir: Path = WORKDIR) -> Stack:
    """The system that another process runs. Raises `NotRunning`."""
    stack = _read(workdir)
    if stack is None:
        raise NotRunning
    return stack


def token(stack: Deployed, username: str) -> str:
    """A bearer token of a member of the demonstration staff. Each role has a member with its name."""
    outputs = stack["outputs"]
    return sign_in(
        engine(stack["endpoint_url"], stack["region"]),
        pool=outputs["StaffPoolId"],
        client_id=outputs["StaffClientId"],
        member=stack["staff"][username],
    )


@contextmanager
def _signing_in(stack: Deployed, url: str) -> Iterator[str]:
    """The demonstration sign-in, for as long as the `with` lasts. Gives its URL."""
    issuer = Issuer(
        url=url,
        client_id=stack["outputs"]["StaffClientId"],
        staff=stack["staff"],
        access_token=lambda member: token(stack, member["username"]),
    )
    with serving(issuer, int(url.rpartition(":")[2])):
        yield url


def _put_pages(stack: Deployed, issuer_url: str) -> dict[str, str]:
    """Build the pages and put them where the distribution reads them. Returns their URLs."""
    pages = built_pages.build()
    sign_in = {
        "issuer": issuer_url,
        "client_id": stack["outputs"]["StaffClientId"],
        "authorization_endpoint": f"{issuer_url}/authorize",
        "token_endpoint": f"{issuer_url}/token",
        "revocation_endpoint": f"{issuer_url}/revoke",
    }
    settings = deployed_pages.settings_of(PROVINCE, sign_in)
    account = engine(stack["endpoint_url"], stack["region"])
    deployed_pages.put(account, stack["outputs"]["PagesBucketName"], built_pages.PAGES, settings)
    return {name: f"{stack['endpoint_url']}/{'' if file == 'index.html' else file}" for name, file in pages.items()}


def _deployed(
    steps: Steps,
    started: engines.Engine,
    package: Path,
    temporary: Path,
    pages: Sequence[str],
    providers: Providers | None,
    issuer_url: str,
) -> Deployed:
    account = engine(started.endpoint)
    name = stack_name(LOCAL_STAGE)
    api_url = f"{started.endpoint}/{BASE_PATH}"
    with steps.step("Deploying the package"):
        template = read_template(package)
        code, libraries = _taken_apart(package, temporary)
        outputs = cloudformation.deploy(
            account,
            name=name,
            package=code,
            template={
                **adapted(template, started.endpoint, libraries, providers),
                "Metadata": {stacks.RELEASE: release()},
            },
            parameters={
                "Stage": LOCAL_STAGE,
                "PublicUrl": started.endpoint,
                "DeclareUrl": f"{started.endpoint}/",
                "CorsOrigins": ",".join(pages),
                "SignInOrigin": issuer_url,
            },
            say=lambda _: None,
        )
        _expire_records(account, name, template)
    with ThreadPoolExecutor(1) as beside:
        seeding = beside.submit(seed, reference_table(account, outputs["ReferenceTableName"]), PROVINCE)
        with steps.step("Making keys and demonstration staff"):
            make_missing(account, LOCAL_STAGE, datetime.now(UTC).replace(microsecond=0))
            if providers is not None:
                store_secrets(account, providers)
            staff = make_demonstration_staff(account, outputs["StaffPoolId"])
        with steps.step("Waking the API"):
            _wake(account, [f"{outputs[name]}:{_ALIAS}" for name in _STAFFED])
            _wait_until_answering(f"{api_url}/v1/health")
        with steps.step("Storing checkpoints and policy"):
            seeding.result()
    stack: Deployed = {
        "api_url": api_url,
        "endpoint_url": started.endpoint,
        "region": account.region,
        "pid": os.getpid(),
        "engine_pid": started.process.pid,
        "stack_name": name,
        "outputs": outputs,
        "staff": staff,
    }
    administrator = Administrator(api_url, token(stack, Role.ADMINISTRATOR))
    with steps.step("Posting staff"):
        post_staff(administrator, staff)
    if providers is not None:
        with steps.step("Registering templates and the webhook at Zalo"):
            register(administrator, template, providers)
    # At the end: functions that start together slow each other down, and the office was needed first.
    _wake(account, [outputs[name] for name in _WORKERS])
    return stack


def _taken_apart(package: Path, folder: Path) -> tuple[Path, Path]:
    """Copy the package without its libraries, and unpack these once. Returns both folders.

    The engine unpacks the code for each worker. With the libraries in it, that takes most of a cold start.
    """
    code, libraries = folder / "package", folder / "libraries"
    code.mkdir()
    copy(package / TEMPLATE, code)
    with ZipFile(package / CODE) as whole, ZipFile(code / CODE, "w", ZIP_DEFLATED) as ours:
        for entry in whole.infolist():
            if entry.filename.partition("/")[0] in OURS:
                ours.writestr(entry, whole.read(entry))
            else:
                whole.extract(entry, libraries)
    return code, libraries


def _expire_records(account: Account, name: str, template: Template) -> None:
    """Set the tables' expiry, which the engine's CloudFormation ignores."""
    physical = stacks.resources(account, name)
    client = account.client("dynamodb")
    for logical, resource in template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] == "AWS::DynamoDB::Table" and expiry:
            client.update_time_to_live(TableName=physical[logical], TimeToLiveSpecification=expiry)


def _wake(account: Account, functions: Sequence[str]) -> None:
    """Start functions, without waiting: a cold one takes a second or two, and the first message needs three of them.
    Workers do nothing with this event, and functions of routes refuse it."""
    client = account.client("lambda")
    for name in functions:
        client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"Records": []}')


def _wait_until_answering(url: str) -> None:
    deadline = time.monotonic() + ANSWERS_WITHIN
    while True:
        try:
            with urllib3.PoolManager(timeout=ANSWERS_WITHIN, retries=False) as http:
                answer = http.request("GET", url)
            if answer.status == HTTPStatus.OK:
                return
            problem = f"{answer.status}\n{answer.data.decode(errors='replace')}"
        except urllib3.exceptions.HTTPError as error:
            problem = str(error)
        if time.monotonic() > deadline:
            raise CannotGoOn(f"{url} does not answer: {problem}")
        time.sleep(0.2)


def _write(file: Path, stack: Stack) -> None:
    """Replace the file in one step, so that readers see a whole file or none."""
    new = file.with_suffix(".new")
    new.write_text(json.dumps(stack, indent=1) + "\n")
    new.replace(file)


def _read(workdir: Path) -> Stack | None:
    """The stack in the file, if the process that wrote it still runs.

    That process holds the lock. Its number says nothing: another process may have it by now.
    """
    file = workdir / FILE
    if not (file.is_file() and is_held(workdir / "lock")):
        return None
    try:
        return cast("Stack", json.loads(file.read_text()))
    except FileNotFoundError:
        return None  # it ended in between
