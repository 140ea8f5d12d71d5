"""Which texts a language model finds likelier: stereotypes, and texts about one group."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.checks import Levels, chosen_seed, differing
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.assertions.pairwise import PairScores, between_groups, drawn_pairs, without
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.evidence import Judgement, judge_deviation
from pytest_fairness.metrics.stereotypes import preference_rate
from pytest_fairness.models.kinds import as_language_model
from pytest_fairness.models.likelihoods import LogLikelihoods, Normalise, Numbers
from pytest_fairness.outcome import Evidence, Example, Outcome, Verdict
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_deviation": "the largest accepted distance from the value that means fair",
    "max_difference": "the largest accepted mean difference between two groups",
}
_TIES = "ties, whose two sentences are equally likely"
_COPIES = "copies of an earlier pair"
_ROUNDING = 1e-3  # above 0, that rounding may lift the logarithm of a probability near 1
_FORMS: dict[Normalise, str] = {
    None: "log-likelihood",
    "byte": "log-likelihood per byte",
    "token": "log-likelihood per token",
}
_DEFINITIONS: dict[Normalise, str] = {
    None: "likelihood_difference.total",
    "byte": "likelihood_difference",
    "token": "likelihood_difference.token",
}


def assert_stereotype_score(
    model: Any,
    pairs: Iterable[tuple[str, str]],
    *,
    max_deviation: float,
    normalise: Normalise = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a language model finds stereotypes about as likely as their opposites.

    The statistic is the distance from one half of the share of pairs whose first, more
    stereotyping sentence has the larger log-likelihood (0 is fair). Ties are left out and counted:
    they prefer neither side.

    Parameters
    ----------
    model : language model, or function from texts to log-likelihoods
        Masked models give pseudo-log-likelihoods.
    pairs : iterable of (str, str)
        The more stereotyping sentence of each pair first. A pair that is given again is left out
        and counted: a copy is no further evidence.
    max_deviation : float in [0, 0.5]
        Largest accepted distance from one half.
    normalise : {None, "byte", "token"}
        Whether the likelihood of a sentence is divided by its length. By default it is not, which
        suits pairs that differ in a few words; a sum favours the shorter of two sentences, a mean
        often the longer one. The definition of the outcome gives the score of every form.
    alpha : float, optional

    Returns
    -------
    Outcome
        `unmeasurable` where all pairs are ties.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If a pair is not two different texts, or is another one the other way round, or
        `normalise` is another word.
    ModelError
        If the model gives no likelihoods, or none in this form.

    Notes
    -----
    Nangia et al. (2020), whose published score counts ties as pairs that do not prefer the
    stereotype, as `preference_rate` and the benchmark ``"crows_pairs"`` do: a model without any
    preference would then be found far from one half.

    *What a pass shows*: on pairs like these, stereotypes are about as likely as their opposites.
    *What it does not show*: that the model's answers are fair; likelihoods tell little of that.

    Examples
    --------
    >>> from pytest_fairness import assert_stereotype_score
    >>> mixed = [(f"{i} a", f"{i} bb") if i % 2 else (f"{i} bb", f"{i} a") for i in range(400)]
    >>> assert_stereotype_score(
    ...     lambda texts: [-1.0 * len(t) for t in texts], mixed, max_deviation=0.2
    ... ).verdict.value
    'pass'
    """
    __tracebackhide__ = True
    bound = begin("assert_stereotype_score", {"max_deviation": max_deviation}, _MEANINGS, most=0.5)
    listed, copies = _distinct(_two_texts(pairs))
    asked = as_language_model(model)
    found = _likelihoods(asked, [text for pair in listed for text in pair])
    scores = _form(found, normalise)
    leads = scores[::2] - scores[1::2]
    apart = np.flatnonzero(leads)
    preferred = (leads[apart] > 0).astype(float)
    left_out = {_TIES: len(listed) - len(apart), _COPIES: copies}

    def judge(levels: Levels) -> Judgement:
        if listed and not len(apart):
            return without(_all_tied(len(listed)), left_out)
        judged = judge_deviation(
            preferred,
            fair=0.5,
            limit=bound.value,
            quantity="stereotype score",
            alpha=levels.alpha,
            share=levels.share,
            unit="pairs",
        )
        return without(judged, left_out)

    return conclude(
        "stereotype_preference",
        bound,
        judge,
        sensitive_features=None,
        data=(np.sign(leads),),
        alpha=alpha,
        remark=" ".join(_every_form(found, normalise)),
        model=asked,
        examples=_worst(listed, scores, apart),
    )


def _two_texts(pairs: Any) -> list[tuple[str, str]]:
    if hasattr(pairs, "sample") or isinstance(pairs, Pair) or not isinstance(pairs, Iterable):
        raise ArgumentTypeError(
            f"pairs={reprlib.repr(pairs)}, of type {type(pairs).__name__}, must be a list of two "
            "texts each, the more stereotyping one first. Pairs of groups have no such side: hold "
            "them by assert_likelihood_parity."
        )
    return [_checked(i, pair) for i, pair in enumerate(pairs)]


def _checked(place: int, pair: Any) -> tuple[str, str]:
    two = tuple(pair) if isinstance(pair, (list, tuple)) else ()
    if len(two) != 2 or not all(isinstance(text, str) and text for text in two):
        raise ArgumentError(
            f"pairs[{place}]={pair!r} must be two texts, the more stereotyping one first."
        )
    if two[0] == two[1]:
        raise ArgumentError(f"pairs[{place}] is one text twice, {two[0]!r}. Leave such pairs out.")
    return two[0], two[1]


def _distinct(pairs: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], int]:
    """Return every pair once, and how many copies there were.

    Raises
    ------
    ArgumentError
        If two pairs are each other's opposites: they would cancel out whatever the model says.
    """
    places: dict[tuple[str, str], int] = {}
    for place, (more, less) in enumerate(pairs):
        if (less, more) in places:
            raise ArgumentError(
                f"pairs[{place}] is pairs[{places[less, more]}] the other way round, so that the "
                f"two cancel out: {more!r} and {less!r}. Keep the one whose first sentence "
                "stereotypes more."
            )
        places.setdefault((more, less), place)
    return list(places), len(pairs) - len(places)


def _all_tied(n: int) -> Judgement:
    reason = (
        f"Both sentences of all {n} pairs are equally likely, so that no preference can be "
        "measured. Look at what the model returns for some of them: a constant is no likelihood."
    )
    return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0))


def _likelihoods(model: Any, texts: list[str]) -> LogLikelihoods:
    """Ask for log-likelihoods of texts, none of which can be larger than 0."""
    found: LogLikelihoods = model.log_likelihood(texts)
    above = np.flatnonzero(found.total > _ROUNDING)
    if len(above):
        first = int(above[0])
        raise ModelError(
            f"{found.total[first]:.4g} was returned as the log-likelihood of {texts[first]!r}, and "
            f"so were {len(above)} of {len(texts)} numbers above 0. The logarithm of a "
            "probability is at most 0: return no perplexity, loss or probability, nor a score of "
            "another kind."
        )
    return found


def _every_form(found: LogLikelihoods, normalise: Normalise) -> Iterator[str]:
    """Yield the score in the form that is judged, with its ties, and in the others."""
    yield f"Compared by {_FORMS[normalise]}."
    for form, words in _FORMS.items():
        scores = found.form(form)
        if not len(scores) or not np.isfinite(scores).all():
            continue
        rate = preference_rate(scores[::2], scores[1::2])
        apart = rate.n - rate.ties
        share = f"{rate.share * rate.n / apart:.1%} of the pairs" if apart else "none of the pairs"
        tied = f", {rate.ties} ties left out" if rate.ties else ""
        yield f"By {words} the stereotype is preferred in {share}{tied}."


def _worst(
    pairs: Sequence[tuple[str, str]], scores: Numbers, apart: npt.NDArray[np.intp]
) -> list[Example]:
    """Return the pairs whose stereotype, or whose opposite where that is the rule, leads most.

    Of those that lie `apart`: the others are ties.
    """
    leads = scores[::2] - scores[1::2]
    turn = 1.0 if 2 * (leads > 0).sum() >= len(apart) else -1.0
    order = apart[np.argsort(-turn * leads[apart], kind="stable")][:SHOWN_EXAMPLES].tolist()
    return [
        Example(
            texts=pairs[i],
            groups=("stereotype", "opposite"),
            labels=(),
            scores=((float(scores[2 * i]),), (float(scores[2 * i + 1]),)),
            change=float(leads[i]),
        )
        for i in order
    ]


def _form(found: LogLikelihoods, normalise: Normalise) -> Numbers:
    """Return likelihoods in one form, all of which are numbers."""
    scores = found.form(normalise)
    if not np.isfinite(scores).all():
        raise ArgumentError(
            f"normalise={normalise!r} divides by a length that is not known of all texts: a text "
            "is empty, or a function gives no tokens. Give texts, or normalise=None."
        )
    return scores


def assert_likelihood_parity(
    model: Any,
    space: Space | Iterable[Pair],
    *,
    max_difference: float,
    normalise: Normalise = "byte",
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
        In nats per byte, or as `normalise` says.
    normalise : {"byte", "token", None}
        What the log-likelihood of a text is divided by: its bytes, its tokens, or nothing.
    n, seed, alpha
        As in `assert_counterfactual_invariance`.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If `normalise` is another word, or divides by a length that is not known.
    ModelError
        If the model gives no likelihoods.

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
    pairs, asked = drawn_pairs(space, n, chosen_seed(seed)), as_language_model(model)
    texts = [text for pair in pairs for text in (pair.original, pair.variant)]
    scores = _form(_likelihoods(asked, texts), normalise)
    return between_groups(
        _DEFINITIONS[normalise],
        f"mean difference of {_FORMS[normalise]}",
        PairScores.of(pairs, scores),
        bound,
        alpha,
        model=asked,
        space=space,
        settings=differing(assert_likelihood_parity, normalise=normalise, n=n, seed=seed),
    )
