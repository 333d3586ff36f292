"""The command line: `python -m infra` lists the verbs. A verb's module is imported only when the verb is called."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from infra.errors import CannotGoOn

VERBS = {
    "On this machine": {
        "local": ("local.commands", "the whole system on this machine: up, token, story, down"),
    },
    "What is deployed": {
        "package": ("packaging.package", "build build/package/, if anything in it has changed"),
        "pages": ("packaging.pages", "build what people open in a browser: build/pages/"),
        "clients": ("packaging.clients", "build the TypeScript and the Python client: build/clients/"),
        "vendor": ("packaging.vendor", "renew the libraries of the pages: web/vendor/"),
        "lock": ("packaging.lock", "write the hashes of the packages that ship: requirements.lock"),
        "audit": ("packaging.audit", "ask a database whether a package that ships is known to be vulnerable"),
        "service-models": ("packaging.service_models", "generate the part of botocore's data that ships"),
        "openapi": ("packaging.openapi", "compare the API with that of the last release, or record it: check, release"),
        "units": ("packaging.units", "generate the lists of administrative units that ship"),
    },
    "How it gets to an account": {
        "check": ("deployment.check", "check everything that can be checked without an account"),
        "deploy": ("deployment.deploy", "deploy a stage, or update it"),
        "settings": ("deployment.settings", "show a stage's settings, or change some without shipping code"),
        "rights": ("deployment.operators", "write the policies of those who look at a stage, run it or deploy it"),
        "release": ("deployment.releases", "record the stack and the code, for later checks and tests"),
        "delete": ("deployment.delete", "delete a stage's stack; its records stay"),
    },
    "What a running stage needs": {
        "status": ("operation.status", "one screen: how the stage is, and what to do next"),
        "trace": ("operation.trace", "one request through all functions, by their logs"),
        "keys": ("operation.keys", "the stage's secrets: list, make, rotate, replace"),
        "zalo": ("operation.zalo", "the app and the Official Account at Zalo: setup, tokens, check"),
        "esms": ("operation.esms", "the account at eSMS: setup"),
        "partners": ("operation.partners", "partner apps, their API keys and webhooks: list, add, webhook, remove"),
        "staff": ("operation.staff", "members of staff: list, add, post, remove, token"),
        "seed": ("operation.seed", "store the shipped policy and checkpoints"),
        "aside": ("operation.aside", "events that failed or were set aside: list, show, resend"),
        "redrive": ("operation.redrive", "process failed events again"),
        "recount": ("operation.recount", "compare the figures of a day with the records that are still there"),
        "persons": ("operation.persons", "what a person may ask: export, erase, restrict or amend what is held"),
        "restore": ("operation.restore", "put back rows that a table has lost"),
    },
}
"""The module and the line of each verb, by group."""

FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
"""Exit codes. The last is what shells use for a program that was ended by Ctrl-C."""


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help\n")


def main(arguments: Sequence[str]) -> int:
    """Run a verb. Returns the exit code; argparse ends the program by itself after `--help` and wrong usage."""
    try:
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who read the output has seen enough (`| head`). Python would try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
    return code


def _run(arguments: Sequence[str]) -> int:
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if verb in ("--help", "-h"):
        print(overview())
        return 0
    modules = {name: module for group in VERBS.values() for name, (module, _) in group.items()}
    if verb not in modules:
        print(f"There is no verb {verb}. To list them: python -m infra", file=sys.stderr)
        return WRONG_USAGE
    try:
        module = import_module(f"infra.{modules[verb]}")
        parser = _Parser(
            prog=f"python -m infra {verb}", description=module.__doc__, formatter_class=RawDescriptionHelpFormatter
        )
        module.main(parser, rest)
    except CannotGoOn as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        from botocore.exceptions import BotoCoreError, ClientError

        if not isinstance(error, (BotoCoreError, ClientError)):
            raise
        problem = "AWS refused" if isinstance(error, ClientError) else "AWS cannot be used"
        print(
            f"{problem}: {error}\nCheck your login, profile, region and network, then run this again.", file=sys.stderr
        )
        return FAILED
    return 0


def overview() -> str:
    """The verbs, grouped, a line each."""
    lines = ["Usage: python -m infra VERB ...    To explain a verb: python -m infra VERB --help"]
    for title, group in VERBS.items():
        lines += ["", title, *(f"  {verb:16}{line}" for verb, (_, line) in group.items())]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
