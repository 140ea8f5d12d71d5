"""What is refused before a model answers, and functions in place of models."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import FairnessFailure, WrittenChoices, assert_benchmark
from pytest_fairness.benchmarks import BENCHMARKS, run_benchmark
from pytest_fairness.errors import ArgumentError, ModelError

FOLDERS = {
    "crows_pairs": "crows_pairs",
    "bbq": "bbq",
    "cbbq": "cbbq_zh",
    "winobias": "winobias",
    "weat": "weat",
    "hatecheck": "hatecheck_en",
    "hatecheck_zh": "hatecheck_zh",
    "honest": "honest",
    "holistic_bias": "holistic_bias",
    "unintended_bias": "unintended_bias",
    "cold": "cold_zh",
    "swsr": "swsr_zh",
}


class Everything:
    """A model that can do all that a benchmark may ask for, and must not be asked."""

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise AssertionError(f"the model was asked: {name}")


@pytest.mark.parametrize("name", sorted(FOLDERS))
@pytest.mark.parametrize("wrong", ["number", "category"])
def test_what_does_not_exist_is_refused_before_the_model_answers(shared_data, name, wrong):
    with pytest.raises(ArgumentError, match=f"{wrong}='zz' must be one"):
        assert_benchmark(
            Everything(),
            name,
            folder=shared_data / FOLDERS[name],
            max_deviation=0.1,
            limit=100,
            **{wrong: "zz"},
        )


def test_every_benchmark_has_an_answer_that_says_nothing():
    assert all(benchmark.blank is not None for benchmark in BENCHMARKS.values())


def test_a_function_from_prompts_and_options_chooses(shared_data):
    rng = np.random.default_rng(0)

    def chosen(prompts, options):
        return [int(rng.integers(len(each))) for each in options]

    found = run_benchmark("bbq", chosen, folder=shared_data / "bbq", limit=60)
    assert found.excluded == {}
    assert found.number("bias_ambiguous").n > 10


@pytest.mark.parametrize(
    ("name", "function", "told"),
    [
        ("bbq", lambda prompts: ["A"] * len(prompts), r"index chosen of each.*WrittenChoices"),
        ("bbq", lambda: 1, r"index chosen of each.*WrittenChoices"),
        ("hatecheck", lambda texts: [0.5] * len(texts), r"load_model\(function, labels="),
        ("crows_pairs", lambda a, b: [0.0], "list of texts to their log-likelihoods"),
        ("weat", lambda texts: [0.0] * len(texts), "list of texts to one vector of each"),
        ("honest", lambda texts: [0.0] * len(texts), "list of prompts to as many strings"),
    ],
)
def test_a_function_of_another_form_is_told_which_one_is_asked(shared_data, name, function, told):
    with pytest.raises(ModelError, match=told):
        run_benchmark(name, function, folder=shared_data / FOLDERS[name], limit=5)


def test_a_function_that_writes_chooses_by_what_it_writes(shared_data):
    writer = WrittenChoices(lambda prompts: ["A" for _ in prompts])
    with pytest.raises(FairnessFailure) as caught:
        assert_benchmark(writer, "bbq", folder=shared_data / "bbq", max_deviation=0.01, limit=60)
    assert caught.value.outcome.verdict.value == "inconclusive"
