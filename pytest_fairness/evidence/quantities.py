"""What groups are compared by: rates, standardised rates, means and areas under the ROC curve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.evidence.auc_limits import area_law, area_of
from pytest_fairness.evidence.judgement import check_count
from pytest_fairness.evidence.laws import CountLaw, SumLaw
from pytest_fairness.evidence.mean_law import MeanLaw
from pytest_fairness.evidence.mean_units import Range, units_of
from pytest_fairness.evidence.quantity import Quantity, Separate

Array = NDArray[np.float64]
Count = tuple[float, float]

NO_ROW = "no row of it counts"


def rates(
    quantity: str,
    counts: Mapping[str, Count],
    *,
    design_effect: Mapping[str, float] | None = None,
) -> Separate:
    """Return the rates of groups, from counts.

    Parameters
    ----------
    quantity : str
        What the rate is, such as ``"selection rate"``.
    counts : mapping of group to (successes, rows)
        Whole numbers; where a `design_effect` is given, weighted counts scaled so that they sum to
        the number of rows.
    design_effect : mapping of group to float, optional
        How many times the variance of an equally weighted, independent sample of as many rows the
        estimate has. Limits are then those of Clopper and Pearson on effective counts (Korn and
        Graubard 1998).

    Examples
    --------
    >>> rates("selection rate", {"a": (30, 100), "b": (45, 90)}).estimates.tolist()
    [0.3, 0.5]
    """
    for name, (k, n) in counts.items():
        _check_cell(f"{quantity} of group {name!r}", k, n, exact=design_effect is None)
    full = {name: cell for name, cell in counts.items() if cell[1]}
    successes = np.array([k for k, _ in full.values()], dtype=np.float64)
    sizes = np.array([n for _, n in full.values()], dtype=np.float64)
    effects = _effects(full, design_effect or {})
    name = CountLaw.name if np.all(effects == 1) else _EFFECTIVE
    law = CountLaw(successes / effects, sizes / effects, name)
    missing = {name: NO_ROW for name in counts if name not in full}
    return Separate(quantity, tuple(full), sizes, successes / sizes, law, missing)


_EFFECTIVE = "Clopper-Pearson limits of effective counts (Korn and Graubard 1998)"


def standardised_rates(
    quantity: str,
    counts: Mapping[str, Mapping[str, Count]],
    weights: Mapping[str, float],
    *,
    design_effect: Mapping[str, Mapping[str, float]] | None = None,
) -> Separate:
    """Return rates averaged over strata with the same weights in every group.

    Parameters
    ----------
    quantity : str
    counts : mapping of group to mapping of stratum to (successes, rows)
    weights : mapping of stratum to float
        Weight of each stratum, not negative; they need not sum to 1.
    design_effect : mapping of group to mapping of stratum to float, optional
        As in `rates`, for each stratum.

    Notes
    -----
    Limits of the strata's rates are combined by square-and-add (Zou and Donner 2008). A group
    without rows in a stratum of positive weight has no standardised rate.

    Examples
    --------
    >>> counts = {"a": {"young": (10, 20), "old": (5, 50)}}
    >>> standardised_rates("selection rate", counts, {"young": 1, "old": 3}).estimates.tolist()
    [0.2]
    """
    used = _used_weights(weights)
    missing = {name: _absent(cells, used) for name, cells in counts.items()}
    missing = {name: why for name, why in missing.items() if why}
    full = {name: cells for name, cells in counts.items() if name not in missing}
    for name, cells in full.items():
        for stratum in used:
            where = f"{quantity} of group {name!r} in {stratum!r}"
            _check_cell(where, *cells[stratum], exact=design_effect is None)
    table = np.array([[cells[s] for s in used] for cells in full.values()], dtype=np.float64)
    table = table.reshape(len(full), len(used), 2)
    effects = np.array([_effects(used, (design_effect or {}).get(name, {})) for name in full])
    reduced = table / effects.reshape(len(full), len(used), 1)
    parts = tuple(CountLaw(reduced[:, s, 0], reduced[:, s, 1]) for s in range(len(used)))
    centres = np.array([part.successes / part.totals for part in parts])
    shares = np.array(list(used.values())) / sum(used.values())
    law = SumLaw(parts, shares, centres, "square-and-add limits (Zou and Donner 2008) over strata")
    sizes = table[:, :, 1].sum(axis=1)
    return Separate(quantity, tuple(full), sizes, shares @ centres, law, missing)


def means(
    quantity: str,
    values: Mapping[str, Any],
    *,
    least: float | None = None,
    most: float | None = None,
    sample_weight: Mapping[str, Any] | None = None,
    clusters: Mapping[str, Any] | None = None,
) -> Separate:
    """Return the means of groups, from their values.

    Parameters
    ----------
    quantity : str
        What the mean is, such as ``"mean score"``.
    values : mapping of group to array-like of shape (n_rows,)
    least, most : float, optional
        Range that values cannot leave. State it where there is one: without it, limits rest on how
        far the seen values spread, and groups whose values are all equal prove nothing.
    sample_weight : mapping of group to array-like of shape (n_rows,), optional
        Weight of each row, not negative.
    clusters : mapping of group to array-like of shape (n_rows,), optional
        Rows of one group with the same label are one unit, as the texts of one template are.

    Examples
    --------
    >>> scores = {"a": [0.1, 0.2, 0.6], "b": [0.5, 0.7, 0.3]}
    >>> means("mean score", scores, least=0, most=1).estimates.round(3).tolist()
    [0.3, 0.5]
    """
    outer = Range.around(values, least, most)
    found = {
        name: units_of(f"{quantity} of group {name!r}", part, outer, sample_weight, clusters, name)
        for name, part in values.items()
    }
    full = {name: units for name, units in found.items() if units is not None}
    return Separate(
        quantity,
        tuple(full),
        np.array([len(np.asarray(values[name])) for name in full], dtype=np.float64),
        np.array([units.mean for units in full.values()], dtype=np.float64),
        MeanLaw(tuple(full.values()), _MEANS if outer.is_known else _OPEN_MEANS),
        {name: NO_ROW for name in values if name not in full},
    )


_MEANS = "Gaffke's limits of means (2005)"
_OPEN_MEANS = "the wider of Student's and Gaffke's limits of means (2005)"


def aucs(
    quantity: str,
    samples: Mapping[str, tuple[Any, Any]],
    *,
    clusters: Mapping[str, tuple[Any, Any]] | None = None,
) -> Separate:
    """Return the areas under the ROC curve of groups, from scores of negatives and positives.

    Parameters
    ----------
    quantity : str
        What the area is, such as ``"AUC"``.
    samples : mapping of group to (scores of negatives, scores of positives)
        Ties count half.
    clusters : mapping of group to (labels of negatives, labels of positives), optional
        Rows of one side with the same label are one unit, as the texts of one template are.

    Notes
    -----
    The error of an area is the sum of two: the means of the positives' and of the negatives'
    placements (DeLong, DeLong and Clarke-Pearson 1988). Each is bounded as a mean of values in
    [0, 1] is, and their distances are squared and added, so that small and unequal samples keep
    their error rate, and areas of 0 or 1 have limits too.

    Examples
    --------
    >>> aucs("AUC", {"a": ([0.1, 0.4], [0.3, 0.8])}).estimates.tolist()
    [0.75]
    """
    arrays = {
        name: (_finite(f"{quantity} of group {name!r}", n), _finite(f"{quantity} of {name!r}", p))
        for name, (n, p) in samples.items()
    }
    full = {name: pair for name, pair in arrays.items() if len(pair[0]) and len(pair[1])}
    labels = clusters or {}
    found = [area_of(*pair, labels.get(name, (None, None))) for name, pair in full.items()]
    return Separate(
        quantity,
        tuple(full),
        np.array([len(n) + len(p) for n, p in full.values()], dtype=np.float64),
        np.array([item.area for item in found], dtype=np.float64),
        area_law(found, _AREAS),
        {name: _one_class(arrays[name]) for name in arrays if name not in full},
    )


_AREAS = "square-and-add limits (Zou and Donner 2008) of the placements of DeLong et al. (1988)"


def averaged(quantity: str, quantities: Sequence[Quantity]) -> Separate:
    """Return the average of quantities that are taken over different rows.

    Only groups that all of them are known for have one.
    """
    separate = [part for part in quantities if isinstance(part, Separate)]
    if len(separate) != len(quantities):
        raise ArgumentError(
            f"{quantity} averages a resampled quantity. Resample the average itself instead."
        )
    missing = {name: why for part in quantities for name, why in part.missing.items()}
    groups = [name for name in quantities[0].groups if all(name in q.groups for q in quantities)]
    parts = [part.only(groups) for part in separate]
    centres = np.array([part.estimates for part in parts])
    shares = np.full(len(parts), 1 / len(parts))
    law = SumLaw(
        tuple(part.law for part in parts),
        shares,
        centres,
        f"square-and-add limits (Zou and Donner 2008) of {parts[0].law.name}",
    )
    sizes = np.sum([part.sizes for part in parts], axis=0)
    return Separate(quantity, tuple(groups), sizes, shares @ centres, law, missing)


def _check_cell(name: str, k: float, n: float, *, exact: bool) -> None:
    if exact:
        check_count(name, k, n)
    elif not 0 <= k <= n * (1 + 1e-12) < np.inf:
        raise ArgumentError(f"{name} counts {k!r} of {n!r}; give 0 <= successes <= rows.")


def _effects(names: Collection[str], design_effect: Mapping[str, float]) -> Array:
    effects = np.array([design_effect.get(name, 1.0) for name in names], dtype=np.float64)
    if not np.all((effects > 0) & np.isfinite(effects)):
        raise ArgumentError(
            f"design_effect={dict(design_effect)!r} must be positive: it is how many times the "
            "variance of equally weighted, independent rows the estimate has."
        )
    return effects


def _used_weights(weights: Mapping[str, float]) -> dict[str, float]:
    if any(not 0 <= weight < np.inf for weight in weights.values()) or not any(weights.values()):
        raise ArgumentError(
            f"weights={dict(weights)!r} must not be negative, and some must be positive. Give the "
            "size of each stratum."
        )
    return {stratum: float(weight) for stratum, weight in weights.items() if weight}


def _absent(cells: Mapping[str, Count], used: Mapping[str, float]) -> str:
    empty = [stratum for stratum in used if not cells.get(stratum, (0, 0))[1]]
    return f"no row of it counts in stratum {', '.join(map(repr, empty))}" if empty else ""


def _finite(name: str, values: Any) -> Array:
    array = np.asarray(values, dtype=np.float64).reshape(-1)
    if not np.isfinite(array).all():
        raise ArgumentError(f"{name} holds a score that is not finite. Remove or repair such rows.")
    return array


def _one_class(pair: tuple[Array, Array]) -> str:
    absent = " and ".join(
        word for word, part in zip(("negative", "positive"), pair, strict=True) if not len(part)
    )
    return f"no {absent} row of it counts"
