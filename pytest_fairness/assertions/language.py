"""Fairness of language models: benchmarks, likelihoods, stereotypes, generations, choices."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.assertions.checks import Levels, chosen_seed, whole_number
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.benchmarks import (
    Benchmark,
    Number,
    Scores,
    benchmark_named,
    run_benchmark,
)
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.evidence import Judgement, judge_deviation, judge_rate
from pytest_fairness.metrics.stereotypes import preference_rate
from pytest_fairness.outcome import Evidence, Interval, Outcome, Verdict
from pytest_fairness.perturb import Pair, Space

_MEANINGS = {
    "max_deviation": "the largest accepted distance from the value that means fair",
    "max_difference": "the largest accepted mean difference between two groups",
    "max_flip_rate": "the largest accepted share of questions whose choice changes",
}


def assert_benchmark(
    model: Any,
    name: str,
    *,
    folder: str | Path,
    max_deviation: float,
    number: str | None = None,
    category: str = "all",
    answers: str | Path | Sequence[Any] | None = None,
    scorer: Callable[[list[str]], Any] | None = None,
    limit: int | None = None,
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a model comes near the fair score of a published benchmark.

    Parameters
    ----------
    model : model or None
        A loaded model; None where recorded `answers` are given.
    name : str
        Such as ``"crows_pairs"``, ``"stereoset"``, ``"bbq"``, ``"cbbq"`` or ``"winobias"``.
    folder : str or path
        Where its published files lie; none come with this package.
    max_deviation : float, at least 0
        Largest accepted distance of the number from its fair value, in its own unit.
    number : str, optional
        Which of the benchmark's numbers; by default its first one that has a fair value.
    category : str, default "all"
    answers : str, path or sequence, optional
        Recorded answers in place of a model.
    scorer : callable, optional
        From texts to numbers, where answers are texts, as those to ``"honest"`` and ``"bold"``.
    limit : int, optional
        Items drawn by `seed`, in place of all.
    seed : int, optional
    alpha : float, optional

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If files, columns or answers are not as published.
    ModelError
        If the model cannot do what the benchmark asks for.

    Notes
    -----
    *What a pass shows*: on items like these, the number is near its fair value. *What it does not
    show*: how a system built on the model treats people. Every benchmark has known flaws, which
    the outcome names.
    """
    __tracebackhide__ = True
    bound = begin(
        "assert_benchmark",
        {"max_deviation": max_deviation},
        _MEANINGS,
        most=float("inf"),
        unit="number",
    )
    known, chosen = benchmark_named(name), chosen_seed(seed)
    scores = run_benchmark(
        name, model, folder=folder, answers=answers, scorer=scorer, limit=limit, seed=chosen
    )
    found = _number(scores.numbers, number, category)

    def judge(levels: Levels) -> Judgement:
        return _judge_number(found, bound.value, levels, chosen)

    return conclude(
        "benchmark_deviation",
        bound,
        judge,
        sensitive_features=None,
        data=(np.asarray([found.value], dtype=float), list(found.units)),
        alpha=alpha,
        remark=_remark(known, scores, found),
    )


def _remark(known: Benchmark, scores: Scores, found: Number) -> str:
    left = [f"Left out: {n} {reason}." for reason, n in scores.excluded.items()]
    told = f"{known.title} ({known.paper}): {found.name}, {found.category}."
    return " ".join(s for s in (told, found.note, *left, *scores.notes, known.warning) if s)


def _number(numbers: Sequence[Number], name: str | None, category: str) -> Number:
    part = [n for n in numbers if n.category == category]
    if not part:
        listed = ", ".join(dict.fromkeys(n.category for n in numbers))
        raise ArgumentError(f"category={category!r} must be one of {listed}.")
    fair = [n for n in part if n.fair is not None]
    if not fair:
        raise ArgumentError(
            "This benchmark has no number with a fair value; look at run_benchmark(...) instead."
        )
    if name is None:
        return fair[0]
    for found in fair:
        if found.name == name:
            return found
    raise ArgumentError(
        f"number={name!r} must be one with a fair value: {', '.join(n.name for n in fair)}."
    )


def _judge_number(found: Number, limit: float, levels: Levels, seed: int) -> Judgement:
    fair = float(found.fair or 0.0)
    if found.value != found.value:
        reason = f"{found.name} cannot be measured. {found.note} Look at the recorded answers."
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", found.n))
    if not found.units:
        distance = abs(found.value - fair)
        verdict = Verdict.PASS if distance <= limit else Verdict.FAIL
        word = "within" if verdict is Verdict.PASS else "above"
        reason = (
            f"{found.name} is {found.value:.4g} over these {found.n} items, {word} the limit "
            f"{limit:g} from {fair:g}. It is no mean, so that nothing is said of other items."
        )
        interval = Interval(distance, distance, 1.0)
        evidence = Evidence(distance, interval, "all items, exact", found.n, population=found.n)
        return Judgement(verdict, reason, evidence)
    judged = judge_deviation(
        found.units,
        fair=(fair - found.offset) / found.scale,
        limit=limit / found.scale,
        quantity=found.name,
        clusters=found.clusters or None,
        least=found.least,
        most=found.most,
        alpha=levels.alpha,
        share=levels.share,
        seed=seed,
    )
    return _scaled(judged, found.scale)


def _scaled(judged: Judgement, scale: float) -> Judgement:
    if scale == 1:
        return judged
    from dataclasses import replace

    seen = judged.evidence
    if seen.estimate is None or seen.interval is None:
        return judged
    interval = Interval(
        scale * seen.interval.low, scale * seen.interval.high, seen.interval.confidence
    )
    return Judgement(
        judged.verdict,
        f"{judged.reason} (Of 1; the benchmark counts to {scale:g}.)",
        replace(seen, estimate=scale * seen.estimate, interval=interval),
    )


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
    found = per_byte(model, texts)
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


def per_byte(model: Any, texts: Sequence[str]) -> Any:
    """Return the log-likelihood per UTF-8 byte of each text.

    Raises
    ------
    ModelError
        If the model gives none, or one that is no number.
    """
    if hasattr(model, "log_likelihood"):
        return np.asarray(model.log_likelihood(list(texts)).per_byte, dtype=float)
    if not callable(model):
        raise ModelError(
            f"{model!r} gives no likelihoods. Load a masked, causal or sequence-to-sequence "
            "language model, or pass a function from texts to log-likelihoods."
        )
    totals = np.asarray(model(list(texts)), dtype=float)
    if totals.shape != (len(texts),) or not np.isfinite(totals).all():
        raise ModelError(
            f"The model returned an array of shape {totals.shape} for {len(texts)} texts, or "
            "numbers that are not finite. One log-likelihood per text was expected."
        )
    return totals / np.asarray([max(1, len(text.encode())) for text in texts])


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
    scores = per_byte(model, [t for pair in pairs for t in (pair.original, pair.variant)])
    gaps = scores[::2] - scores[1::2]
    return _between_groups(
        "likelihood_difference", "mean difference of log-likelihood", pairs, gaps, bound, alpha
    )


def drawn_pairs(space: Any, n: int, seed: int) -> list[Pair]:
    """Return the pairs of a list, or some of a space, drawn by seed."""
    whole_number("n", n, 1)
    if isinstance(space, Pair):
        return [space]
    if hasattr(space, "sample"):
        return list(space.sample(min(n, len(space)), seed=seed))
    return list(space)


def _between_groups(
    id: str,
    quantity: str,
    pairs: Sequence[Pair],
    gaps: Any,
    bound: Any,
    alpha: float | None,
    span: float = float("inf"),
) -> Outcome:
    """Judge the mean difference of every two groups: all must pass, and any may fail."""
    __tracebackhide__ = True
    several = sorted({tuple(sorted(pair.groups)) for pair in pairs})

    def judge(levels: Levels) -> Judgement:
        found = [
            _of_two(two, pairs, gaps, quantity, bound.value, levels, len(several), span)
            for two in several
        ]
        return _worst(found, quantity)

    return conclude(
        id,
        bound,
        judge,
        sensitive_features=None,
        data=(gaps, [pair.original for pair in pairs]),
        alpha=alpha,
        remark=f"Compared are {'; '.join(' and '.join(two) for two in several)}.",
    )


def _of_two(
    two: tuple[str, ...],
    pairs: Sequence[Pair],
    gaps: Any,
    quantity: str,
    limit: float,
    levels: Levels,
    claims: int,
    span: float,
) -> Judgement:
    kept = [i for i, pair in enumerate(pairs) if tuple(sorted(pair.groups)) == two]
    turned = [gaps[i] if pairs[i].groups[0] == two[0] else -gaps[i] for i in kept]
    sources = [pairs[i].source for i in kept]
    clusters = sources if len(set(sources)) >= 5 else [pairs[i].terms for i in kept]
    return judge_deviation(
        turned,
        fair=0.0,
        limit=limit,
        quantity=f"{quantity} between {two[0]} and {two[1]}",
        clusters=clusters,
        least=-span,
        most=span,
        alpha=levels.alpha,
        share=levels.share / claims,
        unit="pairs",
    )


def _worst(found: Sequence[Judgement], quantity: str) -> Judgement:
    """Return the judgement that the verdict rests on: a failure, else what is open, else a pass."""
    if not found:
        reason = (
            f"There are no pairs to measure the {quantity} on. Give templates whose groups differ."
        )
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", 0))
    order = (Verdict.FAIL, Verdict.UNMEASURABLE, Verdict.INCONCLUSIVE, Verdict.PASS)
    return min(found, key=lambda j: (order.index(j.verdict), -(j.evidence.estimate or 0.0)))


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
    writes after the two prompts of a pair, with the same seeds for both, clustered by pair of
    terms or template; the largest distance from zero counts (0 is fair).

    Parameters
    ----------
    model : model that generates, or function from prompts to texts
    space : Space, or iterable of Pair
        Of prompts.
    scorer : callable
        From texts to numbers: a toxicity or sentiment classifier's score, whether a text refuses,
        its length. Test the scorer itself for bias first.
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
    whole_number("samples", samples, 1)
    drawn = chosen_seed(seed)
    pairs = drawn_pairs(space, n, drawn)
    prompts = [text for pair in pairs for text in (pair.original, pair.variant)]
    written = written_after(model, prompts, samples, drawn, options)
    scores = _scored(scorer, [text for texts in written for text in texts])
    means = scores.reshape(len(prompts), samples).mean(axis=1)
    return _between_groups(
        "generation_difference",
        "mean difference of scores",
        pairs,
        means[::2] - means[1::2],
        bound,
        alpha,
        span=_span(scores),
    )


def written_after(
    model: Any, prompts: Sequence[str], samples: int, seed: int, options: dict[str, Any]
) -> list[list[str]]:
    """Return what a model writes after each prompt, with the same seeds for all."""
    if hasattr(model, "generate"):
        found = model.generate(list(prompts), n=samples, seed=seed, **options)
        return [list(texts) for texts in found]
    if not callable(model):
        raise ModelError(
            f"{model!r} does not write. Load a causal or sequence-to-sequence model or an "
            "endpoint, or pass a function from prompts to texts."
        )
    columns = [list(model(list(prompts))) for _ in range(samples)]
    if any(len(column) != len(prompts) for column in columns):
        raise ModelError(
            f"The function did not return one text for each of {len(prompts)} prompts."
        )
    return [list(row) for row in zip(*columns, strict=True)]


def _span(scores: Any) -> float:
    """Return how far two scores can lie apart: 1 where all are shares, else nothing is known."""
    return 1.0 if scores.size and scores.min() >= 0 and scores.max() <= 1 else float("inf")


def _scored(scorer: Callable[[list[str]], Any], texts: list[str]) -> Any:
    found = np.asarray(scorer(texts), dtype=float)
    if found.ndim == 2:
        found = found[:, -1]
    if found.shape != (len(texts),) or not np.isfinite(found).all():
        raise ModelError(
            f"scorer returned an array of shape {found.shape} for {len(texts)} texts, or numbers "
            "that are not finite. Return one number per text."
        )
    return found


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
        From texts to truth values, in place of the phrases, which are brittle.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.

    Notes
    -----
    *What a pass shows*: on requests like these, refusals are about as frequent. *What it does not
    show*: refusals in other words than those it looks for, and the quality of the answers.
    """
    __tracebackhide__ = True
    from pytest_fairness.metrics.refusals import refusals

    return assert_generation_parity(
        model,
        space,
        refuses or (lambda texts: refusals(texts, language=language)),
        max_difference=max_difference,
        samples=samples,
        n=n,
        seed=seed,
        alpha=alpha,
        **options,
    )


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
