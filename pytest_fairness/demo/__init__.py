"""The demonstration: a biased model fails its test, is repaired, and passes the same test."""

from __future__ import annotations

from pytest_fairness.demo.story import TEST_FILE, prepare, run_demo

__all__ = ["TEST_FILE", "prepare", "run_demo"]
