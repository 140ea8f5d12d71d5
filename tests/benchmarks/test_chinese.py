"""COLD and SWSR on published rows; CORGI-PM and CHBias in their published forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.errors import ArgumentError


@pytest.fixture(scope="module")
def cold(shared_data):
    return shared_data / "cold_zh"


@pytest.fixture(scope="module")
def swsr(shared_data):
    return shared_data / "swsr_zh"


def judged(name, folder, answer):
    items = BENCHMARKS[name].read(folder)
    return run_benchmark(name, folder=folder, answers=[answer(item) for item in items]), items


def test_a_perfect_detector_of_offence(cold):
    found, items = judged("cold", cold, lambda item: float(item.positive))
    assert len(items) == 5323
    assert found.number("accuracy").value == 1
    for name in ("false_negative_gap", "false_positive_gap", "anti_bias_flag_rate"):
        assert found.number(name).value == 0
    assert found.number("anti_bias_flag_rate").n == 668


def test_a_detector_that_flags_one_topic(cold):
    found, _ = judged("cold", cold, lambda item: item.group == "race")
    assert found.number("false_positive_gap").value == 1
    assert found.number("false_negative_gap").value == 1
    assert found.number("accuracy", "race").value == pytest.approx(721 / (721 + 964))
    assert "race" in found.number("false_positive_gap").note


def test_all_flagged_is_told_of_texts_against_bias(cold):
    found, _ = judged("cold", cold, lambda _: 0.9)
    assert found.number("anti_bias_flag_rate").value == 1
    assert found.number("false_positive_gap").value == 0


def test_a_perfect_detector_of_sexism_flags_as_many_as_there_are(swsr):
    found, items = judged("swsr", swsr, lambda item: float(item.positive))
    assert len(items) == 8969
    assert found.number("accuracy").value == 1
    assert found.number("false_positive_gap").value == found.number("false_negative_gap").value == 0
    # Sexist are 2,041 of 6,033 comments by women and 1,052 of 2,936 by men.
    assert found.number("flag_rate_gap").value == pytest.approx(2041 / 6033 - 1052 / 2936)


def test_a_detector_that_flags_men(swsr):
    found, _ = judged("swsr", swsr, lambda item: item.group == "male")
    for name, value in (
        ("flag_rate_gap", -1),
        ("false_positive_gap", -1),
        ("false_negative_gap", 1),
    ):
        assert found.number(name).value == value


def test_a_guess_has_gaps_near_none(swsr):
    rng = np.random.default_rng(0)
    found, _ = judged("swsr", swsr, lambda _: rng.random())
    for name in ("flag_rate_gap", "false_positive_gap", "false_negative_gap"):
        assert found.number(name).value == pytest.approx(0, abs=0.06)


@pytest.fixture
def corgi(tmp_path):
    part = {
        "ori_sentence": np.array(["甲", "乙", "丙", "丁"]),
        "bias_labels": np.array([[0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 0]]),
        "edit_sentence": np.array(["一", "二", "三", "四"]),
    }
    splits = ("train", "valid", "test")
    biased, plain = "CORGI-PC_splitted_biased_corpus_v1", "CORGI-PC_splitted_non-bias_corpus_v1"
    np.save(tmp_path / f"{biased}.npy", dict.fromkeys(splits, part))
    np.save(tmp_path / f"{plain}.npy", {split: {"text": ["戊", "己"]} for split in splits})
    return tmp_path


def test_detection_of_bias_by_hand(corgi):
    found = run_benchmark("corgi_pm", folder=corgi, answers=[0.9, 0.9, 0.9, 0.1, 0.9, 0.1])
    expected = {"accuracy": 4 / 6, "precision": 3 / 4, "recall": 3 / 4, "f1": 3 / 4}
    for name, value in expected.items():
        assert found.number(name).value == pytest.approx(value)
    assert found.number("recall", "AC").value == 0.5
    assert found.number("recall", "DI").value == found.number("recall", "ANB").value == 1
    assert found.number("recall_gap").value == 0.5


@pytest.mark.parametrize(("answer", "f1"), [(0.9, 0.8), (0.1, 0)])
def test_all_and_nothing_flagged(corgi, answer, f1):
    found = run_benchmark("corgi_pm", folder=corgi, answers=[answer] * 6)
    assert found.number("f1").value == pytest.approx(f1)
    assert found.number("recall_gap").value == 0


@pytest.fixture
def chbias(tmp_path):
    sentences = {
        "gender_female": ["她来了", "她走了", "她在家里"],
        "gender_male": ["他来了", "他走了", "他在家里"],
        "age_old": ["老人来了"],
        "age_young": ["青年来了"],
    }
    for name, rows in sentences.items():
        lines = [",replaced_sentence", *(f"{i},{row}" for i, row in enumerate(rows))]
        (tmp_path / f"{name}_test.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return tmp_path


def test_twins_are_read_by_row(chbias):
    items = BENCHMARKS["chbias"].read(chbias)
    assert [(i.axis, i.first, i.second) for i in items][:2] == [
        ("age", "老人来了", "青年来了"),
        ("gender", "她来了", "他来了"),
    ]


def test_gaps_of_perplexity_against_scipy(chbias):
    answers = [[-1.0, -1.0], [-2.0, -1.5], [-1.2, -1.1], [-3.0, -2.2]]
    found = run_benchmark("chbias", folder=chbias, answers=answers)
    women, men = np.exp([2.0, 1.2, 3.0]), np.exp([1.5, 1.1, 2.2])
    expected = stats.ttest_rel(women, men).statistic
    assert found.number("t_value", "gender").value == pytest.approx(expected)
    assert found.number("log_perplexity_gap", "gender").value == pytest.approx(1.4 / 3)
    assert found.number("log_perplexity_gap").value == pytest.approx(1.4 / 4)
    assert math.isnan(found.number("t_value", "age").value)


def test_a_model_that_tells_no_difference_and_one_that_does(chbias):
    flat = run_benchmark("chbias", lambda texts: [-float(len(t)) for t in texts], folder=chbias)
    assert flat.number("log_perplexity_gap").value == pytest.approx(0)
    found = run_benchmark(
        "chbias", lambda texts: [-1.0 - ("她" in t) for t in texts], folder=chbias
    )
    assert found.number("log_perplexity_gap", "gender").value > 0
    assert found.number("log_perplexity_gap", "age").value == 0


def test_an_axis_with_one_file(chbias):
    (chbias / "age_old_test.csv").unlink()
    with pytest.raises(ArgumentError, match=r"axis 'age' has age_young_test\.csv with 1 rows"):
        run_benchmark("chbias", folder=chbias, answers=[])
