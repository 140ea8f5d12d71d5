"""What cannot succeed is refused before anything is trained, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pytest_fairness import MitigationConfig, MitigationError, load_model
from pytest_fairness.evidence.paired_rates import tango_interval
from pytest_fairness.mitigation.attempts import looks_of
from pytest_fairness.mitigation.caller import COMMAND, PYTHON
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.foresight import best_outcome, check_rows_show, rows_needed
from pytest_fairness.mitigation.methods import METHODS
from pytest_fairness.mitigation.utility import Utility, falls_short, shows_skill

TRUTH = [i % 2 for i in range(200)]


def model_of(said):
    """A model that gives `text i` the label number ``said[i]``."""
    labels = ["reject", "invite"]
    return load_model(lambda texts: [float(said[int(t.split()[1])]) for t in texts], labels=labels)


def rows_of(truth):
    return Labelled([f"text {i}" for i in range(len(truth))], np.asarray(truth))


def setting_of(said, truth, *, further=None, caller=PYTHON, by_average=False, **others):
    others = {"margin": 0.02, "set_aside": 0, **others}
    material = SimpleNamespace(
        rows={"heldout": rows_of(truth)},
        retention={"reviews": rows_of(further)} if further is not None else {},
        utility="accuracy",
        taught_by_average=by_average,
        set_aside=others["set_aside"],
    )
    config = MitigationConfig(max_accuracy_loss=others["margin"])
    return SimpleNamespace(original=model_of(said), material=material, config=config, caller=caller)


def said_of(setting, confidence=0.95):
    with pytest.raises(MitigationError) as caught:
        check_rows_show(setting, confidence)
    return str(caught.value)


def test_labels_in_the_wrong_order_are_suspected_before_anything_is_trained():
    message = said_of(setting_of([1 - y for y in TRUTH], TRUTH))
    assert (
        "gets 0 % of the 200 held-out rows right, and one label for all would get 50 %" in message
    )
    assert "are the labels in the right order? The model's labels are 0 reject, 1 invite" in message


def test_labels_in_the_wrong_order_are_suspected_of_retention_rows_too():
    message = said_of(setting_of(TRUTH, TRUTH, further=[1 - y for y in TRUTH]))
    assert "0 % of the 200 retention rows 'reviews' right" in message


def test_retention_rows_whose_labels_mean_nothing_are_refused_too():
    chance = [int(i % 4 < 2) for i in range(200)]
    message = said_of(setting_of(TRUTH, TRUTH, further=chance))
    assert "50 % of the 200 retention rows 'reviews' right" in message
    assert message.endswith("or give more such rows, or leave them out.")


def test_retention_rows_of_one_label_show_what_is_lost_of_it():
    truth = [1] * 100 + [0, 1] * 50
    check_rows_show(setting_of(truth, truth, further=[1] * 100), 0.95)


def test_retention_rows_that_are_few_are_no_reason_to_refuse():
    check_rows_show(setting_of(TRUTH, TRUTH, further=[0, 1, 1]), 0.95)


def test_a_weak_model_goes_on_where_rows_show_that_it_is_no_guess():
    right = [y if i % 20 < 13 else 1 - y for i, y in enumerate(TRUTH)]  # 65 of 100
    check_rows_show(setting_of(right, TRUTH, margin=0.05), 0.95)


def test_answers_that_have_nothing_to_do_with_the_labels_are_refused():
    """Nothing would show there that a repair has lost."""
    guessed = said_of(setting_of([int(i % 4 < 2) for i in range(200)], TRUTH, margin=0.05))
    assert "gets 50 % of the 200 held-out rows right" in guessed
    assert "they do not show that it has the skill which a repair is to keep" in guessed
    rare = [int(i < 10) for i in range(200)]
    assert "gets 95 % of the 200" in said_of(setting_of([0] * 200, rare, margin=0.05))


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.9, 0.1), (0.2, 0.3, 0.5)])
def test_guesses_show_skill_no_more_often_than_allowed(shares):
    """By simulation: labels and answers are drawn apart, whatever the shares of each."""
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(len(shares)), 60)
    seen = 0
    for _ in range(1000):
        said = rng.choice(len(shares), size=len(truth), p=shares)
        seen += shows_skill(said == truth, truth, 0.95)
    assert seen <= 68  # of a binomial with 5 % of 1000, less than one in 100 lies above


def test_a_model_that_finds_what_is_rare_goes_on_though_one_label_is_right_more_often():
    """Ten of 200 are rare; it finds nine, and calls 30 others rare: 169 are right, and not 190."""
    rare = np.array([int(i < 10) for i in range(200)])
    said = [int(0 < i < 40) for i in range(200)]
    right = np.array(said) == rare
    assert right.sum() == 169
    assert tango_interval(9, 30, 200, confidence=0.95).high < 0
    assert not falls_short(right, rare, 0.95)
    check_rows_show(setting_of(said, rare, margin=0.05), 0.95)


def test_few_wrong_answers_show_nothing():
    assert not falls_short(np.zeros(3, dtype=bool), np.array([0, 1, 1]), 0.95)


def test_three_labels_moved_on_by_one_are_suspected():
    truth = np.arange(90) % 3
    assert falls_short((truth + 1) % 3 == truth, truth, 0.95)


def test_rows_of_one_label_are_refused():
    message = said_of(setting_of([1] * 200, [1] * 200))
    assert message.startswith("200 rows are held out, and all of them have the label 'invite'")
    assert 'data=read_rows(FILE, label="COLUMN")' in message
    assert said_of(setting_of([1], [1])).startswith("1 row is held out, and it has the label")


def test_too_few_rows_are_refused_with_the_number_that_would_do():
    # Without a lost row a loss of 1 - 0.05 ** (1 / n) cannot be ruled out: of 0.058 among 50 rows,
    # and of less than 0.02 from ln 0.05 / ln 0.98 = 148.3 rows on, a quarter of 596.
    message = said_of(setting_of(TRUTH[:50], TRUTH[:50], caller=COMMAND))
    assert message.startswith(
        "50 rows are held out, and the margin is max_accuracy_loss=0.02: a loss of 0.058"
    )
    assert (
        "About 149 held-out rows would do, which is 596 distinct rows like these in all" in message
    )
    assert "--max-accuracy-loss" in message
    check_rows_show(setting_of(TRUTH[:50], TRUTH[:50], margin=0.06), 0.95)


def test_rows_that_do_not_count_are_counted():
    few = setting_of(TRUTH[:50], TRUTH[:50], set_aside=50)
    message = said_of(few)
    assert "50 rows are held out (50 more are sentences of the tests or copies of others" in message
    # twice as many as in the test above, since every second one does not count
    assert "which is 1,192 distinct rows like these in all" in message


def test_one_method_alone_is_named_where_it_would_do():
    # 149 rows rule out a loss of 0.02 at 95 %; shared by three looks it takes more
    asked = setting_of(TRUTH[:152], TRUTH[:152], caller=COMMAND)
    message = said_of(asked, confidence=1 - 0.05 / 3)
    assert "or name one method, which shares the error rate with none (--method), or" in message
    check_rows_show(asked, 0.95)
    assert "name one method" not in said_of(setting_of(TRUTH[:50], TRUTH[:50], caller=COMMAND))


def test_no_number_of_rows_is_promised_where_none_would_do():
    assert "No number of rows rules out every loss" in said_of(setting_of(TRUTH, TRUTH, margin=0.0))


def test_without_rows_those_of_the_task_are_asked_for():
    message = said_of(setting_of(TRUTH[:50], TRUTH[:50], by_average=True))
    assert "give rows of the model's task" in message


@pytest.mark.parametrize("n_wrong", [0, 1, 3, 8])
def test_what_is_refused_could_not_pass_by_any_outcome(n_wrong):
    """Brute force over all that a repair of 12 answers may gain and lose."""
    right = np.arange(12) >= n_wrong
    best = best_outcome("accuracy", right, margin=0.1, confidence=0.95).interval.low
    outcomes = [(g, b) for g in range(n_wrong + 1) for b in range(12 - n_wrong + 1)]
    lows = [Utility("", 0, 0, 12, g, b, 0.1).interval.low for g, b in outcomes]
    assert best == pytest.approx(max(lows))


def test_the_number_of_rows_is_the_least_that_does():
    for margin, confidence in ((0.02, 0.95), (0.05, 1 - 0.05 / 3), (0.001, 0.95)):
        n = rows_needed(margin, confidence)
        unlost = [(1 - margin) ** m for m in (n - 1, n)]  # the chance that no row shows such a loss
        assert unlost[0] > 1 - confidence >= unlost[1]


def test_methods_share_the_level_that_is_really_used():
    methods = [replace(METHODS["head"], unfit=lambda setting: "") for _ in range(5)]
    assert [looks_of(methods[:n], None) for n in (0, 1, 2, 5)] == [1, 1, 2, 3]
