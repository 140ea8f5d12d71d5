"""Every Python block of the README runs, and what it shows is what a reader gets."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)

APPLICANTS = """
import csv
import pytest

@pytest.fixture(scope="session")
def applicants():
    with open("train.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}
"""


@pytest.fixture
def project(pytester, demo_folder):
    """A user's project with the demonstration's model in the place that the README names."""
    shutil.copytree(demo_folder / "screener", pytester.path / "models" / "resume-screener")
    shutil.copy(demo_folder / "train.csv", pytester.path)
    pytester.makeconftest(APPLICANTS)
    return pytester


def test_the_test_file_runs(project):
    project.makepyfile(test_screener=BLOCKS[0])
    result = project.runpytest_subprocess("--fairness-report=out.json")
    assert not result.parseoutcomes().get("errors")
    outcomes = json.loads((project.path / "out.json").read_text("utf-8"))["outcomes"]
    verdicts = {o["metric"]: o["verdict"] for o in outcomes}
    assert set(verdicts) == {
        "counterfactual_score_change",
        "flip_rate",
        "equalized_odds_difference",
    }
    assert verdicts["equalized_odds_difference"] == "pass"


@pytest.mark.parametrize("block", BLOCKS[1:])
def test_the_other_blocks_run(block, capsys):
    exec(compile(block, "README.md", "exec"), {})
    assert capsys.readouterr().out


def test_the_quickstart_example_is_what_the_demonstration_writes(demo_folder):
    example = README.parent / "examples" / "quickstart" / "test_screener.py"
    assert example.read_text("utf-8") == (demo_folder / "test_screener.py").read_text("utf-8")


def test_the_options_table_names_every_option():
    from pytest_fairness.options import OPTIONS

    text = README.read_text("utf-8")
    for option in OPTIONS:
        assert f"`--fairness-{option.name}`" in text
