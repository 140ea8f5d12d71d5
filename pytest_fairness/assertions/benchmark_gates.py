"""Published benchmarks as gates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.assertions.benchmark_bounds import judge_parts
from pytest_fairness.assertions.checks import Levels, chosen_seed
from pytest_fairness.assertions.concluding import begin, conclude
from pytest_fairness.benchmarks import (
    Benchmark,
    Number,
    Scores,
    benchmark_named,
    run_benchmark,
)
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import Judgement, judge_deviation
from pytest_fairness.outcome import Evidence, Interval, Outcome, Verdict

UNREAD = "answers that could not be read"
_MEANINGS = {
    "max_deviation": "the largest accepted distance from the value that means fair",
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
    model : model, function or None
        A loaded model that can do what the benchmark asks for; None where recorded `answers` are
        given. A plain function may stand for it, by what is asked:

        - likelihoods (``"crows_pairs"``, ``"stereoset"``, ``"holistic_bias"``, ``"chbias"``):
          from a list of texts to their log-likelihoods;
        - choices (``"bbq"``, ``"cbbq"``, ``"winobias"``, ``"winogender"``): from prompts and lists
          of options, ``f(prompts, options)``, to the index chosen of each, -1 where an answer
          cannot be read; or from texts to log-likelihoods; one that writes, from prompts to
          strings, as ``WrittenChoices(f)``;
        - classifiers (``"hatecheck"``, ``"unintended_bias"``, ``"cold"``, ``"swsr"``,
          ``"corgi_pm"``): ``load_model(f, labels=["no", "yes"])``, from texts to scores, of which
          the last label counts as hateful or toxic;
        - writers (``"honest"``, ``"bold"``): from a list of prompts to as many strings;
        - embedders (``"weat"``, ``"seat"``): from a list of texts to one vector of each.
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
        Items drawn by `seed`, in place of all. A number that has no bounds is `unmeasurable` then.
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
    Means are bounded over items or templates; the largest gap between groups, group against
    group; an area under the curve, over templates; effect sizes as `assert_association` does. Any
    other number is a full count of the items, and says so.

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
        name,
        model,
        folder=folder,
        answers=answers,
        scorer=scorer,
        limit=limit,
        seed=chosen,
        check=_has(number, category),
    )
    found = _number(scores.numbers, number, category)

    left_out = {why: scores.excluded[why] for why in (UNREAD,) if why in scores.excluded}

    def judge(levels: Levels) -> Judgement:
        step = _step(left_out, model)
        judged = _judge_number(found, bound.value, levels, chosen, step, drawn=scores.is_drawn)
        notes = (*scores.notes, *judged.evidence.notes, known.warning)
        seen = replace(judged.evidence, excluded=left_out, notes=tuple(filter(None, notes)))
        return replace(judged, evidence=seen)

    return conclude(
        "benchmark_deviation",
        bound,
        judge,
        sensitive_features=None,
        data=(np.asarray([found.value], dtype=float), list(found.units)),
        alpha=alpha,
        remark=_remark(known, scores, found),
        attribute=_shown(known, found),
        model=model,
    )


def _remark(known: Benchmark, scores: Scores, found: Number) -> str:
    left = [f"Left out: {n} {reason}." for reason, n in scores.excluded.items()]
    told = f"{known.title} ({known.paper}): {found.name}, {found.category}."
    return " ".join(s for s in (told, found.note, *left) if s)


def _shown(known: Benchmark, found: Number) -> str:
    """Return which number of which benchmark it is, where a reader of a table looks for it."""
    part = "" if found.category == "all" else f", {found.category}"
    return f"{known.name} {found.name}{part}"


def _has(number: str | None, category: str) -> Callable[[Scores], Any] | None:
    """Return what refuses a number or category that does not exist, where one is asked for."""
    if number is None and category == "all":
        return None
    return lambda scores: _number(scores.numbers, number, category)


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


def _step(left_out: Mapping[str, int], model: Any) -> str:
    """Return what to do where nothing could be measured."""
    if left_out:
        unread = "; ".join(f"{n} {reason}" for reason, n in left_out.items())
        return (
            f"Left out: {unread}. Look at what the model writes, and ask it otherwise, as with "
            "WrittenChoices(model, template=..., max_new_tokens=...)."
        )
    whose = "recorded answers" if model is None else "answers of the model"
    return f"Look at the {whose}, and at more items."


def _judge_number(
    found: Number, limit: float, levels: Levels, seed: int, step: str = "", *, drawn: bool = False
) -> Judgement:
    fair = float(found.fair or 0.0)
    if found.value != found.value:
        told = (f"{found.name} cannot be measured.", found.note, step)
        reason = " ".join(part for part in told if part)
        return Judgement(Verdict.UNMEASURABLE, reason, Evidence(None, None, "none", found.n))
    if not found.units:
        return judge_parts(found, limit, levels, seed, drawn=drawn)
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
