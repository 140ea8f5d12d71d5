"""Definitions of metrics on decisions."""

from __future__ import annotations

from pytest_fairness.definitions.classes import OTHERS, PROFILES
from pytest_fairness.definitions.definition import Definition
from pytest_fairness.definitions.rates import rate_definitions

GROUPS: tuple[Definition, ...] = (*rate_definitions(), *PROFILES, *OTHERS)
