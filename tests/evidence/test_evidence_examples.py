"""Examples in docstrings hold."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = ["gaps", "means", "pairs", "power", "rates", "shifts", "single_rate", "two_rates"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"pytest_fairness.evidence.{name}"))
    assert result.attempted
    assert not result.failed
