"""The story that `pytest-fairness demo` tells: train, fail, repair, pass, report."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pytest_fairness.attributes import load_attribute
from pytest_fairness.demo.corpus import Applicant, decided, deserved, vocabulary
from pytest_fairness.demo.model import train_screener
from pytest_fairness.errors import ArgumentError

TEST_FILE = "test_screener.py"
_MODEL, _REPAIRED, _ROWS = "screener", "screener-fair", "train.csv"
_DOUBTFUL, _BIAS = 0.3, 0.9
_SEED = 0
_INI = "# the folder stands by itself, wherever it lies\n[pytest]\n"


def run_demo(folder: str | Path) -> int:
    """Play the whole story in a new folder; return 0 if it ends as it should."""
    start = time.perf_counter()
    folder = Path(folder)
    prepare(folder)
    _explain(
        f"{folder / _MODEL} is a small transformer that learned to screen résumés from past "
        "decisions. Where merit left room for doubt, nine in ten of them went by gender.",
        f"{folder / TEST_FILE} is a test file that you could keep. First, the tests as they are:",
    )
    if _run(folder, "pytest", TEST_FILE, "-q") != 1:
        return _gone_wrong("The biased model should have failed its tests.")
    _explain(
        "Now the repair: fine-tune on one half of the names and templates, judge on the other."
    )
    rows = ("--train", _ROWS, "--label", "label")
    small = (
        "--method",
        "full",
        "--freeze-layers",
        "0",
        "--learning-rate",
        "3e-4",
    )  # every layer of so small a model
    repair = ("mitigate", TEST_FILE, *rows, *small, "--out", _REPAIRED)
    if _run(folder, "pytest-fairness", *repair) != 0:
        return _gone_wrong("The repair should have succeeded.")
    _explain("The same file again, on the repaired model, with a report:")
    again = ("pytest", TEST_FILE, "-q", f"--fairness-model={_REPAIRED}")
    if _run(folder, *again, "--fairness-report=report.html") != 0:
        return _gone_wrong("The repaired model should have passed.")
    _explain(
        f"Done in {time.perf_counter() - start:.0f} s. Open {folder / 'report.html'} "
        f"(after) and {folder / _REPAIRED / 'report.html'} (before and after).",
        f"Everything is in {folder}: run the commands above there, or put your own model's folder "
        f"in place of {_MODEL!r}.",
    )
    return 0


def prepare(folder: Path) -> None:
    """Write the biased model, the test file and rows of its task into a new folder.

    Raises
    ------
    ArgumentError
        If the folder exists and holds something.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ArgumentError(
            f"{folder} exists and is not an empty folder. Name a new one: "
            "pytest-fairness demo OTHER_FOLDER"
        )
    folder.mkdir(parents=True, exist_ok=True)
    test_file = files("pytest_fairness.demo").joinpath(f"files/{TEST_FILE}.txt").read_text("utf-8")
    (folder / TEST_FILE).write_text(test_file, encoding="utf-8")
    (folder / "pytest.ini").write_text(_INI, encoding="utf-8")
    gender = load_attribute("gender", language="en")
    names = {group: gender.terms(group, "name") for group in ("female", "male")}
    _write_rows(folder / _ROWS, deserved(names, 1200, seed=_SEED + 1))
    past = decided(names, 3000, seed=_SEED, doubtful=_DOUBTFUL, bias=_BIAS)
    train_screener(past, vocabulary(names, [test_file]), folder / _MODEL, seed=_SEED)


def _write_rows(path: Path, rows: Sequence[Applicant]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(Applicant._fields)
        writer.writerows(rows)


def _run(folder: Path, program: str, *arguments: str) -> int:
    """Show a command and run it in `folder`, its output straight to the terminal."""
    print(f"\n$ {program} {' '.join(arguments)}", flush=True)
    module = {"pytest": "pytest", "pytest-fairness": "pytest_fairness.cli"}[program]
    command = [sys.executable, "-m", module, *arguments]
    # one thread is as fast for so small a model, and does not stall on a busy machine
    calm = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", **os.environ}
    return subprocess.run(command, cwd=folder, env=calm).returncode


def _explain(*paragraphs: str) -> None:
    for paragraph in paragraphs:
        print(f"\n{paragraph}", flush=True)


def _gone_wrong(sentence: str) -> int:
    print(f"\nThis is not how the story goes. {sentence}", file=sys.stderr)
    return 1
