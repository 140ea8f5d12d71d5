import itertools

from hypothesis import given, strategies as st

from pytest_fairness.mitigation.front import Evaluation, Front

rates = st.sampled_from([0.0, 0.1, 0.25, 0.5])
states = st.lists(st.tuples(st.sampled_from([0.9, 0.89, 0.88, 0.95]), rates, rates), min_size=1)


def evaluations(states):
    return [Evaluation(step, *values) for step, values in enumerate(states)]


def front_of(states, patience=100):
    front = Front(max_accuracy_loss=0.01, patience=patience)
    for evaluation in evaluations(states):
        front.add(evaluation)
    return front


@given(states)
def test_best_is_the_fairest_state_within_the_utility_limit(states):
    useful = [
        e for e in evaluations(states) if e.step == 0 or e.accuracy > states[0][0] - 0.01 - 1e-6
    ]
    expected = min(useful, key=lambda e: (e.flip_rate, e.mean_shift, e.step))
    assert front_of(states).best == expected


def test_a_fairer_state_that_costs_too_much_is_not_kept():
    front = front_of([(0.90, 0.5, 0.5), (0.88, 0.0, 0.0), (0.89, 0.4, 0.4)])
    assert front.best.step == 2


def test_the_mean_shift_decides_between_equal_flip_rates():
    front = front_of([(0.9, 0.5, 0.5), (0.9, 0.0, 0.3), (0.9, 0.0, 0.1), (0.9, 0.0, 0.2)])
    assert front.best.step == 2


def test_the_start_is_kept_when_nothing_is_better():
    assert front_of([(0.9, 0.1, 0.1), (0.95, 0.2, 0.0)]).best.step == 0


def test_patience_counts_evaluations_since_the_best():
    front = Front(max_accuracy_loss=0.01, patience=2)
    over = []
    for evaluation in evaluations([(0.9, f, 0.0) for f in (0.5, 0.6, 0.4, 0.5, 0.4)]):
        front.add(evaluation)
        over.append(front.is_over)
    assert over == [False, False, False, False, True]


def test_a_state_must_be_fair_on_what_it_learnt_too():
    front = Front(max_accuracy_loss=0.01, patience=5)
    for step, (checked, learnt) in enumerate([(0.1, 0.9), (0.0, 0.5), (0.2, 0.1), (0.3, 0.0)]):
        front.add(Evaluation(step, 0.9, checked, checked, learnt, learnt))
    assert front.best.step == 2


def test_add_says_whether_the_state_is_the_best():
    front = Front(max_accuracy_loss=0.01, patience=5)
    flips = [0.5, 0.4, 0.4, 0.3]
    said = [front.add(e) for e in evaluations([(0.9, f, 0.1) for f in flips])]
    assert said == [True, *(b < a for a, b in itertools.pairwise(flips))]
