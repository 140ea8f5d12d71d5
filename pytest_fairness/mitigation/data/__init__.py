"""Data of a repair: reading, splitting, cleaning, augmenting and balancing the rows it learns from.

Every step is a pure function from rows to rows, with a report of what it removed, added or changed,
by group and label. `prepare` runs several in order.
"""

from __future__ import annotations

from pytest_fairness.mitigation.data.changes import Cell, CellCount, GroupRate, Step, StepReport
from pytest_fairness.mitigation.data.conflicts import find_conflicts, resolve_conflicts
from pytest_fairness.mitigation.data.counterfactuals import (
    augment_counterfactually,
    substitute_counterfactually,
)
from pytest_fairness.mitigation.data.duplicates import remove_duplicates, remove_near_duplicates
from pytest_fairness.mitigation.data.filtering import listed_words, remove_scored
from pytest_fairness.mitigation.data.labels import label_numbers
from pytest_fairness.mitigation.data.mentions import mentioned_groups, with_mentioned_groups
from pytest_fairness.mitigation.data.names import match_names, with_name_pairs
from pytest_fairness.mitigation.data.neutral import Deficit, fill_label_deficits, label_deficits
from pytest_fairness.mitigation.data.noise import (
    confident_joint,
    find_label_noise,
    remove_label_noise,
)
from pytest_fairness.mitigation.data.plans import Augmentation, Cleaning, Resampling
from pytest_fairness.mitigation.data.preparing import Prepared, prepare
from pytest_fairness.mitigation.data.probabilities import cross_validated_probabilities
from pytest_fairness.mitigation.data.reading import read_rows
from pytest_fairness.mitigation.data.resampling import resample
from pytest_fairness.mitigation.data.reweighing import dependence, reweigh
from pytest_fairness.mitigation.data.rewriting import augment_surface, back_translate
from pytest_fairness.mitigation.data.rows import Labelled, Rows
from pytest_fairness.mitigation.data.splitting import Split, split_rows

__all__ = [
    "Augmentation",
    "Cell",
    "CellCount",
    "Cleaning",
    "Deficit",
    "GroupRate",
    "Labelled",
    "Prepared",
    "Resampling",
    "Rows",
    "Split",
    "Step",
    "StepReport",
    "augment_counterfactually",
    "augment_surface",
    "back_translate",
    "confident_joint",
    "cross_validated_probabilities",
    "dependence",
    "fill_label_deficits",
    "find_conflicts",
    "find_label_noise",
    "label_deficits",
    "label_numbers",
    "listed_words",
    "match_names",
    "mentioned_groups",
    "prepare",
    "read_rows",
    "remove_duplicates",
    "remove_label_noise",
    "remove_near_duplicates",
    "remove_scored",
    "resample",
    "resolve_conflicts",
    "reweigh",
    "split_rows",
    "substitute_counterfactually",
    "with_mentioned_groups",
    "with_name_pairs",
]
