"""What scores or writes text: models of transformers, scikit-learn estimators, plain functions."""

from __future__ import annotations

from pytest_fairness.models.base import Model, is_model
from pytest_fairness.models.loading import load_model
from pytest_fairness.models.rewriters import load_rewriter

__all__ = ["Model", "is_model", "load_model", "load_rewriter"]
