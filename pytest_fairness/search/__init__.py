"""Looking for trouble: a budget of queries, and a steered search for the largest shifts.

Everything here is pure: it knows a space of pairs and a function from texts to scores, and no
model, no test runner and no Hypothesis.
"""

from __future__ import annotations

from pytest_fairness.search.budget import Budget, BudgetSpent, active_budget, limited_to
from pytest_fairness.search.found import Found, WorstCase
from pytest_fairness.search.genes import variants_of
from pytest_fairness.search.worst import Score, fits, search_space

__all__ = [
    "Budget",
    "BudgetSpent",
    "Found",
    "Score",
    "WorstCase",
    "active_budget",
    "fits",
    "limited_to",
    "search_space",
    "variants_of",
]
