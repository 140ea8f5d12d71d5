"""What one metric is, in words and numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One metric: what docstrings, outcomes and reports say of it.

    Attributes
    ----------
    id : str
        Stable, with the direction in its name and the variant after a dot, such as
        ``equalized_odds_difference.mean``. What stands before the dot is the metric's name.
    title : str
        Short, as a heading shows it.
    statistic : str
        What the number is, as the beginning of a sentence: "Largest difference of selection rates
        between two groups".
    sentence : str
        What was found, with ``{value}`` where the estimate belongs.
    shows, does_not_show : str
        What a pass shows, and what it does not.
    source : str
        Authors and year.
    formula : str
        In LaTeX; empty where words say all.
    units : str
        What is counted, in the plural.
    fair : float
        The value that means equal treatment.
    least, most : float
        Range of the number.
    """

    id: str
    title: str
    statistic: str
    sentence: str
    shows: str
    does_not_show: str
    source: str
    formula: str = ""
    units: str = "rows"
    fair: float = 0.0
    least: float = 0.0
    most: float = math.inf

    @property
    def name(self) -> str:
        """The metric's name, without the variant."""
        return self.id.partition(".")[0]

    @property
    def text(self) -> str:
        """What the number is, and which value means fair; of one group's value the limit says."""
        if self.name.endswith(("_group_min", "_group_max")):
            return f"{self.statistic}."
        return f"{self.statistic}. {self.fair:g} is fair."
