"""Measure, print a table, write `bench/results.json`. Figures and what stands behind them: docs/performance.md."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import randbits, token_hex
from typing import Any
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[1]
RESULTS = Path(__file__).with_name("results.json")
CONTENDERS = ("ours", "bare", "powertools", "fastapi")
COLD_PROCESSES, WARM_PROCESSES = 9, 7
"""Fresh processes of each contender, in turn, so that all see the same weather."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCH_ANSWERS"] = str(Path(folder) / "answers.json")
        Path(os.environ["BENCH_ANSWERS"]).write_text(json.dumps(_answers()))
        _run("bare", "cold")  # compiles what is not compiled yet
        cold = _medians("cold", COLD_PROCESSES, lambda result: float(result["cold_ms"]))
        warm = _medians("warm", WARM_PROCESSES, lambda result: float(result["warm_us"]))
        deployed = _as_deployed(Path(folder))
        calls = _run("ours", "calls")["calls"]
        checks = [_run("ours", "check")["check_us"] for _ in range(WARM_PROCESSES)]
    results = {
        "cold_ms": cold,
        "warm_us": warm,
        "calls": calls,
        "check_us": {size: round(statistics.median(each[size] for each in checks)) for size in checks[0]},
        "qr_svg_ms": _picture(),
        "cold_as_deployed_ms": deployed,
    }
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    _show(results)


def _medians(mode: str, processes: int, figure: Callable[[dict[str, Any]], float]) -> dict[str, float]:
    figures: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    for _ in range(processes):
        for name in CONTENDERS:
            figures[name].append(figure(_run(name, mode)))
    return {name: round(statistics.median(each), 1) for name, each in figures.items()}


def _run(name: str, mode: str, folder: Path = ROOT, *options: str) -> dict[str, Any]:
    command = [sys.executable, *options, "-m", "bench.contender", name, mode]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{name}, {mode}:\n{ran.stderr}")
    result: dict[str, Any] = json.loads(ran.stdout)
    return result


def _as_deployed(folder: Path) -> dict[str, float]:
    """Cold starts from the unpacked package, where nothing may be written: with our bytecode and without."""
    from infra.packaging import package

    package.build()
    medians = {}
    for name in ("as shipped", "our sources not compiled"):
        unpacked = folder / name
        with ZipFile(package.PACKAGE / package.CODE) as code:
            code.extractall(unpacked)
        (unpacked / "bench").symlink_to(ROOT / "bench")
        if name == "our sources not compiled":
            for compiled in unpacked.rglob("__pycache__"):
                for file in compiled.iterdir():
                    file.unlink()
        # -B: nothing is written, as on Lambda's read-only folder.
        runs = [_run("ours", "cold", unpacked, "-B")["cold_ms"] for _ in range(7)]
        medians[name] = round(statistics.median(runs), 1)
    return medians


def _picture() -> float:
    """CPU of one SVG of a token, in milliseconds."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from chalicelib.adapters import qr
    from chalicelib.adapters.cose import SigningKey, sign
    from chalicelib.models.entry.codes import Code
    from chalicelib.models.entry.passes import PassClaims

    key, now = SigningKey(b"1234", ec.generate_private_key(ec.SECP256R1())), datetime.now(UTC)
    figures = []
    for _ in range(30):
        code = str(Code.of(randbits(65), 0))
        token = sign(
            PassClaims(code, now, now + timedelta(hours=1), "NTH NHUNG", 1990, "70E112345", "25480"),
            issuer="TN",
            key=key,
        )
        started = time.process_time()
        qr.svg(token, 360)
        figures.append((time.process_time() - started) * 1000)
    return round(statistics.median(figures), 2)


def _answers() -> dict[str, Any]:
    """What the stub of AWS answers: secrets, and the reference data as storage has it."""
    from chalicelib.adapters.pass_keys import KeyRing
    from chalicelib.data import read_bytes
    from infra.operation.keys import new_key

    def item(row: str, body: str) -> dict[str, Any]:
        return {"partition": {"S": "CURRENT"}, "row": {"S": row}, "body": {"S": body}}

    ring = KeyRing(keys=[new_key(datetime.now(UTC) - timedelta(hours=1))])
    items = [item("POLICY", read_bytes("provinces", "tay-ninh", "policy.json").decode())]
    checkpoints = json.loads(read_bytes("provinces", "tay-ninh", "checkpoints.json"))
    items += [item(f"CHECKPOINT#{checkpoint['id']}", json.dumps(checkpoint)) for checkpoint in checkpoints]
    return {
        "secrets": {"/signing-keys": ring.model_dump_json(), "/hash-key": token_hex(32)},
        "reference": {"Items": items, "Count": len(items), "ScannedCount": len(items)},
    }


def _show(results: dict[str, Any]) -> None:
    print(f"{'':<28}{''.join(f'{name:>12}' for name in CONTENDERS)}")
    for title, name in (("cold, ms of CPU", "cold_ms"), ("warm, µs of CPU", "warm_us")):
        print(f"{title:<28}{''.join(f'{results[name][each]:>12}' for each in CONTENDERS)}")
        bare = results[name]["bare"]
        print(f"{'  against bare':<28}{''.join(f'{results[name][each] / bare:>12.2f}' for each in CONTENDERS)}")
    for name, figure in results["cold_as_deployed_ms"].items():
        print(f"{f'cold from the package, {name}':<40}{figure:>12} ms")
    for size, figure in results["check_us"].items():
        print(f"{f'a check in a group of {size}, beyond botocore':<40}{figure:>12} µs")
    print(f"{'a picture as SVG':<40}{results['qr_svg_ms']:>12} ms")
    for name, operations in results["calls"].items():
        print(f"{f'calls to AWS, {name}':<40}{', '.join(operations)}")


if __name__ == "__main__":
    main()
