"""Bias loss: whether a model gets texts wrong more often once they speak of others."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.answers import Answers, as_model, ask
from pytest_fairness.assertions.checks import (
    Levels,
    chosen_levels,
    chosen_seed,
    fingerprint,
    one_of,
    only_limit,
    refuse_inside_given,
    settle,
    whole_number,
)
from pytest_fairness.assertions.sampling import active_part, one_per_source
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.definitions import definition
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.evidence import Judgement, judge_mean, mean_bounds
from pytest_fairness.metrics.columns import as_array
from pytest_fairness.metrics.losses import LOSSES, Loss, losses_of, shapley_values
from pytest_fairness.models import Model
from pytest_fairness.outcome import (
    Comparison,
    Evidence,
    Example,
    GroupRate,
    Outcome,
    Tolerance,
    Verdict,
)
from pytest_fairness.perturb import Space
from pytest_fairness.settings import current_run

Array = npt.NDArray[np.float64]
_METRIC = "bias_loss"
_MEANING = {"max_increase": "the largest accepted increase of the mean loss"}
_ADVICE = "Judge the space in a test without @given."
_FIRST_LOOK = 64
_SHARE = "added loss"


def assert_bias_loss(
    model: Any,
    space: Space,
    y_true: Any,
    *,
    max_increase: float,
    loss: str = "log",
    max_pairs: int = 2000,
    seed: int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that a model is hardly more wrong about texts once they speak of others.

    The increase of the mean loss is ``E[l(M(x + d), y)] - E[l(M(x), y)]``. Where several attributes
    vary, ``d = d_gender + d_region``, it is split among them.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts; it must give scores.
    space : Counterfactuals
        Such as ``counterfactuals(texts=rows, vary="gender + religion")``.
    y_true : label, sequence of labels, or mapping of str to label
        The right label: one for all, one for each text or template as they were given, or one for
        each by its text.
    max_increase : float
        Largest accepted increase; 0 means that changing the group costs nothing.
    loss : {"log", "zero_one", "brier"}
        Cross-entropy (probabilities below 0.001 count as 0.001), error, or Brier score.
    max_pairs : int, default 2000
        Pairs to draw at most; fewer where the verdict is certain before.
    seed : int, optional
        Of the draw; the run's by default.
    alpha : float, optional
        Chance of a false verdict; the run's by default.

    Returns
    -------
    Outcome
        ``evidence.groups`` holds the Shapley value of each attribute, and ``evidence.comparisons``
        its simultaneous interval.

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If labels are missing or unknown to the model.

    Notes
    -----
    Whole texts are perturbed as they stand, one pair a text. Of a template, `x` speaks of the group
    that is listed first. Pairs are drawn without replacement, and the bounds of the mean (betting,
    Waudby-Smith and Ramdas 2024) hold at every look. Shapley values (Shapley 1953) measure every
    subset of the attributes on the same pairs.

    *What a pass shows*: on texts like these, changing who they speak of does not make the model
    err more. *What it does not show*: that it errs rarely, or that single answers stay: losses that
    rise here and fall there cancel.

    Examples
    --------
    >>> from pytest_fairness import assert_bias_loss, counterfactuals
    >>> def fair(texts):
    ...     return [0.9 if "cure" in text else 0.1 for text in texts]
    >>> space = counterfactuals("{name} found a cure.", vary="gender")
    >>> assert_bias_loss(fair, space, 1, max_increase=0.1).passed
    True
    """
    __tracebackhide__ = True
    refuse_inside_given("assert_bias_loss", _ADVICE)
    kind = LOSSES[one_of("loss", loss, LOSSES)]
    limit = only_limit({"max_increase": max_increase}, _MEANING, most=kind.most)
    if not isinstance(space, Space):
        raise ArgumentTypeError(
            f"space={space!r} must be what counterfactuals(...) returns: it knows the parts of "
            "each change."
        )
    labels = _labels_by_source(y_true, space)
    scorer, levels = as_model(model), chosen_levels(alpha)
    draw = _Draw.of(active_part(space), whole_number("max_pairs", max_pairs, 1), chosen_seed(seed))
    judged, judgement = _look(scorer, draw, labels, limit, levels, kind)
    evidence = replace(
        judgement.evidence,
        excluded=dict(space.excluded),
        notes=(*judgement.evidence.notes, *space.notes),
    )
    return settle(
        Outcome(
            metric=_METRIC,
            definition=definition(_METRIC).text,
            definition_id=_METRIC,
            verdict=judgement.verdict,
            reason=judgement.reason,
            tolerance=limit,
            evidence=_with_split(evidence, judged, draw, levels),
            examples=tuple(_worst(judged, draw)),
            model=scorer.info,
            attribute=space.attribute,
            language=space.language,
            source=space.recipe,
            data_fingerprint=fingerprint(judged.texts),
            alpha=levels.alpha,
            share=levels.share,
            seed=chosen_seed(seed),
            test=current_run().test,
        )
    )


class _Draw(NamedTuple):
    """Which pairs of a space are looked at, in order, and how many there are to draw from."""

    space: Space
    order: Sequence[int]
    population: int | None

    @classmethod
    def of(cls, space: Space, most: int, seed: int) -> _Draw:
        if space.stands_for_texts:
            return cls(space, one_per_source(list(space), most, seed), None)
        return cls(space, space.draw(most, seed), len(space))

    @property
    def subsets(self) -> list[frozenset[str]]:
        """Every choice of attributes, none of them first and all of them last."""
        parts = self.space.parts
        sizes = range(len(parts) + 1)
        return [frozenset(c) for size in sizes for c in itertools.combinations(parts, size)]


class _Measured(NamedTuple):
    """The losses of the first pairs, with every subset of the attributes applied.

    Texts and answers stand subset by subset, and pair by pair within.
    """

    losses: dict[frozenset[str], Array]
    texts: list[str]
    answers: Answers
    most: float

    @property
    def increase(self) -> Array:
        subsets = list(self.losses)
        return self.losses[subsets[-1]] - self.losses[subsets[0]]

    def example(self, draw: _Draw, i: int) -> Example:
        pair, last = draw.space[draw.order[i]], len(self.texts) - len(self.increase) + i
        scores = self.answers.scores
        return Example(
            texts=(self.texts[i], self.texts[last]),
            groups=pair.groups,
            labels=tuple(str(self.answers.labels[k]) for k in (i, last)),
            scores=() if scores is None else tuple(tuple(scores[k].tolist()) for k in (i, last)),
            change=float(self.increase[i]),
        )


def _look(
    model: Model,
    draw: _Draw,
    labels: Mapping[str, str],
    limit: Tolerance,
    levels: Levels,
    loss: Loss,
) -> tuple[_Measured, Judgement]:
    """Score and judge ever more pairs until the verdict is certain, or all were seen."""
    n = min(_FIRST_LOOK, len(draw.order))
    while True:
        measured = _measure(model, draw, draw.order[:n], labels, loss)
        judgement = judge_mean(
            measured.increase,
            limit=limit.value,
            alpha=levels.alpha,
            share=levels.share,
            population=draw.population,
            planned=len(draw.order),
            least=-loss.most,
            most=loss.most,
            quantity=f"increase of the {loss.name.replace('_', '-')} loss",
        )
        if n == len(draw.order) or judgement.verdict in (Verdict.PASS, Verdict.FAIL):
            return measured, judgement
        n = min(2 * n, len(draw.order))


def _measure(
    model: Model, draw: _Draw, indices: Sequence[int], labels: Mapping[str, str], loss: Loss
) -> _Measured:
    texts = [draw.space.between(i, taken) for taken in draw.subsets for i in indices]
    answers = ask(model, texts)
    if answers.scores is None:
        raise ArgumentTypeError(
            "assert_bias_loss needs probabilities, and the model returns labels alone. Give a "
            "model with scores, or hold flips against a limit: "
            "assert_counterfactual_invariance(..., max_flip_rate=...)."
        )
    truth = [answers.column(labels[draw.space[i].source]) for i in indices]
    flat = losses_of(answers.scores, truth * len(draw.subsets), loss=loss.name)
    rows = flat.reshape(len(draw.subsets), len(indices))
    return _Measured(dict(zip(draw.subsets, rows, strict=True)), texts, answers, loss.most)


def _with_split(evidence: Evidence, judged: _Measured, draw: _Draw, levels: Levels) -> Evidence:
    """Add the Shapley value of each attribute, with intervals that hold all at once."""
    parts = draw.space.parts
    if len(parts) == 1:
        return evidence
    shares = shapley_values(judged.losses, parts).T
    confidence = 1 - levels.alpha / (2 * len(parts))
    bounds = [
        mean_bounds(
            share.clip(-judged.most, judged.most),  # rounding
            confidence=confidence,
            population=draw.population,
            least=-judged.most,
            most=judged.most,
            planned=len(draw.order),
        )
        for share in shares
    ]
    compared = [
        Comparison(part, "", _SHARE, float(share.mean()), between, None, len(share))
        for part, share, between in zip(parts, shares, bounds, strict=True)
    ]
    split = tuple(GroupRate(c.first, _SHARE, c.estimate, c.n) for c in compared)
    note = "; ".join(map(_share_in_words, compared))
    together = f"Shapley values, {100 * (1 - levels.alpha):g} % confidence in all of them"
    return replace(
        evidence,
        groups=split,
        comparisons=tuple(compared),
        notes=(f"Of the increase, {note} ({together}).", *evidence.notes),
    )


def _share_in_words(comparison: Comparison) -> str:
    between = comparison.interval
    if between is None:
        return f"{comparison.first} adds {comparison.estimate:.3g}"
    low, high = f"{between.low:.3g}", f"{between.high:.3g}"
    return f"{comparison.first} adds {comparison.estimate:.3g} ({low} to {high})"


def _worst(judged: _Measured, draw: _Draw) -> list[Example]:
    """Return the pairs whose loss rises most."""
    order = np.argsort(-judged.increase, kind="stable")[:SHOWN_EXAMPLES].tolist()
    return [judged.example(draw, i) for i in order if judged.increase[i] > 0]


def _labels_by_source(y_true: Any, space: Space) -> dict[str, str]:
    """Return the right label of each text or template, by its text."""
    __tracebackhide__ = True
    sources = [*space.recipe["templates"], *space.recipe["texts"]]
    if isinstance(y_true, Mapping):
        missing = [source for source in sources if source not in y_true]
        if missing:
            raise ArgumentError(
                f"y_true has no label for {missing[0]!r} ({len(missing)} of {len(sources)} are "
                "missing). Give one for each text or template."
            )
        return {source: str(y_true[source]) for source in sources}
    if isinstance(y_true, (str, int, np.integer)):
        return dict.fromkeys(sources, str(y_true))
    labels = [str(label) for label in as_array("y_true", y_true).ravel().tolist()]
    if len(labels) != len(sources):
        raise ArgumentError(
            f"y_true has {len(labels)} labels but the space has {len(sources)} texts or templates, "
            "each counted once. Give one label for each in their order, or a mapping from text to "
            "label."
        )
    return dict(zip(sources, labels, strict=True))
