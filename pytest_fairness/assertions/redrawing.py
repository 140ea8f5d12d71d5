"""Numbers of all rows together that depend on a table of counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_fairness.assertions.checks import Levels
from pytest_fairness.evidence import Judgement, judge_statistic
from pytest_fairness.settings import current


def judge_table(
    words: str,
    table: npt.NDArray[np.float64],
    statistic: Callable[[Any], float],
    limit: float,
    levels: Levels,
    null: npt.NDArray[np.float64] | None = None,
) -> Judgement:
    """Judge whether a number of one table stays below `limit`, by resampling its counts.

    `null` is the table where there truly is nothing, for numbers that cannot lie below 0.
    """

    def of_each(tables: Any) -> npt.NDArray[np.float64]:
        return np.array([statistic(one) for one in tables], dtype=np.float64)

    return judge_statistic(
        words,
        table,
        of_each,
        limit=limit,
        null=null,
        alpha=levels.alpha,
        share=levels.share,
        seed=current().seed,
    )
