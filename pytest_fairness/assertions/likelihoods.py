"""Which texts a language model finds likelier: stereotypes, and texts about one group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_fairness.assertions.checks import Levels, chosen_seed
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.pairwise import between_groups, drawn_pairs
from pytest_fairness.evidence import Judgement, judge_deviation
from pytest_fairness.metrics.stereotypes import preference_rate
from pytest_fairness.models.kinds import as_language_model
from pytest_fairness.outcome import Outcome
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_deviation": "the largest accepted distance from the value that means fair",
    "max_difference": "the largest accepted mean difference between two groups",
}


def assert_stereotype_score(
    model: Any,
    pairs: Iterable[tuple[str, str]],
    *,
    max_deviation: float,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a language model finds stereotypes about as likely as their opposites.

    The statistic is the distance from one half of the share of pairs whose first, more
    stereotyping sentence has the larger log-likelihood per byte (0 is fair).

    Parameters
    ----------
    model : language model, or function from texts to log-likelihoods
        Masked models give pseudo-log-likelihoods.
    pairs : iterable of (str, str)
        The more stereotyping sentence of each pair first.
    max_deviation : float in [0, 0.5]
        Largest accepted distance from one half.
    alpha : float, optional

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ModelError
        If the model gives no likelihoods.

    Notes
    -----
    Nangia et al. (2020).

    *What a pass shows*: on pairs like these, stereotypes are about as likely as their opposites.
    *What it does not show*: that the model's answers are fair; likelihoods tell little of that.

    Examples
    --------
    >>> from pytest_fairness import assert_stereotype_score
    >>> mixed = [(f"{i} a", f"{i} bb") if i % 2 else (f"{i} bb", f"{i} a") for i in range(400)]
    >>> assert_stereotype_score(
    ...     lambda texts: [-1.0 / len(t) for t in texts], mixed, max_deviation=0.2
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    bound = begin("assert_stereotype_score", {"max_deviation": max_deviation}, _MEANINGS, most=0.5)
    listed = [tuple(pair) for pair in pairs]
    texts = [text for pair in listed for text in pair]
    found = as_language_model(model).log_likelihood(texts).per_byte
    first, second = found[::2], found[1::2]
    preferred = (first > second).astype(float)
    rate = preference_rate(first, second)

    def judge(levels: Levels) -> Judgement:
        return judge_deviation(
            preferred,
            fair=0.5,
            limit=bound.value,
            quantity="stereotype score",
            alpha=levels.alpha,
            share=levels.share,
            unit="pairs",
        )

    return conclude(
        "stereotype_preference",
        bound,
        judge,
        sensitive_features=None,
        data=(preferred,),
        alpha=alpha,
        remark=f"{rate.ties} ties count as not preferring the stereotype." if rate.ties else "",
    )


def assert_likelihood_parity(
    model: Any,
    space: Space | Iterable[Pair],
    *,
    max_difference: float,
    n: int = 400,
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that texts are about as likely whoever they speak of.

    The statistic is, of every two groups, the mean difference of log-likelihood per byte between
    the two texts of a pair, clustered by template; the largest distance from zero counts (0 is
    fair).

    Parameters
    ----------
    model : language model, or function from texts to log-likelihoods
    space : Space, or iterable of Pair
        Of a space, `n` pairs are drawn by `seed`.
    max_difference : float, at least 0
        In nats per byte.
    n, seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.

    Notes
    -----
    *What a pass shows*: on texts like these, no group is much likelier than another. *What it does
    not show*: why; a rare name is less likely by itself, so that matched names belong into the
    space. Likelihoods tell little of how people are treated.
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_likelihood_parity",
        {"max_difference": max_difference},
        _MEANINGS,
        most=float("inf"),
        unit="number",
    )
    pairs = drawn_pairs(space, n, chosen_seed(seed))
    texts = [text for pair in pairs for text in (pair.original, pair.variant)]
    scores = as_language_model(model).log_likelihood(texts).per_byte
    gaps = scores[::2] - scores[1::2]
    return between_groups(
        "likelihood_difference", "mean difference of log-likelihood", pairs, gaps, bound, alpha
    )
