"""What the functions on data say to values that they cannot use."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pytest_fairness import load_attribute, surface
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation import data
from pytest_fairness.mitigation.data import (
    Augmentation,
    Cleaning,
    Labelled,
    Resampling,
    Rows,
    prepare,
    remove_duplicates,
)

ROWS = Rows(("a", "b", "c", "d"), ("0", "1", "0", "1"), (2, 3, 4, 5), groups=("x", "x", "y", "y"))
NAN = float("nan")


def told(build, message):
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        build()
    assert re.search(message, str(caught.value)), str(caught.value)


class TestRows:
    @pytest.mark.parametrize(
        ("column", "message"),
        [
            ({"texts": "abcd"}, "texts='abcd' must be a list of texts, not one text"),
            ({"texts": None}, "texts=None must be a list of texts"),
            ({"texts": ("a", None, "c", "d")}, r"texts\[1\]=None must be a text"),
            ({"texts": {"a": 1}}, "must be a list of texts"),
            ({"labels": (0, 1, 0, 1)}, r"labels\[0\]=0 must be a text, as a file writes it"),
            ({"labels": "0101"}, "labels='0101' must be a list"),
            ({"groups": ("x", NAN, "y", "y")}, r"groups\[1\]=nan must be a text"),
            ({"lines": 3}, "lines=3 must be a list"),
            ({"weights": (-1, 1, 1, 1)}, r"weights\[0\]=-1 must be at least 0 and finite"),
            ({"weights": (1, 1, NAN, 1)}, r"weights\[2\]=nan must be at least 0 and finite"),
            ({"weights": (1, "2", 1, 1)}, r"weights\[1\]='2' must be a number"),
            ({"weights": np.float64(1)}, "weights=.* must be a list or an array"),
            ({"weights": (1.0,)}, "weights has 1 entries but texts has 4"),
        ],
    )
    def test_a_column_is_checked_when_the_rows_are_made(self, column, message):
        usual = {"texts": ("a", "b", "c", "d"), "labels": None, "lines": (2, 3, 4, 5)}
        told(lambda: Rows(**{**usual, **column}), message)

    def test_lists_and_arrays_become_tuples(self):
        rows = Rows(["a", "b"], ["0", "1"], range(2), weights=np.array([1, 0.5]))
        assert (rows.texts, rows.labels, rows.lines) == (("a", "b"), ("0", "1"), (0, 1))
        assert rows.weights == (1.0, 0.5)

    def test_thousands_of_rows_are_shown_in_a_line(self):
        n = 5000
        rows = Rows(
            ("a long text",) * n,
            tuple(str(i % 7) for i in range(n)),
            tuple(range(n)),
            "posts.csv",
            weights=(0.5,) * (n - 1) + (2.0,),
        )
        assert repr(rows) == (
            "Rows(5000 texts, labels: 0 (715), 1 (715), 2 (714), 3 (714), 4 (714) and 2 more, "
            "weights: 0.5 to 2, 'posts.csv')"
        )
        assert repr(Labelled(rows.texts, [0] * n)) == "Labelled(5000 texts, targets)"
        assert len(repr(prepare(rows, remove_duplicates))) < 300

    @pytest.mark.parametrize(
        ("build", "message"),
        [
            (lambda: Labelled("ab", [0, 1]), "texts='ab' must be a list"),
            (lambda: Labelled(["a", 1], [0, 1]), r"texts\[1\]=1 must be a text"),
            (lambda: Labelled(["a"], 1), "targets=1 must be a list or an array"),
            (lambda: Labelled(["a"], np.array(1)), "targets=array.* must be a list or an array"),
            (lambda: Labelled(["a"], [0], weights=[-2.0]), r"weights\[0\]=-2.0 must be at least 0"),
            (lambda: Labelled(["a"], [0], groups=[3]), r"groups\[0\]=3 must be a text"),
        ],
    )
    def test_labelled_texts_are_checked_too(self, build, message):
        told(build, message)

    @pytest.mark.parametrize("given", [None, "file.csv", [], ["a"], {"text": ["a"]}])
    @pytest.mark.parametrize(
        "function",
        [
            data.remove_duplicates,
            data.remove_near_duplicates,
            data.find_conflicts,
            data.resolve_conflicts,
            data.augment_counterfactually,
            data.substitute_counterfactually,
            data.with_mentioned_groups,
            data.cross_validated_probabilities,
            data.remove_label_noise,
            data.resample,
            data.reweigh,
            data.dependence,
            lambda rows: data.remove_scored(rows, len, maximum=1),
            lambda rows: data.label_deficits(rows, "gender", "1"),
            lambda rows: data.fill_label_deficits(rows, "gender", "1"),
            lambda rows: data.augment_surface(rows, surface("uppercase")),
            lambda rows: data.back_translate(rows, list, list),
            lambda rows: data.label_numbers(rows, ["a", "b"]),
            lambda rows: data.split_rows(rows, 0, (0.5, 0.25, 0.25)),
            lambda rows: prepare(rows, Cleaning()),
        ],
    )
    def test_what_is_no_rows_is_told_how_to_become_some(self, function, given):
        with pytest.raises(ArgumentTypeError, match=r"rows=.* must be Rows, as read_rows\("):
            function(given)


class TestPlans:
    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"duplicates": "no"}, "duplicates='no' must be True or False"),
            ({"label_noise": 1}, "label_noise=1 must be True or False"),
            ({"near_duplicates": True}, r"near_duplicates=True must be a number in \(0, 1\]"),
            ({"near_duplicates": 1.5}, r"near_duplicates=1.5 must be a number in \(0, 1\]"),
            ({"near_duplicates": 0}, r"near_duplicates=0 must be a number in \(0, 1\]"),
            ({"near_duplicates": NAN}, r"near_duplicates=nan must be a number in \(0, 1\]"),
            ({"score": len, "max_score": "a"}, "max_score='a' must be a number"),
            ({"score": len, "max_score": NAN}, "max_score=nan must be a finite number"),
            ({"score": "toxicity", "max_score": 1}, "score='toxicity' must be a function from a"),
            ({"score_label": "1"}, "score_label='1' belongs to score="),
            ({"score": len, "max_score": 1, "score_label": 1}, "score_label=1 must be a text"),
            ({"probabilities": 0.5, "label_noise": True}, "probabilities=0.5 must be a list"),
            ({"keep": "gendr"}, "no built-in attribute 'gendr' .* Did you mean 'gender'"),
            ({"keep": 5}, "keep holds 5"),
            ({"conflicts": "majorty"}, "conflicts='majorty' must .* Did you mean 'majority'"),
            ({"seed": -1}, "seed=-1 must be at least 0"),
            ({"language": None}, "language=None must be a text"),
        ],
    )
    def test_cleaning(self, settings, message):
        told(lambda: Cleaning(**settings), message)

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"copies": 0, "surface": surface("uppercase")}, "copies=0 must be at least 1"),
            ({"copies": 3}, "copies=3 belongs to surface="),
            ({"per_text": "x"}, "per_text='x' must be a whole number"),
            ({"per_text": 0}, "per_text=0 must be at least 1"),
            ({"per_text": 2, "counterfactuals": "substitute"}, "belongs to counterfactuals='aug"),
            ({"attribute": "gendr"}, "no built-in attribute 'gendr' .* Did you mean 'gender'"),
            ({"attribute": None}, "attribute=None must be the name of an attribute"),
            ({"attribute": "gender", "language": "xx"}, "for language 'xx'"),
            ({"attribute": "gender + race", "fill_label": "0"}, "has several parts"),
            ({"fill_label": 0}, "fill_label=0 must be a text"),
            ({"fill_label": "0", "pool": "hello"}, "pool='hello' must be a list of texts, not one"),
            ({"fill_label": "0", "templates": [None]}, r"templates\[0\]=None must be a text"),
            (
                {"surface": "synonym"},
                r"surface=.synonym. must be a perturbation, such as",
            ),
            ({"to": 3, "back": list}, "to=3 must be a function from a list of texts"),
            ({"to": list, "back": ""}, "back='' is empty"),
            ({"groups": "male"}, "groups='male' must be a list of names"),
            ({"groups": []}, "groups is empty, so that no row is meant"),
            ({"labels": ["1"]}, "labels=.* says which rows are rewritten or translated"),
            ({"counterfactuals": None}, "adds nothing"),
            ({"seed": 2**32}, "seed=4294967296 must be at most 4294967295"),
        ],
    )
    def test_augmentation(self, settings, message):
        told(lambda: Augmentation(**settings), message)

    def test_a_folder_that_is_not_there_cannot_translate(self, tmp_path):
        told(lambda: Augmentation(to=tmp_path / "zh", back=list), "zh' is no folder. Check")

    @pytest.mark.parametrize(
        ("settings", "message"),
        [
            ({"positive": "1"}, "positive='1' belongs to objective='equal_opportunity'"),
            ({"how": "weigh", "positive": "1"}, "positive='1' belongs to"),
            ({"objective": "equal_opportunity"}, "is about one label. Name it"),
            ({"objective": "equal_opportunity", "positive": 1}, "positive=1 must be a text"),
            ({"objective": ["joint"]}, r"objective=\['joint'\] must be one of"),
            ({"objective": "stratifed"}, "Did you mean 'stratified'"),
            ({"how": "weigh", "clip": 0.5}, "clip=0.5 must be at least 1 and finite"),
            ({"how": "weigh", "clip": "2"}, "clip='2' must be a number"),
            ({"attribute": "gendr"}, "Did you mean 'gender'"),
            ({"attribute": "gender & race"}, "has several parts"),
            ({"seed": 1.5}, "seed=1.5 must be a whole number"),
        ],
    )
    def test_resampling(self, settings, message):
        told(lambda: Resampling(**settings), message)


class TestPreparing:
    @pytest.mark.parametrize(
        ("steps", "message"),
        [
            (Cleaning, r"steps holds the class Cleaning, .* Write Cleaning\(\)"),
            ([Cleaning(), Augmentation], r"Write Augmentation\(\)"),
            (data.with_mentioned_groups, r"with_mentioned_groups returned Rows\(.* return a Step"),
            ([lambda rows: None], "returned None, and a step must return a Step"),
            ([len], "len returned 4, and a step must return a Step"),
            ("clean", "steps holds 'clean'; expected Cleaning"),
            ([Cleaning(), None], "steps holds None; expected Cleaning"),
            (7, "steps holds 7; expected Cleaning"),
        ],
    )
    def test_steps_that_are_none(self, steps, message):
        rows = Rows(ROWS.texts, ROWS.labels, ROWS.lines)
        told(lambda: prepare(rows, steps), message)


class TestFunctions:
    @pytest.mark.parametrize(
        ("call", "message"),
        [
            (lambda: data.remove_near_duplicates(ROWS, similarity="a"), "similarity='a' must be"),
            (lambda: data.remove_near_duplicates(ROWS, shingle=0), "shingle=0 must be at least 1"),
            (lambda: data.remove_near_duplicates(ROWS, seed=-1), "seed=-1 must be at least 0"),
            (lambda: data.remove_scored(ROWS, 3, maximum=1), "score=3 must be a function from"),
            (lambda: data.remove_scored(ROWS, len, maximum=NAN), "maximum=nan must be a finite"),
            (lambda: data.listed_words("fool"), "words='fool' must be a list of texts, not one"),
            (lambda: data.resolve_conflicts(ROWS, how=[]), r"how=\[\] must be one of remove"),
            (lambda: data.resample(ROWS, seed=None), "seed=None must be a whole number"),
            (lambda: data.resample(Rows((), (), (), groups=())), "There are no rows"),
            (lambda: data.reweigh(ROWS, clip="a"), "clip='a' must be a number"),
            (lambda: data.split_rows(ROWS, 0, 0.5), "fractions=0.5 must be three shares"),
            (lambda: data.split_rows(ROWS, 0, (NAN, 0.5, 0.5)), r"fractions\[0\]=nan must lie in"),
            (lambda: data.mentioned_groups("She left."), "texts='She left.' must be a list"),
            (lambda: data.mentioned_groups([None]), r"texts\[0\]=None must be a text"),
            (lambda: data.label_deficits(ROWS, "gender", None), "label=None must be a text"),
            (lambda: data.label_deficits(ROWS, "gender", "0", lengths=[0]), r"lengths\[0\]=0 must"),
            (lambda: data.label_deficits(ROWS, "gender", "0", lengths=9), "lengths=9 must be a"),
            (lambda: data.fill_label_deficits(ROWS, "gender", "0", pool="x"), "pool='x' must be a"),
            (lambda: data.augment_surface(ROWS, "synonym"), "perturbation='synonym' must be a"),
            (lambda: data.back_translate(ROWS, None, list), "to=None: a round trip needs both"),
            (lambda: data.augment_counterfactually(ROWS, per_text=True), "per_text=True must be"),
            (lambda: data.augment_counterfactually(ROWS, 5), "attribute=5 must be the name of"),
            (lambda: data.substitute_counterfactually(ROWS, probability=2), "probability=2 must"),
            (lambda: data.cross_validated_probabilities(ROWS, folds="a"), "folds='a' must be a"),
            (lambda: data.cross_validated_probabilities(ROWS, embed="x"), "embed='x' must be a"),
            (lambda: data.find_label_noise([], []), r"labels has shape \(0,\)"),
            (lambda: data.find_label_noise(["a"], [[1]]), r"labels=\['a'\] must be an array of"),
            (lambda: data.find_label_noise([0, 1], None), "probabilities has shape"),
            (lambda: data.match_names({"a": ["Ann"], "b": ["Tom"]}), "counts=.* must map each"),
            (lambda: data.match_names(None), "counts=None must map each group"),
            (
                lambda: data.match_names({"a": {"Ann": NAN}, "b": {"Tom": 1}}),
                r"counts\['a'\]\['Ann'\]=nan must be at least 0 and finite",
            ),
            (lambda: data.with_name_pairs("gender", []), "attribute='gender' must be an Attrib"),
            (
                lambda: data.with_name_pairs(load_attribute("gender"), ["Ann"]),
                r"pairs=\['Ann'\] must be pairs of names",
            ),
        ],
    )
    def test_a_value_of_no_use_is_named(self, call, message):
        told(call, message)

    def test_a_scorer_that_gives_no_numbers(self):
        with pytest.raises(ModelError, match=r"score gave no numbers .* one number for each"):
            data.remove_scored(ROWS, lambda texts: [None, "a", [], {}], maximum=1)
