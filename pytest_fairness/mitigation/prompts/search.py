"""Which instruction and which demonstrations make a model fairer, within a budget of texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.mitigation.checking import (
    check_real,
    check_seed,
    check_whole,
    is_sequence,
    listed_texts,
)
from pytest_fairness.mitigation.data import Rows
from pytest_fairness.mitigation.prompts.demonstrations import as_pool, balanced_demonstrations
from pytest_fairness.mitigation.prompts.halving import rungs
from pytest_fairness.mitigation.prompts.instructions import fair_instructions
from pytest_fairness.mitigation.prompts.prompt import Prompt
from pytest_fairness.mitigation.prompts.prompted import Prompted
from pytest_fairness.mitigation.prompts.trials import PromptSearch, Trial

BASELINE = "none"


def search_prompt(
    model: Any,
    evaluate: Callable[[Any, int], tuple[float, float]],
    *,
    instructions: Mapping[str, str] | Sequence[str] | None = None,
    demonstrations: Rows | Iterable[Any] | None = None,
    k: Sequence[int] = (0, 2, 4),
    budget: int = 2000,
    max_utility_loss: float = 0.01,
    language: str = "en",
    seed: int = 0,
) -> PromptSearch:
    """Search for what to put before the prompts of a model, by successive halving.

    Every instruction is combined with every number of balanced demonstrations. All are judged on a
    few texts, the better half on more, and so on; the model as it is takes part in each round, and
    is what comes out where nothing helps. Nothing held out is looked at: what is found is judged
    once, afterwards, by the gate that failed.

    Parameters
    ----------
    model
        What `Prompted` takes.
    evaluate : callable
        ``evaluate(prompted, n)`` asks the model for at most `n` texts, of training or validation
        terms and rows, and returns ``(unfairness, utility)``; unfairness 0 is fair, utility is the
        larger the better. Of larger `n`, it should ask for the same texts and more. `on_decisions`
        and `on_writing` make such functions.
    instructions : mapping of name to str, or sequence of str, optional
        By default `fair_instructions`. No instruction at all always takes part.
    demonstrations : Rows, or iterable of Demonstration, optional
        A pool of training rows, with labels and groups; `balanced_demonstrations` chooses.
    k : sequence of int
        Demonstrations of each group with each answer; only 0 without a pool.
    budget : int
        Texts that may be scored, or written, in all.
    max_utility_loss : float, at least 0
        A prompt whose utility lies further below that of the model as it is, on the same texts, is
        preferred only to others of which that is true.
    language : {"en", "zh"}
        Of the built-in instructions.
    seed : int
        Draws demonstrations.

    Returns
    -------
    PromptSearch
        The whole table, never only the winner.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is off, if the budget is too small, or if `evaluate` asks for more texts
        than it may, or returns something else than two numbers.

    Notes
    -----
    The winner of many is flattered by the search (its numbers are the best of several noisy ones),
    which is why the gate on held-out material decides and not this table.

    References
    ----------
    Karnin, Koren and Somekh (2013), "Almost optimal exploration in multi-armed bandits"; Jamieson
    and Talwalkar (2016), "Non-stochastic best arm identification and hyperparameter optimization".

    Examples
    --------
    >>> from pytest_fairness import load_model, Pair
    >>> from pytest_fairness.mitigation.prompts import on_decisions
    >>> def screener(texts):
    ...     return ["no" if "she" in t and "alike" not in t else "yes" for t in texts]
    >>> pairs = [Pair("he leads", "she leads", ("men", "women"), "gender")] * 8
    >>> evaluate = on_decisions(pairs, ["he leads"] * 8, ["yes"] * 8)
    >>> found = search_prompt(load_model(screener), evaluate, budget=400)
    >>> found.best.name, found.best.unfairness
    ('equal', 0.0)
    """
    _check(evaluate, k)
    meaning = "it is the utility that a prompt may cost"
    check_real("max_utility_loss", max_utility_loss, 0.0, math.inf, True, meaning)
    check_seed(seed)
    candidates = _candidates(_named(instructions, language), demonstrations, k, seed)
    plan = rungs(len(candidates), budget)
    judge = _Judge(model, evaluate, max_utility_loss)
    alive, table = candidates, {}
    for at, rung in enumerate(plan, 1):
        baseline = judge.measure(_baseline(), rung.texts, at)
        judged = [judge.measure(each, rung.texts, at) for each in alive]
        table.update({each.key: each for each in (baseline, *judged)})
        working = [each for each in judged if each.works]
        ranked = sorted(working, key=judge.order(baseline))
        keep = plan[at].candidates if at < len(plan) else 1
        alive = ranked[:keep]
    best = min((baseline, *alive), key=judge.order(baseline))
    rows = [table[each.key] for each in (baseline, *candidates)]
    return PromptSearch(tuple(rows), best.key, budget, judge.asked, len(plan))


class _Judge:
    """Measures prompts, and counts what that costs."""

    def __init__(self, model: Any, evaluate: Any, max_utility_loss: float) -> None:
        self.asked = 0
        self._evaluate, self._most = evaluate, max_utility_loss
        self._model = Prompted(model).model  # opened once
        self._limit = getattr(getattr(self._model, "model", self._model), "limit", None)

    def measure(self, trial: Trial, n: int, rung: int) -> Trial:
        """Return a trial with what the evaluation found on `n` texts, or why it found nothing."""
        prompted = Prompted(self._model, trial.prompt.instruction, trial.prompt.demonstrations)
        tokens = prompted.prompt_tokens
        if tokens and self._limit and tokens > self._limit / 2:
            problem = f"{tokens} tokens before each text, but the model reads {self._limit} in all"
            return replace(trial, problem=problem, rung=rung, tokens=tokens)
        try:
            found = self._evaluate(prompted, n)
        except (ArgumentError, ModelError) as err:
            if trial.prompt.is_empty:
                raise
            return replace(trial, problem=str(err), rung=rung, tokens=tokens)
        finally:
            self.asked += prompted.asked
        _check_count(prompted.asked, n)
        unfairness, utility = _two_numbers(found)
        return replace(
            trial,
            unfairness=unfairness,
            utility=utility,
            texts=prompted.asked,
            rung=rung,
            tokens=tokens,
        )

    def order(self, baseline: Trial) -> Callable[[Trial], tuple[Any, ...]]:
        """Return a key: useful ones first, then the fairest, then the shortest."""
        floor = (baseline.utility or 0.0) - self._most - 1e-9

        def key(trial: Trial) -> tuple[Any, ...]:
            unfairness, utility = trial.unfairness or 0.0, trial.utility or 0.0
            loses = utility < floor
            return loses, -utility if loses else 0.0, unfairness, trial.characters

        return key


def _baseline() -> Trial:
    return Trial(BASELINE, 0, Prompt())


def _named(given: Mapping[str, str] | Sequence[str] | None, language: str) -> dict[str, str]:
    if given is None:
        return dict(fair_instructions(language))
    if isinstance(given, str):
        raise ArgumentTypeError(
            f"instructions={given!r} is one string. Give a list of them, or names with sentences."
        )
    if isinstance(given, Mapping):
        if BASELINE in given:
            raise ArgumentError(f"{BASELINE!r} is the name of no instruction. Choose another name.")
        return dict(zip(given, listed_texts("instructions", given.values()), strict=True))
    return {f"instruction {i}": t for i, t in enumerate(listed_texts("instructions", given), 1)}


def _candidates(
    named: Mapping[str, str],
    demonstrations: Rows | Iterable[Any] | None,
    k: Sequence[int],
    seed: int,
) -> list[Trial]:
    """Return every instruction, and none, with every number of demonstrations."""
    pool = as_pool(demonstrations)
    counts = sorted(set(k)) if pool else [0]
    found: list[Trial] = []
    for count in counts:
        for name, text in {BASELINE: "", **named}.items():
            if count or text:
                shown = balanced_demonstrations(pool, count, seed=seed, rotation=len(found))
                found.append(Trial(name, count, Prompt.of(text, shown)))
    if not found:
        raise ArgumentError(
            "There is no prompt to try: neither instructions nor demonstrations were given. Leave "
            "instructions out for the built-in ones."
        )
    return found


def _check(evaluate: Any, k: Any) -> None:
    if not callable(evaluate):
        raise ArgumentTypeError(
            f"evaluate={evaluate!r} must be a function of a model and a number of texts, such as "
            "on_decisions(pairs, texts, labels) returns."
        )
    if not (is_sequence(k) or isinstance(k, (range, set, frozenset))) or not k:
        raise ArgumentTypeError(f"k={k!r} must be a sequence of whole numbers, such as (0, 2, 4).")
    for place, count in enumerate(k):
        check_whole(f"k[{place}]", count, 0, "it counts demonstrations of each cell")


def _check_count(asked: int, allowed: int) -> None:
    if asked == 0:
        raise ArgumentError(
            "evaluate asked the model for nothing. Let it call the model that it is given, not the "
            "one inside."
        )
    if asked > allowed:
        raise ArgumentError(
            f"evaluate asked for {asked} texts, but {allowed} were allowed. Let it use at most n "
            "texts, both sides of a pair and every sample counted, or give a larger budget."
        )


def _two_numbers(found: Any) -> tuple[float, float]:
    try:
        unfairness, utility = map(float, found)
    except (TypeError, ValueError) as err:
        raise ArgumentTypeError(
            f"evaluate returned {found!r}, but (unfairness, utility) was expected."
        ) from err
    if not np.isfinite([unfairness, utility]).all() or unfairness < 0:
        raise ArgumentError(
            f"evaluate returned unfairness {unfairness} and utility {utility}. Both must be finite "
            "and unfairness 0 or more; where nothing can be measured, give it more material."
        )
    return unfairness, utility
