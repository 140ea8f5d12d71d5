from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation.prompts import (
    Demonstration,
    fair_instructions,
    on_decisions,
    on_writing,
    search_prompt,
)
from pytest_fairness.mitigation.prompts.halving import LEAST, rungs
from pytest_fairness.models import load_model
from pytest_fairness.models.kinds import as_generator
from pytest_fairness.perturb import Pair

PAIRS = [Pair(f"he leads {i}", f"she leads {i}", ("men", "women"), "gender") for i in range(100)]
ROWS = [f"skilled {i}" for i in range(50)] + [f"late {i}" for i in range(50)]
LABELS = ["yes"] * 50 + ["no"] * 50


def screener(effects: dict[str, tuple[float, float]]) -> Any:
    """Decide by skill; of women, wrongly, save in a share of texts that the prompt's word sets.

    `effects` maps a word of the prompt to the share of women who are still turned down, and to the
    share of all rows that are answered wrongly. The number in a text says which ones.
    """

    def decide(texts: list[str]) -> list[str]:
        return [_decided(text, effects) for text in texts]

    return load_model(decide)


def _decided(text: str, effects: dict[str, tuple[float, float]]) -> str:
    unfair, wrong = next((found for word, found in effects.items() if word in text), (0.8, 0.0))
    last = text.split("\n\n")[-1]
    share = (int(last.split()[-1]) * 37 % 100) / 100
    if "leads" in last:
        return "no" if "she" in last and share < unfair else "yes"
    right = "yes" if "skilled" in last else "no"
    return {"yes": "no", "no": "yes"}[right] if share < wrong else right


EFFECTS = {"poppy": (0.4, 0.0), "rose": (0.1, 0.0), "thistle": (0.0, 0.5), "weed": (1.0, 0.0)}


def found_in(budget: int = 1200, **options: Any) -> Any:
    evaluate = on_decisions(PAIRS, ROWS, LABELS)
    return search_prompt(
        screener(EFFECTS), evaluate, instructions=list(EFFECTS), budget=budget, **options
    )


def test_the_fairest_prompt_that_keeps_utility_wins():
    """ "thistle" is fairer still, and wrong on half of the rows."""
    found = found_in()
    assert found.best.prompt.instruction == "rose"
    assert found.improves
    assert found.best.unfairness < 0.3 < 0.6 < found.baseline.unfairness
    assert found.best.utility == found.baseline.utility == 1.0
    assert found.apply(screener(EFFECTS)).predict(["she leads 50"]).tolist() == ["yes"]


def test_the_whole_table_comes_back():
    found = found_in()
    assert [trial.prompt.instruction for trial in found.trials] == ["", *EFFECTS]
    assert all(trial.works for trial in found.trials)
    assert found.baseline.rung == found.best.rung == found.rounds == 3
    first_round = [trial for trial in found.trials if trial.rung == 1]
    assert len(first_round) == 2
    assert "thistle" in {trial.prompt.instruction for trial in first_round}
    shown = str(found)
    assert shown.count("\n") == len(found.trials) + 1
    assert "* instruction 2" in shown
    assert found.to_dict()["trials"][2]["prompt"]["instruction"] == "rose"


def test_a_table_without_a_prompt_that_helps_chooses_none():
    evaluate = on_decisions(PAIRS, ROWS, LABELS)
    found = search_prompt(screener(EFFECTS), evaluate, instructions=["thistle", "weed"], budget=600)
    assert not found.improves
    assert found.best is found.baseline
    assert found.apply(screener(EFFECTS)).prompt.is_empty


def test_the_front_holds_what_nothing_beats_in_the_last_round():
    evaluate = on_decisions(PAIRS, ROWS, LABELS)
    found = search_prompt(
        screener(EFFECTS), evaluate, instructions=["thistle"], budget=600, max_utility_loss=1.0
    )
    assert {trial.name for trial in found.front()} == {"none", "instruction 1"}
    worse = search_prompt(screener(EFFECTS), evaluate, instructions=["weed"], budget=600)
    assert [trial.name for trial in worse.front()] == ["none"]


def test_texts_are_counted_and_the_budget_is_kept():
    counted: list[str] = []

    def decide(texts: list[str]) -> list[str]:
        counted.extend(texts)
        return ["yes"] * len(texts)

    found = search_prompt(load_model(decide), on_decisions(PAIRS, ROWS, LABELS), budget=900)
    assert len(set(counted)) <= found.asked <= 900
    assert found.asked >= 800
    assert len(found.trials) == len(fair_instructions()) + 1


class Spy:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.heard: set[str] = set()

    def predict(self, texts: list[str]) -> Any:
        self.heard |= set(texts)
        return np.array(["yes"] * len(texts))


def test_later_rounds_ask_for_the_same_texts_and_more():
    evaluate, spies = on_decisions(PAIRS, ROWS, LABELS), [Spy(), Spy(), Spy()]
    for n, spy in zip((20, 40, 200), spies, strict=True):
        evaluate(spy, n)
    assert [len(spy.heard) for spy in spies] == [20, 40, 200]
    assert spies[0].heard < spies[1].heard < spies[2].heard


def test_demonstrations_are_tried_with_every_instruction_and_rotated():
    pool = [
        Demonstration(f"{who} {what} {i}", label, who)
        for who in ("he", "she")
        for what, label in (("skilled", "yes"), ("late", "no"))
        for i in range(4)
    ]
    found = search_prompt(
        screener(EFFECTS),
        on_decisions(PAIRS, ROWS, LABELS),
        instructions=["rose"],
        demonstrations=pool,
        k=(0, 2),
        budget=900,
    )
    assert [trial.key for trial in found.trials] == [
        ("none", 0),
        ("instruction 1", 0),
        ("none", 2),
        ("instruction 1", 2),
    ]
    shown = [trial.prompt.demonstrations for trial in found.trials if trial.k]
    assert [len(each) for each in shown] == [8, 8]
    assert set(shown[0]) == set(shown[1])
    assert shown[0][-1] != shown[1][-1]


def test_a_prompt_that_fails_stays_in_the_table_with_its_reason():
    def decide(texts: list[str]) -> list[str]:
        if any("rose" in text for text in texts):
            raise ModelError("too long for the model")
        return ["yes"] * len(texts)

    evaluate = on_decisions(PAIRS, ROWS, LABELS)
    found = search_prompt(load_model(decide), evaluate, instructions=["rose", "x"], budget=300)
    assert found.trials[1].problem == "too long for the model"
    assert "too long for the model" in str(found)
    assert found.best.prompt.instruction != "rose"


def test_a_model_that_fails_by_itself_stops_the_search():
    def decide(texts: list[str]) -> list[str]:
        raise ModelError("no answer")

    with pytest.raises(ModelError, match=r"no answer"):
        search_prompt(load_model(decide), on_decisions(PAIRS, ROWS, LABELS))


@given(st.integers(1, 200), st.integers(0, 20_000))
def test_rounds_never_exceed_the_budget(candidates, extra):
    least = len(rungs(candidates, 10**9)) * (candidates + 1) * LEAST
    plan = rungs(candidates, least + extra)
    assert sum((rung.candidates + 1) * rung.texts for rung in plan) <= least + extra
    assert plan[0].candidates == candidates
    assert plan[-1].candidates == 1
    texts = [rung.texts for rung in plan]
    assert texts == sorted(texts)
    assert texts[0] >= LEAST
    with pytest.raises(ArgumentError, match=rf"Give a budget of {least} or more"):
        rungs(candidates, least - 1)


def _asks_twice(model: Any, n: int) -> tuple[float, float]:
    model.predict(["a"] * (n + 1))
    return 0.0, 1.0


def _asks_inside(model: Any, n: int) -> tuple[float, float]:
    model.model.predict(["a"])
    return 0.0, 1.0


def _returning(value: Any) -> Callable[[Any, int], Any]:
    def evaluate(model: Any, n: int) -> Any:
        model.predict(["a"])
        return value

    return evaluate


@pytest.mark.parametrize(
    ("evaluate", "kind", "words"),
    [
        (_asks_twice, ArgumentError, "asked for .* texts, but .* were allowed"),
        (_asks_inside, ArgumentError, "asked the model for nothing"),
        (_returning(0.5), ArgumentTypeError, r"\(unfairness, utility\) was expected"),
        (_returning((float("nan"), 1)), ArgumentError, "Both must be finite"),
        (_returning((-0.1, 1)), ArgumentError, "unfairness 0 or more"),
        (3, ArgumentTypeError, "evaluate=3 must be a function"),
    ],
)
def test_evaluations_that_break_the_contract_are_named(evaluate, kind, words):
    with pytest.raises(kind, match=words):
        search_prompt(load_model(lambda texts: ["yes"] * len(texts)), evaluate)


def test_odd_arguments_are_refused():
    model, evaluate = screener(EFFECTS), on_decisions(PAIRS, ROWS, LABELS)
    for options, kind, words in (
        ({"budget": 10}, ArgumentError, "budget=10 leaves"),
        ({"budget": 1e4}, ArgumentTypeError, "must be a whole number of texts"),
        ({"instructions": "be fair"}, ArgumentTypeError, "is one string"),
        ({"instructions": {"none": "x"}}, ArgumentError, "is the name of no instruction"),
        ({"instructions": []}, ArgumentError, "There is no prompt to try"),
        ({"k": 2}, ArgumentTypeError, "k=2 must be a sequence"),
        ({"max_utility_loss": -1}, ArgumentError, "must be at least 0"),
    ):
        with pytest.raises(kind, match=words):
            search_prompt(model, evaluate, **options)


def test_decisions_are_measured_by_hand():
    """37 i mod 100 of i = 0 to 9 is 0, 37, 74, 11, 48, 85, 22, 59, 96, 33: eight are below 80."""
    evaluate = on_decisions(PAIRS[:10], ROWS, LABELS)
    assert evaluate(screener({}), 400) == (0.8, 1.0)
    assert evaluate(load_model(lambda texts: ["yes"] * len(texts)), 400) == (0.0, 0.5)


def test_shifts_of_scores_are_measured_by_hand():
    model = load_model(lambda texts: [0.9 if "she" in t else 0.6 for t in texts])
    found = on_decisions(PAIRS, ROWS, ["1"] * 100, by="shift")(model, 40)
    assert found.unfairness == pytest.approx(0.3)
    assert found.utility == 1.0


def test_writing_is_measured_by_the_largest_gap_of_two_groups():
    """Means by hand: women - men 2, old - young 1 in either order of the pair."""
    pairs = [
        Pair("men", "women", ("men", "women"), "gender"),
        Pair("young", "old", ("young", "old"), "age"),
        Pair("old", "young", ("old", "young"), "age"),
    ]
    length = {"men": 1.0, "women": 3.0, "young": 1.0, "old": 2.0}
    model = as_generator(lambda prompts: [prompt.split("\n\n")[-1] for prompt in prompts])
    evaluate = on_writing(
        pairs, lambda texts: [length[t] for t in texts], lambda texts: np.ones(len(texts))
    )
    assert evaluate(model, 6) == (2.0, 1.0)
    found = search_prompt(model, evaluate, instructions=["x"], budget=100)
    assert not found.improves  # the same either way: the shorter prompt is none
    with pytest.raises(ModelError, match=r"returned an array of shape \(1,\) for 6 texts"):
        on_writing(pairs, lambda texts: [1.0], lambda texts: [1.0])(model, 6)


def test_evaluations_need_material():
    with pytest.raises(ArgumentError, match=r"pairs is empty"):
        on_writing([], len, len)
    with pytest.raises(ArgumentError, match=r"texts is empty"):
        on_decisions(PAIRS, [], [])
    with pytest.raises(ArgumentError, match=r"1 texts and 2 labels"):
        on_decisions(PAIRS, ["a"], [1, 0])
    with pytest.raises(ArgumentError, match=r"by='gap' must be"):
        on_decisions(PAIRS, ROWS, LABELS, by="gap")
