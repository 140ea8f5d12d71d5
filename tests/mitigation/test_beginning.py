"""Which model a repair is of, however the tests write its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_fairness import (
    Attribute,
    FairnessFailure,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import Rows, repair_failing
from pytest_fairness.mitigation.beginning import only_model

GROUPS = Attribute("group", {"up": ["alfa", "bravo"], "down": ["echo", "golf"]})


@pytest.fixture(scope="module")
def failing():
    space = counterfactuals("{group} writes", vary=GROUPS)
    model = load_model(lambda texts: [0.9 if text < "c" else 0.1 for text in texts])
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(model, space, max_flip_rate=0.05, min_pairs=1)
    return replace(caught.value.outcome, test="test_one.py::test_one")


def of_folders(outcome, *paths):
    return [replace(outcome, model=replace(outcome.model, path=str(path))) for path in paths]


def test_a_folder_that_is_written_in_two_ways_is_one_model(failing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcomes = of_folders(failing, "screener", tmp_path / "screener", "./there/../screener")
    assert only_model(outcomes).resolve() == tmp_path / "screener"


def test_two_folders_of_one_name_are_two_models(failing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcomes = of_folders(failing, "a/screener", "b/screener")
    with pytest.raises(MitigationError, match="fail on 2 models"):
        only_model(outcomes)


def test_a_check_of_labels_is_of_the_model_that_is_named(failing):
    of_labels = [replace(failing, model=None)]
    assert only_model(of_labels, Path("models/screener")) == Path("models/screener")
    with pytest.raises(MitigationError, match=r"flip_rate\) was given labels .* --model FOLDER"):
        only_model(of_labels)


def test_after_a_session_each_model_is_taken_once(failing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcomes = of_folders(failing, "a/screener", tmp_path / "a" / "screener", "b/screener")
    unknown = Rows(("good", "bad"), ("no such label", "nor this"), (1, 2))
    repaired = repair_failing(outcomes, tmp_path / "out", data=unknown)
    assert repaired == {"a/screener": False, "b/screener": False}
