"""Race on a stack of its own, check what came of it, and print figures: `python -m tests.histories --minutes 60`.

A long race is made of shorter ones, each of which is checked by itself. Calls and tables of each are kept in
`build/histories`, and `--check` reads them again.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from secrets import randbelow
from tempfile import TemporaryDirectory

from infra import ROOT
from infra.local.stack import running
from infra.steps import Printed
from tests.histories.calls import Call, History, now
from tests.histories.checker import faults
from tests.histories.driver import Judged, Race, judge, race
from tests.histories.tables import Tables

_AT_ONCE = 300.0
"""Seconds of a race that is checked by itself."""
_KEPT = ROOT / "build" / "histories"
_SHOWN = 40


def main() -> None:
    parser = ArgumentParser(prog="python -m tests.histories", description="Race on the local stack, and check.")
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=randbelow(10_000), help="of what is chosen at random")
    parser.add_argument("--check", type=Path, help="do not race; check what was kept in a folder")
    options = parser.parse_args()
    found = check(options.check) if options.check else run(60 * options.minutes, options.seed)
    print(*found[:_SHOWN], sep="\n")
    sys.exit(f"{len(found)} faults" if found else 0)


def check(folder: Path) -> list[str]:
    """The faults of a race that was kept."""
    kills = json.loads((folder / "kills.json").read_text())
    return faults(History.read(folder / "calls.jsonl"), Tables.read(folder / "tables.json"), kills=kills)


def run(seconds: float, seed: int) -> list[str]:
    """Race for some time. Ends with the first race that has faults."""
    print(f"seed {seed}")
    calls, kills, facts, unanswered = Counter[str](), Counter[str](), 0, 0
    posts: list[Call] = []
    found: list[str] = []
    with TemporaryDirectory() as folder, running(Printed(), workdir=Path(folder)) as (stack, _):
        end = now() + seconds
        while not found and (left := end - now()) > 0:
            result = race(stack, min(left, _AT_ONCE), seed=seed, posts=posts)
            judged = judge(stack, result)
            new = list(result.history)[len(posts) :]
            calls.update(call.kind.value for call in new)
            unanswered += sum(call.status == 0 or call.status >= 500 for call in new)
            kills, facts, found = kills + result.kills, facts + judged.facts, judged.faults
            where = keep(result, judged, seed)
            seed, posts = seed + 1, result.posts
            print(
                f"{(seconds - max(0, end - now())) / 60:.1f} minutes: {calls.total()} calls {dict(calls)}, "
                f"{unanswered} without an answer, {facts} facts, {kills.total()} kills {dict(kills)}, "
                f"{len(found)} faults. {where}",
                flush=True,
            )
    return found


def keep(result: Race, judged: Judged, seed: int) -> Path:
    """Where calls and tables were written."""
    folder = _KEPT / f"{now():.0f}-{seed}"
    folder.mkdir(parents=True)
    result.history.write(folder / "calls.jsonl")
    judged.tables.write(folder / "tables.json")
    (folder / "kills.json").write_text(json.dumps(result.resends))
    return folder


if __name__ == "__main__":
    main()
