"""Chalice's command line, in a process of its own, started by `infra.packaging.package`.

Chalice may get a library twice: pip chooses a file for this machine, and where that does not fit Lambda, Chalice asks
for another one by name and version alone, whatever hashes the requirements have. So each file is compared with
`requirements.lock` before it is unpacked. The list of them goes into the package, and with it into Chalice's cache.
"""

import json
import sys
from pathlib import Path
from typing import Any

from chalice.cli import main
from chalice.deploy.packager import DependencyBuilder

from infra.packaging import lock
from infra.packaging.package import WHEELS


def keep_to_the_lock() -> None:
    """Let Chalice unpack no other files than the lock names."""
    unpack = DependencyBuilder._install_wheels

    def checked(builder: Any, source: str, target: str, wheels: Any) -> None:
        used = [each for each in lock.wheels_in(Path(source)) if each.filename in {wheel.filename for wheel in wheels}]
        if problems := lock.problems(used, lock.read()):
            raise SystemExit("\n".join(problems))
        unpack(builder, source, target, wheels)
        (Path(target) / WHEELS).write_text(json.dumps(used), encoding="utf-8")

    setattr(DependencyBuilder, unpack.__name__, checked)


if __name__ == "__main__":
    keep_to_the_lock()
    sys.exit(main())
