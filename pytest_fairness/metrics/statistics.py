"""All statistics of scores, by name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pytest_fairness.metrics import auc, calibration, regression, selective
from pytest_fairness.metrics.scores import Statistic

SCORE_STATISTICS: Mapping[str, Statistic] = MappingProxyType(
    {
        statistic.name: statistic
        for module in (auc, regression, calibration, selective)
        for statistic in module.STATISTICS
    }
)
