"""The policies of the people who work on a stage: of those who look at it, who run it, who deploy it.

    python -m infra rights --stage prod

It writes them for the stage's names and account, and prints the commands with which an administrator of the account
makes them and gives them to roles. It changes nothing by itself. What each is for: docs/operations/rights.md.

The documents are `infra/deployment/policies/*.json`. `boundary` is given to nobody: it is the most that a role of the
stack may do, by the setting `RolesBoundary`.
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from infra import ROOT
from infra.accounts import APPLICATION, account_id, add_arguments, chosen

POLICIES = Path(__file__).with_name("policies")
BOUNDARY = "boundary"
GIVEN = {
    "look": ("look",),
    "run": ("look", "settings", "edge", "operate"),
    "deploy": ("look", "settings", "edge", "deploy", "resources"),
}
"""The documents of each kind of work."""
LARGEST = 6144
"""Characters of a managed policy, without white space (IAM's quota)."""

Document = dict[str, Any]


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    add_arguments(parser)
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "rights", help="a folder (%(default)s)")
    options = parser.parse_args(arguments)
    account, stage = chosen(parser, options)
    folder = options.to / stage
    folder.mkdir(parents=True, exist_ok=True)
    number = account_id(account)
    for name, document in documents(stage, number, account.region).items():
        (folder / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    print("\n".join(_commands(stage, number, folder)))


def documents(stage: str, account: str, region: str) -> dict[str, Document]:
    """All documents, by name, for a stage in an account."""
    values = {"${Stage}": stage, "${Account}": account, "${Region}": region}

    def filled(text: str) -> Document:
        for placeholder, value in values.items():
            text = text.replace(placeholder, value)
        document: Document = json.loads(text)
        return document

    return {file.stem: filled(file.read_text(encoding="utf-8")) for file in sorted(POLICIES.glob("*.json"))}


def policy_name(stage: str, document: str) -> str:
    return f"{APPLICATION}-{stage}-{document}"


def _commands(stage: str, account: str, folder: Path) -> Iterator[str]:
    yield "Once, by an administrator of the account:\n"
    for name in (*dict.fromkeys(each for names in GIVEN.values() for each in names), BOUNDARY):
        file = folder / f"{name}.json"
        yield f"  aws iam create-policy --policy-name {policy_name(stage, name)} --policy-document file://{file}"
    yield "\nThen give to the role of those who\n"
    for work, names in GIVEN.items():
        yield f"  {work:8}{', '.join(policy_name(stage, name) for name in names)}"
    arn = f"arn:aws:iam::{account}:policy/{policy_name(stage, BOUNDARY)}"
    yield f"\nand deploy with: --set RolesBoundary={arn}"
