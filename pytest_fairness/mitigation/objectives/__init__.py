"""What a repair minimises beside the task: losses that are added with weights."""

from __future__ import annotations

from pytest_fairness.mitigation.objectives.base import Beginning, Objective, Step
from pytest_fairness.mitigation.objectives.registry import (
    OBJECTIVES,
    compares_groups,
    create_objectives,
)

__all__ = ["OBJECTIVES", "Beginning", "Objective", "Step", "compares_groups", "create_objectives"]
