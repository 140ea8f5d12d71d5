"""What is printed of a repair, and what its card says of classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_fairness.mitigation.attempts import Attempt
from pytest_fairness.mitigation.card import write_card
from pytest_fairness.mitigation.classes import ClassReport, ClassScores
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.utility import Utility
from pytest_fairness.outcome import Evidence, Outcome, Tolerance, Verdict

KEPT = Utility("accuracy", 0.93, 0.925, 400, gained=3, lost=5, margin=0.02)
TOXIC = ClassReport("toxic", 5, ClassScores(1.0, 0.8, 8 / 9, 4), ClassScores(None, 0.0, 0.0, 0))
TRIED = (
    Attempt("thresholds", "skipped", "no failing check compares groups"),
    Attempt(
        "lora", "repaired", "passes.", utility=KEPT, retention=0.99, seconds=12, classes=(TOXIC,)
    ),
)
RESULT = MitigationResult(True, "the same tests pass.", method="lora", utility=KEPT, attempts=TRIED)


def test_a_method_that_was_not_tried_says_why_in_the_table():
    lines = str(RESULT).splitlines()
    (row,) = [line for line in lines if "thresholds" in line]
    assert row.split("  ")[-1] == "not tried: no failing check compares groups"


def test_one_line_explains_the_columns():
    lines = str(RESULT).splitlines()
    legend = lines[lines.index("All that was tried:") + 4]
    for word in ("unfair:", "utility: accuracy", "kept:", "weights:"):
        assert word in legend


def test_printed_it_is_the_summary_and_its_repr_is_short():
    assert str(RESULT).splitlines()[-1].startswith("repaired by lora: the same tests pass.")
    assert repr(RESULT) == (
        "MitigationResult(met=True, method='lora', attempts=2, reason='the same tests pass.')"
    )
    assert repr(TRIED[1]) == "Attempt('lora', 'repaired', seconds=12)"
    assert str(TRIED[1]) == "lora, repaired: passes."


def test_where_the_record_is_alone_the_last_line_says_so():
    failed = MitigationResult(False, "it is not enough.", record=Path("out/mitigation.json"))
    assert str(failed).endswith(
        "NOT repaired: it is not enough. No model was saved; all that was measured is in "
        "out/mitigation.json."
    )


def test_two_checks_of_one_name_are_told_apart_by_their_tests():
    one = Outcome(
        metric="flip_rate",
        definition="",
        verdict=Verdict.PASS,
        reason="",
        tolerance=Tolerance("max_flip_rate", 0.01),
        evidence=Evidence(0.25, None, "", 10),
        test="test_x.py::TestOf::test_names[model]",
    )
    other = replace(one, test="test_x.py::test_pronouns[model]")
    both = str(MitigationResult(True, "", before=(one, other), after=(one, other)))
    assert "flip_rate (max_flip_rate=0.01), test_names " in both
    assert "flip_rate (max_flip_rate=0.01), test_pronouns " in both
    assert "test_names" not in str(MitigationResult(True, "", before=(one,), after=(one,)))


def test_classes_stand_in_the_summary_and_in_the_card(tmp_path):
    after = (
        Outcome(
            metric="flip_rate",
            definition="",
            verdict=Verdict.PASS,
            reason="",
            tolerance=Tolerance("max_flip_rate", 0.01),
            evidence=Evidence(0.0, None, "", 10),
        ),
    )
    tried = (Attempt("lora", "repaired", "", after=after, classes=(TOXIC,)),)
    result = MitigationResult(True, "", before=after, after=after, method="lora", attempts=tried)
    (line,) = [line for line in str(result).splitlines() if "F1 of toxic (n=5)" in line]
    assert line.split()[-2:] == ["0.889", "0.000"]
    write_card(result, tmp_path / "nowhere", tmp_path, None)
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "| toxic | 5 | 1.000 → none | 0.800 → 0.000 | 0.889 → 0.000 |" in text
    warning = "Warning: of the 5 rows of class 'toxic' none is found after the repair"
    assert warning in text
    assert warning in str(result)


def test_terms_that_could_not_be_held_out_stand_in_the_card(tmp_path):
    write_card(RESULT, tmp_path / "nowhere", tmp_path, None, ["he", "she"])
    text = (tmp_path / "README.md").read_text("utf-8")
    assert "there are too few like them to hold some out: he, she. For them" in text
    write_card(RESULT, tmp_path / "nowhere", tmp_path, None, [f"t{i}" for i in range(30)])
    assert "t19 and 10 more." in (tmp_path / "README.md").read_text("utf-8")
