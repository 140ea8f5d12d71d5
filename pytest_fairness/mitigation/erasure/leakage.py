"""Whether a probe that never saw the eraser still tells the group from representations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.evidence.judgement import Judgement
from pytest_fairness.evidence.rates import clopper_pearson
from pytest_fairness.evidence.single_mean import judge_mean
from pytest_fairness.mitigation.checking import (
    as_entries,
    check_choice,
    check_real,
    check_seed,
    is_sequence,
    shown,
)
from pytest_fairness.mitigation.erasure.eraser import Array
from pytest_fairness.mitigation.erasure.moments import as_rows, check_same_length
from pytest_fairness.mitigation.erasure.splitting import Codes, codes_of, halves, parted
from pytest_fairness.outcome import GroupRate, Interval, Verdict

PROBES = ("linear", "mlp")


@dataclass(frozen=True)
class ProbeResult:
    """How well one fresh probe tells the group.

    Attributes
    ----------
    probe : {"linear", "mlp"}
    accuracy : float
        On rows it was not fitted on.
    interval : Interval
        Bounds of the accuracy, as if rows were independent (Clopper and Pearson 1934).
    majority : float
        Accuracy, on the same rows, of always naming the group that is largest where the probe was
        fitted.
    groups : tuple of GroupRate
        Share of each group's rows that the probe knows.
    n_fitted, n : int
        Rows that the probe was fitted on, and judged by.
    judgement : Judgement
        Whether the probe's advantage over the majority stays within the limit.
    """

    probe: str
    accuracy: float
    interval: Interval
    majority: float
    groups: tuple[GroupRate, ...]
    n_fitted: int
    n: int
    judgement: Judgement

    @property
    def advantage(self) -> float:
        """Accuracy that the probe adds to the majority's; 0 is fair."""
        return self.accuracy - self.majority

    @property
    def at_chance(self) -> bool:
        """Whether it is shown that the advantage is within the limit."""
        return self.judgement.verdict is Verdict.PASS


def probe_leakage(
    X: Any,
    Z: Any,
    *,
    probes: Sequence[str] = PROBES,
    clusters: Sequence[Any] | None = None,
    max_advantage: float = 0.05,
    held_out: float = 0.5,
    judged_on: tuple[Any, Any] | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> dict[str, ProbeResult]:
    """Fit fresh probes on a part of the rows, and judge them on the rest.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Representations, after erasure or before. Without `judged_on`, none of the rows may have
        been used to fit the eraser: covariances that it made exactly 0 over two halves together are
        opposite in the two, and a probe of one half would fall below chance on the other.
    Z : array-like of shape (n,)
        Group labels.
    probes : sequence of {"linear", "mlp"}
        A logistic regression, and a small perceptron.
    clusters : sequence of length n, optional
        Rows that resemble each other, such as the variants of one template, which count as one
        unit and are never parted. With `judged_on`, the clusters of its rows.
    max_advantage : float in [0, 1], default 0.05
        Largest accepted accuracy above that of the majority.
    held_out : float in (0, 1), default 0.5
        Share of the rows, or of the clusters, that judges.
    judged_on : (X, Z), optional
        Other rows to judge by; the probes are then fitted on all of `X`.
    alpha : float in (0, 0.5), default 0.05
        Chance of a false verdict, for each probe by itself.
    seed : int
        Draws the parts and starts the perceptron.

    Returns
    -------
    dict of str to ProbeResult
        ``result.judgement.verdict`` is `pass` where the probe is shown to be at chance, `fail`
        where it is shown to tell more, and else `inconclusive`, with the units it would take.

    Raises
    ------
    ArgumentError
        If lengths differ, or a group has too few rows in a part.
    MissingPackageError
        If scikit-learn is not installed.

    References
    ----------
    Elazar and Goldberg (2018), "Adversarial removal of demographic attributes from text data":
    what fools the adversary of the training need not fool a fresh one.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> Z = np.repeat(["a", "b"], 400)
    >>> X = rng.normal(size=(800, 2)) + 3 * (Z == "b")[:, None]
    >>> found = probe_leakage(X, Z, probes=["linear"])["linear"]
    >>> found.majority, found.accuracy > 0.95, found.judgement.verdict.value
    (0.5, True, 'fail')
    """
    _check(probes, max_advantage, alpha, seed)
    rows, labels = as_rows("X", X), as_entries("Z", Z)
    n = len(rows)
    check_same_length("Z", len(labels), n)
    if judged_on is not None:
        if not is_sequence(judged_on) or len(judged_on) != 2:
            raise ArgumentTypeError("judged_on must be two: other rows X, and their groups Z.")
        rows = np.concatenate([rows, as_rows("judged_on", judged_on[0])])
        labels += as_entries("judged_on", judged_on[1])
    codes, names = codes_of("Z", labels, len(rows))
    if judged_on is None:
        train, test = halves(codes, names, held_out, seed, clusters)
        units = None if clusters is None else [str(clusters[i]) for i in test]
    else:
        train, test = parted(codes, names, n)
        units = None if clusters is None else list(map(str, as_entries("clusters", clusters)))
    usual = int(np.bincount(codes[train]).argmax())
    return {
        probe: _result(
            probe, _said(probe, rows, codes, train, test, seed), codes[test], usual, names, units,
            len(train), max_advantage, alpha,
        )
        for probe in probes
    }  # fmt: skip


def _check(probes: object, max_advantage: object, alpha: object, seed: object) -> None:
    if not is_sequence(probes) or not probes:
        raise ArgumentTypeError(f"probes={shown(probes)} must be a list, such as {list(PROBES)}.")
    for probe in probes:
        check_choice("probe", probe, PROBES)
    meaning = "it is the accuracy above the majority's that is accepted"
    check_real("max_advantage", max_advantage, 0.0, 1.0, True, meaning)
    check_real("alpha", alpha, 0.0, 0.5, False, "it is the chance of a false verdict")
    check_seed(seed)


def _said(probe: str, rows: Array, codes: Codes, train: Codes, test: Codes, seed: int) -> Codes:
    from pytest_fairness.metrics.probes import fit_probe

    fitted = fit_probe(probe, rows[train], codes[train], random_state=seed)
    return np.asarray(fitted.predict(rows[test]))


def _result(
    probe: str,
    said: Codes,
    codes: Codes,
    usual: int,
    names: tuple[str, ...],
    units: Sequence[str] | None,
    n_fitted: int,
    limit: float,
    alpha: float,
) -> ProbeResult:
    right, by_majority = said == codes, codes == usual
    gains = right.astype(np.float64) - by_majority
    judgement = judge_mean(
        gains if units is None else _cluster_means(gains, units),
        limit=limit,
        alpha=alpha,
        least=-1.0,
        quantity=f"advantage of a fresh {probe} probe",
        unit="rows" if units is None else "clusters",
    )
    return ProbeResult(
        probe=probe,
        accuracy=float(right.mean()),
        interval=clopper_pearson(int(right.sum()), len(right), confidence=1 - alpha),
        majority=float(by_majority.mean()),
        groups=tuple(_recalls(right, codes, names)),
        n_fitted=n_fitted,
        n=len(codes),
        judgement=judgement,
    )


def _recalls(right: npt.NDArray[np.bool_], codes: Codes, names: tuple[str, ...]) -> list[GroupRate]:
    of_group = [right[codes == code] for code in range(len(names))]
    return [
        GroupRate(name, "recall of the probe", float(rows.mean()), len(rows))
        for name, rows in zip(names, of_group, strict=True)
    ]


def _cluster_means(values: Array, units: Sequence[str]) -> Array:
    _, numbers = np.unique(np.asarray(units), return_inverse=True)
    return np.asarray(np.bincount(numbers, weights=values) / np.bincount(numbers))
