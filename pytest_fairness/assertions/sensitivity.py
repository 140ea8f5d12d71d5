"""Perturbation sensitivity: how far names alone move what a model says to a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.answers import Answers, as_model, ask
from pytest_fairness.assertions.checks import (
    Levels,
    chosen_levels,
    only_limit,
    refuse_inside_given,
)
from pytest_fairness.assertions.sides import SHOWN_EXAMPLES
from pytest_fairness.assertions.text_checks import as_rows, as_texts, conclude_on_texts
from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence import (
    Judgement,
    judge_mean,
    judge_mean_of_rates,
    judge_mean_shift,
)
from pytest_fairness.metrics.sensitivity import score_deviations
from pytest_fairness.outcome import Example, Outcome

_LIMITS = {
    "max_score_sense": "the largest accepted mean distance by which one name moves the score",
    "max_score_dev": "the largest accepted mean standard deviation of the score over names",
    "max_label_distance": "the largest accepted mean distance between sets of positive texts",
}
_METRICS = {
    "max_score_sense": "score_sense",
    "max_score_dev": "score_dev",
    "max_label_distance": "label_distance",
}
_ADVICE = "Collect the texts in a test without @given, and judge them there."


def assert_perturbation_sensitivity(
    model: Any,
    texts: Sequence[Sequence[str]],
    *,
    max_score_sense: float | None = None,
    max_score_dev: float | None = None,
    max_label_distance: float | None = None,
    originals: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    label: str | int | None = None,
    alpha: float | None = None,
) -> Outcome:
    """Assert that it matters little which name stands in a text.

    Give exactly one limit.

    Parameters
    ----------
    model : Model, estimator or callable
        What `load_model` returns or accepts.
    texts : sequence of n_texts sequences of n_names str
        Each text with each name, in the same order of names.
    max_score_sense : float in [0, 1], optional
        Largest accepted distance by which any one name moves the score on average; 0 is fair.
    max_score_dev : float in [0, 0.5], optional
        Largest accepted standard deviation of the score over names, averaged over texts; 0 is fair.
    max_label_distance : float in [0, 1], optional
        Largest accepted Jaccard distance between the texts that are positive as written and those
        that are with a name, averaged over names; 0 is fair. Needs `originals`.
    originals : sequence of n_texts str, optional
        The texts as written. Without them ``max_score_sense=`` compares a name with the mean over
        all names.
    names : sequence of n_names str, optional
        What the columns are called in reasons.
    label : str or int, optional
        Whose score is meant, and which label is positive; the second label of two by default.
    alpha : float, optional
        Chance of a false verdict; the run's by default.

    Returns
    -------
    Outcome

    Raises
    ------
    FairnessFailure
        If the verdict is `fail`, `inconclusive` or `unmeasurable`.
    ArgumentError
        If not exactly one limit is given, rows differ in length, or `originals` are missing.

    Notes
    -----
    ScoreSens, ScoreDev and LabelDist of Prabhakaran et al. (2019). The unit is the text with all
    its names. Names are all there are: nothing is said of others. Means have betting bounds
    (Waudby-Smith and Ramdas 2024); a `fail` of ``max_score_sense=`` pays for the number of names.

    *What a pass shows*: in texts like these, the names hardly move what the model says. *What it
    does not show*: other names; names also differ in how common they are and in how many tokens
    they take.

    Examples
    --------
    >>> from pytest_fairness import assert_perturbation_sensitivity
    >>> def flat(texts):
    ...     return [0.5 for text in texts]
    >>> rows = [[f"{name} likes film {i}." for name in ("Anna", "Jack")] for i in range(300)]
    >>> assert_perturbation_sensitivity(flat, rows, max_score_sense=0.05).passed
    True
    """
    __tracebackhide__ = True
    refuse_inside_given("assert_perturbation_sensitivity", _ADVICE)
    values = (max_score_sense, max_score_dev, max_label_distance)
    limit = only_limit(dict(zip(_LIMITS, values, strict=True)), _LIMITS)
    rows = as_rows("texts", texts)
    written = None if originals is None else as_texts("originals", originals)
    _check_originals(written, len(rows), limit.name)
    called = _names(names, len(rows[0]) if rows else 0)
    scorer = as_model(model)
    levels, metric = chosen_levels(alpha), _METRICS[limit.name]
    flat = [*(text for row in rows for text in row), *(written or [])]
    if not rows:
        nothing = judge_mean_of_rates({}, limit=limit.value, quantity=metric)
        return conclude_on_texts(metric, scorer, nothing, limit, levels, flat, ())
    answers = ask(scorer, flat)
    table = _Table(answers, len(rows), called, label, written is not None)
    judgement = table.judge(limit.name, limit.value, levels)
    return conclude_on_texts(metric, scorer, judgement, limit, levels, flat, table.widest(rows))


class _Table:
    """What the model says to each text with each name, and as written."""

    def __init__(
        self,
        answers: Answers,
        n_texts: int,
        names: Sequence[str],
        label: str | int | None,
        written: bool,
    ) -> None:
        self.answers, self.n, self.names, self.label = answers, n_texts, names, label
        self.written = written

    def judge(self, limit_name: str, limit: float, levels: Levels) -> Judgement:
        if limit_name == "max_score_sense":
            return self._sense(limit, levels)
        if limit_name == "max_score_dev":
            return self._deviation(limit, levels)
        return self._distance(limit, levels)

    def _scores(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None]:
        column = self.answers.score_of(self.label)
        cells = self.n * len(self.names)
        table = column[:cells].reshape(self.n, -1)
        return table, column[cells:] if self.written else None

    def _sense(self, limit: float, levels: Levels) -> Judgement:
        table, written = self._scores()
        base = table.mean(axis=1) if written is None else written
        against = "the mean over names" if written is None else "the text as written"
        moves = {(name, against): table[:, i] - base for i, name in enumerate(self.names)}
        return judge_mean_shift(
            moves, limit=limit, alpha=levels.alpha, share=levels.share, unit="texts"
        )

    def _deviation(self, limit: float, levels: Levels) -> Judgement:
        return judge_mean(
            score_deviations(self._scores()[0]),
            limit=limit,
            alpha=levels.alpha,
            share=levels.share,
            most=0.5,
            quantity="mean standard deviation over names",
            unit="texts",
        )

    def _distance(self, limit: float, levels: Levels) -> Judgement:
        cells, positive = self.n * len(self.names), self._positive()
        hits = self.answers.labels == positive
        before, after = hits[cells:], hits[:cells].reshape(self.n, -1)
        counts = {
            name: (int((after[:, i] != before).sum()), int((after[:, i] | before).sum()))
            for i, name in enumerate(self.names)
        }
        return judge_mean_of_rates(
            counts,
            limit=limit,
            alpha=levels.alpha,
            share=levels.share,
            quantity="label distance",
            unit=f"texts labelled {positive}",
        )

    def _positive(self) -> str:
        return self.answers.names[self.answers.column(self.label)]

    def widest(self, rows: Sequence[Sequence[str]]) -> list[Example]:
        """Return the texts whose score depends most on the name, lowest and highest side by side.

        None where the model gives no scores.
        """
        if self.answers.scores is None:
            return []
        table = self._scores()[0] if self.label is not None or self._binary() else None
        if table is None:
            return []
        spread = table.max(axis=1) - table.min(axis=1)
        order = [i for i in np.argsort(-spread, kind="stable") if spread[i] > 0]
        return [self._example(rows, table, int(i)) for i in order[:SHOWN_EXAMPLES]]

    def _binary(self) -> bool:
        return len(self.answers.names) <= 2

    def _example(
        self, rows: Sequence[Sequence[str]], table: npt.NDArray[np.float64], i: int
    ) -> Example:
        ends = int(table[i].argmin()), int(table[i].argmax())
        places = [i * len(self.names) + k for k in ends]
        scores = self.answers.scores
        return Example(
            texts=tuple(rows[i][k] for k in ends),
            groups=tuple(self.names[k] for k in ends),
            labels=tuple(str(self.answers.labels[p]) for p in places),
            scores=tuple(tuple(float(s) for s in scores[p]) for p in places)
            if scores is not None
            else (),
            change=float(table[i, ends[1]] - table[i, ends[0]]),
        )


def _check_originals(written: Sequence[str] | None, n: int, limit: str) -> None:
    __tracebackhide__ = True
    if written is None and limit == "max_label_distance":
        raise ArgumentError(
            "max_label_distance= compares with the texts as written. Give them as originals=."
        )
    if written is not None and len(written) != n:
        raise ArgumentError(
            f"originals has {len(written)} entries but texts has {n}. Give one per text."
        )


def _names(names: Sequence[str] | None, n: int) -> list[str]:
    __tracebackhide__ = True
    called = [f"name {i + 1}" for i in range(n)] if names is None else as_texts("names", names)
    if (n and len(called) != n) or len(set(called)) < len(called):
        raise ArgumentError(
            f"names={called!r} must hold one distinct name for each of the {n} columns of texts."
        )
    return called
