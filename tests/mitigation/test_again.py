"""A failing check is run again as it was written, or is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from pytest_fairness import (
    Attribute,
    FairnessFailure,
    FairnessWarning,
    MitigationError,
    Outcome,
    Verdict,
    assert_counterfactual_invariance,
    assert_demographic_parity,
    assert_embedding_parity,
    assert_equal_opportunity,
    assert_equalized_odds,
    assert_likelihood_parity,
    counterfactuals,
    load_model,
)
from pytest_fairness.mitigation import Rows, again
from pytest_fairness.mitigation.data import Labelled
from pytest_fairness.mitigation.gates import Rechecking, Retesting, check_shown, recheck, screen
from pytest_fairness.mitigation.group_checks import carry_groups, recheck_groups
from pytest_fairness.mitigation.kinds.classifiers import CLASSIFIERS
from pytest_fairness.mitigation.language.kinds import EMBEDDERS, LANGUAGE_MODELS
from pytest_fairness.mitigation.positives import positive_label
from pytest_fairness.mitigation.runner import run_tests
from pytest_fairness.mitigation.verdicts import verdict_of
from tests.mitigation.spelling import spelled

NONE = Labelled([])
FRAMES = [f"{start} {{name}} {end}." for start in ("I met", "We saw") for end in ("today", "here")]

TERMS = {"up": ["alfa", "bravo", "mike", "oscar"], "down": ["echo", "golf", "hotel", "kilo"]}


@pytest.fixture(scope="module")
def space():
    return counterfactuals(FRAMES, vary="race_name")


@pytest.fixture(scope="module")
def many():
    """A space whose held-out part has thousands of texts."""
    groups = Attribute("group", TERMS)
    frames = [f"{start} {{group}} with {{thing}}." for start in ("I met", "We saw", "They like")]
    slots = {"thing": [f"thing {number}" for number in range(600)]}
    return counterfactuals(frames, vary=groups, slots=slots)


def failed(check, *data, **arguments):
    with pytest.raises(FairnessFailure) as caught:
        check(*data, **arguments)
    return caught.value.outcome


def by_length(texts):
    """Return scores of three labels that hang on the length of a text."""
    return [[0.1 + 0.05 * (len(t) % 9), 0.2, 0.7 - 0.05 * (len(t) % 9)] for t in texts]


def heldout_of(kind, model, outcome):
    (found,) = recheck(kind, model, [outcome], NONE)
    return found


class TestPairs:
    def test_the_label_is_the_one_that_was_compared(self, space):
        model = load_model(by_length)
        outcome = failed(assert_counterfactual_invariance, model, space, max_gap=0.01, label=0)
        assert outcome.settings == {"label": 0}
        assert heldout_of(CLASSIFIERS, model, outcome).verdict is Verdict.FAIL
        other = replace(outcome, settings={"label": 1})  # which never moves
        assert heldout_of(CLASSIFIERS, model, other).passed

    def test_too_few_pairs_stay_too_few(self, space):
        flips = load_model(lambda ts: [[0.6, 0.4] if len(t) % 2 else [0.4, 0.6] for t in ts])
        still = load_model(lambda ts: [[0.6, 0.4]] * len(ts))
        most = len(space.part("heldout")) + 1
        outcome = failed(
            assert_counterfactual_invariance, flips, space, max_flip_rate=0.2, min_pairs=most
        )
        assert heldout_of(CLASSIFIERS, still, outcome).verdict is Verdict.INCONCLUSIVE

    def test_no_more_pairs_are_drawn_than_the_check_draws(self, space):
        flips = load_model(lambda ts: [[0.6, 0.4] if len(t) % 2 else [0.4, 0.6] for t in ts])
        outcome = failed(
            assert_counterfactual_invariance, flips, space, max_flip_rate=0.4, max_pairs=40
        )
        assert heldout_of(CLASSIFIERS, flips, outcome).evidence.n <= 40

    def test_a_single_pair_among_many_is_found(self, many):
        part = many.part("heldout")
        sampled = {t for p in part.sample(2000, 0) for t in (p.original, p.variant)}
        odd = next(text for text in part.texts if text not in sampled)
        model = load_model(lambda ts: [[0.1, 0.9] if t == odd else [0.5, 0.5] for t in ts])
        pair = next(p for p in part if odd in (p.original, p.variant))
        one = failed(assert_counterfactual_invariance, model, pair, tolerance=0.1)
        found = heldout_of(CLASSIFIERS, model, replace(one, source=many.recipe))
        assert found.verdict is Verdict.FAIL
        assert found.evidence.n == len(part)  # all were compared

    def test_what_is_too_large_to_hold_is_said_to_be_a_sample(self, many, monkeypatch):
        monkeypatch.setattr(again, "_MOST_TEXTS", 50)
        monkeypatch.setattr(again, "_MOST_PAIRS", 60)
        model = load_model(lambda ts: [[0.5, 0.5]] * len(ts))
        pair = (f"{FRAMES[0]}", "I met you today.")
        one = assert_counterfactual_invariance(model, pair, tolerance=0.1)
        one = replace(one, verdict=Verdict.FAIL, source=many.recipe)
        found = heldout_of(CLASSIFIERS, model, one)
        n = len(many.part("heldout"))
        assert found.passed
        assert f"Compared are 60 of {n:,} pairs, drawn by seed 0, and not all" in found.definition

    def test_a_search_is_the_same_search(self, many):
        model = load_model(lambda ts: [[0.5, 0.5]] * len(ts))
        moved = load_model(lambda ts: [[len(t) % 5 / 5, 1 - len(t) % 5 / 5] for t in ts])
        outcome = failed(
            assert_counterfactual_invariance, moved, many, tolerance=0.1, budget=30, seed=7
        )
        assert (outcome.settings, outcome.seed) == ({"budget": 30}, 7)
        found = heldout_of(CLASSIFIERS, model, outcome)
        assert found.verdict is Verdict.INCONCLUSIVE  # no proof, as of the check itself
        assert "of budget=30" in found.reason
        assert found.seed == 7
        met, why = verdict_of(False, [found], None)
        assert not met
        assert "not shown of all of them" in why
        assert "Raise budget=" in why

    def test_validation_pairs_are_compared_without_a_search(self, many):
        moved = load_model(lambda ts: [[len(t) % 5 / 5, 1 - len(t) % 5 / 5] for t in ts])
        outcome = failed(assert_counterfactual_invariance, moved, many, tolerance=0.1, budget=30)
        (found,) = screen(CLASSIFIERS, moved, [outcome], NONE)
        pairs = len(many.part("validation"))
        assert found.evidence.n == min(400, pairs) > 30

    def test_a_rate_is_screened_on_many_pairs_of_each_template(self, many):
        """One pair of each template would say next to nothing of a rate."""
        on_some = load_model(lambda ts: [0.9 if crc32(t.encode()) % 3 else 0.1 for t in ts])
        part = many.part("validation")
        outcome = failed(assert_counterfactual_invariance, on_some, many, max_flip_rate=0.05)
        (found,) = screen(CLASSIFIERS, on_some, [outcome], NONE)
        assert len(part.places) < 10 < 30 <= found.evidence.n <= 400
        near = replace(outcome, tolerance=replace(outcome.tolerance, value=4 / 9))
        (found,) = screen(CLASSIFIERS, on_some, [near], NONE)
        assert found.evidence.n == min(400, len(part))  # open to the end

    def test_a_screen_warns_of_nothing_and_a_part_is_of_its_whole(self, many, recwarn):
        on_some = load_model(lambda ts: [0.9 if crc32(t.encode()) % 3 else 0.1 for t in ts])
        part = many.part("train")
        outcome = failed(assert_counterfactual_invariance, on_some, part, max_flip_rate=0.05)
        (found,) = screen(CLASSIFIERS, load_model(lambda ts: [0.9] * len(ts)), [outcome], NONE)
        assert found.source["part"] == "validation"
        (held,) = recheck(CLASSIFIERS, on_some, [outcome], NONE)
        assert held.source["part"] == "heldout"
        assert [w for w in recwarn if issubclass(w.category, FairnessWarning)] == []

    def test_what_was_not_recorded_is_not_made_up(self, space):
        outcome = failed(
            assert_counterfactual_invariance, load_model(by_length), space, max_gap=0.01, label=0
        )
        old = {name: value for name, value in outcome.to_dict().items() if name != "settings"}
        read = Outcome.from_dict(old)
        assert read.settings is None
        with pytest.raises(MitigationError, match="Run it once more"):
            CLASSIFIERS.carry(load_model(by_length), read, None)
        assert screen(CLASSIFIERS, load_model(by_length), [read], NONE) == ()


def test_likelihoods_are_drawn_and_divided_as_they_were(space):
    def likelihoods(texts):
        return [-float(len(text) ** 2) for text in texts]

    outcome = failed(
        assert_likelihood_parity,
        likelihoods,
        space,
        max_difference=0.001,
        normalise=None,
        n=30,
        seed=5,
    )
    assert outcome.settings == {"normalise": None, "n": 30, "seed": 5}
    found = heldout_of(LANGUAGE_MODELS, likelihoods, outcome)
    drawn = space.part("heldout").sample(30, 5)
    shown = [example.texts for example in found.examples]
    assert set(shown) <= {(pair.original, pair.variant) for pair in drawn}
    assert found.definition_id == "likelihood_difference.total"


def test_distances_are_drawn_as_they_were(space):
    def vectors(texts):
        return np.array([[len(t) % 7, t.startswith("I"), t.endswith("here.")] for t in texts]) + 0.1

    outcome = failed(assert_embedding_parity, vectors, space, max_distance=0.01, n=30, seed=5)
    assert outcome.settings == {"n": 30, "seed": 5}
    found = heldout_of(EMBEDDERS, vectors, outcome)
    drawn = {(p.original, p.variant) for p in space.part("heldout").sample(30, 5)}
    assert {example.texts for example in found.examples} <= drawn


class Answers:
    """A model that answers as it is told."""

    def __init__(self, answers, labels=("no", "yes")):
        self.labels = labels
        self._answers = answers

    def predict(self, texts):
        return np.array([self._answers[text] for text in texts])


N = 400
TEXTS = tuple(f"text {spelled(i)}" for i in range(N))
GROUPS = tuple("ab"[i % 2] for i in range(N))
TRUTH = tuple(("no", "yes")[i % 4 // 2] for i in range(N))
# Of group a every fifth "no" is called "yes"; every "yes" is found, in both groups.
SAID = tuple(
    "yes" if truth == "yes" or (group == "a" and i % 20 == 0) else "no"
    for i, (truth, group) in enumerate(zip(TRUTH, GROUPS, strict=True))
)
MODEL = Answers(dict(zip(TEXTS, SAID, strict=True)))
ROWS = Rows(TEXTS, TRUTH, tuple(range(N)), groups=GROUPS)
HELD = Labelled(list(TEXTS), np.array([int(t == "yes") for t in TRUTH]), groups=list(GROUPS))


def opportunity(y_true=TRUTH, y_pred=SAID, **more):
    arguments = {"sensitive_features": GROUPS, "max_difference": 0.05, **more}
    return failed(assert_equal_opportunity, y_true, y_pred, **arguments)


def coded(column, one):
    return [int(entry == one) for entry in column]


class TestGroups:
    def test_the_positive_class_is_the_one_of_the_check(self):
        outcome = opportunity(pos_label="no")
        assert outcome.evidence.estimate == pytest.approx(0.2)
        carried = carry_groups(MODEL, outcome, ROWS)
        found = recheck_groups(MODEL, carried, HELD, looks=1)
        assert found.evidence.estimate == pytest.approx(0.2)
        assert found.verdict is Verdict.FAIL
        assert "'no' is positive" in found.definition

    def test_ones_of_the_first_label_are_known_on_the_same_rows(self):
        outcome = opportunity(coded(TRUTH, "no"), coded(SAID, "no"))
        carried = carry_groups(MODEL, outcome, ROWS)
        assert carried.settings["pos_label"] == "no"
        assert recheck_groups(MODEL, carried, HELD, looks=1).verdict is Verdict.FAIL
        zeros = opportunity(coded(TRUTH, "yes"), coded(SAID, "yes"), pos_label=0)
        assert carry_groups(MODEL, zeros, ROWS).settings["pos_label"] == "no"

    def test_ones_of_other_rows_are_refused_with_a_way_out(self):
        outcome = opportunity(coded(TRUTH, "no"), coded(SAID, "no"))
        other = ROWS.select(range(N - 4))
        with pytest.raises(MitigationError, match=r"pos_label=1 positive.*'no', 'yes'.*pos_label="):
            carry_groups(MODEL, outcome, other)
        with pytest.raises(MitigationError, match="cannot be told"):
            recheck_groups(MODEL, outcome, HELD, looks=1)

    def test_a_name_that_is_no_label_is_refused(self):
        hired = [{"yes": "hired", "no": "out"}[t] for t in TRUTH]
        said = [{"yes": "hired", "no": "out"}[t] for t in SAID]
        with pytest.raises(MitigationError, match="pos_label='out'"):
            carry_groups(MODEL, opportunity(hired, said, pos_label="out"), ROWS)

    @pytest.mark.parametrize("labels", [("0", "1"), ("LABEL_0", "LABEL_1")])
    def test_labels_that_are_numbers_are_those_numbers(self, labels):
        outcome = opportunity(coded(TRUTH, "no"), coded(SAID, "no"))
        assert positive_label(outcome, Answers({}, labels)) == labels[1]

    def test_labels_that_look_like_other_numbers_are_not_taken_for_places(self):
        outcome = opportunity(coded(TRUTH, "no"), coded(SAID, "no"))
        with pytest.raises(MitigationError, match="cannot be told"):
            positive_label(outcome, Answers({}, ("1", "2")))

    def test_gaps_of_both_rates_are_the_same_whichever_label_is_positive(self):
        for check, columns in (
            (assert_equalized_odds, (TRUTH, SAID)),
            (assert_demographic_parity, (SAID,)),
        ):
            words, ones = [
                failed(check, *data, sensitive_features=GROUPS, max_difference=0.02, **named)
                for data, named in (
                    (columns, {"pos_label": "yes"}),
                    ([coded(column, "no") for column in columns], {}),
                )
            ]
            assert words.evidence.estimate == pytest.approx(ones.evidence.estimate)
            found = recheck_groups(MODEL, ones, HELD, looks=1)
            assert found.evidence.estimate == pytest.approx(ones.evidence.estimate)

    def test_reference_and_mean_are_kept(self):
        three = tuple("abc"[i % 3] for i in range(N))
        rows = Labelled(list(TEXTS), HELD.targets, groups=list(three))
        outcome = failed(
            assert_equalized_odds,
            TRUTH,
            SAID,
            sensitive_features=three,
            max_difference=0.001,
            pos_label="yes",
            reference="b",
            agg="mean",
        )
        found = recheck_groups(MODEL, outcome, rows, looks=1)
        assert found.definition_id == "equalized_odds_difference.mean"
        assert found.evidence.estimate == pytest.approx(outcome.evidence.estimate)
        assert found.settings == outcome.settings

    @pytest.mark.parametrize("name", ["control_features", "sample_weight", "clusters"])
    def test_columns_beside_the_groups_are_refused_by_name(self, name):
        column = [i % 7 + 1 for i in range(N)]
        outcome = opportunity(pos_label="no", max_difference=0.001, **{name: column})
        for refused in (
            lambda: carry_groups(MODEL, outcome, ROWS),
            lambda: recheck_groups(MODEL, outcome, HELD, looks=1),
        ):
            with pytest.raises(MitigationError, match=rf"^{name}= of the failing check.*column"):
                refused()

    def test_groups_that_no_row_is_of_are_refused(self):
        names = {"a": "women", "b": "men"}
        other = tuple(names[group] for group in GROUPS)
        outcome = opportunity(pos_label="no", sensitive_features=other)
        with pytest.raises(
            MitigationError, match=r"no row that is given is of '(wo)?men'.*'a', 'b'"
        ):
            carry_groups(MODEL, outcome, ROWS)

    def test_more_looks_make_it_stricter(self):
        outcome = opportunity(pos_label="no", alpha=0.06)
        assert recheck_groups(MODEL, outcome, HELD, looks=3).alpha == pytest.approx(0.02)


class TestShown:
    def test_a_failure_that_held_out_material_does_not_show_is_refused(self, space):
        still = load_model(lambda ts: [[0.5, 0.5]] * len(ts))
        passing = assert_counterfactual_invariance(still, space, max_gap=0.2)
        with pytest.raises(MitigationError) as caught:
            check_shown([passing])
        message = str(caught.value)
        assert "counterfactual_token_fairness_gap is 0.000, and the limit is max_gap=0.2" in message
        assert "more templates, terms or rows" in message

    def test_one_that_fails_there_is_enough(self, space):
        still = load_model(lambda ts: [[0.5, 0.5]] * len(ts))
        passing = assert_counterfactual_invariance(still, space, max_gap=0.2)
        check_shown([passing, replace(passing, verdict=Verdict.FAIL)])
        check_shown([replace(passing, verdict=Verdict.INCONCLUSIVE)])
        check_shown([])

    def test_what_failed_must_show_and_not_what_was_open(self, space):
        model = load_model(by_length)
        fails = failed(assert_counterfactual_invariance, model, space, max_gap=0.01, label=0)
        hidden = replace(fails, settings={"label": 1})  # which never moves
        open_one = replace(fails, verdict=Verdict.INCONCLUSIVE)
        gate = Rechecking(model, (open_one, hidden), NONE)
        assert [o.verdict for o in gate.before] == [Verdict.FAIL, Verdict.PASS]
        with pytest.raises(MitigationError, match="passes on held-out material"):
            check_shown(gate.failing_before)


def test_what_hypothesis_did_not_draw_is_held_too(many):
    """Of thousands of held-out texts one is off; a few drawn pairs do not show it."""
    odd = many.part("heldout").sample(5000, 3)[-1].variant
    biased = load_model(lambda texts: [0.9 if "alfa" in text else 0.2 for text in texts])
    check = failed(assert_counterfactual_invariance, biased, many.sample(200, 0), tolerance=0.1)
    check = replace(check, test="test_x.py::test_each", source=many.recipe)
    rare = load_model(lambda texts: [0.9 if text == odd else 0.2 for text in texts])
    drawn = assert_counterfactual_invariance(rare, many.sample(50, 0), tolerance=0.1)
    gate = Retesting(["test_x.py"], Path("fair"), biased, (check,))
    (found,) = gate._over_all_pairs(rare, [replace(drawn, test=check.test)])
    assert drawn.passed
    assert (found.verdict, found.test) == (Verdict.FAIL, check.test)
    assert found.evidence.n > 4000
    constant = load_model(lambda texts: [0.2] * len(texts))
    (found,) = gate._over_all_pairs(constant, [replace(drawn, test=check.test)])
    assert found.passed
    (other,) = gate._over_all_pairs(rare, [replace(drawn, test="test_x.py::test_other")])
    assert other.evidence.n == 50


def test_hypothesis_draws_the_same_each_time(pytester, monkeypatch):
    for name in ("CI", "GITHUB_ACTIONS"):  # where it would draw the same without being told
        monkeypatch.delenv(name, raising=False)
    pytester.makepyfile(
        test_drawn="""
        import hashlib
        from hypothesis import given
        from pytest_fairness import assert_counterfactual_invariance, counterfactuals

        SPACE = counterfactuals(["{name} left at %d." % i for i in range(9)])

        def score(texts):
            return [int(hashlib.md5(text.encode()).hexdigest()[:4], 16) / 65536 for text in texts]

        @given(SPACE.pairs())
        def test_each(pair):
            assert_counterfactual_invariance(score, pair, tolerance=1.0)
        """
    )
    runs = [run_tests(["test_drawn.py"], seed=seed).outcomes for seed in (0, 0, 1)]
    first, again, other = (outcomes[0].evidence.estimate for outcomes in runs)
    assert first == again != other
    assert not (pytester.path / ".hypothesis").exists()
