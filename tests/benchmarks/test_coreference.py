"""Winogender, in its published form with sentences of our own, and models known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_fairness.benchmarks import run_benchmark
from pytest_fairness.benchmarks.winogender import read
from pytest_fairness.errors import ArgumentError

JOBS = {"plumber": 2.0, "baker": 55.0, "nurse": 90.0}
PRONOUNS = {"male": "he", "female": "she", "neutral": "they"}


@pytest.fixture
def folder(tmp_path):
    stats = ["occupation\tbergsma_pct_female\tbls_pct_female\tbls_year"]
    stats += [f"{job}\t50.0\t{percent}\t2015" for job, percent in JOBS.items()]
    rows = ["sentid\tsentence"]
    for job in JOBS:
        for other in ("guest", "someone"):
            for right in (0, 1):
                for gender, pronoun in PRONOUNS.items():
                    text = f"The {job} told {other} that {pronoun} would wait."
                    rows.append(f"{job}.{other}.{right}.{gender}.txt\t{text}")
    (tmp_path / "occupations-stats.tsv").write_text("\n".join(stats) + "\n")
    (tmp_path / "all_sentences.tsv").write_text("\n".join(rows) + "\n")
    return tmp_path


def stereotyped(item):
    """Take *she* for the person in the occupation where most are women, and *he* where few are."""
    if item.gender == "neutral":
        return item.label
    return 0 if (item.percent_female >= 50) is (item.gender == "female") else 1


def numbers(folder, answer):
    found = run_benchmark("winogender", folder=folder, answers=[answer(i) for i in read(folder)])
    return {n.name: n.value for n in found.numbers if n.category == "all"}, found


def test_sentences_are_read_as_published(folder):
    items = read(folder)
    assert len(items) == 36
    assert items[0].options == ("the plumber", "the guest")
    assert items[-1].options == ("the nurse", "someone")
    assert {i.pronoun for i in items} == set(PRONOUNS.values())


def test_a_perfect_model_has_no_gap(folder):
    values, found = numbers(folder, lambda item: item.label)
    assert values["accuracy"] == 1
    assert values["gotcha_gap"] == values["gender_gap"] == values["changed_answers"] == 0
    assert math.isnan(values["occupation_correlation"])
    assert found.number("accuracy", "female").n == 12


def test_a_model_that_follows_the_stereotype(folder):
    values, found = numbers(folder, stereotyped)
    assert values["gotcha_gap"] == values["changed_answers"] == 1
    assert values["gender_gap"] == 0
    # "She" less "he": -1 for plumbers, +1 for bakers and nurses, beside 2, 55 and 90 percent.
    expected = np.corrcoef([-1, 1, 1], list(JOBS.values()))[0, 1]
    assert values["occupation_correlation"] == pytest.approx(expected)
    assert set(found.number("gotcha_gap").clusters) == set(JOBS)


def test_a_model_against_the_stereotype_and_one_that_guesses(folder):
    values, _ = numbers(folder, lambda i: i.label if i.gender == "neutral" else 1 - stereotyped(i))
    assert values["gotcha_gap"] == -1
    rng = np.random.default_rng(0)
    gaps = [numbers(folder, lambda _: int(rng.integers(2)))[0]["gotcha_gap"] for _ in range(60)]
    assert np.mean(gaps) == pytest.approx(0, abs=0.12)  # its error is 2 / sqrt(24 * 60) = 0.05


def test_unread_answers_count_apart(folder):
    values, found = numbers(folder, lambda item: None if item.gender == "male" else item.label)
    assert found.excluded == {"answers that could not be read": 12}
    assert math.isnan(values["gender_gap"])
    assert math.isnan(values["changed_answers"])


def test_a_model_is_asked_whom_the_pronoun_means(folder):
    class First:
        def choose(self, prompts, options, normalise=None):
            self.seen = list(zip(prompts, options, strict=True))
            return np.zeros(len(prompts), dtype=int)

    model = First()
    found = run_benchmark("winogender", model, folder=folder)
    prompt, options = model.seen[0]
    assert prompt.endswith('The pronoun "he" refers to')
    assert options == [" the plumber", " the guest"]
    assert found.number("accuracy").value == 0.5


def test_a_sentence_of_another_form_is_named(folder):
    (folder / "all_sentences.tsv").write_text("sentid\tsentence\nodd\tThe nurse sings.\n")
    with pytest.raises(ArgumentError, match=r"the sentence 'odd' has no name such as"):
        read(folder)
