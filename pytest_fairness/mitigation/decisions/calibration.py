"""Calibration for each group, drawn towards everyone's where a group is small."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.labels import many_classes
from pytest_fairness.mitigation.checking import as_floats
from pytest_fairness.mitigation.decisions.base import as_probabilities, check_fitted, described
from pytest_fairness.mitigation.decisions.inputs import (
    check_finite,
    check_rows,
    group_codes,
    read_rows,
)
from pytest_fairness.mitigation.decisions.maps import (
    Isotonic,
    Platt,
    Temperature,
    map_of,
)
from pytest_fairness.mitigation.decisions.settings import check_choice, check_count, check_number

Floats = NDArray[np.float64]
_Map = Temperature | Platt | Isotonic
_METHODS: Mapping[str, type[_Map]] = MappingProxyType(
    {"temperature": Temperature, "platt": Platt, "isotonic": Isotonic}
)
_LEAST = 1e-12  # a probability of 0 has no logarithm


class GroupCalibration:
    r"""Make probabilities mean the same in every group: of rows given p, a share p is positive.

    Each group gets a map of its own. It is fitted on the group's rows and, with the weight of
    `shrinkage` more rows, on everybody's: a group of ten rows gets nearly the map of all, and a
    group of ten thousand its own. So a small group is not judged by noise.

    Calibration within groups and equal error rates exclude each other where base rates differ and
    scores are not perfect (Kleinberg et al. 2017, Chouldechova 2017). Decide which you owe.

    Parameters
    ----------
    method : {"temperature", "platt", "isotonic"}
        One number that divides the logits, for any number of classes; or, for two classes, a
        logistic curve of the logit, or any rising curve. The more freedom, the more rows it needs.
    shrinkage : float, default 50
        How many rows everybody's rows count as in each group's fit; 0 for groups on their own,
        which lets an isotonic curve follow noise.
    inputs : {"probabilities", "logits"}
        What `fit` and `predict_proba` are given. `apply` is always given probabilities.
    min_rows : int, default 1
        A group with fewer rows is refused.

    Attributes
    ----------
    maps : dict of str to map
        The map of each group, with its numbers.
    pooled : map
        The map of all rows together.
    classes : tuple
        The classes, in the order of the columns.

    Notes
    -----
    Probabilities below 1e-12 are taken as 1e-12. Temperatures lie in [0.01, 100]; at the ends a
    group's rows are all right, or tell nothing.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks":
    temperature. Platt (1999), "Probabilistic outputs for support vector machines". Zadrozny and
    Elkan (2002), "Transforming classifier scores into accurate multiclass probability estimates":
    isotonic. Kleinberg, Mullainathan and Raghavan (2017), "Inherent trade-offs in the fair
    determination of risk scores".

    Examples
    --------
    >>> sure = [[0.1, 0.9]] * 10
    >>> right_six_times = [1] * 6 + [0] * 4
    >>> rule = GroupCalibration("temperature", shrinkage=0)
    >>> rule = rule.fit(sure, right_six_times, sensitive_features=["a"] * 10)
    >>> rule.apply([[0.1, 0.9]], ["a"]).round(6).tolist()
    [[0.4, 0.6]]
    """

    kind = "group_calibration"
    by_lot = False

    def __init__(
        self,
        method: str = "temperature",
        *,
        shrinkage: float = 50.0,
        inputs: str = "probabilities",
        min_rows: int = 1,
    ) -> None:
        check_choice("method", method, _METHODS)
        check_choice("inputs", inputs, ("probabilities", "logits"))
        check_number("shrinkage", shrinkage, 0.0, 1e12, "it is a number of rows")
        check_count("min_rows", min_rows, 1, "it is the least number of rows of a group")
        self.method = method
        self.shrinkage = shrinkage
        self.inputs = inputs
        self.min_rows = min_rows
        self.maps: dict[str, _Map] | None = None
        self.pooled: _Map | None = None
        self.classes: tuple[Any, ...] = ()

    def __repr__(self) -> str:
        return described(self, self.method, self.maps)

    def fit(
        self,
        scores: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> GroupCalibration:
        """Fit the maps on rows that the model was not trained on.

        Parameters
        ----------
        scores : array-like of shape (n, n_classes), or (n,)
            Probabilities or logits, as `inputs` says; one column is that of the second class.
        y_true : array-like of shape (n,)
            True classes.
        sensitive_features : array-like of shape (n,), or table
            Group of each row.
        sample_weight : array-like of shape (n,), optional
        classes : sequence, optional
            The classes in the order of the columns; by default the labels, sorted.

        Raises
        ------
        ArgumentError
            If values are no probabilities, classes and columns differ in number, or a group stands
            on its own with rows of one class.
        """
        logits = self._logits(scores)
        check_rows("y_true", y_true, len(logits))
        if not len(logits):
            raise ArgumentError("There are no rows. Pass scores and labels of validation rows.")
        labels = self._labels(y_true, logits.shape[1], classes)
        names, codes, weights = read_rows(
            sensitive_features, sample_weight, len(logits), min_rows=self.min_rows
        )
        self._check_labels(names, codes[weights > 0], labels[weights > 0])
        fit = _METHODS[self.method].fit
        kept = weights > 0
        logits, labels, codes, weights = logits[kept], labels[kept], codes[kept], weights[kept]
        self.pooled = fit(logits, labels, weights)
        lent = weights * (self.shrinkage / weights.sum())
        self.maps = {}
        for code, name in enumerate(names):
            own = lent + weights * (codes == code)
            used = own > 0
            self.maps[name] = fit(logits[used], labels[used], own[used])
        return self

    def fit_probabilities(
        self,
        probabilities: Any,
        y_true: Any,
        *,
        sensitive_features: Any,
        sample_weight: Any = None,
        classes: Sequence[Any] | None = None,
    ) -> GroupCalibration:
        """Fit the maps on probabilities of shape (n, n_classes), whatever `inputs` says."""
        return self.fit(
            _log(as_probabilities(probabilities)) if self.inputs == "logits" else probabilities,
            y_true,
            sensitive_features=sensitive_features,
            sample_weight=sample_weight,
            classes=classes,
        )

    def predict_proba(self, scores: Any, *, sensitive_features: Any) -> Floats:
        """Return calibrated probabilities, of shape (n, n_classes)."""
        return self._mapped(self._logits(scores), sensitive_features)

    def apply(self, probabilities: Any, groups: Any) -> Floats:
        """Return calibrated probabilities, of shape (n, n_classes)."""
        return self._mapped(_log(as_probabilities(probabilities)), groups)

    def _mapped(self, logits: Floats, groups: Any) -> Floats:
        check_fitted(self, self.maps)
        assert self.maps is not None
        if logits.shape[1] != len(self.classes):
            raise ArgumentError(
                f"There are {logits.shape[1]} columns and the maps were fitted on "
                f"{len(self.classes)} classes: {', '.join(map(repr, self.classes))}. Pass a column "
                "for each."
            )
        codes = group_codes(groups, len(logits), tuple(self.maps))
        found = np.empty_like(logits)
        for code, mapping in enumerate(self.maps.values()):
            found[codes == code] = mapping(logits[codes == code])
        return found

    def _logits(self, scores: Any) -> Floats:
        array = as_floats("scores", scores)
        if array.ndim not in (1, 2):
            raise ArgumentError(
                f"scores has shape {array.shape} and must have (n_rows, n_classes), or (n_rows,)."
            )
        check_finite("scores", array)
        single = array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1)
        if self.inputs == "logits":
            column = array.reshape(-1)
            return np.stack([np.zeros(len(array)), column], axis=1) if single else array
        if single:
            column = array.reshape(-1)
            array = np.stack([1 - column, column], axis=1)
        return _log(as_probabilities(array))

    def _labels(self, y_true: Any, k: int, classes: Sequence[Any] | None) -> NDArray[np.intp]:
        if self.method != "temperature" and k != 2:
            raise ArgumentError(
                f"method={self.method!r} calibrates two classes and scores has {k} columns. Use "
                "method='temperature'."
            )
        labels = many_classes(None, y_true, classes)
        if len(labels.classes) != k:
            raise ArgumentError(
                f"scores has {k} columns and y_true has {len(labels.classes)} classes: "
                f"{', '.join(map(repr, labels.classes))}. Name all in the order of the columns: "
                "classes=[...]."
            )
        self.classes = labels.classes
        return labels.predicted

    def _check_labels(
        self, names: Sequence[str], codes: NDArray[np.intp], labels: NDArray[np.intp]
    ) -> None:
        if len(np.unique(labels)) < 2:
            raise ArgumentError(
                "y_true holds one class only, so that nothing can be calibrated. Fit on rows of "
                "all classes."
            )
        for code, name in enumerate(names):
            if not self.shrinkage and len(np.unique(labels[codes == code])) < 2:
                raise ArgumentError(
                    f"The group {name!r} has rows of one class only and stands on its own, because "
                    "shrinkage=0. Add rows of the other classes, or set shrinkage above 0."
                )

    def to_dict(self) -> dict[str, Any]:
        """Return settings and maps as builtin types that JSON can hold."""
        check_fitted(self, self.maps)
        assert self.maps is not None
        assert self.pooled is not None
        names = ("method", "shrinkage", "inputs", "min_rows")
        settings = {name: getattr(self, name) for name in names}
        return {
            "kind": self.kind,
            "settings": settings,
            "classes": list(self.classes),
            "maps": {name: mapping.to_dict() for name, mapping in self.maps.items()},
            "pooled": self.pooled.to_dict(),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> GroupCalibration:
        """Return the rule that `to_dict` wrote."""
        rule = cls(**record["settings"])
        rule.classes = tuple(record["classes"])
        rule.maps = {name: map_of(part) for name, part in record["maps"].items()}
        rule.pooled = map_of(record["pooled"])
        return rule


def _log(probabilities: Floats) -> Floats:
    return np.log(np.maximum(probabilities, _LEAST))
