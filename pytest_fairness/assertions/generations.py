"""What a model writes of groups, as a scorer sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import chosen_seed
from pytest_fairness.assertions.concluding import begin
from pytest_fairness.assertions.pairwise import PairScores, between_groups, drawn_pairs
from pytest_fairness.assertions.writing import (
    Array,
    Prompts,
    Scorer,
    Written,
    check_scorer,
    scored,
    write,
)
from pytest_fairness.errors import ModelError
from pytest_fairness.metrics.refusals import refusals
from pytest_fairness.outcome import Outcome, Tolerance
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_difference": "the largest accepted mean difference between two groups",
}


def assert_generation_parity(
    model: Any,
    space: Space | Iterable[Pair],
    scorer: Callable[[list[str]], Any],
    *,
    max_difference: float,
    samples: int = 1,
    n: int = 200,
    seed: int | None = None,
    alpha: float | None = None,
    **options: Any,
) -> Outcome:
    """Assert that a model writes alike of all groups, as a scorer sees it.

    The statistic is, of every two groups, the mean difference of the scores of what the model
    writes after the two prompts of a pair, with the same chance for both and another for every
    pair, clustered by template or pair of terms; the largest distance from zero counts (0 is fair).

    Parameters
    ----------
    model : model that generates, or function from prompts to texts
    space : Space, or iterable of Pair
        Of prompts.
    scorer : callable
        From texts to numbers: a toxicity or sentiment classifier's score, whether a text refuses,
        its length. Test the scorer itself for bias first. An empty text has no score, and neither
        has one whose score is nan, as that of a `Judge` who gives no answer: both are left out. A
        pair is left out, and counted, where one of its sides has no other.
    max_difference : float, at least 0
        In the scorer's unit.
    samples : int, default 1
        Texts written after each prompt.
    n, seed, alpha
        As in `assert_counterfactual_invariance`.
    **options
        For the model's `generate`, such as ``max_new_tokens=32``.

    Returns
    -------
    Outcome
        `unmeasurable` where nothing was written: silence is no evidence. A note says where pairs
        have one silent side.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ModelError
        If the model cannot write, or the scorer returns something else than numbers.

    Notes
    -----
    Huang et al. (2020); Dhamala et al. (2021).

    *What a pass shows*: on prompts like these, the scorer sees no larger difference. *What it does
    not show*: what the scorer cannot tell, and its own bias.
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_generation_parity",
        {"max_difference": max_difference},
        _MEANINGS,
        most=float("inf"),
        unit="number",
    )
    check_scorer(scorer)
    drawn = chosen_seed(seed)
    prompts = Prompts.of(drawn_pairs(space, n, drawn), n, drawn)
    written = write(model, prompts, samples=samples, seed=drawn, **options)
    scores = _scores(scorer, written, of_none=np.nan)
    words = "mean difference of scores"
    return _compared(written, scores, bound, words, alpha, written.empty)


def _scores(scorer: Any, written: Written, of_none: float) -> Array:
    """Return the score of each text, of shape (n_prompts, n_samples); `of_none` of empty ones."""
    flat, said = written.flat, written.said
    scores = np.full(said.shape, of_none)
    if said.any():
        spoken = [text for text, known in zip(flat, said.ravel(), strict=True) if known]
        scores[said] = scored(scorer, spoken, gaps=True)
    return scores


def _compared(
    written: Written,
    scores: Array,
    bound: Tolerance,
    quantity: str,
    alpha: float | None,
    remark: str = "",
) -> Outcome:
    """Judge the scores of all pairs but those whose two sides cannot be compared."""
    __tracebackhide__ = True
    mute = written.silent.reshape(-1, 2).any(axis=1)
    told: Any = np.isfinite(scores).any(axis=1).reshape(-1, 2).all(axis=1)
    sides = np.flatnonzero(np.repeat(told, 2))
    known = scores[sides]
    return between_groups(
        "generation_difference",
        quantity,
        PairScores.of(
            [pair for pair, kept in zip(written.prompts.pairs, told, strict=True) if kept],
            _means(known),
            _shown(written, sides.tolist(), known),
        ),
        bound,
        alpha,
        span=_span(scores),
        model=written.model,
        remark=remark,
        silent=int((mute & ~told).sum()),
        unscored=int((~mute & ~told).sum()),
        notes=written.uneven,
    )


def _shown(written: Written, places: list[int], scores: Any) -> list[str]:
    """Return prompts, each with the sample whose score is the most usual one."""
    far = np.abs(scores - _means(scores)[:, None])
    usual = np.where(np.isnan(far), np.inf, far).argmin(axis=1)
    return [written.shown(place, k) for place, k in zip(places, usual.tolist(), strict=True)]


def _means(scores: Any) -> Any:
    """Return the mean score of the samples of each prompt, of those that have one."""
    return np.nanmean(scores, axis=1)


def _span(scores: Any) -> float:
    """Return how far two scores can lie apart: 1 where all are shares, else nothing is known."""
    known = scores[np.isfinite(scores)]
    return 1.0 if known.size and known.min() >= 0 and known.max() <= 1 else float("inf")


def assert_refusal_parity(
    model: Any,
    space: Space | Iterable[Pair],
    *,
    max_difference: float,
    language: str = "en",
    refuses: Callable[[list[str]], Any] | None = None,
    samples: int = 1,
    n: int = 200,
    seed: int | None = None,
    alpha: float | None = None,
    **options: Any,
) -> Outcome:
    """Assert that a model refuses requests about as often whoever they speak of.

    Parameters
    ----------
    model, space, samples, n, seed, alpha, **options
        As in `assert_generation_parity`.
    max_difference : float in [0, 1]
        Largest accepted difference of refusal rates.
    language : {"en", "zh"}
        Of the answers, for the built-in list of phrases.
    refuses : callable, optional
        From texts to truth values, or probabilities, in place of the phrases, which are brittle.

    Returns
    -------
    Outcome
        An empty answer counts as a refusal where the other side of the pair has an answer. Pairs
        without any are left out and counted; alone, they are `unmeasurable`.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ModelError
        If the model cannot write, or `refuses` returns numbers outside [0, 1].

    Notes
    -----
    *What a pass shows*: on requests like these, refusals are about as frequent. *What it does not
    show*: refusals in other words than those it looks for, and the quality of the answers.
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_refusal_parity",
        {"max_difference": max_difference},
        {"max_difference": "the largest accepted difference of refusal rates"},
        unit="number",
    )
    if refuses is not None:
        check_scorer(refuses, "refuses")
    drawn = chosen_seed(seed)
    prompts = Prompts.of(drawn_pairs(space, n, drawn), n, drawn)
    written = write(model, prompts, samples=samples, seed=drawn, **options)
    scores = _refused(refuses or partial(refusals, language=language), written)
    empty = int((~written.said).sum())
    told = f"{empty} of {scores.size} answers are empty; beside an answer, one is a refusal."
    words = "difference of refusal rates"
    return _compared(written, scores, bound, words, alpha, told if empty else "")


def _refused(refuses: Scorer, written: Written) -> Array:
    """Return whether each answer refuses: an empty one does where the other side has some."""
    scores = _scores(refuses, written, of_none=1.0)
    known = scores[np.isfinite(scores)]
    if known.size and not (known.min() >= 0 and known.max() <= 1):
        raise ModelError(
            f"refuses returned numbers from {known.min():g} to {known.max():g}. Return True or "
            "False for each text, or the probability that it refuses."
        )
    scores[written.silent.reshape(-1, 2).all(axis=1).repeat(2)] = np.nan
    return scores
