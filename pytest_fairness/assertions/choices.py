"""Whether choices depend on the order of the options."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.assertions.checks import Levels, chosen_seed, refuse_string
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_rate
from pytest_fairness.models.kinds import FunctionChooser, as_chooser
from pytest_fairness.outcome import Example, Outcome

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
        A function takes prompts and lists of options, and returns the index chosen of each, or -1
        of an answer that cannot be read; such questions are left out, and counted.
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
    ModelError
        If the model does not choose, or chooses what there is not.

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
    chooser = as_chooser(model)
    chosen = [_choices(chooser, prompts, options, orders) for orders in (given, other)]
    read = [i for i, both in enumerate(zip(*chosen, strict=True)) if min(both) >= 0]
    changed = [i for i in read if chosen[0][i] != chosen[1][i]]

    def judge(levels: Levels) -> Judgement:
        judged = judge_rate(
            len(changed),
            len(read),
            limit=bound.value,
            alpha=levels.alpha,
            share=levels.share,
            quantity="flip rate",
            unit="questions",
        )
        unread = {"answers that could not be read": len(prompts) - len(read)}
        excluded = {reason: n for reason, n in unread.items() if n}
        reason = judged.reason if read else _none_read(len(prompts))
        return replace(judged, reason=reason, evidence=replace(judged.evidence, excluded=excluded))

    return conclude(
        "choice_flip_rate",
        bound,
        judge,
        sensitive_features=None,
        data=(list(prompts), chosen[0], chosen[1]),
        alpha=alpha,
        model=chooser,
        examples=[
            Example(
                texts=tuple(_listed(prompts[i], options[i], each[i]) for each in (given, other)),
                groups=("as given", "in another order"),
                labels=(options[i][chosen[0][i]], options[i][chosen[1][i]]),
                scores=(),
                change=1.0,
            )
            for i in changed[:SHOWN_EXAMPLES]
        ],
    )


def _none_read(n: int) -> str:
    return (
        f"None of {n} questions was answered in both orders by something that names an option. "
        "Look at what the model writes, and word the questions otherwise or give it more tokens."
    )


def _check_questions(prompts: Sequence[str], options: Sequence[Sequence[str]]) -> None:
    for name, given in (("prompts", prompts), ("options", options)):
        refuse_string(name, given)
    if not len(prompts):
        raise ArgumentError("prompts is empty. Give questions with {options}, and their options.")
    if len(prompts) != len(options):
        raise ArgumentError(
            f"There are {len(prompts)} prompts and {len(options)} lists of options."
        )
    for place, (prompt, each) in enumerate(zip(prompts, options, strict=True)):
        if "{options}" not in prompt:
            raise ArgumentError(
                f"prompts[{place}]={prompt!r} has no {{options}}, where the options are listed."
            )
        refuse_string(f"options[{place}]", each)
        if len(each) < 2:
            raise ArgumentError(f"options[{place}] has {len(each)} options; give two or more.")


def _another_order(order: Sequence[int], seed: str) -> list[int]:
    """Return an order in which no option keeps its place."""
    turn = random.Random(seed).randrange(1, len(order))
    return [*order[turn:], *order[:turn]]


def _listed(prompt: str, options: Sequence[str], order: Sequence[int]) -> str:
    """Return a question with its options in an order, one a line."""
    return prompt.replace("{options}", "\n".join(f"- {options[i]}" for i in order))


def _choices(
    chooser: Any,
    prompts: Sequence[str],
    options: Sequence[Sequence[str]],
    orders: Sequence[Sequence[int]],
) -> list[int]:
    """Return which option was chosen of each question, by its place in the order given.

    It is -1 where the answer could not be read.
    """
    shown = [[each[i] for i in order] for each, order in zip(options, orders, strict=True)]
    asked = [_listed(*question) for question in zip(prompts, options, orders, strict=True)]
    lead = "" if isinstance(chooser, FunctionChooser) else " "
    found = chooser.choose(asked, [[lead + option for option in listed] for listed in shown])
    places = [int(place) for place in found]
    return [order[place] if place >= 0 else -1 for order, place in zip(orders, places, strict=True)]
