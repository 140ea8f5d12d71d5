"""How long one audit takes, beside other libraries, each in an environment of its own.

Run it on a quiet machine; the first run installs the other libraries from the package index::

    python -m tests.performance.audit_speed --rows 10000 1000000

On a machine that others use too, ``--cpu-time`` counts the processor time of one thread instead.

What an audit is, and which numbers are scaled from fewer resamples, stands in ``contenders.py``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CONSTRAINTS = HERE.parents[1] / "constraints.txt"
REQUIREMENTS = {
    "fairlearn": "fairlearn==0.15.0",
    "vfairness": "vfairness==0.2.0",
    "fairpipe": "fairpipe==0.12.0",
}
OURS = "pytest-fairness"


def python_of(folder: Path, name: str) -> str:
    """Return the interpreter of a library's environment, once it is built; ours is this one."""
    if name == OURS:
        return sys.executable
    python = folder / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
    found = subprocess.run(
        [python, "-c", f"import {name}"], capture_output=True, check=False
    ).returncode
    if found != 0:
        install = [python, "-m", "pip", "install", "-q", "-c", CONSTRAINTS, REQUIREMENTS[name]]
        subprocess.run(install, check=True)
    return str(python)


def time_audits(
    folder: Path, names: Iterable[str], rows: Sequence[int], *options: str
) -> list[dict[str, Any]]:
    """Time each library at each number of rows, one after the other, with one thread."""
    timings = []
    for count in rows:
        for name in names:
            script = [python_of(folder, name), HERE / "contenders.py", name]
            command = [*script, "--rows", str(count), *options]
            environment = {**os.environ, "OMP_NUM_THREADS": "1"}
            done = subprocess.run(
                command, env=environment, check=True, text=True, stdout=subprocess.PIPE
            )
            timings.append(json.loads(done.stdout.splitlines()[-1]))
            print(show(timings[-1:]), flush=True)
    return timings


def show(timings: Sequence[dict[str, Any]]) -> str:
    """Return a line per audit."""
    return "\n".join(_line(timing) for timing in timings)


def _line(timing: dict[str, Any]) -> str:
    note = ""
    if timing["scaled_from"]:
        note = f"  ({timing['resamples']} resamples, scaled from {timing['scaled_from']})"
    return (
        f"{timing['name']:>16} {timing['version']:<8} {timing['rows']:>9,} rows  "
        f"{timing['seconds']:>10.3f} s with intervals  {timing['plain_seconds']:>8.3f} s without  "
        f"{timing['megabytes']:>7.1f} MB{note}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = Path(tempfile.gettempdir()) / "pytest-fairness-contenders"
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--environments", type=Path, default=default, help="where they are kept")
    parser.add_argument("--cpu-time", action="store_true", help="processor time, for busy machines")
    parser.add_argument("--only", nargs="+", choices=[OURS, *REQUIREMENTS])
    options = parser.parse_args()
    options.environments.mkdir(parents=True, exist_ok=True)
    names, more = options.only or [OURS, *REQUIREMENTS], ["--cpu-time"] * options.cpu_time
    time_audits(options.environments, names, options.rows, *more)


if __name__ == "__main__":
    main()
