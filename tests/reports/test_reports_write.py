from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from pytest_fairness import reports
from pytest_fairness.errors import ArgumentError
from pytest_fairness.outcome import Comparison, Interval, Tolerance
from pytest_fairness.reports import read_json, write_report
from pytest_fairness.reports.groups import worst_comparison
from pytest_fairness.reports.meaning import meaning_of
from pytest_fairness.reports.pairing import match_before

METRICS = [
    "counterfactual_score_change",
    "flip_rate",
    "mean_shift",
    "demographic_parity_difference",
    "demographic_parity_ratio",
    "equal_opportunity_difference",
    "equal_opportunity_ratio",
    "equalized_odds_difference",
    "equalized_odds_ratio",
]


def test_the_suffix_says_what_to_write(outcomes, tmp_path):
    write_report(tmp_path / "r.json", outcomes.values(), settings={"seed": 3})
    write_report(tmp_path / "r.HTML", outcomes.values(), settings={"seed": 3})
    assert read_json(tmp_path / "r.json").settings == {"seed": 3}
    assert (tmp_path / "r.HTML").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("name", ["r.pdf", "r"])
def test_another_suffix_is_refused(tmp_path, name):
    with pytest.raises(ArgumentError, match=r"it must end in \.html or \.json"):
        write_report(tmp_path / name, [])


@pytest.mark.parametrize("suffix", [".html", ".json"])
def test_a_missing_folder_is_named_with_the_command_that_makes_it(tmp_path, suffix):
    folder = tmp_path / "out" / "deep"
    with pytest.raises(ArgumentError) as info:
        write_report(folder / f"r{suffix}", [])
    assert str(folder) in str(info.value)
    assert f"mkdir -p {folder}" in str(info.value)


def test_a_folder_is_no_report(tmp_path):
    (tmp_path / "r.html").mkdir()
    with pytest.raises(ArgumentError, match=r"is a folder\. Name a file in it"):
        write_report(tmp_path / "r.html", [])


def test_every_public_name_is_there():
    assert reports.__all__ == sorted(reports.__all__)
    assert all(hasattr(reports, name) for name in reports.__all__)


def test_the_room_knows_neither_pytest_nor_arrays_nor_models():
    heavy = "{'pytest', 'torch', 'numpy', 'scipy', 'transformers', 'jinja2', 'hypothesis'}"
    code = f"import sys, pytest_fairness.reports; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# Words by metric


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_says_what_it_shows_and_what_it_does_not(outcomes, metric):
    meaning = meaning_of(replace(outcomes["flip_rate"], metric=metric))
    assert "{value}" in meaning.sentence
    assert meaning.shows.endswith(".")
    assert meaning.does_not_show.endswith(".")
    assert meaning.fair == (1 if metric.endswith("_ratio") else 0)


def test_a_metric_of_a_later_version_gets_plain_words(outcomes):
    later = replace(outcomes["mean_shift"], metric="calibration_gap", examples=())
    meaning = meaning_of(later)
    assert meaning.title == "Calibration gap"
    assert meaning.units == "rows"


# Groups furthest apart


def compared(outcome, tolerance, *pairs):
    comparisons = tuple(
        Comparison(a, b, "rate", estimate, interval, None, 10) for a, b, estimate, interval in pairs
    )
    return replace(
        outcome, tolerance=tolerance, evidence=replace(outcome.evidence, comparisons=comparisons)
    )


def test_a_difference_is_told_from_the_higher_group(outcomes):
    outcome = compared(
        outcomes["flip_rate"],
        Tolerance("max_difference", 0.1),
        ("a", "b", 0.1, None),
        ("a", "c", -0.3, Interval(-0.4, -0.1, 0.95)),
    )
    worst = worst_comparison(outcome)
    assert (worst.first, worst.second, worst.estimate) == ("c", "a", 0.3)
    assert worst.interval == Interval(0.1, 0.4, 0.95)


def test_a_ratio_is_told_from_the_lower_group(outcomes):
    outcome = compared(
        outcomes["flip_rate"],
        Tolerance("min_ratio", 0.8),
        ("a", "b", 0.9, None),
        ("a", "c", 2.0, Interval(1.25, float("inf"), 0.95)),
    )
    worst = worst_comparison(outcome)
    assert (worst.first, worst.second, worst.estimate) == ("c", "a", 0.5)
    assert worst.interval == Interval(0.0, 0.8, 0.95)


def test_without_comparisons_there_is_no_worst(outcomes):
    outcome = compared(outcomes["flip_rate"], Tolerance("min_ratio", 0.8))
    assert worst_comparison(outcome) is None


# The same check in two runs


def test_checks_are_matched_by_test_metric_and_limit(outcomes):
    now, before = list(outcomes.values()), list(outcomes.values())[::-1]
    matched, unmatched = match_before(now, before)
    assert matched == now
    assert unmatched == 0


def test_the_model_in_the_brackets_may_change(outcomes):
    before = outcomes["flip_rate"]
    now = replace(before, test=before.test.replace("toxicity-classifier", "repaired"))
    assert match_before([now], [before]) == ([before], 0)


def test_brackets_that_name_several_checks_are_not_guessed(outcomes):
    outcome = outcomes["flip_rate"]
    now = [replace(outcome, test=f"t.py::test[{name}]") for name in ("c", "b")]
    before = [replace(outcome, test=f"t.py::test[{name}]") for name in ("a", "b", "d")]
    assert match_before(now, before) == ([None, before[1]], 2)


def test_a_test_with_the_same_check_twice_is_matched_in_order(outcomes):
    first = outcomes["flip_rate"]
    second = replace(first, seed=9)
    assert match_before([first, second], [first, second]) == ([first, second], 0)
