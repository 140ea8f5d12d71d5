"""What scores text: sequence classifiers, scikit-learn estimators, plain functions."""

from __future__ import annotations

from pytest_fairness.models.base import Model
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.rewriters import load_rewriter

__all__ = ["Model", "load_model", "load_rewriter"]
