"""Ready-made tests that `pytest-fairness audit` hands to pytest."""

from pytest_fairness.suites.audit import SUITES, Audit, run_audit

__all__ = ["SUITES", "Audit", "run_audit"]
