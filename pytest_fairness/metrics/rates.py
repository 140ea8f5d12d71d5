"""Rates of decisions: a table of what each divides by what, and their counts from a cube.

With one class held as positive and all others as negative, every row is a true positive (TP), a
false positive (FP), a true negative (TN) or a false negative (FN).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.metrics.cube import Counts, Cube

_CELLS = {"tn": (0, 0), "fp": (0, 1), "fn": (1, 0), "tp": (1, 1)}


@dataclass(frozen=True)
class Rate:
    """A share of rows.

    Attributes
    ----------
    name : str
    numerator, denominator : str
        Which of ``tp``, ``fp``, ``tn`` and ``fn`` are counted.
    """

    name: str
    numerator: str
    denominator: str

    @property
    def words(self) -> str:
        """The name as a sentence writes it."""
        return self.name.replace("_", " ")

    @property
    def needs_truth(self) -> bool:
        """Whether true labels are needed: they are for every rate but the selection rate."""
        return self.name != "selection_rate"

    @property
    def needs_positive(self) -> bool:
        """Whether one class must be the positive one; accuracy is the same for any number."""
        return self.name not in ("accuracy", "error_rate")


RATES: Mapping[str, Rate] = MappingProxyType(
    {
        name: Rate(name, numerator, denominator)
        for name, numerator, denominator in (
            ("selection_rate", "tp fp", "tp fp tn fn"),
            ("true_positive_rate", "tp", "tp fn"),
            ("false_positive_rate", "fp", "fp tn"),
            ("true_negative_rate", "tn", "fp tn"),
            ("false_negative_rate", "fn", "tp fn"),
            ("positive_predictive_value", "tp", "tp fp"),
            ("negative_predictive_value", "tn", "tn fn"),
            ("false_discovery_rate", "fp", "tp fp"),
            ("false_omission_rate", "fn", "tn fn"),
            ("accuracy", "tp tn", "tp fp tn fn"),
            ("error_rate", "fp fn", "tp fp tn fn"),
            ("base_rate", "tp fn", "tp fp tn fn"),
            ("false_negative_share_of_errors", "fn", "fp fn"),
        )
    }
)


@dataclass(frozen=True, eq=False)
class RateCounts:
    """Numerators and denominators of one rate, by group and stratum.

    Attributes
    ----------
    rate : Rate
    names, strata : tuple of str
        Groups and strata, as in the cube.
    successes, totals : array of shape (n_groups, n_strata)
        Sums of weights: their quotient is the rate, nan where the total is 0.
    rows : array of shape (n_groups, n_strata)
        Rows in the denominator whose weight is not 0; equal to `totals` without weights.
    design_effect : array of shape (n_groups, n_strata)
        By how much weights and clusters inflate the rate's variance over that of as many plain
        rows, at least 1: `rows` divided by it is the effective number of rows. With weights alone
        it is Kish's, rows * sum(w^2) / sum(w)^2 (Korn and Graubard 1998). With clusters it is the
        linearised variance between clusters over the binomial one, larger where clusters are few,
        and at least Kish's; where the rate is 0 or 1, or there is one cluster, the rows of a
        cluster count as one.
    n_clusters : array of shape (n_groups, n_strata)
        Clusters in the denominator; equal to `rows` without clusters.
    """

    rate: Rate
    names: tuple[str, ...]
    strata: tuple[str, ...]
    successes: Counts
    totals: Counts
    rows: Counts
    design_effect: Counts
    n_clusters: Counts

    @property
    def values(self) -> NDArray[np.float64]:
        """Rates by group and stratum; nan where nothing could be counted."""
        return divided(self.successes, self.totals)

    def table(self) -> dict[str, tuple[float, float]]:
        """Return ``{group: (successes, rows)}``, where there is one stratum.

        Whole numbers without weights. With weights, `rows` and the rate times it: divided by the
        design effect, both are effective counts.
        """
        self._check_one_stratum()
        return {name: cells[self.strata[0]] for name, cells in self.by_stratum().items()}

    def by_stratum(self) -> dict[str, dict[str, tuple[float, float]]]:
        """Return ``{group: {stratum: (successes, rows)}}``, on the scale of `table`."""
        successes = np.nan_to_num(self.values) * self.rows
        if np.array_equal(self.totals, self.rows):
            successes = self.successes
        return {
            name: {
                stratum: (_plain(successes[g, s]), _plain(self.rows[g, s]))
                for s, stratum in enumerate(self.strata)
            }
            for g, name in enumerate(self.names)
        }

    def design_effects(self) -> dict[str, float]:
        """Return ``{group: design effect}``, where there is one stratum."""
        self._check_one_stratum()
        return {name: float(self.design_effect[g, 0]) for g, name in enumerate(self.names)}

    def _check_one_stratum(self) -> None:
        if len(self.strata) > 1:
            raise ArgumentError(
                f"The counts have the strata {', '.join(self.strata)}. "
                "Read them with by_stratum(), or count cube.pooled()."
            )


def rate_counts(cube: Cube, rate: str) -> RateCounts:
    """Return what a rate divides by what in each group and stratum.

    Parameters
    ----------
    cube : Cube
    rate : str
        A name of `RATES`, such as ``"true_positive_rate"``; spaces may stand for underscores.

    Returns
    -------
    RateCounts

    Raises
    ------
    ArgumentError
        If there is no such rate, or the cube has no positive class and the rate needs one.
    ArgumentTypeError
        If the rate needs true labels and the cube has none.

    Examples
    --------
    >>> from pytest_fairness.metrics import count_cube
    >>> cube = count_cube([1, 1, 0], [1, 0, 0], sensitive_features=["a", "a", "b"])
    >>> rate_counts(cube, "true_positive_rate").table()
    {'a': (1, 2), 'b': (0, 0)}
    """
    chosen = find_rate(rate)
    among, hits = rate_masks(cube, chosen)
    totals, rows = (_masked(counts, among) for counts in (cube.counts, cube.rows))
    successes = _masked(cube.counts, hits)
    squares = (_masked(cube.squares, hits), _masked(cube.squares, among))
    effect = weight_effect(successes, totals, *squares, rows)
    n_clusters = rows
    if cube.clusters is not None:
        effect, n_clusters = _clustered(cube, among, hits, effect)
    return RateCounts(chosen, cube.names, cube.strata, successes, totals, rows, effect, n_clusters)


def find_rate(name: str) -> Rate:
    """Return a rate by its name, or raise and list them."""
    found = RATES.get(str(name).replace(" ", "_"))
    if found is None:
        listed = ", ".join(rate.words for rate in RATES.values())
        raise ArgumentError(f"quantity={name!r} must be one of {listed}.")
    return found


def stratum_weights(cube: Cube, rate: str) -> dict[str, float]:
    """Return each stratum's share of the rows that a rate is taken over; they add up to 1.

    Rows of the unknown group and of the unknown stratum are left out. Groups are standardised to
    these shares, so that they differ by their rates and not by their mix of strata.
    """
    counts = rate_counts(cube, rate)
    sizes = counts.totals[: len(cube.compared), : len(cube.compared_strata)].sum(axis=0)
    shares = divided(sizes, sizes.sum())
    return {name: float(share) for name, share in zip(cube.compared_strata, shares, strict=True)}


def divided(numerator: Any, denominator: Any) -> NDArray[np.float64]:
    """Divide; nan, *not measurable*, where the denominator is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        quotient = np.asarray(np.true_divide(numerator, denominator), dtype=np.float64)
    return np.where(np.equal(denominator, 0), np.nan, quotient)


def rate_masks(cube: Cube, rate: Rate) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which cells of (true class, predicted class) the rate's two parts count."""
    if rate.needs_truth and not cube.has_truth:
        raise ArgumentTypeError(
            f"y_true=None must be an array with one entry per row: the {rate.words} needs labels."
        )
    if cube.positive is None and not rate.needs_positive:
        hits = np.eye(len(cube.classes), dtype=np.bool_)
        return np.ones_like(hits), hits if rate.name == "accuracy" else ~hits
    return cell_mask(cube, rate.denominator), cell_mask(cube, rate.numerator)


def cell_mask(cube: Cube, cells: str) -> NDArray[np.bool_]:
    """Return which pairs of true and predicted class are those of `cells`, such as "tp fn"."""
    if cube.positive is None:
        raise ArgumentError(
            "pos_label=None leaves no class that counts as selected. Pass one of the classes "
            f"{', '.join(map(repr, cube.classes))}."
        )
    wanted = [_CELLS[name] for name in cells.split()]
    classes = range(len(cube.classes))
    truth = classes if cube.has_truth else [cube.positive]
    return np.array(
        [[(t == cube.positive, p == cube.positive) in wanted for p in classes] for t in truth],
        dtype=np.bool_,
    ).reshape(len(truth), len(classes))


def _masked(counts: Counts, mask: NDArray[np.bool_]) -> Counts:
    return np.asarray(counts[:, :, mask].sum(axis=-1))


def weight_effect(
    successes: Counts, totals: Counts, success_squares: Counts, squares: Counts, rows: Counts
) -> Counts:
    """Return by how much weights inflate the variance of rates, at least 1.

    The larger of Kish's effect, which is right where weights have nothing to do with what is
    counted, and of the linearised variance over the binomial one, which also knows that those with
    large weights may succeed more or less often than others.

    Parameters
    ----------
    successes, totals : array of one shape
        Sums of weights.
    success_squares, squares : array of the same shape
        Sums of squared weights.
    rows : array of the same shape
        Rows whose weight is not 0.
    """
    kish = divided(rows * squares, totals**2)
    rates = divided(successes, totals)
    spread = success_squares * (1 - rates) ** 2 + (squares - success_squares) * rates**2
    variance = divided(rows, rows - 1) * divided(spread, totals**2)
    freedom = divided(totals**2, squares)  # as many rows of equal weight
    effect = rows * divided(variance, rates * (1 - rates)) * _few_clusters(freedom, rows)
    effect = np.where(np.isfinite(effect), effect, 1.0)
    return np.maximum(
        np.maximum(1, np.nan_to_num(kish, nan=1.0)), np.where(kish > 1 + 1e-9, effect, 1.0)
    )


def _clustered(
    cube: Cube, among: NDArray[np.bool_], hits: NDArray[np.bool_], kish: Counts
) -> tuple[Counts, Counts]:
    """Return design effects from the variance between clusters, and the number of clusters."""
    shape, size = kish.shape, kish.size
    cluster, place, tops, bottoms = _cluster_sums(cube, among, hits)
    totals = np.bincount(place, bottoms, size)
    rates = divided(np.bincount(place, tops, size), totals)
    number = np.bincount(place, minlength=size).astype(np.float64)
    spread = np.bincount(place, (tops - rates[place] * bottoms) ** 2, size)
    rows = _masked(cube.rows, among).reshape(-1)
    variance = divided(number, number - 1) * divided(spread, totals**2)
    effect = rows * divided(variance, rates * (1 - rates)) * _few_clusters(number, rows)
    one_each = rows * divided(np.bincount(place, bottoms**2, size), totals**2)
    effect = np.where(np.isfinite(effect) & (spread > 0), effect, one_each)
    effect = np.maximum(kish.reshape(-1), np.nan_to_num(effect, nan=1.0)).reshape(shape)
    pulls = divided(tops - np.nan_to_num(rates[place]) * bottoms, totals[place])
    return effect * _rivalry(cluster, place, pulls, shape), number.reshape(shape)


def _rivalry(
    cluster: NDArray[np.intp], place: NDArray[np.intp], pulls: Counts, shape: tuple[int, ...]
) -> Counts:
    """Return by how much clusters that groups share widen the difference of two groups' rates.

    Rows of a cluster that compete, as where one of each two is selected, make the difference vary
    more than both rates do. The factor is the variance of the difference over the sum of theirs, at
    least 1; a group has the largest of its pairs.
    """
    factor = np.ones(shape)
    for stratum in range(shape[1]):
        here = place % shape[1] == stratum
        found, rows = np.unique(cluster[here], return_inverse=True)
        table = np.zeros((len(found), shape[0]))
        table[rows, place[here] // shape[1]] = pulls[here]
        products = table.T @ table
        alone = np.diag(products)
        ratio = divided(-2 * products, alone[:, None] + alone[None])
        np.fill_diagonal(ratio, 0.0)
        factor[:, stratum] += np.maximum(np.nan_to_num(ratio), 0.0).max(axis=1)
    return factor


def _few_clusters(number: Counts, rows: Counts) -> Counts:
    """Return what a variance from few clusters must grow by (Korn and Graubard 1998).

    It is the squared ratio of Student's quantiles for clusters and for as many rows.
    """
    from scipy.special import stdtrit

    freedom = np.maximum(1, number - 1)
    most = np.maximum(freedom, rows - 1)
    return np.asarray((stdtrit(freedom, 0.975) / stdtrit(most, 0.975)) ** 2)


def _cluster_sums(
    cube: Cube, among: NDArray[np.bool_], hits: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.intp], Counts, Counts]:
    """Return cluster, group and stratum, successes and total of each cluster in each of these."""
    entries = cube.clusters
    if entries is None:
        raise ArgumentError("The cube was counted without clusters.")
    where, kind = np.divmod(entries.cell, among.size)
    counted = among.reshape(-1)[kind] & (entries.count > 0)
    n_places = int(np.prod(cube.counts.shape[:2]))
    keys, place = np.unique(
        entries.cluster[counted] * n_places + where[counted], return_inverse=True
    )
    weights = entries.count[counted]
    bottoms = np.zeros(len(keys))
    tops = np.zeros(len(keys))
    np.add.at(bottoms, place, weights)
    np.add.at(tops, place, weights * hits.reshape(-1)[kind[counted]])
    return keys // n_places, keys % n_places, tops, bottoms


def _plain(value: float) -> float:
    """Return a whole number as an int."""
    return int(value) if float(value).is_integer() else float(value)
