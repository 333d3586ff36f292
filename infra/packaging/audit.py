"""Ask a database of vulnerabilities about each package that ships: OSV, which has the Python Packaging Authority's.

It fails if a package is known to be vulnerable. If the database does not answer, it reports that no
package was checked, and does not fail: a build must be possible without it.
"""

import json
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from typing import Any

import urllib3

from infra.errors import CannotGoOn
from infra.packaging import lock

DATABASE = "https://api.osv.dev/v1/querybatch"
"""https://google.github.io/osv.dev/post-v1-querybatch/"""
_ANSWERS_WITHIN = 20.0
"""Seconds."""


class NoData(Exception):
    """The database has not answered."""


def main(parser: ArgumentParser, arguments: Sequence[str]) -> None:
    parser.add_argument("--database", default=DATABASE, metavar="URL", help="(%(default)s)")
    options = parser.parse_args(arguments)
    pins = lock.pins()
    try:
        found = known(pins, options.database)
    except NoData as error:
        print(f"Vulnerabilities: NOTHING WAS JUDGED. The database {options.database} has not answered: {error}")
        return
    if found:
        lines = (f"    {pin}: {', '.join(each)}" for pin, each in found.items())
        raise CannotGoOn(
            "\n".join(["Packages that ship are known to be vulnerable:", *lines, "See https://osv.dev/ID."])
        )
    print(f"Vulnerabilities: none is known of the {len(pins)} packages that ship.")


def known(pins: Sequence[str], database: str) -> dict[str, list[str]]:
    """The ids of known vulnerabilities, by `name==version`. Raises `NoData`."""
    queries = [_query(*pin.split("==")) for pin in pins]
    try:
        with urllib3.PoolManager(timeout=_ANSWERS_WITHIN, retries=False) as http:
            answer = http.request("POST", database, json={"queries": queries})
        results = json.loads(answer.data)["results"] if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError, KeyError, TypeError) as error:
        raise NoData(str(error) or type(error).__name__) from error
    if not isinstance(results, list) or len(results) != len(pins):
        raise NoData(f"status {answer.status}, without a result for each package")
    return {
        pin: [each["id"] for each in result["vulns"]]
        for pin, result in zip(pins, results, strict=True)
        if result.get("vulns")
    }


def _query(name: str, version: str) -> Mapping[str, Any]:
    return {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
