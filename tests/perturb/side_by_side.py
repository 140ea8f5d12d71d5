"""Who swaps hard sentences right: this package beside LangTest, LangFair, CheckList and Giskard.

Run as ``python -m tests.perturb.side_by_side FOLDER [--python PYTHON]``. FOLDER holds their
unpacked wheels, one a folder: ``langtest``, ``langfair``, ``giskard`` and ``checklist``. PYTHON
belongs to an environment with what `peers` needs. Nothing of them is copied: their own code and
word lists swap the sentences.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import swap_text
from tests.perturb.hard_sentences import HARD, Hard

PEERS = ("LangTest", "LangFair", "Giskard", "CheckList")
RIGHT, WRONG, NONE, ALONE = "right", "wrong", "no support", "left alone"


def judge(hard: Hard, outputs: Sequence[str] | None, *, lower: bool = False) -> str:
    """Return whether a tool got a sentence right.

    Parameters
    ----------
    hard : Hard
    outputs : sequence of str, optional
        All that it made of the sentence; None where it does not know such groups.
    lower : bool
        Whether letters of both cases count as the same, for a tool that writes small ones only.
    """
    if outputs is None:
        return NONE
    alike = _small if lower else str
    changed = {alike(text) for text in outputs} - {alike(hard.text)}
    if not hard.accepted:
        return WRONG if changed else RIGHT
    if not changed:
        return ALONE
    return RIGHT if changed & {alike(text) for text in hard.accepted} else WRONG


def _small(text: str) -> str:
    return "".join(text.lower().split())


def ours(hard: Hard) -> list[str]:
    """Return what this package makes of a sentence."""
    attribute = load_attribute("gender", groups=("female", "male", "nonbinary"))
    if "nonbinary" not in hard.groups:
        attribute = load_attribute("gender")
    return [swap_text(hard.text, attribute, groups=hard.groups).text]


def peer(tool: str, folder: Path, python: str) -> list[list[str] | None]:
    """Return what another tool makes of every sentence."""
    script = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [python, "-W", "ignore", str(script), tool, str(folder)],
        input=json.dumps([(hard.text, hard.groups) for hard in HARD]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{tool}: {done.stderr.strip().splitlines()[-1]}")
    found: list[list[str] | None] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable)
    chosen = parser.parse_args()
    columns = {"ours": [judge(hard, ours(hard)) for hard in HARD]}
    for tool in PEERS:
        outputs = peer(tool, chosen.folder, chosen.python)
        columns[tool] = [
            judge(hard, out, lower=tool == "LangFair")
            for hard, out in zip(HARD, outputs, strict=True)
        ]
    print(" ".join(f"{name:11}" for name in columns) + "sentence")
    for number, hard in enumerate(HARD):
        print(" ".join(f"{said[number]:11}" for said in columns.values()) + hard.text)
    for name, said in columns.items():
        counts = Counter(said)
        print(f"{name}: {counts[RIGHT]} of {len(HARD)} right; {dict(counts)}")


if __name__ == "__main__":
    main()
