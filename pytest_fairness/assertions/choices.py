"""Whether choices depend on the order of the options."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from pytest_fairness.assertions.checks import Levels, chosen_seed
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_rate
from pytest_fairness.outcome import Outcome

_MEANINGS = {
    "max_flip_rate": "the largest accepted share of questions whose choice changes",
}


def assert_choice_invariance(
    model: Any,
    prompts: Sequence[str],
    options: Sequence[Sequence[str]],
    *,
    max_flip_rate: float,
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that choices do not depend on the order in which options are shown.

    The statistic is the share of questions whose chosen option differs between the order given and
    another one drawn by seed (0 is fair).

    Parameters
    ----------
    model : language model that chooses, or function
        A function takes prompts and lists of options, and returns the index chosen of each.
    prompts : sequence of str
        With ``{options}`` where the options are listed, one a line.
    options : sequence of sequences of str
        At least two for each prompt.
    max_flip_rate : float in [0, 1]
    seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a prompt has no place for the options, or fewer than two of them.

    Notes
    -----
    Pezeshkpour and Hruschka (2024).

    *What a pass shows*: on questions like these, the order seldom decides. *What it does not
    show*: that choices are right, or fair.
    """
    __tracebackhide__ = True
    bound = begin("assert_choice_invariance", {"max_flip_rate": max_flip_rate}, _MEANINGS)
    _check_questions(prompts, options)
    drawn = chosen_seed(seed)
    given = [list(range(len(each))) for each in options]
    other = [_another_order(order, f"{drawn} {i}") for i, order in enumerate(given)]
    chosen = [_choices(model, prompts, options, orders) for orders in (given, other)]
    flips = int(sum(a != b for a, b in zip(*chosen, strict=True)))

    def judge(levels: Levels) -> Judgement:
        return judge_rate(
            flips,
            len(prompts),
            limit=bound.value,
            alpha=levels.alpha,
            share=levels.share,
            quantity="flip rate",
            unit="questions",
        )

    return conclude(
        "choice_flip_rate",
        bound,
        judge,
        sensitive_features=None,
        data=(list(prompts), chosen[0], chosen[1]),
        alpha=alpha,
    )


def _check_questions(prompts: Sequence[str], options: Sequence[Sequence[str]]) -> None:
    if len(prompts) != len(options):
        raise ArgumentError(
            f"There are {len(prompts)} prompts and {len(options)} lists of options."
        )
    for place, (prompt, each) in enumerate(zip(prompts, options, strict=True)):
        if "{options}" not in prompt:
            raise ArgumentError(
                f"prompts[{place}]={prompt!r} has no {{options}}, where the options are listed."
            )
        if len(each) < 2:
            raise ArgumentError(f"options[{place}] has {len(each)} options; give two or more.")


def _another_order(order: Sequence[int], seed: str) -> list[int]:
    """Return an order in which no option keeps its place."""
    turn = random.Random(seed).randrange(1, len(order))
    return [*order[turn:], *order[:turn]]


def _choices(
    model: Any,
    prompts: Sequence[str],
    options: Sequence[Sequence[str]],
    orders: Sequence[Sequence[int]],
) -> list[int]:
    """Return which option was chosen of each question, by its place in the order given."""
    shown = [[each[i] for i in order] for each, order in zip(options, orders, strict=True)]
    asked = [
        prompt.replace("{options}", "\n".join(f"- {option}" for option in listed))
        for prompt, listed in zip(prompts, shown, strict=True)
    ]
    if hasattr(model, "choose"):
        found = model.choose(asked, [[f" {o}" for o in listed] for listed in shown])
    else:
        found = model(asked, shown)
    return [order[int(place)] for order, place in zip(orders, found, strict=True)]
