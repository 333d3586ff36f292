"""Put the pages where the distribution reads them: the same step for the cloud and for the engine."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalicelib.data import read_bytes
from chalicelib.models.people.administrative_units import lineage
from chalicelib.models.people.province import province
from infra.accounts import Account
from infra.packaging.pages import MISSING, RELEASES

SETTINGS = "settings.json"
"""What a page must know of the stage that it runs on."""
_FOR_STAFF = ("gate", "desk", "portal")
"""The pages that the sign-in leads back to."""
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    "": "text/html; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"
_ASK_EACH_TIME = "no-cache"


def settings_of(name: str, sign_in: Mapping[str, str]) -> dict[str, Any]:
    """What `settings.json` says of a stage: its sign-in, and the province by the name of its data's folder."""
    own = province(name)
    tiles = tiles_of(name)
    return {
        "sign_in": dict(sign_in),
        "province": {
            "name": lineage(own.units_list, own.code)[0].name,
            "code": own.code,
            "units_list": own.units_list,
            "pass_issuer": own.pass_issuer,
            "hotline": own.hotline.shown,
            **({"tiles": tiles} if tiles else {}),
        },
    }


def tiles_of(name: str) -> dict[str, tuple[int, int]]:
    """Where the squares of the province's districts are on a map of squares, by code: half a square from the left, and
    squares from the top. A province without such data has no map."""
    try:
        return {
            code: (left, top) for code, (left, top) in json.loads(read_bytes("provinces", name, "tiles.json")).items()
        }
    except FileNotFoundError:
        return {}


def put(account: Account, bucket: str, folder: Path, settings: Mapping[str, Any]) -> None:
    """Upload a built folder of pages. Those that name a release come after its files: nobody gets half a release.

    Files of former releases stay: a page that is open goes on with its own.
    """
    s3 = account.client("s3")
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    released = [file for file in files if file.relative_to(folder).parts[0] == RELEASES]
    for file in [*released, *(file for file in files if file not in released)]:
        s3.put_object(
            Bucket=bucket,
            Key=file.relative_to(folder).as_posix(),
            Body=file.read_bytes(),
            ContentType=_KINDS.get(file.suffix, "application/octet-stream"),
            CacheControl=_FOR_EVER if file in released else _ASK_EACH_TIME,
            # The distribution gives its answer this status: `PagesPaths` in the template.
            Metadata={"status": "404"} if file == folder / MISSING else {},
        )
    put_settings(account, bucket, settings)


def put_settings(account: Account, bucket: str, settings: Mapping[str, Any]) -> None:
    """Upload what the pages must know of their stage, and nothing else."""
    account.client("s3").put_object(
        Bucket=bucket,
        Key=SETTINGS,
        Body=json.dumps(settings, ensure_ascii=False).encode(),
        ContentType="application/json",
        CacheControl=_ASK_EACH_TIME,
    )


def addresses(url: str, values: Mapping[str, str]) -> dict[str, str]:
    """The stack's parameters that name pages, as far as they must change.

    The template cannot say them itself: the functions would need the distribution, and the distribution needs them.
    `url` is the pages' address, `values` are the stack's parameters. What the operator has set stays.
    """
    theirs = [each for each in values.get("StaffCallbackUrls", "").split(",") if not _is_ours(each)]
    own = [f"{url}/{page}" for page in _FOR_STAFF]
    wanted = {
        "PublicUrl": url,
        "DeclareUrl": f"{url}/",
        "StaffCallbackUrls": ",".join([*theirs, *(each for each in own if each not in theirs)]),
    }
    return {
        name: value
        for name, value in wanted.items()
        if value != values.get(name, "") and (name == "StaffCallbackUrls" or _is_ours(values.get(name, "")))
    }


def _is_ours(value: str) -> bool:
    """Whether there is no address, or one that an earlier deployment found out: a distribution's own."""
    return not value or bool(re.fullmatch(r"https://[a-z0-9]+[.]cloudfront[.]net(/.*)?", value))


def empty(account: Account, bucket: str) -> None:
    """Delete all files: a stack's bucket can be deleted only when it is empty."""
    s3 = account.client("s3")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        if files := [{"Key": each["Key"]} for each in page.get("Contents", [])]:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": files, "Quiet": True})
