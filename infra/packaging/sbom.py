"""The bill of materials of a package: what it is made of, in CycloneDX's format (https://cyclonedx.org/docs/1.6/json/)."""

import json
from collections.abc import Iterator, Sequence
from email.message import Message
from email.parser import HeaderParser
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile

from infra.packaging.lock import Wheel

_METADATA = ".dist-info/METADATA"


def write(code: Path, wheels: Sequence[Wheel], chalice: str, file: Path) -> None:
    """Write the bill of the code that is packaged. `wheels` are what its libraries came in.

    `chalice` is the version of Chalice's runtime, which Chalice copies into the package from its own installation.
    """
    with ZipFile(code) as package:
        libraries = [_library(metadata, wheels) for metadata in _metadata(package)]
    libraries.append(_component("chalice", chalice, licence="Apache-2.0"))
    digest = sha256(code.read_bytes()).hexdigest()
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same package has the same bill: no time, and no random number.
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "tay-ninh-pass",
                "name": "tay-ninh-pass",
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        },
        "components": sorted(libraries, key=lambda each: str(each["name"])),
    }
    file.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")


def _metadata(package: ZipFile) -> Iterator[Message]:
    """Of each library of which anything is in the package."""
    for name in package.namelist():
        if name.endswith(_METADATA) and name.count("/") == 1:
            yield HeaderParser().parsestr(package.read(name).decode())


def _library(metadata: Message, wheels: Sequence[Wheel]) -> dict[str, Any]:
    name, version = metadata["Name"].lower().replace("_", "-"), metadata["Version"]
    (wheel,) = [each for each in wheels if each.pin == f"{name}=={version}"]
    return _component(name, version, wheel.sha256, metadata["License-Expression"])


def _component(name: str, version: str, digest: str | None = None, licence: str | None = None) -> dict[str, Any]:
    url = f"pkg:pypi/{name}@{version}"
    return {
        "type": "library",
        "bom-ref": url,
        "name": name,
        "version": version,
        "purl": url,
        **({"hashes": [{"alg": "SHA-256", "content": digest}]} if digest else {}),
        **({"licenses": [{"expression": licence}]} if licence else {}),
    }
