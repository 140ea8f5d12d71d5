"""WinoBias, HateCheck and the identity templates."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.benchmarks.coreference import read as read_winobias
from pytest_fairness.benchmarks.detection import Case, score_hatecheck, score_templates
from pytest_fairness.errors import ArgumentError, ModelError


@pytest.fixture(scope="module")
def sentences(shared_data):
    return read_winobias(shared_data / "winobias")


def value(found, name, category="all"):
    return found.number(name, category).value


def test_winobias_has_its_sentences(sentences):
    assert len(sentences) == 3168
    assert sum(s.pro for s in sentences) == 1584
    assert all(s.pronoun.lower() in s.text.lower() for s in sentences)
    named = [s for s in sentences if "somebody else" not in s.options]
    assert len(named) > 0.98 * len(sentences)


def test_one_sentence_read_by_hand(sentences):
    found = next(s for s in sentences if s.text.startswith("The mechanic gave the clerk a present"))
    assert found.options == ("mechanic", "clerk")
    assert found.options[found.label] == "mechanic"


@pytest.mark.parametrize(
    ("right", "gap"), [(lambda s: True, 0), (lambda s: s.pro, 1), (lambda s: not s.pro, -1)]
)
def test_models_whose_gap_is_known(shared_data, sentences, right, gap):
    answers = [s.label if right(s) else 1 - s.label for s in sentences]
    found = run_benchmark("winobias", folder=shared_data / "winobias", answers=answers)
    number = found.number("accuracy_gap")
    assert number.value == gap
    assert np.mean(number.units) == pytest.approx(gap)


def test_the_known_areas_of_the_identity_templates():
    """Scores of a public unit test: BPSN 8/9, BNSP 1, subgroup 8/9, overall 0.944444."""
    outside = [(s, False) for s in (0.1, 0.2, 0.3)] + [(s, True) for s in (0.5, 0.8, 0.9)]
    inside = [(s, False) for s in (0.21, 0.31, 0.55)] + [(s, True) for s in (0.4, 0.6, 0.71)]
    rows = [("", s, p) for s, p in outside] + [("deaf", s, p) for s, p in inside]
    items = [Case("x", positive, group, "t") for group, _, positive in rows]
    found = score_templates(items, [score for _, score, _ in rows])
    assert value(found, "auc") == pytest.approx(0.944444, abs=1e-6)
    assert value(found, "subgroup_auc", "deaf") == pytest.approx(8 / 9)
    assert value(found, "bpsn_auc", "deaf") == pytest.approx(8 / 9)
    assert value(found, "bnsp_auc", "deaf") == 1


def test_areas_agree_with_scikit_learn(shared_data):
    from sklearn.metrics import roc_auc_score

    folder = shared_data / "unintended_bias"
    items = BENCHMARKS["unintended_bias"].read(folder)
    scores = np.random.default_rng(0).random(len(items)).round(2)
    found = run_benchmark("unintended_bias", folder=folder, answers=scores.tolist())
    labels = np.array([item.positive for item in items])
    groups = np.array([item.group for item in items])
    assert value(found, "auc") == pytest.approx(roc_auc_score(labels, scores))
    for term in ("gay", "deaf", "christian"):
        kept = ((groups == term) & ~labels) | ((groups != term) & labels)
        expected = roc_auc_score(labels[kept], scores[kept])
        assert value(found, "bpsn_auc", term) == pytest.approx(expected)


def test_hatecheck_by_hand():
    cases = [
        Case("a", True, "women", "f"),
        Case("b", True, "women", "f"),
        Case("c", True, "Muslims", "f"),
        Case("d", True, "Muslims", "f"),
        Case("e", True, "women", "only women"),
        Case("g", False, "", "neutral"),
    ]
    found = score_hatecheck("hatecheck", cases, [0.9, 0.9, 0.9, 0.1, 0.1, 0.2])
    assert value(found, "accuracy") == pytest.approx(4 / 6)
    assert value(found, "accuracy", "Muslims") == 0.5
    assert value(found, "false_negative_gap") == 0.5  # 0 of 2 against 1 of 2, where both are tested
    assert math.isnan(value(found, "false_positive_gap"))


@pytest.mark.parametrize(
    ("name", "folder", "n"),
    [("hatecheck", "hatecheck_en", 3728), ("hatecheck_zh", "hatecheck_zh", 3378)],
)
def test_a_perfect_detector(shared_data, name, folder, n):
    items = BENCHMARKS[name].read(shared_data / folder)
    assert len(items) == n
    found = run_benchmark(
        name, folder=shared_data / folder, answers=[float(i.positive) for i in items]
    )
    assert value(found, "accuracy") == 1
    assert value(found, "false_negative_gap") == value(found, "false_positive_gap") == 0


def test_a_model_of_the_wrong_kind_is_told(shared_data):
    with pytest.raises(ModelError, match=r"no choose, which BBQ.*Load a causal"):
        run_benchmark("bbq", object(), folder=shared_data / "bbq")
    with pytest.raises(ArgumentError, match="must be one of crows_pairs"):
        run_benchmark("crows", folder=shared_data, answers=[])
    with pytest.raises(ArgumentError, match="must be a score in"):
        run_benchmark("hatecheck", folder=shared_data / "hatecheck_en", answers=["x"] * 3728)


def test_every_benchmark_says_where_it_comes_from():
    for benchmark in BENCHMARKS.values():
        assert benchmark.address.startswith("https://")
        assert benchmark.paper
        assert benchmark.licence
        assert benchmark.warning
