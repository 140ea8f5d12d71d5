"""Who swaps hard sentences right: this package beside LangTest, LangFair, CheckList and Giskard.

Run as ``python -m tests.perturb.side_by_side --packages FOLDER``. FOLDER, which must lie outside
the repository, receives the other tools from PyPI at pinned versions (see `peer_packages`). Nothing
of them is copied: their own code and word lists swap the sentences.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_fairness.attributes import load_attribute
from pytest_fairness.perturb import swap_text
from tests.perturb.hard_sentences import HARD, HELD_OUT, Hard
from tests.perturb.peer_packages import PINS, fetch

PEERS = ("LangTest", "LangFair", "Giskard", "CheckList")
RIGHT, WRONG, NONE, ALONE = "right", "wrong", "no support", "left alone"
NOTES = """\
All sentences are English and about gender. Every tool runs on its real code and word lists; empty
modules stand in for those of its imports that load models or draw progress bars.
- LangTest: replace_to_{female,male,neutral}_pronouns. It draws at random; of 20 draws the best
  counts where a swap is asked for, and any change counts where none is.
- LangFair: CounterfactualGenerator.create_prompts, and neutralize_tokens for a nonbinary reading;
  tokens by NLTK without its sentence splitter. It writes small letters only, so that letters of
  both cases, and spaces, count as the same.
- Giskard: TextGenderTransformation; it knows no nonbinary group.
- CheckList: Perturb.change_names with persons marked by hand, as no spaCy model is on PyPI. It
  stays within one gender, and there is no other change of gender: hence no support.
- 'do nothing' returns each sentence as it is."""


class Outputs(NamedTuple):
    """What a tool makes of every sentence: all its results; None where it knows no such groups."""

    tool: str
    results: tuple[tuple[str, ...] | None, ...]
    small: bool = False


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


def ours(hard: Hard) -> str:
    """Return what this package makes of a sentence."""
    attribute = load_attribute("gender", groups=("female", "male", "nonbinary"))
    if "nonbinary" not in hard.groups:
        attribute = load_attribute("gender")
    return swap_text(hard.text, attribute, groups=hard.groups).text


def all_outputs(hards: Sequence[Hard], packages: Path, python: Path) -> list[Outputs]:
    """Return what every tool, this package first, makes of the sentences."""
    return [
        Outputs("ours", tuple((ours(hard),) for hard in hards)),
        *(peer(tool, hards, packages, python) for tool in PEERS),
        Outputs("do nothing", tuple((hard.text,) for hard in hards)),
    ]


def peer(tool: str, hards: Sequence[Hard], packages: Path, python: Path) -> Outputs:
    """Return what another tool makes of the sentences."""
    script = Path(__file__).with_name("peers.py")
    done = subprocess.run(
        [str(python), "-W", "ignore", str(script), tool, str(packages)],
        input=json.dumps([(hard.text, hard.groups) for hard in hards]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{tool}: {done.stderr.strip().splitlines()[-1]}")
    found = json.loads(done.stdout.strip().splitlines()[-1])
    results = tuple(None if each is None else tuple(each) for each in found)
    return Outputs(tool, results, small=tool == "LangFair")


def verdicts(hards: Sequence[Hard], outputs: Outputs, *, forgive_case: bool = False) -> list[str]:
    """Return the verdict on each sentence."""
    lower = outputs.small or forgive_case
    pairs = zip(hards, outputs.results, strict=True)
    return [judge(hard, results, lower=lower) for hard, results in pairs]


def table(hards: Sequence[Hard], columns: Sequence[Outputs]) -> list[str]:
    """Return the lines of a table of verdicts; an asterisk marks the arguable sentences."""
    said = [verdicts(hards, each) for each in columns]
    head = "".join(f"{each.tool:12}" for each in columns) + "sentence"
    rows = zip(hards, *said, strict=True)
    return [head, *("".join(f"{each:12}" for each in row) + _shown(hard) for hard, *row in rows)]


def _shown(hard: Hard) -> str:
    task = "leave" if not hard.accepted else "swap"
    return f"[{task}] {hard.text}{' *' if hard.arguable else ''}"


def totals(hards: Sequence[Hard], columns: Sequence[Outputs]) -> list[str]:
    """Return for each tool how many it gets right, in all and by what is asked."""
    return [_total(hards, each) for each in columns]


def _total(hards: Sequence[Hard], outputs: Outputs) -> str:
    said = verdicts(hards, outputs)
    forgiven = verdicts(hards, outputs, forgive_case=True).count(RIGHT)
    pairs = list(zip(hards, said, strict=True))
    swaps = [each for hard, each in pairs if hard.accepted]
    leaves = [each for hard, each in pairs if not hard.accepted]
    agreed = [each for hard, each in pairs if not hard.arguable]
    return (
        f"{outputs.tool:11} right {said.count(RIGHT)} of {len(said)}"
        f" (swaps {swaps.count(RIGHT)} of {len(swaps)}, left alone rightly"
        f" {leaves.count(RIGHT)} of {len(leaves)}); wrong {said.count(WRONG)}, left alone"
        f" {said.count(ALONE)}, no support {said.count(NONE)}; without arguable ones"
        f" {agreed.count(RIGHT)} of {len(agreed)}; whatever the case of letters {forgiven}"
    )


def misses(hards: Sequence[Hard], outputs: Outputs) -> list[str]:
    """Return what a tool wrote where it is not right."""
    rows = zip(hards, verdicts(hards, outputs), outputs.results, strict=True)
    return [
        f"  {said}: {hard.text} -> {' | '.join(dict.fromkeys(results or ()))}"
        for hard, said, results in rows
        if said != RIGHT
    ]


def report(title: str, hards: Sequence[Hard], packages: Path, python: Path) -> str:
    """Return the table of a set of sentences, with totals and our own misses."""
    columns = all_outputs(hards, packages, python)
    failed = misses(hards, columns[0])
    lines = [title, *table(hards, columns), *totals(hards, columns)]
    return "\n".join([*lines, "Ours not right:", *(failed or ["  none"])])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, required=True, metavar="FOLDER")
    packages = parser.parse_args().packages.resolve()
    if Path(__file__).resolve().parents[2] in (packages, *packages.parents):
        parser.error(f"--packages {packages} lies in the repository. Name a folder outside it.")
    python = fetch(packages)
    print(", ".join(f"{name} {version}" for name, version in PINS.items()), NOTES, sep="\n")
    print(report("\nThe sentences that guided our swap:", HARD, packages, python))
    print(report("\nSentences that did not:", HELD_OUT, packages, python))


if __name__ == "__main__":
    main()
