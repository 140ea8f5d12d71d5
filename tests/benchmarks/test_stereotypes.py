"""CrowS-Pairs and StereoSet: published counts, and models whose scores are known beforehand."""

from __future__ import annotations

import json
import random
from collections import Counter

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.benchmarks.contexts import read as read_contexts
from pytest_fairness.benchmarks.pairs import read, shared_spans
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.stereotypes import (
    categorical_bias_score,
    log_probability_bias,
    preference_rate,
    stereoset_scores,
)


@pytest.fixture(scope="module")
def crows(shared_data):
    return shared_data / "crows_pairs"


def test_crows_pairs_has_the_published_counts(crows):
    counts = Counter(item.direction for item in read(crows))
    assert (counts.total(), counts["stereo"], counts["antistereo"]) == (1508, 1290, 218)


@pytest.mark.parametrize(("more", "less", "score"), [(1.0, 0.0, 100), (0.0, 1.0, 0)])
def test_always_and_never_the_stereotype(crows, more, less, score):
    found = run_benchmark("crows_pairs", folder=crows, answers=[[more, less]] * 1508)
    assert {n.value for n in found.numbers} == {score}
    assert found.number("metric_score", "stereo").n == 1290


def test_exchanging_the_sentences_turns_the_score_round(crows):
    rng = random.Random(0)
    answers = [[rng.random(), rng.random()] for _ in range(1508)]
    one = run_benchmark("crows_pairs", folder=crows, answers=answers)
    other = run_benchmark("crows_pairs", folder=crows, answers=[a[::-1] for a in answers])
    for number in one.numbers:
        assert number.value + other.number(number.name, number.category).value == pytest.approx(100)
        assert number.offset + number.scale * np.mean(number.units) == pytest.approx(number.value)
    assert 45 < one.number("metric_score").value < 55


def test_ties_are_told(crows):
    found = run_benchmark("crows_pairs", folder=crows, answers=[[0.0, 0.0]] * 1508)
    assert found.number("metric_score").value == 0
    assert found.excluded == {}
    assert found.notes == (
        "1508 pairs are ties and count, as published, as not preferring the stereotype.",
    )


def test_the_shared_words_are_those_of_both_sentences():
    one, other = "The old man likes his new car.", "The old woman likes her car."
    for spans, text in zip(shared_spans(one, other), (one, other), strict=True):
        assert [text[a:b] for a, b in spans] == ["The", "old", "likes", "car", "."]


class Likelier:
    """A causal language model that likes long texts."""

    def log_likelihood(self, texts, contexts=None):
        lengths = np.array([len(text) for text in texts], dtype=float)

        class Found:
            total = lengths
            per_token = lengths
            per_byte = -lengths

        return Found()


def test_a_model_is_asked_for_both_sentences(crows):
    found = run_benchmark("crows_pairs", Likelier(), folder=crows)
    longer = [len(item.more) > len(item.less) for item in read(crows)]
    assert found.number("metric_score").value == pytest.approx(100 * np.mean(longer))


def test_a_limit_draws_by_seed(crows):
    def scores(seed):
        return run_benchmark("crows_pairs", Likelier(), folder=crows, limit=200, seed=seed)

    assert scores(1) == scores(1)
    assert scores(1).number("metric_score").n == 200
    assert scores(1).number("metric_score").units != scores(2).number("metric_score").units


def stereoset_file(folder, contexts):
    rows = [
        {
            "target": target,
            "bias_type": "gender",
            "context": "c",
            "sentences": [
                {"sentence": f"{target} {label}", "gold_label": label}
                for label in ("anti-stereotype", "unrelated", "stereotype")
            ],
        }
        for target in contexts
    ]
    data = {"data": {"intrasentence": rows[:1], "intersentence": rows[1:]}}
    (folder / "dev.json").write_text(json.dumps(data), "utf-8")
    return folder


IDEAL = [[2, 1, 0], [1, 2, 0]]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (IDEAL * 2, (100, 50, 100)),
        ([[2, 1, 0]] * 4, (100, 100, 0)),
        ([[1, 2, 0]] * 4, (100, 0, 0)),
        ([[0, 0, 0]] * 4, (0, 0, 0)),
    ],
)
def test_models_whose_stereoset_scores_are_known(tmp_path, rows, expected):
    folder = stereoset_file(tmp_path, ["sister", "sister", "uncle", "uncle"])
    found = run_benchmark("stereoset", folder=folder, answers=rows)
    assert tuple(found.number(name).value for name in ("lms", "ss", "icat")) == expected


def test_a_random_model_scores_fifty(tmp_path):
    rng = np.random.default_rng(0)
    rows = rng.random((4000, 3))
    found = stereoset_scores(*rows.T, targets=[str(i % 50) for i in range(4000)])
    assert found == pytest.approx((50, 50, 50), abs=3)


def test_every_target_counts_the_same(tmp_path):
    rows = [[2, 1, 0], [2, 1, 0], [2, 1, 0], [1, 2, 0]]
    folder = stereoset_file(tmp_path, ["sister", "sister", "sister", "uncle"])
    assert [item.target for item in read_contexts(folder)] == ["sister"] * 3 + ["uncle"]
    number = run_benchmark("stereoset", folder=folder, answers=rows).number("ss")
    assert number.value == 50  # one target all for the stereotype, one all against it
    assert number.scale * np.mean(number.units) == pytest.approx(50)


def test_missing_files_and_columns_are_named(tmp_path):
    with pytest.raises(
        ArgumentError, match=r"has no dev\.json; .* as https://github.com/moinnadeem"
    ):
        run_benchmark("stereoset", folder=tmp_path, answers=[])
    (tmp_path / "crows_pairs_anonymized.csv").write_text("sent_more,less,bias_type\na,b,c\n")
    with pytest.raises(ArgumentError, match="no column 'sent_less'; it has sent_more, less, bias"):
        run_benchmark("crows_pairs", folder=tmp_path, answers=[])


def test_answers_that_do_not_fit_are_refused(crows, tmp_path):
    with pytest.raises(ArgumentError, match="2 answers for 1508 items"):
        run_benchmark("crows_pairs", folder=crows, answers=[[1, 2], [1, 2]])
    with pytest.raises(ArgumentError, match="must be a list of 2 or 4 numbers"):
        run_benchmark("crows_pairs", folder=crows, answers=[1.0] * 1508)
    path = tmp_path / "answers.csv"
    path.write_text("sent_more,sent_less\n" + "-1.5,-2\n" * 1508)
    assert (
        run_benchmark("crows_pairs", folder=crows, answers=path).number("metric_score").value == 100
    )
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"answers": [[0, 1]] * 1508}))
    assert (
        run_benchmark("crows_pairs", folder=crows, answers=path).number("metric_score").value == 0
    )


def test_smaller_scores_by_hand():
    assert preference_rate([], []).n == 0
    assert np.isnan(preference_rate([], []).share)
    # "he" is twice as likely as before beside the target, "she" as likely: log 2.
    found = log_probability_bias([np.log(0.4)], [np.log(0.2)], [np.log(0.1)], [np.log(0.1)])
    assert found == pytest.approx([np.log(2)])
    # Variances 2 and 0 over n - 1 groups, as published; 1 and 0 over n.
    assert categorical_bias_score([[1.0, 3.0], [2.0, 2.0]]) == pytest.approx(1)
    assert categorical_bias_score([[1.0, 3.0], [2.0, 2.0]], ddof=0) == pytest.approx(0.5)
    assert categorical_bias_score([[1.0, 3.0, np.nan]]) == pytest.approx(2)
    assert np.isnan(categorical_bias_score([[1.0, np.nan]]))
