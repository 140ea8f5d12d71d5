"""Whether choices depend on the order of the options."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pytest_fairness.assertions.checks import Levels, chosen_seed, listed_texts
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.pairwise import without
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import Judgement, judge_rate
from pytest_fairness.models.kinds import FunctionChooser, as_chooser
from pytest_fairness.outcome import Evidence, Example, Outcome, Verdict

UNREAD = "answers that could not be read"
_COPIES = "copies of an earlier question"
_NOTE = (
    "{unread} of {asked} answers ({share:.0%}) could not be read: the rate is that of the others, "
    "and those that are unread may differ from them."
)
_NONE = Evidence(None, None, "none", 0)
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
        With ``{options}`` where the options are listed, one a line. A question that is given again,
        with the same options in any order, is left out and counted.
    options : sequence of sequences of str
        At least two for each prompt, all different.
    max_flip_rate : float in [0, 1]
    seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome
        `unmeasurable` where more than half of the answers cannot be read, unless the others alone
        make it fail: what a model answers readably is no random part of all.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a prompt has no place for the options, or fewer than two of them, or one twice.
    ArgumentTypeError
        If a text is given in place of a list of texts.
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
    kept = _distinct(prompts, options)
    copies = len(prompts) - len(kept)
    prompts, options = [prompts[i] for i in kept], [list(options[i]) for i in kept]
    drawn = chosen_seed(seed)
    given = [list(range(len(each))) for each in options]
    other = [_another_order(order, f"{drawn} {i}") for i, order in enumerate(given)]
    chooser = as_chooser(model)
    chosen = [_choices(chooser, prompts, options, orders) for orders in (given, other)]
    read = [i for i, both in enumerate(zip(*chosen, strict=True)) if min(both) >= 0]
    changed = [i for i in read if chosen[0][i] != chosen[1][i]]

    def judge(levels: Levels) -> Judgement:
        return _judged(len(changed), len(read), len(prompts), copies, bound.value, levels)

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


def _judged(
    changed: int, read: int, asked: int, copies: int, limit: float, levels: Levels
) -> Judgement:
    """Judge the changes among the answers that could be read, unless most could not."""

    def of(n: int) -> Judgement:
        return judge_rate(
            changed,
            n,
            limit=limit,
            alpha=levels.alpha,
            share=levels.share,
            quantity="flip rate",
            unit="questions",
        )

    judged, unread = of(read), asked - read
    # A failure holds if it would with none of the unread answers changed.
    if not read or (2 * unread > asked and of(asked).verdict is not Verdict.FAIL):
        judged = Judgement(Verdict.UNMEASURABLE, _too_few(read, asked), _NONE)
    notes = _NOTE.format(unread=unread, asked=asked, share=unread / max(1, asked))
    seen = replace(
        judged.evidence, n=read, notes=(*judged.evidence.notes, *([notes] * (unread > 0)))
    )
    return without(replace(judged, evidence=seen), {UNREAD: unread, _COPIES: copies})


def _too_few(read: int, asked: int) -> str:
    if not asked:
        return "There are no questions. Give prompts, each with its options."
    some = f"Only {read}" if read else "None"
    was = "were" if read > 1 else "was"
    what = "something that names an option" if read < 2 else "what names an option"
    return (
        f"{some} of {asked} questions {was} answered in both orders by {what}. "
        "Look at what the model writes, and word the questions otherwise or give it more tokens."
    )


def _distinct(prompts: Sequence[str], options: Sequence[Sequence[str]]) -> list[int]:
    """Return the places of the questions, each once: in another order it is the same question."""
    places: dict[tuple[str, tuple[str, ...]], int] = {}
    for place, (prompt, each) in enumerate(zip(prompts, options, strict=True)):
        places.setdefault((prompt, tuple(sorted(each))), place)
    return list(places.values())


def _check_questions(prompts: Sequence[str], options: Sequence[Sequence[str]]) -> None:
    listed_texts("prompts", prompts)
    if isinstance(options, str):
        raise ArgumentTypeError(f"options={options!r} must hold a list of texts for each prompt.")
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
        _check_options(f"options[{place}]", each)


def _check_options(name: str, options: Sequence[str]) -> None:
    plain = [text.strip() for text in listed_texts(name, options)]
    if len(plain) < 2:
        raise ArgumentError(f"{name} has {len(plain)} options; give two or more.")
    for text in plain:
        if not text or plain.count(text) > 1:
            fault = f"{text!r} {plain.count(text)} times" if text else "an empty option"
            raise ArgumentError(
                f"{name}={list(options)!r} has {fault}, so that an answer cannot tell which was "
                "chosen. Give options that all differ."
            )


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
