"""A little of the AWS command line, by boto3: the commands of the pages for operators, where `aws` is not installed.

    python -m tests.journeys.aws_commands dynamodb wait table-exists --table-name entries-copy

Options are the members of the operation's input; `--no-x` is false, an option without a value true. Of the options of
`aws` itself `--query` and `--output text` are known. The account is the local engine at `AWS_ENDPOINT_URL`.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore import xform_name

from infra.accounts import engine


def run(words: Sequence[str]) -> str:
    """What the command prints."""
    service, operation, *rest = words
    client = engine(os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_REGION"]).client(service)
    if operation == "wait":
        waiter, *rest = rest
        client.get_waiter(waiter.replace("-", "_")).wait(
            **_arguments(client, "DescribeTable", _options(rest)), WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
        )
        return ""
    options = _options(rest)
    query, output = options.pop("query", None), options.pop("output", "json")
    method = operation.replace("-", "_")
    answer = getattr(client, method)(**_arguments(client, client.meta.method_to_api_mapping[method], options))
    del answer["ResponseMetadata"]
    found = jmespath.search(query, answer) if query else answer
    if output == "text":
        return "\t".join(map(str, found)) if isinstance(found, list) else str(found)
    return json.dumps(found, default=str)


def _options(words: Sequence[str]) -> dict[str, Any]:
    return dict(_pairs(list(words)))


def _pairs(words: list[str]) -> Iterator[tuple[str, Any]]:
    while words:
        name = words.pop(0).removeprefix("--")
        values = []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if values:
            yield name, values if len(values) > 1 else values[0]
        elif name.startswith("no-"):
            yield name.removeprefix("no-"), False
        else:
            yield name, True


def _arguments(client: Any, operation: str, options: dict[str, Any]) -> dict[str, Any]:
    shape = client.meta.service_model.operation_model(operation).input_shape
    members = {xform_name(member).replace("_", "-"): member for member in shape.members}
    return {members[name]: value for name, value in options.items()}


if __name__ == "__main__":
    print(run(sys.argv[1:]))
