"""The search over settings: what it keeps, what it costs, what it refuses."""

from __future__ import annotations

import builtins
import re

import optuna
import pytest

from pytest_fairness import ArgumentError, MissingPackageError, MitigationConfig
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.mitigation import search
from pytest_fairness.mitigation.data import Labelled, Rows
from pytest_fairness.mitigation.front import Evaluation
from pytest_fairness.mitigation.search import search_config
from pytest_fairness.mitigation.session import Progress
from pytest_fairness.perturb import Pair

CONFIG = MitigationConfig(method="full", freeze_layers=1, max_steps=24, eval_every=6, device="cpu")
RATES = tuple(k / 10 for k in range(1, 9))


@pytest.fixture
def material(sentences):
    return {
        "rows_train": Labelled(*sentences.rows(80, seed=1)),
        "rows_validation": Labelled(*sentences.rows(40, seed=2)),
        "pairs_train": sentences.pairs("train"),
        "pairs_validation": sentences.pairs("validation"),
    }


@pytest.fixture
def known(monkeypatch):
    """Runs whose unfairness is their learning rate, told step by step; a list of what was run."""
    run = []

    class Tuned:
        def __init__(self, config, history):
            self.seconds, self.history, self.before = 0.0, history, history[0]
            self.best = history[-1]

    def fine_tune(folder, *, config, on_step=None, **given):
        run.append([config.learning_rate, config.max_steps, 0])
        history = [Evaluation(0, 1.0, 1.0, 1.0)]
        for step in range(config.eval_every, config.max_steps + 1, config.eval_every):
            history.append(Evaluation(step, 1.0, config.learning_rate, 0.0))
            run[-1][2] = step
            if on_step is not None:
                on_step(Progress(step - 1, config.max_steps, 0.0, None))
                on_step(Progress(step, config.max_steps, 0.0, history[-1]))
        return Tuned(config, history)

    monkeypatch.setattr(search, "fine_tune", fine_tune)
    return run


@pytest.mark.parametrize("sampler", ["halving", "optuna"])
def test_a_rate_that_learns_beats_one_that_does_not(sampler, biased_classifier, material):
    lines = []
    found = search_config(
        biased_classifier,
        **material,
        config=CONFIG,
        choices={"learning_rate": (1e-9, 3e-3)},
        budget=2,
        sampler=sampler,
        say=lines.append,
    )
    assert found.config.learning_rate == 3e-3
    assert found.config.max_steps == 24
    steps = [trial.steps for trial in found.trials]
    assert steps == ([12, 12, 24] if sampler == "halving" else [24, 24])
    assert len(lines) == len(steps)
    best = max(found.trials, key=lambda trial: trial.steps * trial.config.learning_rate).best
    assert repr(found) == (
        f"SearchResult({len(steps)} trials, best: Trial(24 steps, unfair "
        f"{best.unfairness[0]:.4f}, accuracy {best.accuracy:.4f}))"
    )


def test_halves_go_on_for_twice_the_steps(known, material):
    """Of eight settings the k-th best is known: who survives is settled by hand."""
    found = search_config("x", **material, config=CONFIG, choices={"learning_rate": RATES})
    assert found.config.learning_rate == 0.1
    assert [len([s for _, s, _ in known if s == n]) for n in (3, 6, 12, 24)] == [8, 4, 2, 1]
    assert {rate for rate, steps, _ in known if steps == 12} == {0.1, 0.2}
    assert sum(steps for _, steps, _ in known) == 4 * 24  # log2(8) + 1 full runs


class TestOptuna:
    def look(self, material, **changes):
        arguments = {"config": CONFIG, "choices": {"learning_rate": RATES}, "budget": 8, **changes}
        return search_config("x", **material, sampler="optuna", **arguments)

    def test_what_lies_behind_the_median_is_stopped_at_its_first_evaluation(self, known, material):
        found = self.look(material)
        assert found.config.learning_rate == 0.1  # eight settings, and eight may be tried
        assert sorted(t.config.learning_rate for t in found.trials) == list(RATES)
        for place, (rate, _, last) in enumerate(known):
            whole = sorted(r for r, _, end in known[:place] if end == 24)
            behind = (
                place >= 2 and rate > (whole[(len(whole) - 1) // 2] + whole[len(whole) // 2]) / 2
            )
            assert last == (6 if behind else 24)
        stopped = [t.steps for t in found.trials if t.steps < 24]
        assert stopped
        assert set(stopped) == {6}

    def test_the_seed_settles_what_is_tried(self, known, material):
        tried = []
        for seed in (0, 0, 1):
            config = MitigationConfig(method="full", max_steps=24, eval_every=6, seed=seed)
            found = self.look(material, config=config, budget=4)
            tried.append([t.config.learning_rate for t in found.trials])
        assert tried[0] == tried[1] != tried[2]
        assert all(len(set(rates)) == 4 for rates in tried)

    def test_values_that_are_no_numbers_are_tried_as_they_are(self, known, material):
        choices = {"learning_rate": (0.2, 0.1), "objectives": ({"consistency": 1.0}, {"ewc": 1.0})}
        found = self.look(material, choices=choices)
        assert found.config.learning_rate == 0.1
        assert len(found.trials) == 4
        assert {str(t.config.objectives) for t in found.trials} == {
            "{'consistency': 1.0}",
            "{'ewc': 1.0}",
        }

    def test_optuna_tells_as_much_afterwards_as_before(self, known, material, capfd):
        before = optuna.logging.get_verbosity()
        self.look(material, budget=2)
        assert optuna.logging.get_verbosity() == before
        assert capfd.readouterr().err == ""

    def test_without_it_the_install_line_is_shown(self, known, material, monkeypatch):
        real = builtins.__import__

        def absent(name, *args, **kwargs):
            if name.split(".")[0] == "optuna":
                raise ImportError(name)
            return real(name, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", absent)
        with pytest.raises(MissingPackageError, match=r"needs optuna.*pytest-fairness\[search\]"):
            self.look(material)
        assert not known


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"choices": {"momentum": (0.9,)}}, "momentum is none of the fields"),
        ({"choices": {"learning_rates": (0.9,)}}, "Did you mean 'learning_rate'"),
        ({"choices": {"learning_rate": 1e-3}}, r"choices\['learning_rate'\]=0.001 must be a list"),
        ({"choices": {"method": "full"}}, r"choices\['method'\]='full' must be a list"),
        ({"choices": {"learning_rate": ()}}, r"choices\['learning_rate'\] is empty"),
        ({"choices": {"learning_rate": (0.1, "a")}}, "learning_rate='a' must be a number"),
        ({"choices": {"learning_rate": (0.1,)}}, "has one setting only"),
        ({"choices": {"method": ("full", "averaging")}}, "choices.*'averaging' trains nothing"),
        ({"choices": {"method": ("erasure", "full")}}, "choices.*'erasure' trains nothing here"),
        ({"choices": {"max_steps": (5, 10)}}, "'max_steps', which cannot be searched for"),
        ({"choices": {"seed": (5, 10)}}, "'seed', which .*: a lucky seed is no better setting"),
        ({"choices": {"alpha": (0.05, 0.1)}}, "'alpha', which .*: fine-tuning does not read it"),
        ({"choices": {}}, r"choices=\{\} must map fields"),
        ({"choices": None}, "choices=None must map fields"),
        ({"budget": 1}, "budget=1 must be at least 2"),
        ({"budget": "8"}, "budget='8' must be a whole number"),
        ({"sampler": "grid"}, "sampler='grid' must be one of halving, optuna"),
        ({"say": "loud"}, "say='loud' must be a function"),
        ({"config": {"max_steps": 3}}, r"config=\{'max_steps': 3\} must be a MitigationConfig"),
        ({"config": MitigationConfig(method="thresholds")}, "config.method='thresholds' trains no"),
        ({"config": MitigationConfig(method="last_layer")}, "config.method='last_layer' trains no"),
        ({"rows_train": ["a"]}, r"rows_train=\['a'\] must be Rows, as read_rows"),
        ({"rows_validation": None}, "rows_validation=None must be Rows"),
        ({"pairs_train": "ab"}, "pairs_train='ab' must be a list of pairs"),
        ({"pairs_validation": ["ab"]}, r"pairs_validation\[0\]='ab' must be a Pair, or two texts"),
        ({"pairs_validation": [("a", None)]}, r"pairs_validation\[0\]=\('a', None\) must be a"),
    ],
)
def test_what_cannot_be_searched_is_named_before_anything_is_trained(
    known, material, given, message
):
    with pytest.raises((ArgumentError, ArgumentTypeError)) as caught:
        search_config("x", **{**material, **given})
    assert re.search(message, str(caught.value)), str(caught.value)
    assert not known


def test_training_material_chooses_nothing(known, material):
    turned = [(b, a) for a, b in material["pairs_train"]]
    for pairs in (material["pairs_train"], turned, [*material["pairs_validation"], turned[3]]):
        with pytest.raises(ArgumentError, match=r"pairs_validation are pairs_train too.*held back"):
            search_config("x", **{**material, "pairs_validation": pairs})
    with pytest.raises(ArgumentError, match=r"All 80 texts of rows_validation are texts of rows"):
        search_config("x", **{**material, "rows_validation": material["rows_train"]})
    assert not known


def test_rows_and_pairs_as_they_are_read(biased_classifier, sentences, monkeypatch):
    given = {}

    def fine_tune(folder, **arguments):
        given.update(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(search, "fine_tune", fine_tune)
    rows = [
        Rows(tuple(texts), tuple(("good", "bad")[label] for label in labels), tuple(range(n)))
        for n, (texts, labels) in ((8, sentences.rows(8, seed=1)), (4, sentences.rows(4, seed=2)))
    ]
    pairs = [Pair(a, b, ("x", "y"), "place") for a, b in sentences.pairs("train")]
    with pytest.raises(KeyboardInterrupt):
        search_config(
            biased_classifier,
            rows_train=rows[0],
            rows_validation=Rows(rows[1].texts, None, rows[1].lines),
            pairs_train=pairs,
            pairs_validation=sentences.pairs("validation"),
            config=MitigationConfig(),
        )
    assert given["rows_train"].targets == tuple(sentences.rows(8, seed=1)[1])
    assert given["rows_validation"].targets is None  # the model before the repair is the teacher
    assert given["pairs_train"] == sentences.pairs("train")
    assert given["config"].method == "full"
