"""Generate the part of botocore's data that the functions need.

botocore needs most of the time for a new client to find and read descriptions of services: all operations of SQS, where
we use two. So the part we use is cut out of the installed botocore and shipped as data (`chalicelib/data/botocore`, in
botocore's own layout); `chalicelib.adapters.aws` makes clients from it. Run this again when botocore's version or
`OPERATIONS` changes: a test compares. (`chalicelib.adapters.aws_json` needs no description.)
"""

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from typing import Any

from botocore.loaders import Loader

from infra import ROOT

FOLDER = ROOT / "chalicelib" / "data" / "botocore"

OPERATIONS = {
    "sns": ("Publish",),
    "sqs": ("ChangeMessageVisibilityBatch", "SendMessageBatch"),
}
_WHOLE = ("_retry", "sdk-default-configuration")


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.parse_args(arguments)
    for name, content in files().items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print(f"{path.relative_to(ROOT)}: {len(content):,} characters")


def files() -> dict[str, str]:
    """The content of each file in `FOLDER`, by path."""
    loader = Loader()
    contents = {f"{name}.json": _compact(loader.load_data(name)) for name in _WHOLE}
    contents["endpoints.json"] = _compact(_endpoints(loader.load_data("endpoints")))
    for service, operations in OPERATIONS.items():
        version = loader.determine_latest_version(service, "service-2")
        model = loader.load_service_model(service, "service-2", version)
        contents[f"{service}/{version}/service-2.json"] = _compact(_cut(model, operations))
    return contents


def _cut(model: dict[str, Any], operations: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: _without(model["operations"][name], "documentation", "endpointdiscovery") for name in operations}
    shapes: dict[str, Any] = {}
    waiting = list(_named(kept))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = _without(model["shapes"][name], "documentation")
            waiting += _named(shapes[name])
    return {"version": model["version"], "metadata": model["metadata"], "operations": kept, "shapes": shapes}


def _endpoints(data: dict[str, Any]) -> dict[str, Any]:
    (aws,) = [each for each in data["partitions"] if each["partition"] == "aws"]
    services = {name: aws["services"][name] for name in OPERATIONS}
    return {**data, "partitions": [{**aws, "services": services}]}


def _without(value: Any, *names: str) -> Any:
    if isinstance(value, dict):
        # A member of a shape may have the name of a trait; only traits are text.
        left = {
            key: each
            for key, each in value.items()
            if key not in names or (key == names[0] and not isinstance(each, str))
        }
        return {key: _without(each, *names) for key, each in left.items()}
    return [_without(each, *names) for each in value] if isinstance(value, list) else value


def _named(value: Any) -> Iterator[str]:
    """The names of all shapes that a value refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
