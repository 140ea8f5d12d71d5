"""Data of a repair: reading, splitting, cleaning, augmenting and balancing the rows it learns from.

Every step is a pure function from rows to rows, with a report of what it removed or added.
"""

from __future__ import annotations

from pytest_fairness.mitigation.data.labels import label_numbers
from pytest_fairness.mitigation.data.reading import read_rows
from pytest_fairness.mitigation.data.rows import Labelled, Rows
from pytest_fairness.mitigation.data.splitting import Split, split_rows

__all__ = ["Labelled", "Rows", "Split", "label_numbers", "read_rows", "split_rows"]
